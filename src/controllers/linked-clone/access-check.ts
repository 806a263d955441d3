// Access to what a clone uses, asked again before each thing that is done to it: rules may have been withdrawn since it
// was planned or made. Default deny: what the inventory doesn't show can't be matched against a rule, so it's refused.
import type { LinkedCloneStatusOperation } from '../../api/types.generated.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { decideAccess } from '../shared/access.ts';
import { NotReady } from '../shared/not-ready.ts';
import { clonesPinnedTo } from '../shared/pinned-to.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';
import { followPool } from './vm-record.ts';

/** Values of the references that are recorded of a clone, or of its intent. */
interface Recorded {
  readonly folder?: string | undefined;
  readonly resourcePool?: string | undefined;
  readonly datastore?: string | undefined;
}

/** The path that rules are matched with. What is newer than the inventory as last read is looked for again. Throws NotReady. */
export async function pathForAccess(connection: VCenterConnection, ref: MoRef, noun: string): Promise<string> {
  for (const fresh of [false, true]) {
    const node = (await connection.tree(fresh)).get(ref);
    if (node !== undefined) return node.path;
  }
  throw new NotReady(
    'PlacementNotFound',
    `${noun} ${ref.value} isn't in the inventory that the operator's account sees, so no rule of spec.access can be asked about it: let the account see it`,
  );
}

/** Before a VM that exists is powered on or changed. Throws NotReady. */
export async function checkStandingAccess(scope: CloneScope): Promise<void> {
  try {
    await check(scope, scope.draft.status.vm ?? {}); // it may have been recorded in this very reconcile
  } catch (error) {
    // it may be in another pool by now, and the one that it was made in be gone
    if (!(error instanceof NotReady) || !(await followPool(scope))) throw error;
    await check(scope, scope.draft.status.vm ?? {});
  }
}

/** Before a VM is made as planned: that may be hours after the plan. Throws NotReady. */
export function checkIntentAccess(scope: CloneScope, intent: LinkedCloneStatusOperation): Promise<void> {
  return check(scope, intent);
}

/** Before a machine that exists is taken over; it counts for `maxClones` of the rule. Throws NotReady. */
export async function checkAdoptionAccess(scope: CloneScope, where: Recorded): Promise<void> {
  await check(scope, where, { clones: clonesOfNamespace(scope) });
}

async function check(scope: CloneScope, recorded: Recorded, more: { clones?: number } = {}): Promise<void> {
  const { connection, vCenter } = requireConnection(scope);
  const path = (value: string | undefined, type: string, noun: string): Promise<string> => {
    if (value === undefined) throw new NotReady('PlacementNotFound', `the ${noun} of the clone isn't recorded`);
    return pathForAccess(connection, { type, value }, noun);
  };
  const request = {
    parent: scope.base?.status?.source?.path,
    folder: await path(recorded.folder, 'Folder', 'folder'),
    resourcePool: await path(recorded.resourcePool, 'ResourcePool', 'resource pool'),
    datastore: await path(recorded.datastore, 'Datastore', 'datastore'),
    ...more,
  };
  const decision = decideAccess(scope.runtime, vCenter, await connection.tree(), scope.namespace, request);
  if (!decision.allowed) throw new NotReady('AccessDenied', decision.message);
}

/** What a namespace's clones on a vCenter are admitted by. */
export function namespaceLimit({ namespace }: CloneScope): string {
  return `namespace ${namespace}`;
}

/** Clones of the namespace on this vCenter, those begun and not yet recorded among them, this one not. */
export function clonesOfNamespace(scope: CloneScope): number {
  const { runtime, namespace, uid } = scope;
  const { connection } = requireConnection(scope);
  const known = clonesPinnedTo(runtime, connection)
    .filter((clone) => clone.metadata.namespace === namespace)
    .map((clone) => clone.metadata.uid);
  return connection.admissions.count(namespaceLimit(scope), known, uid);
}
