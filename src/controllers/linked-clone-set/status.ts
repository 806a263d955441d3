// What a set says about itself, pure: counts from the conditions of its clones, one summary for people, and Ready by
// arithmetic: observed, ready = replicas = wanted, none terminating.
import type {
  BaseSnapshot,
  BaseSnapshotStatusDisks,
  LinkedClone,
  LinkedCloneSet,
  LinkedCloneSetStatus,
  LinkedCloneSetStatusLastScale,
} from '../../api/types.generated.ts';
import { findCondition } from '../../api/conditions.ts';
import { findReason } from '../../api/reasons.ts';
import { LABELS } from '../../api/identifiers.ts';
import { savingsOf, stampSavings } from '../base-snapshot/storage.ts';
import type { StatusDraft } from '../shared/status-draft.ts';
import { holdsReplacement, isConditionTrue, isDeleting, isFailed } from './plan.ts';

export interface SetCounts {
  readonly wanted: number;
  readonly replicas: number;
  readonly ready: number;
  readonly available: number;
  readonly upToDate: number;
  readonly terminating: number;
  readonly failed: number;
  readonly lost: number;
  /** Milliseconds until another clone counts as available; undefined: none waits for that. */
  readonly nextAvailableMs: number | undefined;
}

export function countClones(
  set: LinkedCloneSet,
  owned: readonly LinkedClone[],
  revision: string | undefined,
  now: number,
): SetCounts {
  const live = owned.filter((clone) => !isDeleting(clone));
  const ready = live.filter((clone) => isConditionTrue(clone, 'Ready'));
  const minReadyMs = (set.spec.minReadySeconds ?? 0) * 1000;
  const waits = ready.map(
    (clone) =>
      Date.parse(findCondition(clone.status?.conditions, 'Ready')?.lastTransitionTime ?? '') + minReadyMs - now,
  );
  const pending = waits.filter((ms) => ms > 0);
  return {
    wanted: set.spec.replicas ?? 1,
    replicas: live.length,
    ready: ready.length,
    available: ready.length - pending.length,
    upToDate:
      revision === undefined ? 0 : live.filter((clone) => clone.metadata.labels?.[LABELS.revision] === revision).length,
    terminating: owned.length - live.length,
    failed: live.filter((clone) => !isConditionTrue(clone, 'Ready') && isFailed(clone)).length,
    lost: live.filter((clone) => isConditionTrue(clone, 'Lost')).length,
    nextAvailableMs: pending.length === 0 ? undefined : Math.min(...pending),
  };
}

/** Every machine that is wanted is made, nothing has failed, and some guests aren't ready yet. */
export function waitsForGuests(counts: SetCounts, owned: readonly LinkedClone[]): boolean {
  const { wanted, replicas, ready, terminating, failed } = counts;
  return (
    replicas === wanted &&
    ready < wanted &&
    terminating + failed === 0 &&
    owned.every((clone) => clone.status?.vm !== undefined)
  );
}

/** Why no clones are made: reason of the table and sentence; `stalled`: a human must act. */
export interface BaseProblem {
  readonly reason: string;
  readonly message: string;
  readonly stalled: boolean;
}

