// The base and the vCenter of a clone, with everything that says "not now" or "not you". Once a VM or an intent is recorded
// the vCenter is the recorded one alone, so a clone can be looked after, and deleted, when its base is gone.
import type { BaseSnapshot } from '../../api/types.generated.ts';
import { findCondition, needsPerson } from '../../api/conditions.ts';
import { allowsNamespace, notAllowedMessage } from '../base-snapshot/allowed-namespaces.ts';
import { baseKeyOf, cachedBaseDependents } from '../base-snapshot/dependents.ts';
import { isSeen, missingBase } from '../base-snapshot/missing-base.ts';
import { requireAnswering } from '../shared/answering.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { PhaseResult } from '../shared/phases.ts';
import { listNames, resolveVCenter } from '../shared/references.ts';
import type { Runtime } from '../shared/runtime.ts';
import { parseKey } from '../../kube/objects.ts';
import type { CloneScope } from './scope.ts';
import { requireBase, requireConnection } from './scope.ts';

/** Finds the base in the cache; throws NotReady when it isn't there, unless the clone no longer needs it, or was planned on it. */
export function basePhase(scope: CloneScope): PhaseResult {
  const { runtime, clone, namespace } = scope;
  const key = baseKeyOf(clone.spec.baseSnapshotRef, namespace);
  const base = runtime.stores.bases.get(parseKey(key));
  const recorded = clone.status?.baseSnapshotUid;
  if (base !== undefined && (recorded === undefined || recorded === base.metadata.uid)) {
    scope.base = base;
    return undefined;
  }
  if (clone.status?.vm !== undefined) return undefined; // it stands without: the base was released, or replaced by one of its name
  if (isPlanned(scope)) return undefined; // what has come of it is looked for; where nothing has, the plan is taken back
  throw baseNotFound(scope);
}

/** It was to be cloned from a base that this operator would see. */
function isPlanned({ clone, namespace, runtime }: CloneScope): boolean {
  const key = baseKeyOf(clone.spec.baseSnapshotRef, namespace);
  const isClone = clone.status?.operation?.type === 'Clone' && clone.spec.adopt === undefined;
  return isClone && isSeen(key, runtime.config['watch-namespaces']);
}

function baseNotFound({ clone, namespace, runtime }: CloneScope): NotReady {
  const key = baseKeyOf(clone.spec.baseSnapshotRef, namespace);
  const there = runtime.stores.bases
    .list()
    .filter((other) => other.metadata.namespace === parseKey(key).namespace)
    .map((other) => other.metadata.name);
  return new NotReady(
    'BaseSnapshotNotFound',
    `${missingBase(key, runtime.config['watch-namespaces'])}; in its namespace there ${listNames(there)}`,
  );
}

export function vCenterPhase(scope: CloneScope): PhaseResult {
  const { runtime, clone } = scope;
  const pin = clone.status?.vCenter;
  const name = pin?.name ?? scope.base?.status?.vCenter?.name ?? scope.base?.spec.vCenterRef.name;
  if (name === undefined) throw new NotReady('BaseSnapshotNotReady', 'the base names no vCenter yet');
  const { vCenter, connection } = resolveVCenter(runtime, name, clone);
  if (pin !== undefined && pin.instanceUuid !== connection.instanceUuid) {
    throw new NotReady(
      'VCenterNotReady',
      `pinned to vCenter ${pin.instanceUuid}, but VCenter "${name}" is ${connection.instanceUuid} now`,
    );
  }
  scope.vCenter = vCenter;
  scope.connection = connection;
  return undefined;
}

/** A clone without a virtual machine can do nothing but wait for a vCenter that is away. */
export function answeringPhase(scope: CloneScope): PhaseResult {
  const { connection } = requireConnection(scope);
  const waits = scope.clone.status?.vm === undefined && connection.operations.running(scope.uid, 'clone') === undefined;
  if (waits) requireAnswering(scope.runtime, connection);
  return undefined;
}

/** What must hold of the base before a clone is made of it; from the cache, and again live right before the call. */
export function checkBaseUsable(runtime: Runtime, scope: CloneScope, base: BaseSnapshot | undefined): void {
  const name = `${scope.clone.spec.baseSnapshotRef.namespace ?? scope.namespace}/${scope.clone.spec.baseSnapshotRef.name}`;
  if (base === undefined) throw baseNotFound(scope);
  if (base.metadata.deletionTimestamp !== undefined)
    throw new NotReady('BaseSnapshotDeleting', `BaseSnapshot "${name}" is being deleted: no clone is made of it`);
  if (!allowsNamespace(runtime, base, scope.namespace)) {
    throw new NotReady('BaseSnapshotNotAllowed', notAllowedMessage(name, scope.namespace));
  }
  const ready = findCondition(base.status?.conditions, 'Ready');
  if (ready?.status !== 'True' || base.status?.snapshot === undefined || base.status.source === undefined) {
    throw new NotReady(
      'BaseSnapshotNotReady',
      `BaseSnapshot "${name}" isn't ready: ${ready?.message ?? 'it was not looked at yet'}`,
      { stalled: needsPerson(base) },
    );
  }
}

/** At most `maxClones` clones stand on the base: this one is counted from now on, or refused. */
export function checkBaseCapacity(scope: CloneScope): void {
  const { runtime, uid } = scope;
  const base = requireBase(scope);
  const { admissions } = requireConnection(scope).connection;
  const limit = `base ${base.metadata.uid}`;
  const begun = cachedBaseDependents(runtime, base).clones.filter(
    (clone) => clone.status?.operation !== undefined || clone.status?.vm !== undefined,
  );
  const others = admissions.count(
    limit,
    begun.map((clone) => clone.metadata.uid),
    uid,
  );
  const most = base.spec.maxClones ?? Number.POSITIVE_INFINITY;
  if (others >= most)
    throw new NotReady(
      'BaseSnapshotFull',
      `BaseSnapshot "${base.metadata.name}" has its ${most} clones (spec.maxClones)`,
    );
  admissions.admit(limit, uid);
}
