// A valid object of each kind to put a string into, chosen so that the string is used.
import type { Rig } from '../long-lived/rig.ts';
import { withField } from './fields.ts';

type Json = Record<string, unknown>;

export const PLURALS: Readonly<Record<string, string>> = {
  VCenter: 'vcenters',
  BaseSnapshot: 'basesnapshots',
  LinkedClone: 'linkedclones',
  LinkedCloneSet: 'linkedclonesets',
};

/** Parents that snapshots are taken of, so that no chain gets long. */
export const PARENTS = Array.from({ length: 12 }, (_, i) => `Parent ${i}`);

/** Fields that stand in place of another one of the seed. */
const INSTEAD_OF: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^source\.vm\./, ['source.vm']],
  [/^snapshot\.existing\./, ['snapshot']],
  [/^placement\.cluster$/, ['placement.resourcePool']],
  [/^template\.spec\.placement\.cluster$/, ['template.spec.placement.resourcePool']],
  [/^access\[\]\.namespaces\.selector/, ['access']],
  [/^tls\.caBundle$/, ['tls']],
];
/** What must be beside a field that is the only one of its object. */
const BESIDE: readonly (readonly [RegExp, Json])[] = [
  [/^customization\.hostname$/, { customization: { specName: 'good' } }],
  [/matchExpressions\[\]\.key$/, {}],
];

function seedOf(rig: Rig, kind: string, index: number): Json {
  const parent = PARENTS[index % PARENTS.length] ?? '';
  const base = { baseSnapshotRef: { name: 'gold' }, powerPolicy: 'Off' };
  switch (kind) {
    case 'VCenter':
      return { ...rig.lab.vCenterSpec(), ...rig.endpoint };
    case 'BaseSnapshot':
      return {
        vCenterRef: { name: 'vc' },
        source: { vm: { inventoryPath: `Templates/${parent}` } },
        snapshot: { create: { name: 'plain' } },
        deletionPolicy: 'Delete',
        maxChainDepth: 30,
      };
    case 'LinkedClone':
      return base;
    default:
      return { replicas: 1, naming: { pattern: `s${index}-##` }, template: { spec: base } };
  }
}

function without(spec: Json, path: string): Json {
  const copy = structuredClone(spec);
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const holder = steps.reduce<Json | undefined>((at, step) => at?.[step] as Json | undefined, copy);
  if (holder !== undefined) delete holder[last];
  return copy;
}

/** The spec with the string in its place. */
export function injectedSpec(rig: Rig, kind: string, path: string, value: string, index: number): Json {
  let spec = seedOf(rig, kind, index);
  for (const [pattern, others] of INSTEAD_OF)
    if (pattern.test(path)) for (const other of others) spec = without(spec, other);
  for (const [pattern, beside] of BESIDE) if (pattern.test(path)) spec = { ...spec, ...structuredClone(beside) };
  return withField(completed(spec, path), path, value);
}

/** Objects that a list item or a selector needs to be whole. */
function completed(spec: Json, path: string): Json {
  if (path.startsWith('access[]')) {
    const rule = {
      namespaces: { names: ['*'] },
      parents: ['*'],
      folders: ['Labs/*'],
      resourcePools: ['*'],
      datastores: ['*'],
    };
    const namespaces = path.includes('selector') ? {} : rule.namespaces;
    spec = { ...spec, access: [{ ...rule, namespaces }] };
    if (path.includes('matchExpressions')) return withExpression(spec, 'access[].namespaces.selector');
  }
  if (path.startsWith('allowedNamespaces.selector')) {
    spec = { ...spec, allowedNamespaces: { from: 'Selector' } };
    if (path.includes('matchExpressions')) return withExpression(spec, 'allowedNamespaces.selector');
  }
  return spec;
}

function withExpression(spec: Json, selector: string): Json {
  const withKey = withField(spec, `${selector}.matchExpressions[].key`, 'key');
  const withOperator = withField(withKey, `${selector}.matchExpressions[].operator`, 'In');
  return withField(withOperator, `${selector}.matchExpressions[].values[]`, 'value');
}