export interface SetSituation {
  readonly set: LinkedCloneSet;
  readonly owned: readonly LinkedClone[];
  readonly counts: SetCounts;
  readonly base: BaseSnapshot | undefined;
  readonly problem: BaseProblem | undefined;
  /** What the API server said to a write that it won't ever take as it is. */
  readonly refused?: string | undefined;
  readonly protectedCount: number;
  /** The limit of failures in a row that was reached, so that one clone at a time is tried; undefined: it wasn't. */
  readonly stoppedAfter: number | undefined;
  readonly revision: string | undefined;
  /** Name of the datastore that a clone is on or to go to; undefined: not known. */
  readonly datastoreOf: (clone: LinkedClone) => string | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Fills counters, conditions and summary into the draft. */
export function describeSet(draft: StatusDraft<LinkedCloneSetStatus>, situation: SetSituation): void {
  const { set, counts, owned, base, revision } = situation;
  Object.assign(draft.status, {
    replicas: counts.replicas,
    readyReplicas: counts.ready,
    availableReplicas: counts.available,
    upToDateReplicas: counts.upToDate,
    terminatingReplicas: counts.terminating,
    failedReplicas: counts.failed,
    lostReplicas: counts.lost,
    selector: `${LABELS.set}=${set.metadata.name}`,
  });
  if (revision !== undefined) {
    draft.status.updateRevision = revision;
    if (counts.upToDate === counts.replicas || draft.status.currentRevision === undefined)
      draft.status.currentRevision = revision;
  }
  const disks: readonly BaseSnapshotStatusDisks[] = base?.status?.disks ?? [];
  if (disks.length > 0)
    draft.status.storage = stampSavings(
      set.status?.storage,
      savingsOf(
        disks,
        owned.filter((clone) => !isDeleting(clone)),
        false,
      ),
      draft.now,
    );
  describeProgress(draft, situation);
  describeConditions(draft, situation);
}

/** Milliseconds until no progress makes the set Stalled; undefined when nothing is to be waited for, or it's that already. */
export function progressLeftMs(set: LinkedCloneSet, status: LinkedCloneSetStatus, now: number): number | undefined {
  if (set.spec.paused === true || findCondition(status.conditions, 'Ready')?.status === 'True') return undefined;
  const left = Date.parse(status.lastProgressAt ?? '') + deadlineOf(set) - now;
  return left >= 0 ? left + 1 : undefined;
}

function deadlineOf(set: LinkedCloneSet): number {
  return (set.spec.progressDeadlineSeconds ?? 1800) * 1000;
}

/** It was paused, or waited for its base: that time is no lack of progress. */
function wasHeld(status: LinkedCloneSetStatus | undefined): boolean {
  return (
    findCondition(status?.conditions, 'Paused')?.status === 'True' ||
    findCondition(status?.conditions, 'BaseSnapshotReady')?.status === 'False'
  );
}

function describeProgress(draft: StatusDraft<LinkedCloneSetStatus>, situation: SetSituation): void {
  const { set, counts, now, problem } = situation;
  const before = set.status;
  const moved =
    (wasHeld(before) && set.spec.paused !== true && problem === undefined) ||
    before?.readyReplicas !== counts.ready ||
    before.terminatingReplicas !== counts.terminating ||
    before.replicas !== counts.replicas ||
    before.lastScale?.to !== counts.wanted;
  if (moved || draft.status.lastProgressAt === undefined) draft.status.lastProgressAt = draft.now;
  const scale = before?.lastScale;
  const done = counts.ready === counts.wanted && counts.replicas === counts.wanted && counts.terminating === 0;
  if (scale === undefined || scale.to !== counts.wanted) {
    const next: LinkedCloneSetStatusLastScale = { from: scale?.to ?? 0, to: counts.wanted, startedAt: draft.now };
    draft.status.lastScale = done ? { ...next, seconds: 0 } : next;
  } else if (scale.seconds === undefined && done) {
    draft.status.lastScale = { ...scale, seconds: Math.max(0, Math.round((now - Date.parse(scale.startedAt)) / 1000)) };
  }
}

function describeConditions(draft: StatusDraft<LinkedCloneSetStatus>, situation: SetSituation): void {
  const { set, counts, revision, protectedCount, problem } = situation;
  const missing = counts.wanted - counts.replicas;
  const surplus = counts.replicas - counts.wanted + counts.terminating;
  draft.set(
    'Available',
    counts.available >= counts.wanted,
    counts.available >= counts.wanted ? 'Available' : 'NotAvailable',
    `${counts.available} of ${counts.wanted} available`,
  );
  const upToDate = counts.upToDate === counts.replicas;
  if (revision !== undefined)
    draft.set(
      'UpToDate',
      upToDate,
      counts.replicas === 0 ? 'NoReplicas' : upToDate ? 'UpToDate' : 'NotUpToDate',
      `${counts.upToDate} of ${counts.replicas} made from ${revision}`,
    );
  const up = counts.ready < counts.wanted && missing >= 0;
  draft.set(
    'ScalingUp',
    up,
    up ? (problem === undefined ? 'ScalingUp' : 'Waiting') : 'NotScalingUp',
    up ? (problem?.message ?? `${counts.ready} of ${counts.wanted} ready`) : 'nothing to make',
  );
  const down = surplus > 0;
  const stuck = protectedCount > 0;
  draft.set(
    'ScalingDown',
    down,
    stuck ? 'AllRemainingProtected' : down ? 'ScalingDown' : 'NotScalingDown',
    stuck
      ? `${protectedCount} more would have to go and are protected`
      : down
        ? `${surplus} to go`
        : 'nothing to delete',
  );
  draft.set(
    'Paused',
    set.spec.paused === true,
    set.spec.paused === true ? 'Paused' : 'NotPaused',
    set.spec.paused === true ? 'nothing is made, changed or deleted' : 'not paused',
  );
  summarize(draft, situation);
}

function summarize(draft: StatusDraft<LinkedCloneSetStatus>, situation: SetSituation): void {
  const { set, counts, problem, refused, owned, protectedCount, now } = situation;
  const { wanted, ready } = counts;
  const converged = ready === wanted && counts.replicas === wanted && counts.terminating === 0;
  if (converged) {
    draft.status.summary = set.spec.paused === true ? `Paused ${ready}/${wanted}` : `Ready ${ready}/${wanted}`;
    draft.summarize('Ready', 'Ready', `${ready} of ${wanted} ready`);
    return;
  }
  if (set.spec.paused === true)
    return say(draft, 'NotReady', 'Paused', `Paused ${ready}/${wanted}`, `paused with ${ready} of ${wanted} ready`);
  if (problem !== undefined)
    return say(draft, problem.stalled ? 'Stalled' : 'Reconciling', problem.reason, problem.reason, problem.message);
  if (refused !== undefined) return say(draft, 'Stalled', 'RefusedByApiServer', `Refused ${ready}/${wanted}`, refused);
  if (protectedCount > 0)
    return say(
      draft,
      'Stalled',
      'AllRemainingProtected',
      `Protected ${counts.replicas}/${wanted}`,
      `${protectedCount} more clones would have to go and are protected`,
    );
  if (holdsReplacement(owned.filter((clone) => !isDeleting(clone))))
    return say(
      draft,
      'Stalled',
      'ReplacementHeld',
      `${counts.lost} lost`,
      `${counts.lost} clones are lost at once: none is replaced until that is looked into`,
    );
  const trouble = troubleOf(situation);
  const deadlineMs = deadlineOf(set);
  if (now - Date.parse(draft.status.lastProgressAt ?? '') > deadlineMs) {
    return say(
      draft,
      'Stalled',
      'ProgressDeadlineExceeded',
      `Stuck ${ready}/${wanted}`,
      `no progress for ${deadlineMs / 1000} s: ${trouble?.message ?? `${ready} of ${wanted} ready`}`,
    );
  }
  if (trouble !== undefined)
    return say(draft, trouble.stalled ? 'Stalled' : 'Reconciling', trouble.reason, trouble.short, trouble.message);
  if (counts.replicas > wanted || counts.terminating > 0) {
    return say(
      draft,
      'Reconciling',
      'ScalingDown',
      `Deleting ${counts.terminating + Math.max(0, counts.replicas - wanted)}`,
      `${counts.terminating} being deleted, ${counts.replicas} left of ${wanted}`,
    );
  }
  if (counts.replicas === wanted && draft.status.lastScale?.seconds !== undefined) return sayNotReady(draft, situation);
  return say(draft, 'Reconciling', 'ScalingUp', `Cloning ${ready}/${wanted}`, `${ready} of ${wanted} ready`);
}

/** All were ready once, so nothing is being scaled: some are lost, or aren't ready any more. */
function sayNotReady(
  draft: StatusDraft<LinkedCloneSetStatus>,
  { owned, counts: { lost, wanted } }: SetSituation,
): void {
  const of = owned.filter((clone) => (lost > 0 ? isConditionTrue(clone, 'Lost') : !isConditionTrue(clone, 'Ready')));
  const which = `${of.length} of ${wanted} ${lost > 0 ? 'lost' : 'not ready'}: ${sampleOf(of)}`;
  if (lost > 0) return say(draft, 'Reconciling', 'ReplacingLost', `Replacing ${lost} lost`, which);
  return say(draft, 'Reconciling', 'ClonesNotReady', `${of.length} not ready`, which);
}

/** At most five names, each with its reason. */
function sampleOf(clones: readonly LinkedClone[]): string {
  const named = clones.slice(0, 5).map((clone) => {
    const reason = findCondition(clone.status?.conditions, 'Ready')?.reason;
    return `"${clone.metadata.name}"${reason === undefined ? '' : ` (${reason})`}`;
  });
  return named.join(', ') + (clones.length > 5 ? ', …' : '');
}

function say(
  draft: StatusDraft<LinkedCloneSetStatus>,
  state: 'Reconciling' | 'Stalled' | 'NotReady',
  reason: string,
  summary: string,
  message: string,
): void {
  draft.status.summary = summary;
  draft.summarize(state, reason, message);
}

/**
 * The failure that most clones have, with names, if any has one; what needs a human goes first, unless the set stopped for
 * clones that failed.
 */
function troubleOf(situation: SetSituation): (BaseProblem & { readonly short: string }) | undefined {
  const { owned, datastoreOf } = situation;
  const stoppedAfter = hasMoreToMake(situation) ? situation.stoppedAfter : undefined;
  const byReason = new Map<string, LinkedClone[]>();
  for (const clone of owned) {
    if (isDeleting(clone) || isConditionTrue(clone, 'Ready') || !isFailed(clone)) continue;
    if (isConditionTrue(clone, 'Lost')) continue; // replaced by itself
    const reason = findCondition(clone.status?.conditions, 'Ready')?.reason ?? '';
    byReason.set(reason, [...(byReason.get(reason) ?? []), clone]);
  }
  const needsHuman = (clones: readonly LinkedClone[]): boolean =>
    clones.some((clone) => isConditionTrue(clone, 'Stalled'));
  const rank = (clones: readonly LinkedClone[]): number => (stoppedAfter === undefined && needsHuman(clones) ? 0 : 1);
  const [most] = [...byReason].toSorted(([, a], [, b]) => rank(a) - rank(b) || b.length - a.length);
  if (most === undefined) return undefined;
  const [reason, clones] = most;
  const names = clones
    .slice(0, 5)
    .map((clone) => `"${clone.metadata.name}"`)
    .join(', ');
  const [first] = clones;
  const message = findCondition(first?.status?.conditions, 'Ready')?.message ?? '';
  const stopped = stoppedAfter === undefined ? '' : `stopped after ${stoppedAfter} failures in a row: `;
  const failures = needsHuman(clones) ? 'CloneFailures' : 'ClonesNotReady';
  const setReason = SET_REASON[reason] ?? (stoppedAfter === undefined ? failures : 'StoppedAfterFailures');
  const datastore = reason === 'NoDiskSpace' && first !== undefined ? datastoreOf(first) : undefined;
  return {
    reason: setReason,
    short: `${reason} ${datastore ?? clones.length}`,
    message: `${stopped}${clones.length} failed (${names}): ${message}`,
    stalled: findReason('LinkedCloneSet', 'Ready', setReason)?.progress === 'Stalled',
  };
}

/** Else there is nothing that it could have stopped. */
function hasMoreToMake({ set, owned }: SetSituation): boolean {
  const there = owned.filter((clone) => !isDeleting(clone));
  return there.length < (set.spec.replicas ?? 1) || there.some(({ status }) => status?.vm === undefined);
}

/** Reasons of clones that a set has under the same name. */
const SET_REASON: Readonly<Record<string, string>> = {
  NoDiskSpace: 'NoDiskSpace',
  InsufficientResources: 'InsufficientResources',
  NameConflict: 'NameConflict',
  AccessDenied: 'AccessDenied',
};
