// From an error to what the object says: the table of reasons decides between Reconciling and Stalled, a grace period lies
// between the two where it says so, and what means nothing known goes to the queue.
import { describe, expect, it } from '@jest/globals';
import type { Kind } from '../../../../src/api/reasons.ts';
import { REASONS } from '../../../../src/api/reasons.ts';
import type { Condition, LinkedClone } from '../../../../src/api/types.generated.ts';
import { GraceClock } from '../../../../src/controllers/shared/grace-clock.ts';
import { NotReady } from '../../../../src/controllers/shared/not-ready.ts';
import { reportProblem } from '../../../../src/controllers/shared/problems.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { StatusDraft } from '../../../../src/controllers/shared/status-draft.ts';
import { TerminalError } from '../../../../src/util/errors.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { condition, linkedClone } from '../support/objects.ts';

const CONFIG = { 'conflict-retry': 30_000, 'reference-grace': 60_000 };

function rig(stored: readonly Condition[] = []) {
  const clock = new FakeClock();
  const runtime = {
    config: CONFIG,
    clock,
    grace: new GraceClock(clock, CONFIG['reference-grace']),
  } as unknown as Runtime;
  const object: LinkedClone = linkedClone({ name: 'web-1', status: { conditions: stored } });
  return {
    clock,
    runtime,
    /** What is said about `error`: the summary conditions, and what is left for the queue. */
    report: (error: unknown, requeueAfterMs?: number) => {
      const draft = new StatusDraft(object.status, 1, clock);
      const errors = error === undefined ? [] : [error];
      const left = reportProblem(runtime, object, draft, { requeueAfterMs, errors });
      const say = (type: string): string | undefined => {
        const found = draft.find(type);
        return found && `${found.status} ${found.reason}`;
      };
      return { draft, left, ready: say('Ready'), reconciling: say('Reconciling'), stalled: say('Stalled') };
    },
  };
}

describe('reportProblem', () => {
  it('says nothing when nothing is wrong', () => {
    const { report } = rig();
    const { left, ready } = report(undefined, 700);
    expect([left, ready]).toEqual([{ requeueAfterMs: 700, errors: [] }, undefined]);
  });

  it.each(Object.entries(REASONS.LinkedClone.Ready))('follows the table for %s', (reason, row) => {
    const { report } = rig();
    const { ready, reconciling, stalled, left } = report(new NotReady(reason, 'because'));
    if (row.status === 'True') return;
    expect(ready).toBe(`False ${reason}`);
    const goesOn = ['Reconciling', 'grace', 'inherited'].includes(row.progress);
    expect(reconciling).toBe(goesOn ? `True ${reason}` : undefined);
    expect(stalled).toBe(row.progress === 'Stalled' ? `True ${reason}` : undefined);
    expect(left.errors).toEqual([]);
  });

  it('comes again at its own pace for what waits for a human, and earlier where a phase asks for it', () => {
    const { report } = rig();
    expect(report(new NotReady('NameConflict', '')).left.requeueAfterMs).toBe(30_000);
    expect(report(new NotReady('NameConflict', '', { requeueAfterMs: 5 })).left.requeueAfterMs).toBe(5);
    expect(report(new NotReady('NameConflict', ''), 100).left.requeueAfterMs).toBe(100);
    expect(report(new NotReady('Cloning', '')).left.requeueAfterMs).toBeUndefined();
  });

  it('makes a condition beside Ready False for the same reason', () => {
    const { draft } = rig().report(new NotReady('PlacementNotFound', 'no folder', { condition: 'Cloned' }));
    expect(draft.find('Cloned')).toMatchObject({ status: 'False', reason: 'PlacementNotFound', message: 'no folder' });
  });
});

