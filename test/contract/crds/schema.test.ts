// Rules that every field of the CRDs keeps: described, bounded, readable; columns that can show something; one shape for
// a clone's spec wherever it stands.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { SchemaNode } from '../../../hack/crd/schema.ts';
import { readCrds } from '../../../hack/crd/schema.ts';

const CRDS = readCrds();

function* walk(node: SchemaNode, path: string): Generator<[path: string, node: SchemaNode]> {
  yield [path, node];
  for (const [name, child] of Object.entries(node.properties ?? {})) yield* walk(child, `${path}.${name}`);
  if (node.items !== undefined) yield* walk(node.items, `${path}[]`);
  if (node.additionalProperties !== undefined) yield* walk(node.additionalProperties, `${path}{}`);
}

/** Nodes of all kinds below spec and status for which `wrong` holds. */
function offenders(wrong: (node: SchemaNode, path: string) => boolean): readonly string[] {
  const nodes = CRDS.flatMap(({ kind, schema }) =>
    ['spec', 'status'].flatMap((part) => [...walk(schema.properties?.[part] ?? {}, `${kind}.${part}`)]),
  );
  return nodes.filter(([path, node]) => wrong(node, path)).map(([path]) => path);
}

/** The schema node that a column's JSONPath leads to. */
function nodeAt(schema: SchemaNode, jsonPath: string): SchemaNode | undefined {
  const steps = jsonPath.matchAll(/\.(\w+)|\[[^\]]*\]/g);
  let node: SchemaNode | undefined = schema;
  for (const [step, name] of steps) node = step.startsWith('[') ? node?.items : node?.properties?.[name ?? ''];
  return node;
}

describe('CRDs', () => {
  it('are small enough for an annotation that has all of one: a plain kubectl apply takes them', () => {
    const folder = new URL('../../../crds/', import.meta.url);
    for (const name of readdirSync(folder))
      expect([name, readFileSync(new URL(name, folder)).length < 131_072]).toEqual([name, true]);
  });

  it('describe every field', () => {
    const isElement = (path: string): boolean => path.endsWith('{}') || path.endsWith('[]');
    expect(
      offenders((node, path) => (node.description ?? '') === '' && !(isElement(path) && node.type !== 'object')),
    ).toEqual([]);
  });

  it('describe fields in whole sentences', () => {
    expect(offenders((node) => node.description !== undefined && !node.description.endsWith('.'))).toEqual([]);
  });

  it('bound every string, list and map', () => {
    const bounded = (node: SchemaNode): boolean =>
      node.maxLength !== undefined || node.enum !== undefined || node.format !== undefined;
    expect(offenders((node) => node.type === 'string' && !bounded(node))).toEqual([]);
    expect(offenders((node) => node.type === 'array' && node.maxItems === undefined)).toEqual([]);
    expect(offenders((node) => node.additionalProperties !== undefined && node.maxProperties === undefined)).toEqual(
      [],
    );
  });

  it('say of every field of a spec whether it can be changed', () => {
    const silent = CRDS.flatMap(({ kind, schema }) =>
      Object.entries(schema.properties?.['spec']?.properties ?? {})
        .filter(([, node]) => !/[Mm]utable|Immutable|A change /.test(node.description ?? ''))
        .map(([name]) => `${kind}.spec.${name}`),
    );
    expect(silent).toEqual([]);
  });

  it('have static scalars as defaults, and the status that says: not seen yet', () => {
    expect(offenders((node, path) => typeof node.default === 'object' && !/^\w+\.status$/.test(path))).toEqual([]);
    for (const { schema } of CRDS) expect(schema.properties?.['status']?.default).toEqual({ observedGeneration: -1 });
  });

  it.each(CRDS.map((crd) => [crd.kind, crd] as const))(
    '%s has columns that can show something',
    (_, { columns, schema }) => {
      for (const { jsonPath, type } of columns) {
        if (jsonPath.startsWith('.metadata.')) continue;
        const node = nodeAt(schema, jsonPath);
        expect(`${jsonPath} ${node?.type}`).toBe(`${jsonPath} ${type}`);
      }
    },
  );

  it.each(CRDS.map((crd) => [crd.kind, crd] as const))('%s has rules with messages', (_, { schema }) => {
    const rules = [...walk(schema, '')].flatMap(([, node]) => node['x-kubernetes-validations'] ?? []);
    expect(rules.length).toBeGreaterThan(0);
    expect(rules.filter(({ message }) => message === undefined || message.length < 20)).toEqual([]);
  });

  it('have the same spec for a clone as for the clones of a set', () => {
    const plain = (node: SchemaNode | undefined): unknown =>
      JSON.parse(JSON.stringify(node, (key, value: unknown) => (key === 'description' ? undefined : value)));
    const {
      vmName: _vmName,
      paused: _paused,
      adopt: _adopt,
      customization,
      ...own
    } = CRDS[2]?.schema.properties?.['spec']?.properties ?? {};
    const template =
      CRDS[3]?.schema.properties?.['spec']?.properties?.['template']?.properties?.['spec']?.properties ?? {};
    const { customization: ofSet, ...inSet } = template;
    for (const [name, node] of Object.entries(own)) expect(plain(inSet[name])).toEqual(plain(node));
    expect(Object.keys(inSet)).toEqual(Object.keys(own));
    expect(Object.keys(ofSet?.properties ?? {})).toEqual(Object.keys(customization?.properties ?? {}));
  });

  it('are the same for readers of YAML 1.1, where a bare Off is a boolean', () => {
    const folder = new URL('../../../crds/', import.meta.url);
    for (const file of readdirSync(folder)) {
      const text = readFileSync(new URL(file, folder), 'utf8');
      expect(parse(text, { version: '1.1' })).toEqual(parse(text, { version: '1.2' }));
    }
  });
});
