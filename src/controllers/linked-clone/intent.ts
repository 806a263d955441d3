// The intent of a clone: everything CloneVM will be called with, stored before the call and used word for word until the
// outcome is known. All checks come first: what can't be made leaves no trace in vCenter.
import type { BaseSnapshot, LinkedCloneStatusOperation } from '../../api/types.generated.ts';
import { hostnameProblem, vmNameProblem } from '../../api/names.ts';
import { candidateHosts } from '../vcenter/host-choice.ts';
import type { Destination } from '../vcenter/host-choice.ts';
import type { InventoryTree } from '../vcenter/inventory-tree.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { PhaseResult } from '../shared/phases.ts';
import { withHostname } from './clone-spec.ts';
import { checkBaseCapacity, checkBaseUsable } from './references.ts';
import { resolvePlacement } from './placement.ts';
import type { CloneScope } from './scope.ts';
import { requireBase, requireConnection } from './scope.ts';

/** How old the list of hosts may be when one is chosen, milliseconds: one that was added is used from then on. */
const HOSTS_MAX_AGE_MS = 300_000;

/** What a clone says from its intent until its VM is there: one text, so that waiting costs no writes. */
export function cloningMessage(scope: CloneScope): string {
  return `"${scope.vmName}" is being made from snapshot "${scope.base?.status?.snapshot?.name ?? ''}", or waits for a slot`;
}

export async function intentPhase(scope: CloneScope): Promise<PhaseResult> {
  const { clone, draft, uid } = scope;
  if (clone.status?.operation !== undefined || clone.status?.vm !== undefined) return undefined;
  const { connection } = requireConnection(scope);
  connection.admissions.withdraw(uid); // from a plan that came to nothing
  try {
    draft.status.operation = await plan(scope);
  } catch (error) {
    connection.admissions.withdraw(uid);
    throw error;
  }
  draft.set('Cloned', false, 'Cloning', 'not cloned yet');
  const { memory } = scope;
  memory.fresh = false;
  scope.onStored = () => (memory.fresh = true);
  connection.operations.forgetOutcomes(uid);
  throw new NotReady('Cloning', cloningMessage(scope));
}

/** Everything that CloneVM will be called with. Throws NotReady. */
async function plan(scope: CloneScope): Promise<LinkedCloneStatusOperation> {
  const { draft, runtime } = scope;
  const { connection } = requireConnection(scope);
  const base = requireBase(scope);
  checkBaseUsable(runtime, scope, base);
  checkBaseCapacity(scope);
  const badName = vmNameProblem(scope.vmName);
  if (badName !== undefined) throw new NotReady('InvalidSpec', badName);
  await checkCustomization(scope);
  const snapshot = base.status?.snapshot;
  const source = base.status?.source;
  if (snapshot === undefined || source === undefined)
    throw new NotReady('BaseSnapshotNotReady', 'the base is not pinned');
  const devices = await connection.snapshotDisks({ type: 'VirtualMachineSnapshot', value: snapshot.moRef });
  const placement = await resolvePlacement(scope, devices);
  const { resourcePool: pool, datastore, baseDatastores, host } = placement;
  await requireHosts(scope, { pool, datastore, baseDatastores, host });
  await connection.watchFolder(placement.folder);

  pinBase(scope, base);
  return {
    type: 'Clone',
    sourceVm: source.moRef,
    vmName: scope.vmName,
    folder: placement.folder.value,
    snapshot: snapshot.moRef,
    snapshotName: snapshot.name,
    datastore: placement.datastore.value,
    resourcePool: placement.resourcePool.value,
    ...(placement.host === undefined ? {} : { host: placement.host.value }),
    startedAt: draft.now,
    attempt: 1,
  };
}

/** Records which vCenter it is on and what it stands on. */
export function pinBase(scope: CloneScope, { metadata, status }: BaseSnapshot): void {
  const { draft } = scope;
  const { connection, vCenter } = requireConnection(scope);
  const { source, snapshot } = status ?? {};
  if (source === undefined || snapshot === undefined)
    throw new NotReady('BaseSnapshotNotReady', 'the base is not pinned');
  draft.status.vCenter = {
    name: vCenter.metadata.name,
    uid: vCenter.metadata.uid,
    instanceUuid: connection.instanceUuid,
  };
  draft.status.baseSnapshotUid = metadata.uid;
  draft.status.source = {
    moRef: source.moRef,
    instanceUuid: source.instanceUuid,
    name: source.name,
    snapshot: { moRef: snapshot.moRef, id: snapshot.id, createTime: snapshot.createTime },
  };
}

/** The inventory in which a host can take the clone; a host that is newer than the last look counts. Throws NotReady. */
export async function requireHosts(scope: CloneScope, destination: Destination): Promise<InventoryTree> {
  const { connection } = requireConnection(scope);
  const known = await connection.tree(connection.treeAgeMs > HOSTS_MAX_AGE_MS);
  if (candidateHosts(known, connection.hosts, destination).hosts.length > 0) return known;
  const tree = await connection.tree(true);
  const { hosts, problem, isInvalid } = candidateHosts(tree, connection.hosts, destination);
  if (hosts.length > 0) return tree;
  throw new NotReady(isInvalid ? 'PlacementInvalid' : 'NoSuitableHost', problem, {
    requeueAfterMs: scope.runtime.config['conflict-retry'],
  });
}

async function checkCustomization(scope: CloneScope): Promise<void> {
  const { customization } = scope.clone.spec;
  if (customization === undefined) return;
  const { connection } = requireConnection(scope);
  const spec = await connection.customizationSpec(customization.specName);
  if (spec === undefined)
    throw new NotReady(
      'CustomizationSpecNotFound',
      `vCenter has no customization specification "${customization.specName}"; nothing was made${await connection.customizationNames()}`,
    );
  const hostname = customization.hostname ?? scope.vmName;
  const problem = hostnameProblem(hostname, withHostname(spec, hostname).windows);
  if (problem !== undefined) throw new NotReady('InvalidHostname', problem);
}