it.each(['BaseSnapshotNotReady', 'VCenterNotReady'])('is Stalled with what it waits for: %s', (reason) => {
  const { ready, reconciling, stalled } = rig().report(new NotReady(reason, 'gone', { stalled: true }));
  expect([ready, reconciling, stalled]).toEqual([`False ${reason}`, undefined, `True ${reason}`]);
  expect(rig().report(new NotReady('Cloning', '', { stalled: true })).stalled).toBeUndefined();
});

describe('a missing reference', () => {
  const missing = new NotReady('BaseSnapshotNotFound', 'no base');

  it('is Reconciling for the grace period, looked at again meanwhile, and Stalled after it', async () => {
    const { report, clock } = rig();
    const first = report(missing);
    expect([first.reconciling, first.stalled, first.left.requeueAfterMs]).toEqual([
      'True BaseSnapshotNotFound',
      undefined,
      10_000,
    ]);
    await clock.advance(55_000);
    expect(report(missing).left.requeueAfterMs).toBe(5000);
    await clock.advance(5000);
    const last = report(missing);
    expect([last.reconciling, last.stalled, last.left.requeueAfterMs]).toEqual([
      undefined,
      'True BaseSnapshotNotFound',
      30_000,
    ]);
  });

  it('gets a grace period again after it was there', async () => {
    const { report, clock } = rig();
    report(missing);
    await clock.advance(60_000);
    report(undefined);
    expect(report(missing).stalled).toBeUndefined();
  });

  it('stays Stalled over a restart, but not for another reason', () => {
    const stored = [
      condition('Ready', 'False', 'BaseSnapshotNotFound'),
      condition('Stalled', 'True', 'BaseSnapshotNotFound'),
    ];
    expect(rig(stored).report(missing).stalled).toBe('True BaseSnapshotNotFound');
    expect(rig(stored).report(new NotReady('PlacementNotFound', '')).stalled).toBeUndefined();
  });
});

describe('errors of other sorts', () => {
  it.each([
    ['a TerminalError', new TerminalError('InvalidSpec', 'bad field'), 'False InvalidSpec'],
    ['no privilege', new VSphereError({ fault: 'NoPermission', method: 'CloneVM_Task' }), 'False NoPermission'],
    [
      'a vCenter that does not answer',
      new VSphereError({ fault: 'Transport', method: 'RetrievePropertiesEx' }),
      'False VCenterNotReady',
    ],
    [
      'a session that ended',
      new VSphereError({ fault: 'NotAuthenticated', method: 'RetrievePropertiesEx' }),
      'False VCenterNotReady',
    ],
  ])('mean something known: %s', (_, error, expected) => {
    const { ready, left } = rig().report(error);
    expect([ready, left.errors]).toEqual([expected, []]);
    expect(left.requeueAfterMs).toBe(30_000);
  });

  it.each([
    ['a mistake of ours', new TypeError('undefined is not a function')],
    ['a fault without a meaning here', new VSphereError({ fault: 'RuntimeFault', method: 'RetrievePropertiesEx' })],
  ])('go to the queue: %s', (_, error) => {
    const { left, reconciling, draft } = rig().report(error, 500);
    expect(left).toEqual({ requeueAfterMs: 500, errors: [error] });
    expect(reconciling).toBe('True Pending');
    expect(draft.find('Ready')?.message).toContain(error.message);
  });

  it.each<[string, Condition[], string]>([
    ['it was ready: not Ready for the reason Ready', [condition('Ready', 'True', 'Ready')], 'False Pending'],
    ['it was at some step', [condition('Ready', 'False', 'Booting')], 'False Booting'],
    ['nothing was said yet', [], 'False Pending'],
  ])('keep a reason that the table has for False, when %s', (_, stored, expected) => {
    expect(rig(stored).report(new Error('unknown')).ready).toBe(expected);
  });
});

describe('the table', () => {
  it.each<Kind>(['BaseSnapshot', 'LinkedClone'])('has Pending for a %s, which says the least', (kind) => {
    expect(REASONS[kind].Ready).toHaveProperty('Pending');
  });
});
