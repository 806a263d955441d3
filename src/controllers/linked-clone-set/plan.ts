// What a set does next, pure: which clones to make, to change in place, to replace and to delete. Deletion goes by an
// order that people can predict, and assigned or protected clones never go.
import type { LinkedClone, LinkedCloneSet } from '../../api/types.generated.ts';
import { findCondition } from '../../api/conditions.ts';
import { ANNOTATIONS, LABELS, isFlagged } from '../../api/identifiers.ts';
import { lowestFreeOrdinals, parseOrdinal } from '../../api/names.ts';
import { findReason } from '../../api/reasons.ts';

export interface SetPlan {
  /** Ordinals to make, lowest first. */
  readonly create: readonly number[];
  /** Clones to delete, first to go first. */
  readonly remove: readonly LinkedClone[];
  /** Lost clones whose time has come, and those whose name somebody else has under NextOrdinal: deleted and made anew. */
  readonly replace: readonly LinkedClone[];
  /** Lost clones that would be replaced, were it certain what time it is. */
  readonly postponed: readonly LinkedClone[];
  /** Clones that would have to go and mayn't. */
  readonly protectedCount: number;
}

export interface PlanInput {
  readonly set: LinkedCloneSet;
  /** Clones that the set owns by UID, those that are being deleted included. */
  readonly owned: readonly LinkedClone[];
  /** Names of all LinkedClones of the namespace: an ordinal is taken by whoever has its name. */
  readonly takenNames: ReadonlySet<string>;
  /** Ordinals whose VM name somebody else has, to be stepped over under `onNameConflict: NextOrdinal`. */
  readonly conflicting: ReadonlySet<number>;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly lostAfterMs: number;
  /** Our clock agrees with the API server's: else nothing is deleted because time has passed. */
  readonly clockAgrees: boolean;
}

export function isDeleting(clone: LinkedClone): boolean {
  return clone.metadata.deletionTimestamp !== undefined;
}

export function isConditionTrue(clone: LinkedClone, type: string): boolean {
  return findCondition(clone.status?.conditions, type)?.status === 'True';
}

/** Not ready and waiting for a human: it counts as failed, unless it is another object that waits, which says so itself. */
export function isFailed(clone: LinkedClone): boolean {
  const reason = findCondition(clone.status?.conditions, 'Ready')?.reason ?? '';
  if (findReason('LinkedClone', 'Ready', reason)?.progress === 'inherited') return false;
  return isConditionTrue(clone, 'Stalled') || FAILURES.has(reason);
}

const FAILURES = new Set([
  'CloneFailed',
  'NoDiskSpace',
  'InsufficientResources',
  'PowerFailed',
  'HardwareFailed',
  'CustomizationFailed',
  'ReadinessTimeout',
  'NameConflict',
]);

export function ordinalOf(set: LinkedCloneSet, clone: LinkedClone): number {
  return parseOrdinal(set.metadata.name, clone.metadata.name) ?? -1;
}

/** Nothing was ever asked of vCenter for this clone; one that came out as a full copy and was removed had its VM. */
export function isUntouched({ status }: LinkedClone): boolean {
  const linked = findCondition(status?.conditions, 'Linked')?.status;
  return status?.operation === undefined && status?.vm === undefined && linked !== 'False';
}

/** Share of a set that may be lost before it looks like something else than lost clones: then nothing is replaced. */
const MASS_LOSS_SHARE = 0.4;
const MASS_LOSS_COUNT = 2;

export function planSet(input: PlanInput): SetPlan {
  const { set, owned, now, lostAfterMs } = input;
  const wanted = set.spec.replicas ?? 1;
  const present = owned.filter((clone) => !isDeleting(clone));
  const steppedOver = present.filter(
    (clone) => clone.status?.vm === undefined && input.conflicting.has(ordinalOf(set, clone)),
  );
  const live = present.filter((clone) => !steppedOver.includes(clone));
  const taken = new Set([...input.takenNames].flatMap((name) => parseOrdinal(set.metadata.name, name) ?? []));
  for (const ordinal of input.conflicting) taken.add(ordinal);
  // what is being deleted is owned until it's gone: never more than wanted, and its ordinal comes back
  const missing = Math.max(0, wanted - owned.length);
  const create = lowestFreeOrdinals(taken, set.spec.naming?.start ?? 1, missing);
  const surplus = live.length - wanted;
  const victims = surplus > 0 ? orderVictims(set, live) : [];
  const remove = victims.slice(0, Math.max(0, surplus));
  const lost = surplus > 0 ? [] : lostToReplace(live, now, lostAfterMs);
  return {
    create,
    remove,
    replace: input.clockAgrees ? [...steppedOver, ...lost] : steppedOver,
    postponed: input.clockAgrees ? [] : lost,
    protectedCount: Math.max(0, surplus - remove.length),
  };
}

/** Lost clones whose wait is over, one at a time; none when many are lost at once. */
function lostToReplace(live: readonly LinkedClone[], now: number, lostAfterMs: number): LinkedClone[] {
  const lost = live.filter((clone) => isConditionTrue(clone, 'Lost'));
  if (holdsReplacement(live)) return [];
  const due = lost.filter(
    (clone) =>
      now - Date.parse(findCondition(clone.status?.conditions, 'Lost')?.lastTransitionTime ?? '') >= lostAfterMs,
  );
  return due.slice(0, 1);
}

/** Many lost at once is more likely a broken view than so many destroyed machines. */
export function holdsReplacement(live: readonly LinkedClone[]): boolean {
  const lost = live.filter((clone) => isConditionTrue(clone, 'Lost')).length;
  return lost > MASS_LOSS_COUNT && lost > live.length * MASS_LOSS_SHARE;
}

/** Milliseconds until the next lost clone is due; undefined: none waits. */
export function nextLostDueMs(live: readonly LinkedClone[], now: number, lostAfterMs: number): number | undefined {
  const waits = live
    .filter((clone) => isConditionTrue(clone, 'Lost'))
    .map(
      (clone) =>
        Date.parse(findCondition(clone.status?.conditions, 'Lost')?.lastTransitionTime ?? '') + lostAfterMs - now,
    )
    .filter((ms) => ms > 0);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** All that may go, first to go first: marked, lost, failed, not up to date, not ready, then by the set's order. Ties go by name. */
export function orderVictims(set: LinkedCloneSet, live: readonly LinkedClone[]): LinkedClone[] {
  const order = set.spec.scaleDown?.order ?? 'HighestOrdinal';
  const revision = set.status?.updateRevision;
  const rank = (clone: LinkedClone): number => {
    if (isFlagged(clone.metadata.annotations, ANNOTATIONS.deleteFirst)) return 0;
    if (isConditionTrue(clone, 'Lost')) return 1;
    if (isFailed(clone)) return 2;
    if (revision !== undefined && clone.metadata.labels?.[LABELS.revision] !== revision) return 3;
    if (!isConditionTrue(clone, 'Ready')) return 4;
    return 5;
  };
  const byOrder = (a: LinkedClone, b: LinkedClone): number => {
    const age = Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp);
    if (order === 'Newest' && age !== 0) return -age;
    if (order === 'Oldest' && age !== 0) return age;
    return ordinalOf(set, b) - ordinalOf(set, a);
  };
  return live
    .filter((clone) => !isFlagged(clone.metadata.annotations, ANNOTATIONS.protect))
    .toSorted((a, b) => rank(a) - rank(b) || byOrder(a, b) || (a.metadata.name < b.metadata.name ? -1 : 1));
}
