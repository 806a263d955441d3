// What a set says about itself: counts from its clones, Ready by arithmetic, one summary for people, and reasons of the
// table only, whatever its clones say.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { conditionProblems } from '../../../../src/api/conditions.ts';
import { REASONS, findReason } from '../../../../src/api/reasons.ts';
import type {
  Condition,
  LinkedClone,
  LinkedCloneSet,
  LinkedCloneSetStatus,
} from '../../../../src/api/types.generated.ts';
import type { SetSituation } from '../../../../src/controllers/linked-clone-set/status.ts';
import { countClones, describeSet } from '../../../../src/controllers/linked-clone-set/status.ts';
import { StatusDraft } from '../../../../src/controllers/shared/status-draft.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { baseSnapshot, condition, linkedCloneSet, webClone } from '../support/objects.ts';

const clock = new FakeClock();
const NOW = clock.now();
const iso = (agoMs: number): string => new Date(NOW - agoMs).toISOString();
const REVISION = { 'linkedclone.dev/revision': 'web-1a' };

function unready(ordinal: number, reason: string, more: readonly Condition[] = []): LinkedClone {
  return webClone(ordinal, {
    labels: REVISION,
    conditions: [condition('Ready', 'False', reason, { message: `${reason} here` }), ...more],
  });
}
const ready = (ordinal: number): LinkedClone => webClone(ordinal, { labels: REVISION });
const stalled = (ordinal: number, reason: string): LinkedClone =>
  unready(ordinal, reason, [condition('Stalled', 'True', reason)]);
const lost = (ordinal: number): LinkedClone =>
  unready(ordinal, 'Lost', [condition('Lost', 'True', 'VirtualMachineGone'), condition('Stalled', 'True', 'Lost')]);
const deleting = (ordinal: number): LinkedClone => webClone(ordinal, { labels: REVISION, deleted: true });

function described(set: LinkedCloneSet, owned: readonly LinkedClone[], fields: Partial<SetSituation> = {}) {
  const draft = new StatusDraft<LinkedCloneSetStatus>(set.status, set.metadata.generation, clock);
  const counts = countClones(set, owned, 'web-1a', NOW);
  describeSet(draft, {
    set,
    owned,
    counts,
    base: undefined,
    problem: undefined,
    protectedCount: 0,
    stoppedAfter: undefined,
    revision: 'web-1a',
    datastoreOf: () => undefined,
    now: NOW,
    ...fields,
  });
  const state =
    ['Reconciling', 'Stalled'].find((type) => draft.isTrue(type)) ?? (draft.isTrue('Ready') ? 'Ready' : 'NotReady');
  return {
    status: draft.status,
    draft,
    said: `${state} ${draft.find('Ready')?.reason}`,
    summary: draft.status.summary,
  };
}

const want = (
  replicas: number,
  spec: Partial<LinkedCloneSet['spec']> = {},
  status?: LinkedCloneSetStatus,
): LinkedCloneSet => linkedCloneSet({ spec: { replicas, ...spec }, ...(status !== undefined && { status }) });

describe('countClones', () => {
  it('counts by condition, those that are being deleted apart', () => {
    const outdated = webClone(6, { labels: { 'linkedclone.dev/revision': 'web-0' } });
    const all = [ready(1), outdated, unready(2, 'Booting'), unready(3, 'NoDiskSpace'), lost(4), deleting(5)];
    expect(countClones(want(9), all, 'web-1a', NOW)).toEqual({
      wanted: 9,
      replicas: 5,
      ready: 2,
      available: 2,
      upToDate: 4,
      terminating: 1,
      failed: 2,
      lost: 1,
      nextAvailableMs: undefined,
    });
    expect(countClones(linkedCloneSet(), [], undefined, NOW)).toMatchObject({ wanted: 1, upToDate: 0 });
  });

  it('counts as available who has been ready for minReadySeconds, and says when the next one will be', () => {
    const since = (ordinal: number, agoMs: number) =>
      webClone(ordinal, { conditions: [condition('Ready', 'True', 'Ready', { lastTransitionTime: iso(agoMs) })] });
    const clones = [since(1, 60_000), since(2, 59_000), since(3, 10_000)];
    expect(countClones(want(3, { minReadySeconds: 60 }), clones, undefined, NOW)).toMatchObject({
      ready: 3,
      available: 1,
      nextAvailableMs: 1000,
    });
  });

  it('never counts more than there is', () => {
    const any = fc.array(
      fc.constantFrom(
        ready,
        lost,
        deleting,
        (n: number) => unready(n, 'Booting'),
        (n: number) => stalled(n, 'NameConflict'),
      ),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(any, (kinds) => {
        const owned = kinds.map((make, n) => make(n + 1));
        const counts = countClones(want(5), owned, 'web-1a', NOW);
        expect(counts.replicas + counts.terminating).toBe(owned.length);
        expect(counts.ready + counts.failed).toBeLessThanOrEqual(counts.replicas);
        expect(Math.max(counts.available, counts.upToDate, counts.lost)).toBeLessThanOrEqual(counts.replicas);
      }),
    );
  });
});

