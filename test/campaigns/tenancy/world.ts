// A vCenter that several namespaces share, its rules, and what they mean, spelled out without globs: the campaign's own idea
// of who may do what, to compare the operator's with.
import { inventory, parent } from '../../integration/operator/support/inventory.ts';
import { decoyMachines } from '../harness/lab-inventory.ts';
import { KEEP_NAMESPACE, KEPT_PARENT } from '../long-lived/truth.ts';

export const NAMESPACES = ['a', 'a-2', 'b', 'c'] as const;
export type Namespace = (typeof NAMESPACES)[number];
export const LABELS: Readonly<Record<Namespace, Readonly<Record<string, string>>>> = {
  a: {},
  'a-2': {},
  b: { tenant: 'b' },
  c: { tenant: 'B' },
};
/** Bases in this namespace may be used from everywhere. */
export const SHARING: Namespace = 'a';

export const PARENTS = { 'gold-a': 'a', 'gold-b': 'b', 'gold-p': 'public' } as const;
export type Parent = keyof typeof PARENTS;

/** As plans call their machines. */
const DECOYS = ['t-0', 't-1', 't-2', 't-3'];

export const TENANCY_INVENTORY = inventory({
  clusters: [{ name: 'Lab Cluster', hosts: ['esx-1', 'esx-2'], pools: ['a', 'b', 'shared'] }],
  folders: ['Templates', 'Labs', 'Public', 'Elsewhere'],
  vms: [
    ...Object.entries(PARENTS).map(([name, folder]) => ({ ...parent(name), folder: `Templates/${folder}` })),
    parent(KEPT_PARENT),
    ...decoyMachines('a', DECOYS),
  ],
});

const POOLS = 'Lab Cluster/Resources';

export const ACCESS = [
  // of the clone that no plan touches: it has nothing to do with the others
  {
    namespaces: { names: [KEEP_NAMESPACE] },
    parents: [`Templates/${KEPT_PARENT}`],
    folders: ['Labs/{namespace}'],
    resourcePools: ['*'],
    datastores: ['*'],
  },
  {
    namespaces: { names: ['a'] },
    parents: ['Templates/a/*', 'Templates/public/*'],
    folders: ['Labs/{namespace}', 'Labs/{namespace}/**'],
    resourcePools: [`${POOLS}/a`],
    datastores: ['shared-1'],
  },
  {
    namespaces: { selector: { matchLabels: { tenant: 'b' } } },
    parents: ['Templates/b/gold-b'],
    folders: ['Labs/b'],
    resourcePools: ['*'],
    datastores: ['/DC0/datastore/shared-2'],
  },
  {
    namespaces: { names: ['*'] },
    parents: ['Templates/public/**'],
    folders: ['Public/{namespace}'],
    resourcePools: [`/DC0/host/${POOLS}/shared`],
    datastores: ['shared-1'],
  },
] as const;

/** What is asked for, as it really is in the inventory; a folder that is left out is the rule's own. */
export interface Wanted {
  readonly parent: Parent;
  readonly folder: string | undefined;
  readonly pool: string;
  readonly datastore: string;
}

interface Rule {
  readonly isFor: (namespace: Namespace) => boolean;
  readonly parents: readonly Parent[];
  readonly ownFolder: (namespace: Namespace) => string;
  readonly hasFolder: (namespace: Namespace, folder: string) => boolean;
  readonly pools: readonly string[];
  readonly datastore: string;
}

const RULES: readonly Rule[] = [
  {
    isFor: (namespace) => namespace === 'a',
    parents: ['gold-a', 'gold-p'],
    ownFolder: () => 'Labs/a',
    hasFolder: (_, folder) => folder === 'Labs/a' || folder.startsWith('Labs/a/'),
    pools: ['a'],
    datastore: 'shared-1',
  },
  {
    isFor: (namespace) => namespace === 'b',
    parents: ['gold-b'],
    ownFolder: () => 'Labs/b',
    hasFolder: (_, folder) => folder === 'Labs/b',
    pools: ['root', 'a', 'b', 'shared'],
    datastore: 'shared-2',
  },
  {
    isFor: () => true,
    parents: ['gold-p'],
    ownFolder: (namespace) => `Public/${namespace}`,
    hasFolder: (namespace, folder) => folder === `Public/${namespace}`,
    pools: ['shared'],
    datastore: 'shared-1',
  },
];

export function mayUseParent(namespace: Namespace, parentName: Parent): boolean {
  return RULES.some((rule) => rule.isFor(namespace) && rule.parents.includes(parentName));
}

/** The folder that a rule allows it in; undefined: refused. */
export function allowedFolder(namespace: Namespace, wanted: Wanted): string | undefined {
  const { parent: parentName, pool, datastore } = wanted;
  for (const rule of RULES) {
    const fits = rule.parents.includes(parentName) && rule.pools.includes(pool) && rule.datastore === datastore;
    if (!rule.isFor(namespace) || !fits) continue;
    const folder = wanted.folder ?? rule.ownFolder(namespace);
    if (rule.hasFolder(namespace, folder)) return folder;
  }
  return undefined;
}
