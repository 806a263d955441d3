// Characters that no text in vCenter can have: what the API server refuses of them, field by field, and what it lets in,
// which the operator then names InvalidSpec.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { validateObject } from '../../../src/api/validate.ts';
import type { Kind } from '../../../src/api/reasons.ts';
import { Cluster } from './support/cluster.ts';
import type { KubeObject } from './support/objects.ts';
import { baseSnapshot, linkedClone, linkedCloneSet, vCenter } from './support/objects.ts';

type Make = (text: string) => KubeObject;

const clone = (spec: Record<string, unknown>): KubeObject => linkedClone('default', spec);
const base = (spec: Record<string, unknown>): KubeObject => baseSnapshot('default', spec);
const rule = (part: Record<string, string[]>): KubeObject => {
  const any = { namespaces: { names: ['*'] }, parents: ['*'], folders: ['*'], resourcePools: ['*'], datastores: ['*'] };
  return vCenter({ access: [{ ...any, ...part }] });
};

/** One line each: names and paths. */
const LINES: readonly [field: string, make: Make][] = [
  ['spec.datacenter', (text) => vCenter({ datacenter: text })],
  ['spec.access[0].parents[0]', (text) => rule({ parents: [text] })],
  ['spec.access[0].folders[0]', (text) => rule({ folders: [text] })],
  ['spec.access[0].resourcePools[0]', (text) => rule({ resourcePools: [text] })],
  ['spec.access[0].datastores[0]', (text) => rule({ datastores: [text] })],
  ['spec.source.vm.inventoryPath', (text) => base({ source: { vm: { inventoryPath: text } } })],
  ['spec.snapshot.existing.name', (text) => base({ snapshot: { existing: { name: text } } })],
  ['spec.snapshot.existing.path', (text) => base({ snapshot: { existing: { path: text } } })],
  ['spec.snapshot.create.name', (text) => base({ snapshot: { create: { name: text } } })],
  ['spec.vmName', (text) => clone({ vmName: text })],
  ['spec.placement.folder', (text) => clone({ placement: { folder: text } })],
  ['spec.placement.resourcePool', (text) => clone({ placement: { resourcePool: text } })],
  ['spec.placement.cluster', (text) => clone({ placement: { cluster: text } })],
  ['spec.placement.host', (text) => clone({ placement: { host: text } })],
  ['spec.placement.datastore', (text) => clone({ placement: { datastore: text } })],
  ['spec.customization.specName', (text) => clone({ customization: { specName: text } })],
  ['spec.naming.pattern', (text) => linkedCloneSet('default', { naming: { pattern: `${text}##` } })],
  ['spec.template.spec.placement.folder', (text) => linkedCloneSet('default', {}, { placement: { folder: text } })],
];
const TEXTS: readonly [field: string, make: Make][] = [
  ['spec.notes', (text) => clone({ notes: text })],
  ['spec.template.spec.notes', (text) => linkedCloneSet('default', {}, { notes: text })],
  ['spec.snapshot.create.description', (text) => base({ snapshot: { create: { name: 'a', description: text } } })],
];
const CONTROL = ['\u0000', '\u0001', '\u000B', '\u001F', '\u007F', '\u0080', '\u0085', '\u009F'];
const LINE_CONTROL = ['\t', '\n', '\r'];
const NONCHARACTERS = ['\uFFFE', '\uFFFF'];

let cluster: Cluster;
beforeAll(() => {
  cluster = new Cluster();
});
afterAll(() => cluster.close());

describe('control characters', () => {
  it.each([...LINES, ...TEXTS])('are refused in %s, which is named', async (field, make) => {
    const isLine = LINES.some(([name]) => name === field);
    for (const character of [...CONTROL, ...(isLine ? LINE_CONTROL : [])]) {
      const { status, body } = await cluster.dryCreate(make(`a${character}b`));
      expect(`${JSON.stringify(character)} ${status} ${body.message}`).toContain(`422`);
      expect(body.message).toContain(field);
    }
  });

  it.each(TEXTS)('but those of lines are taken in %s', async (_, make) => {
    for (const character of LINE_CONTROL) expect((await cluster.dryCreate(make(`a${character}b`))).status).toBe(201);
  });
});

describe('what people write', () => {
  it.each([...LINES, ...TEXTS])(
    'is taken in %s: letters of all scripts, emoji, blanks of all kinds',
    async (_, make) => {
      for (const text of ['Zürich 虛擬', 'x👩‍💻x', 'a\u00A0b', 'a\u200Bb', '\uFFFD']) {
        const { status, body } = await cluster.dryCreate(make(text));
        expect(`${text} ${status} ${body.message ?? ''}`).toBe(`${text} 201 `);
      }
    },
  );
});

describe('U+FFFE and U+FFFF', () => {
  it.each([...LINES, ...TEXTS])(
    'in %s are refused by the API server or by the operator, which name it',
    async (field, make) => {
      for (const character of NONCHARACTERS) {
        const object = make(`a${character}b`);
        const { status, body } = await cluster.dryCreate(object);
        if (status === 422) expect(body.message).toContain(field);
        else
          expect(validateObject(object.kind as Kind, body)).toMatch(
            /^spec\..* has the character U\+FFF[EF], which can't be sent to vCenter$/,
          );
      }
    },
  );
});

describe('half a surrogate pair', () => {
  it.each([...LINES, ...TEXTS])('in %s is stored as U+FFFD, which is a character like others', async (_, make) => {
    for (const half of ['\uD83D', '\uDC69']) {
      const { status, body } = await cluster.dryCreate(make(`a${half}b`));
      expect(status).toBe(201);
      expect(JSON.stringify(body.spec)).toContain('a\uFFFDb');
      expect(validateObject(body.kind as Kind, body)).toBeUndefined();
    }
  });
});