describe('Ready', () => {
  it.each<[string, LinkedCloneSet, LinkedClone[], string, string]>([
    ['all that are wanted are ready', want(2), [ready(1), ready(2)], 'Ready Ready', 'Ready 2/2'],
    ['none are wanted and none are there', want(0), [], 'Ready Ready', 'Ready 0/0'],
    ['it is paused with all there', want(1, { paused: true }), [ready(1)], 'Ready Ready', 'Paused 1/1'],
    ['one is missing', want(2), [ready(1)], 'Reconciling ScalingUp', 'Cloning 1/2'],
    ['one is not ready', want(2), [ready(1), unready(2, 'Booting')], 'Reconciling ScalingUp', 'Cloning 1/2'],
    ['one is too many', want(1), [ready(1), ready(2)], 'Reconciling ScalingDown', 'Deleting 1'],
    ['one is being deleted', want(1), [ready(1), deleting(2)], 'Reconciling ScalingDown', 'Deleting 1'],
    ['it is paused and one is missing', want(2, { paused: true }), [ready(1)], 'NotReady Paused', 'Paused 1/2'],
    [
      'a clone failed and is tried again',
      want(2),
      [ready(1), unready(2, 'NoDiskSpace')],
      'Reconciling NoDiskSpace',
      'NoDiskSpace 1',
    ],
    [
      'a clone waits for a human',
      want(2),
      [ready(1), stalled(2, 'NameConflict')],
      'Stalled NameConflict',
      'NameConflict 1',
    ],
    ['many are lost at once', want(3), [lost(1), lost(2), lost(3)], 'Stalled ReplacementHeld', '3 lost'],
  ])('when %s', (_, set, owned, said, summary) => {
    const result = described(set, owned);
    expect([result.said, result.summary]).toEqual([said, summary]);
  });

  it.each<[string, Partial<SetSituation>, string]>([
    [
      'the base is missing',
      { problem: { reason: 'BaseSnapshotNotFound', message: 'no base', stalled: false } },
      'Reconciling BaseSnapshotNotFound',
    ],
    [
      'the base is missing for long',
      { problem: { reason: 'BaseSnapshotNotFound', message: 'no base', stalled: true } },
      'Stalled BaseSnapshotNotFound',
    ],
    ['the API server refuses a clone', { refused: 'no' }, 'Stalled RefusedByApiServer'],
    ['all that are left are protected', { protectedCount: 2 }, 'Stalled AllRemainingProtected'],
  ])('is not there when %s', (_, fields, said) => {
    expect(described(want(1), [ready(1), ready(2), ready(3)], fields).said).toBe(said);
  });

  it.each<[string, LinkedClone[], string, string, string]>([
    [
      'one is not ready any more',
      [ready(1), unready(2, 'PoweredOff')],
      'Reconciling ClonesNotReady',
      '1 not ready',
      '1 of 2 not ready: "web-2" (PoweredOff)',
    ],
    [
      'one is lost and will be replaced',
      [ready(1), lost(2)],
      'Reconciling ReplacingLost',
      'Replacing 1 lost',
      '1 of 2 lost: "web-2" (Lost)',
    ],
  ])('that was there once is not called scaling when %s', (_, owned, said, summary, message) => {
    const scaled: LinkedCloneSetStatus = { lastScale: { from: 0, to: 2, startedAt: iso(60_000), seconds: 30 } };
    const result = described(want(2, {}, scaled), owned);
    expect([result.said, result.summary, result.draft.find('Ready')?.message]).toEqual([said, summary, message]);
  });

  it('names five of the clones with the commonest failure, and what the first one says', () => {
    const failed = [1, 2, 3, 4, 5, 6].map((n) => unready(n, 'CloneFailed'));
    const { status } = described(want(9), [unready(7, 'NoDiskSpace'), ...failed]);
    expect(status.conditions?.find((each) => each.type === 'Ready')?.message).toBe(
      '6 failed ("web-1", "web-2", "web-3", "web-4", "web-5"): CloneFailed here',
    );
  });

  it('is Reconciling while what failed is tried again, and Stalled as soon as one clone needs a human', () => {
    const retried = [1, 2].map((n) => unready(n, 'CloneFailed'));
    expect(described(want(4), [...retried, ready(3)]).said).toBe('Reconciling ClonesNotReady');
    expect(described(want(4), [...retried, stalled(3, 'CustomizationFailed')]).said).toBe('Stalled CloneFailures');
  });

  it('names the datastore that is full in the summary', () => {
    const full = [1, 2].map((n) => unready(n, 'NoDiskSpace'));
    expect(described(want(2), full, { datastoreOf: () => 'ds-2' }).summary).toBe('NoDiskSpace ds-2');
    const short = [unready(1, 'InsufficientResources')];
    expect(described(want(2), short, { datastoreOf: () => 'ds-2' }).summary).toBe('InsufficientResources 1');
  });

  it('says that a set stopped after failures in a row', () => {
    const { said, draft } = described(want(3), [unready(1, 'CloneFailed')], { stoppedAfter: 5 });
    expect(said).toBe('Stalled StoppedAfterFailures');
    expect(draft.find('Ready')?.message).toMatch(/^stopped after 5 failures in a row: 1 failed/);
  });

  it('does not say so where all its clones are made: there is nothing that it could have stopped', () => {
    const made = { ...unready(1, 'PowerFailed') };
    const vm = { moRef: 'vm-1', instanceUuid: 'x', name: 'web-1' };
    const { said, draft } = described(want(1), [{ ...made, status: { ...made.status, vm } }], { stoppedAfter: 5 });
    expect(said).toBe('Reconciling ClonesNotReady');
    expect(draft.find('Ready')?.message).not.toContain('stopped');
  });

  it('is Stalled when nothing moved for the deadline, and not a second before', () => {
    const before = (agoMs: number): LinkedCloneSetStatus => ({
      readyReplicas: 1,
      replicas: 2,
      terminatingReplicas: 0,
      lastScale: { from: 0, to: 2, startedAt: iso(0) },
      lastProgressAt: iso(agoMs),
    });
    const owned = [ready(1), unready(2, 'Booting')];
    expect(described(want(2, { progressDeadlineSeconds: 60 }, before(60_000)), owned).said).toBe(
      'Reconciling ScalingUp',
    );
    expect(described(want(2, { progressDeadlineSeconds: 60 }, before(61_000)), owned).said).toBe(
      'Stalled ProgressDeadlineExceeded',
    );
    const moved = described(want(2, { progressDeadlineSeconds: 60 }, { ...before(61_000), readyReplicas: 0 }), owned);
    expect([moved.said, moved.status.lastProgressAt]).toEqual(['Reconciling ScalingUp', moved.draft.now]);
  });
});

