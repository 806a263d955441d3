// The plans: every combination of namespace, base, folder, pool and datastore, each in the ways in which people, mistakes and
// attackers spell it. Each spelling says what it really means; `nowhere`: nothing that is there.
import { keys, oneOf } from '../harness/plan-rules.ts';
import { NAMESPACES, PARENTS } from './world.ts';
import type { Namespace, Parent } from './world.ts';

export const SOURCES = ['inventoryPath', 'moRef', 'instanceUuid'] as const;
export type SourceField = (typeof SOURCES)[number];

export interface TenancyPlan {
  readonly namespace: Namespace;
  readonly baseIn: Namespace;
  readonly parent: Parent;
  /** How the base names its parent. */
  readonly source: SourceField;
  readonly folder: string;
  readonly pool: string;
  readonly datastore: string;
  /** Asked for by a set of one. */
  readonly inSet?: true;
}

/** Of so many plans one is a set's. */
const SETS = 4;

export const NOWHERE = 'nowhere';

/** Spelling → relative path of the folder; `''` is left out. */
export const FOLDERS: Readonly<Record<string, string>> = {
  '': '',
  'Labs/a': 'Labs/a',
  '/DC0/vm/Labs/a': 'Labs/a',
  'Labs//a/': 'Labs/a',
  'Labs/a/deep/er': 'Labs/a/deep/er',
  'Labs/b': 'Labs/b',
  '/DC0/vm/Labs/b/': 'Labs/b',
  'Labs/b/deep': 'Labs/b/deep',
  'Labs/b/../a': 'Labs/b/../a',
  'Labs/{namespace}': 'Labs/{namespace}',
  'Labs/a%2fb': 'Labs/a%2fb',
  'Labs/a-2': 'Labs/a-2',
  'Labs/*': 'Labs/*',
  'labs/a': 'labs/a',
  Labs: 'Labs',
  '/DC0/vm': '',
  '/': NOWHERE,
  'Templates/public': 'Templates/public',
  'Public/a': 'Public/a',
  'Public/b': 'Public/b',
  'Public/c': 'Public/c',
  'Public/a/../c': 'Public/a/../c',
};

/** Spelling → name of the pool; `root` is the cluster's own. */
export const POOLS: Readonly<Record<string, string>> = {
  '': 'root',
  'Lab Cluster/Resources': 'root',
  'Lab Cluster/Resources/a': 'a',
  '/DC0/host/Lab Cluster/Resources/a': 'a',
  'Lab Cluster/Resources/b': 'b',
  shared: 'shared',
  'Lab Cluster/Resources/shared': 'shared',
  'lab cluster/resources/shared': NOWHERE,
  'Lab Cluster/Resources/a/../shared': NOWHERE,
  'Lab Cluster/Resources/*': NOWHERE,
  'cluster:Lab Cluster': 'root',
};

export const DATASTORES: Readonly<Record<string, string>> = {
  '': 'shared-1',
  'shared-1': 'shared-1',
  '/DC0/datastore/shared-1': 'shared-1',
  'shared-2': 'shared-2',
  '/DC0/datastore/shared-2': 'shared-2',
  'Shared-1': NOWHERE,
  '*': NOWHERE,
};

export const TENANCY_RULE = keys(
  {
    ...{ namespace: oneOf(NAMESPACES), baseIn: oneOf(NAMESPACES) },
    ...{ parent: oneOf(Object.keys(PARENTS)), source: oneOf(SOURCES) },
    ...{ folder: oneOf(Object.keys(FOLDERS)), pool: oneOf(Object.keys(POOLS)) },
    datastore: oneOf(Object.keys(DATASTORES)),
  },
  { inSet: oneOf([true]) },
);

/** `/DC0/vm` is a folder in which nobody may do anything; nothing else reads as left out. */
export function folderMeant(spelling: string): string | undefined {
  return spelling === '' ? undefined : (FOLDERS[spelling] ?? NOWHERE);
}

export function allPlans(): TenancyPlan[] {
  const plans: TenancyPlan[] = [];
  for (const namespace of NAMESPACES)
    for (const baseIn of namespace === 'a' ? (['a'] as const) : ([namespace, 'a', 'b'] as const))
      for (const parent of Object.keys(PARENTS) as Parent[])
        for (const folder of Object.keys(FOLDERS))
          for (const pool of Object.keys(POOLS))
            for (const datastore of Object.keys(DATASTORES)) {
              const source = SOURCES[plans.length % SOURCES.length] ?? 'moRef';
              const inSet = plans.length % SETS === 0 ? ({ inSet: true } as const) : {};
              plans.push({ namespace, baseIn, parent, source, folder, pool, datastore, ...inSet });
            }
  return plans;
}
