// The indexes that reconcilers look objects up by, and which object's change wakes which reconciler. Keys only: what
// happened isn't passed on.
import { needsPerson } from '../api/conditions.ts';
import type { BaseSnapshot, LinkedClone, LinkedCloneSet, VCenter } from '../api/types.generated.ts';
import type { KubeObject, ObjectKey } from '../kube/objects.ts';
import { keyOf, parseKey } from '../kube/objects.ts';
import { baseKeyOf } from './base-snapshot/dependents.ts';
import type { Stores, Wake } from './shared/runtime.ts';
import { INDEX } from './shared/runtime.ts';

function controllerUid(object: KubeObject): string[] {
  return (object.metadata.ownerReferences ?? []).filter((owner) => owner.controller === true).map((owner) => owner.uid);
}

function vCenterOfBase(base: BaseSnapshot): string {
  return base.status?.vCenter?.name ?? base.spec.vCenterRef.name;
}

export function addIndexes(stores: Stores): void {
  stores.clones.addIndex(INDEX.uid, (clone) => [clone.metadata.uid]);
  stores.clones.addIndex(INDEX.owner, controllerUid);
  stores.clones.addIndex(INDEX.base, (clone) => [baseKeyOf(clone.spec.baseSnapshotRef, clone.metadata.namespace)]);
  stores.clones.addIndex(INDEX.vCenter, (clone) =>
    clone.status?.vCenter === undefined ? [] : [clone.status.vCenter.name],
  );
  stores.clones.addIndex(INDEX.vCenterUuid, (clone) =>
    clone.status?.vCenter === undefined ? [] : [clone.status.vCenter.instanceUuid],
  );
  stores.clones.addIndex(INDEX.instanceUuid, ({ spec, status }) =>
    [status?.vm?.instanceUuid, spec.adopt?.instanceUuid].filter((uuid) => uuid !== undefined),
  );
  stores.clones.addIndex(INDEX.vm, (clone) =>
    clone.status?.vm === undefined || clone.status.vCenter === undefined
      ? []
      : [`${clone.status.vCenter.instanceUuid}/${clone.status.vm.moRef}`],
  );
  stores.sets.addIndex(INDEX.uid, (set) => [set.metadata.uid]);
  stores.sets.addIndex(INDEX.base, (set) => [
    baseKeyOf(set.spec.template.spec.baseSnapshotRef, set.metadata.namespace),
  ]);
  stores.bases.addIndex(INDEX.vCenter, (base) => [vCenterOfBase(base)]);
  stores.bases.addIndex(INDEX.source, (base) =>
    base.status?.source === undefined ? [] : [`${vCenterOfBase(base)}/${base.status.source.moRef}`],
  );
}

/** Wakes reconcilers when what they look at changes. */
export function wakeOnChange(stores: Stores, wake: Wake): void {
  stores.vCenters.onChange(({ key, old: before, new: now }) => {
    wake.vCenter(key.name);
    // rules, readiness and holds concern everything on it; its own counters concern nobody
    if (
      before !== undefined &&
      now !== undefined &&
      before.metadata.generation === now.metadata.generation &&
      readyOf(before) === readyOf(now) &&
      needsPerson(before) === needsPerson(now) &&
      holdsOf(before) === holdsOf(now)
    )
      return;
    for (const base of stores.bases.byIndex(INDEX.vCenter, key.name)) wake.base(keyOf(base));
    for (const clone of stores.clones.byIndex(INDEX.vCenter, key.name)) wake.clone(keyOf(clone));
  });
  stores.bases.onChange(({ key, old: before, new: now }) => {
    wake.base(key);
    const object = now ?? before;
    if (object !== undefined && (before === undefined || now === undefined))
      wake.vCenter(vCenterOfBase(object), 'children');
    // two bases of one snapshot: the one that is to remove it waits for the other to go, or to move on
    if (before?.status?.snapshot !== undefined && before.status.snapshot.moRef !== now?.status?.snapshot?.moRef)
      for (const other of stores.bases.list())
        if (other.status?.source?.instanceUuid === before.status.source?.instanceUuid)
          wake.base(keyOf(other), 'children');
    const sameMessage =
      before !== undefined &&
      now !== undefined &&
      before.metadata.generation === now.metadata.generation && // allowedNamespaces
      readyMessageOf(before) === readyMessageOf(now) &&
      needsPerson(before) === needsPerson(now);
    if (!sameMessage)
      for (const set of stores.sets.byIndex(INDEX.base, `${key.namespace}/${key.name}`)) wake.set(keyOf(set));
    if (
      before !== undefined &&
      now !== undefined &&
      readyOf(before) === readyOf(now) &&
      needsPerson(before) === needsPerson(now) &&
      before.metadata.generation === now.metadata.generation &&
      before.metadata.deletionTimestamp === now.metadata.deletionTimestamp
    )
      return;
    for (const clone of stores.clones.byIndex(INDEX.base, `${key.namespace}/${key.name}`)) wake.clone(keyOf(clone));
  });
  stores.clones.onChange(({ key, old: before, new: now }) => {
    wake.clone(key);
    for (const clone of [before, now]) if (clone !== undefined) wakeParents(clone, wake, stores);
  });
  stores.sets.onChange(({ key, old: before, new: now }) => {
    wake.set(key);
    if (
      before?.metadata.generation !== now?.metadata.generation ||
      before?.metadata.deletionTimestamp !== now?.metadata.deletionTimestamp
    ) {
      // the base that it left, too: it may wait for nothing else to be deleted
      const sets = [before, now].filter((set) => set !== undefined);
      const bases = sets.map((set: LinkedCloneSet) => baseKeyOf(set.spec.template.spec.baseSnapshotRef, key.namespace));
      for (const base of new Set(bases)) wake.base(parseKey(base), 'children');
    }
    // its clones say whether they are up to date
    if (now !== undefined && before?.status?.updateRevision !== now.status?.updateRevision)
      for (const clone of stores.clones.byIndex(INDEX.owner, now.metadata.uid)) wake.clone(keyOf(clone));
  });
  stores.namespaces.onChange(({ key }) => {
    // labels decide about access; a namespace has few objects
    for (const base of stores.bases.list(key.name)) wake.base(keyOf(base));
    for (const clone of stores.clones.list(key.name)) wake.clone(keyOf(clone));
    for (const set of stores.sets.list(key.name)) wake.set(keyOf(set));
  });
}

function wakeParents(clone: LinkedClone, wake: Wake, stores: Stores): void {
  for (const uid of controllerUid(clone))
    for (const set of stores.sets.byIndex(INDEX.uid, uid)) wake.set(keyOf(set), 'children');
  wake.base(parseKey(baseKeyOf(clone.spec.baseSnapshotRef, clone.metadata.namespace)) satisfies ObjectKey, 'children');
  if (clone.status?.vCenter !== undefined) wake.vCenter(clone.status.vCenter.name, 'children');
}

interface HasConditions {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
  };
}

function holdsOf({ status }: VCenter): string {
  return (status?.holds ?? []).map(({ id }) => id).join();
}

function readyOf(object: HasConditions): string {
  return object.status?.conditions?.find((condition) => condition.type === 'Ready')?.status ?? '';
}

function readyMessageOf(object: HasConditions): string {
  return object.status?.conditions?.find((condition) => condition.type === 'Ready')?.message ?? '';
}