describe('the record of the last scaling', () => {
  const scaled = (lastScale: LinkedCloneSetStatus['lastScale']): LinkedCloneSetStatus =>
    ({ lastScale }) as LinkedCloneSetStatus;

  it('begins when another number is wanted, and ends when all are ready and none is going', () => {
    const begun = described(want(2), []).status.lastScale;
    expect(begun).toEqual({ from: 0, to: 2, startedAt: '2026-01-01T00:00:00Z' });
    const started = { from: 0, to: 2, startedAt: iso(25_000) };
    expect(described(want(2, {}, scaled(started)), [ready(1), unready(2, 'Booting')]).status.lastScale).toEqual(
      started,
    );
    expect(described(want(2, {}, scaled(started)), [ready(1), ready(2), deleting(3)]).status.lastScale).toEqual(
      started,
    );
    expect(described(want(2, {}, scaled(started)), [ready(1), ready(2)]).status.lastScale).toEqual({
      ...started,
      seconds: 25,
    });
  });

  it('stays as it ended, whatever happens to single clones later', () => {
    const ended = { from: 0, to: 2, startedAt: iso(900_000), seconds: 25 };
    expect(described(want(2, {}, scaled(ended)), [ready(1), unready(2, 'PoweringOn')]).status.lastScale).toEqual(ended);
    expect(described(want(3, {}, scaled(ended)), [ready(1), ready(2)]).status.lastScale).toMatchObject({
      from: 2,
      to: 3,
    });
  });
});

