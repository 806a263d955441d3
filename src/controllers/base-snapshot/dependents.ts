// What stands on a base: clones, sets (also at zero replicas), and other bases of the same snapshot. From the cache for
// figures, from live lists before anything is let go. Pure, but for the lists.
import type { BaseSnapshot, LinkedClone, LinkedCloneSet } from '../../api/types.generated.ts';
import type { Runtime } from '../shared/runtime.ts';
import { INDEX } from '../shared/runtime.ts';
import { BASE_SNAPSHOTS, LINKED_CLONES, LINKED_CLONE_SETS } from '../shared/resources.ts';
import { listManaged } from '../vcenter/dependents.ts';

export interface BaseDependents {
  readonly clones: readonly LinkedClone[];
  readonly sets: readonly LinkedCloneSet[];
  readonly bases: readonly BaseSnapshot[];
}

interface BaseRef {
  readonly name: string;
  readonly namespace?: string;
}

/** `namespace/name` of the base that a reference in `namespace` means. */
export function baseKeyOf(ref: BaseRef, namespace: string | undefined): string {
  return `${ref.namespace ?? namespace ?? ''}/${ref.name}`;
}

function keyOfBase(base: BaseSnapshot): string {
  return `${base.metadata.namespace ?? ''}/${base.metadata.name}`;
}

export function cloneStandsOn(clone: LinkedClone, base: BaseSnapshot): boolean {
  const uid = clone.status?.baseSnapshotUid;
  return uid === undefined
    ? baseKeyOf(clone.spec.baseSnapshotRef, clone.metadata.namespace) === keyOfBase(base)
    : uid === base.metadata.uid;
}

/** A set that is being deleted doesn't count: its clones do. */
export function setStandsOn(set: LinkedCloneSet, base: BaseSnapshot): boolean {
  return (
    set.metadata.deletionTimestamp === undefined &&
    baseKeyOf(set.spec.template.spec.baseSnapshotRef, set.metadata.namespace) === keyOfBase(base)
  );
}

/**
 * Another base pinned to the same snapshot needs it as long as this one would remove it. Where the snapshot stays nothing
 * is lost, and two bases that hold one another would never go.
 */
export function baseStandsOn(other: BaseSnapshot, base: BaseSnapshot): boolean {
  const mine = base.status?.snapshot;
  const removed = base.spec.deletionPolicy === 'Delete' && mine?.createdByOperator === true;
  if (other.metadata.uid === base.metadata.uid || !removed) return false;
  const theirs = other.status?.snapshot;
  return (
    theirs !== undefined &&
    other.status?.vCenter?.instanceUuid === base.status?.vCenter?.instanceUuid &&
    // after a re-registration one of the two may still have the old reference
    (theirs.moRef === mine.moRef ||
      (other.status?.source?.instanceUuid === base.status?.source?.instanceUuid &&
        theirs.id === mine.id &&
        Date.parse(theirs.createTime) === Date.parse(mine.createTime)))
  );
}

export function cachedBaseDependents(runtime: Runtime, base: BaseSnapshot): BaseDependents {
  const key = keyOfBase(base);
  return {
    clones: runtime.stores.clones.byIndex(INDEX.base, key).filter((clone) => cloneStandsOn(clone, base)),
    sets: runtime.stores.sets.byIndex(INDEX.base, key).filter((set) => setStandsOn(set, base)),
    bases: runtime.stores.bases.list().filter((other) => baseStandsOn(other, base)),
  };
}

export async function liveBaseDependents(runtime: Runtime, base: BaseSnapshot): Promise<BaseDependents> {
  const [clones, sets, bases] = await Promise.all([
    listManaged(runtime, LINKED_CLONES),
    listManaged(runtime, LINKED_CLONE_SETS),
    listManaged(runtime, BASE_SNAPSHOTS),
  ]);
  return {
    clones: clones.filter((clone) => cloneStandsOn(clone, base)),
    sets: sets.filter((set) => setStandsOn(set, base)),
    bases: bases.filter((other) => baseStandsOn(other, base)),
  };
}

export function isEmpty(dependents: BaseDependents): boolean {
  return dependents.clones.length + dependents.sets.length + dependents.bases.length === 0;
}

/** `12 clones ("web-1", "web-2", …), 1 set ("web")`: names of the base's own namespace, others as counts only. */
export function describeDependents(dependents: BaseDependents, namespace: string | undefined): string {
  const parts = [
    describeKind('clone', dependents.clones, namespace),
    describeKind('set', dependents.sets, namespace),
    describeKind('base', dependents.bases, namespace),
  ].filter((part) => part !== '');
  return parts.join(', ');
}

function describeKind(
  noun: string,
  objects: readonly { readonly metadata: { readonly name: string; readonly namespace?: string } }[],
  namespace: string | undefined,
): string {
  if (objects.length === 0) return '';
  const own = objects
    .filter((object) => object.metadata.namespace === namespace)
    .map((object) => `"${object.metadata.name}"`);
  const elsewhere = objects.length - own.length;
  const names = own.toSorted(new Intl.Collator('en', { numeric: true }).compare).slice(0, 5);
  const shown = [
    ...names,
    ...(own.length > names.length ? ['…'] : []),
    ...(elsewhere > 0 ? [`${elsewhere} in other namespaces`] : []),
  ];
  return `${objects.length} ${noun}${objects.length === 1 ? '' : 's'} (${shown.join(', ')})`;
}
