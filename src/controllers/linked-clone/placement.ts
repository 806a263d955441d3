// Where a new VM goes: folder, pool and datastore, from the spec, the access rule and the base, as references. A name that
// isn't there gets the names that are; what isn't allowed gets the rule that is missing.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { DEFAULT_FOLDER } from '../../api/access.ts';
import type { InventoryBranch } from '../../api/inventory-path.ts';
import type { Device } from '../base-snapshot/disks.ts';
import { datastoresOf, disksOf } from '../base-snapshot/disks.ts';
import { decideAccess } from '../shared/access.ts';
import { NotReady } from '../shared/not-ready.ts';
import { listNames } from '../shared/references.ts';
import { ensureFolder } from '../vcenter/folders.ts';
import type { InventoryTree, TreeNode } from '../vcenter/inventory-tree.ts';
import { clonesOfNamespace, namespaceLimit, pathForAccess } from './access-check.ts';
import type { CloneScope } from './scope.ts';
import { requireBase, requireConnection, requireInventory } from './scope.ts';

export interface Placement {
  readonly folder: MoRef;
  readonly resourcePool: MoRef;
  readonly datastore: MoRef;
  /** Where the files are that the delta disks stand on. */
  readonly baseDatastores: readonly MoRef[];
  /** Set when the spec names a host. */
  readonly host: MoRef | undefined;
}

/** Resolves and checks; folders below an allowed one are created when missing. Throws NotReady. */
export async function resolvePlacement(scope: CloneScope, baseDevices: readonly Device[]): Promise<Placement> {
  const { connection, vCenter } = requireConnection(scope);
  const base = requireBase(scope);
  const wanted = scope.clone.spec.placement ?? {};
  const datacenter = vCenter.spec.datacenter;
  const tree = await connection.tree();
  const resourcePool = await poolOf(scope, tree);
  const datastore =
    wanted.datastore === undefined
      ? disksOf(baseDevices)[0]?.backing?.datastore
      : (await find(scope, wanted.datastore, 'datastore', ['Datastore'], 'datastore')).ref;
  if (datastore === undefined) throw new NotReady('PlacementNotFound', 'the datastore of the base could not be read');
  const host = wanted.host === undefined ? undefined : await hostNamed(scope, wanted.host);

  const folderPath = wanted.folder === undefined ? undefined : tree.absolute(wanted.folder, 'vm', datacenter);
  if (wanted.folder !== undefined && folderPath === undefined) throw noDatacenter(tree, wanted.folder, datacenter);
  const parent = base.status?.source?.path;
  if (parent === undefined) throw new NotReady('BaseSnapshotNotReady', "the path of the base's source isn't known");
  const decision = decideAccess(scope.runtime, vCenter, tree, scope.namespace, {
    parent,
    folder: folderPath ?? DEFAULT_FOLDER,
    resourcePool: await pathForAccess(connection, resourcePool, 'resource pool'),
    datastore: await pathForAccess(connection, datastore, 'datastore'),
    clones: clonesOfNamespace(scope),
  });
  if (!decision.allowed) throw new NotReady('AccessDenied', decision.message);
  connection.admissions.admit(namespaceLimit(scope), scope.uid);
  const path = folderPath ?? tree.absolute(decision.folder ?? '', 'vm', datacenter);
  if (path === undefined) throw noDatacenter(tree, decision.folder ?? '', datacenter);
  if (tree.byPath(path)?.ref.type !== 'Folder') requireInventory(scope); // one is made, and what holds that back is told
  const folder = await ensureFolder(connection, scope.runtime.guard, path);
  return { folder, resourcePool, datastore, baseDatastores: datastoresOf(baseDevices), host };
}

async function poolOf(scope: CloneScope, tree: InventoryTree): Promise<MoRef> {
  const { resourcePool, cluster, host } = scope.clone.spec.placement ?? {};
  if (resourcePool !== undefined)
    return (await find(scope, resourcePool, 'host', ['ResourcePool'], 'resource pool')).ref;
  if (cluster !== undefined)
    return rootPool(tree, await find(scope, cluster, 'host', ['ClusterComputeResource', 'ComputeResource'], 'cluster'));
  if (host !== undefined) {
    const ref = await hostNamed(scope, host);
    const compute = (await requireConnection(scope).connection.tree()).computeResourceOf(ref);
    if (compute !== undefined) return rootPool(tree, compute);
  }
  const source = requireBase(scope).status?.source;
  const { connection } = requireConnection(scope);
  const pool = await connection.poolOf({ type: 'VirtualMachine', value: source?.moRef ?? '' });
  if (pool === undefined)
    throw new NotReady(
      'PlacementInvalid',
      `"${source?.name ?? ''}" is a template, which has no resource pool: set placement.resourcePool or placement.cluster`,
    );
  return pool;
}

function rootPool(tree: InventoryTree, compute: TreeNode): MoRef {
  const pool = compute.properties['resourcePool'] as MoRef | undefined;
  if (pool === undefined) throw new NotReady('PlacementInvalid', `${compute.path} has no resource pool`);
  return tree.get(pool)?.ref ?? pool;
}

async function hostNamed(scope: CloneScope, name: string): Promise<MoRef> {
  const { connection } = requireConnection(scope);
  let hosts: readonly TreeNode[] = [];
  for (const fresh of [false, true]) {
    hosts = (await connection.tree(fresh)).ofType('HostSystem');
    const found = hosts.find((node) => node.name === name || node.path === name);
    if (found !== undefined) return found.ref;
  }
  throw new NotReady(
    'PlacementNotFound',
    `there is no host "${name}"; there ${listNames(hosts.map((node) => node.name))}`,
  );
}

async function find(
  scope: CloneScope,
  path: string,
  branch: InventoryBranch,
  types: readonly string[],
  noun: string,
): Promise<TreeNode> {
  const { connection, vCenter } = requireConnection(scope);
  for (const fresh of [false, true]) {
    const tree = await connection.tree(fresh);
    const absolute = tree.absolute(path, branch, vCenter.spec.datacenter);
    const found = absolute === undefined ? undefined : tree.byPath(absolute);
    if (found !== undefined && types.includes(found.ref.type)) return found;
    const byName = tree.ofType(...types).filter((node) => node.name === path);
    const [only, other] = byName;
    if (only !== undefined && other === undefined) return only;
    if (fresh)
      throw new NotReady(
        'PlacementNotFound',
        `there is no ${noun} "${path}"; there ${listNames(tree.namesOf(...types))}`,
      );
  }
  throw new Error('unreachable');
}

function noDatacenter(tree: InventoryTree, path: string, datacenter: string | undefined): NotReady {
  return new NotReady('PlacementNotFound', tree.noDatacenter(path, datacenter));
}