describe('counts and conditions', () => {
  it('are written also when they are zero', () => {
    expect(described(want(0), []).status).toMatchObject({
      replicas: 0,
      readyReplicas: 0,
      availableReplicas: 0,
      upToDateReplicas: 0,
      terminatingReplicas: 0,
      failedReplicas: 0,
      lostReplicas: 0,
      selector: 'linkedclone.dev/set=web',
    });
  });

  it('say whether all are up to date, and keep the former revision until they are', () => {
    const old = webClone(2, { labels: { 'linkedclone.dev/revision': 'web-0' } });
    const mixed = described(want(2, {}, { currentRevision: 'web-0' }), [ready(1), old]);
    expect(mixed.draft.find('UpToDate')).toMatchObject({
      status: 'False',
      reason: 'NotUpToDate',
      message: '1 of 2 made from web-1a',
    });
    expect([mixed.status.currentRevision, mixed.status.updateRevision]).toEqual(['web-0', 'web-1a']);
    expect(described(want(1, {}, { currentRevision: 'web-0' }), [ready(1)]).status.currentRevision).toBe('web-1a');
    expect(described(want(0), []).draft.find('UpToDate')).toMatchObject({ status: 'True', reason: 'NoReplicas' });
  });

  it('have the savings of the own clones, without the base', () => {
    const disks = [{ key: 2000, label: 'd', capacityBytes: 100, usedBytes: 40, datastore: 'ds' }];
    const base = baseSnapshot({ status: { disks } });
    expect(described(want(1), [ready(1), deleting(2)], { base }).status.storage).toMatchObject({
      fullCloneBytes: 100,
      linkedBytes: 0,
    });
    expect(described(want(1), [ready(1)]).status.storage).toBeUndefined();
  });

  /** Reconciling at one time and Stalled at another. */
  const CHANGES = new Set(['grace', 'inherited']);
  const reasons = Object.keys(REASONS.LinkedClone.Ready);
  const clone = fc.record({
    reason: fc.constantFrom(...reasons),
    stalled: fc.boolean(),
    lost: fc.boolean(),
    deleted: fc.boolean(),
    old: fc.boolean(),
  });
  const situation = fc.record({
    clones: fc.array(clone, { maxLength: 6 }),
    replicas: fc.nat(6),
    paused: fc.boolean(),
    protectedCount: fc.nat(2),
    stoppedAfter: fc.constantFrom(undefined, 5),
    problem: fc.constantFrom(undefined, 'BaseSnapshotNotFound', 'BaseSnapshotNotReady', 'BaseSnapshotDeleting'),
    idleMs: fc.constantFrom(0, 10_000_000),
  });

  it('are in the table with their status, and follow the rules, whatever the clones say', () => {
    fc.assert(
      fc.property(situation, ({ clones, replicas, paused, protectedCount, stoppedAfter, problem, idleMs }) => {
        const owned = clones.map((each, n) =>
          webClone(n + 1, {
            deleted: each.deleted,
            labels: each.old ? {} : REVISION,
            conditions: [
              condition('Ready', each.reason === 'Ready' ? 'True' : 'False', each.reason),
              ...(each.stalled ? [condition('Stalled', 'True', each.reason)] : []),
              ...(each.lost ? [condition('Lost', 'True', 'VirtualMachineGone')] : []),
            ],
          }),
        );
        const live = owned.filter((each) => each.metadata.deletionTimestamp === undefined);
        const set = want(replicas, { paused }, { lastProgressAt: iso(idleMs) });
        const { status } = described(set, owned, {
          protectedCount: Math.min(protectedCount, Math.max(0, live.length - replicas)),
          stoppedAfter,
          problem:
            problem === undefined
              ? undefined
              : { reason: problem, message: 'why', stalled: problem === 'BaseSnapshotDeleting' },
        });
        expect(conditionProblems(status.conditions, 1)).toEqual([]);
        for (const { type, reason, status: value } of status.conditions ?? []) {
          const row = findReason('LinkedCloneSet', ['Reconciling', 'Stalled'].includes(type) ? 'Ready' : type, reason);
          expect({ type, reason, known: row !== undefined }).toEqual({ type, reason, known: true });
          if ((type === 'Reconciling' || type === 'Stalled') && !CHANGES.has(row?.progress ?? ''))
            expect({ type, reason }).toEqual({ type: row?.progress, reason });
          if (type !== 'Reconciling' && type !== 'Stalled')
            expect({ type, reason, value }).toEqual({ type, reason, value: row?.status });
        }
        const all =
          live.length === replicas && live.length === owned.length && clones.every((each) => each.reason === 'Ready');
        expect(status.conditions?.find((each) => each.type === 'Ready')?.status === 'True').toBe(all);
      }),
      { numRuns: 200 },
    );
  });
});
