// An answer to a pause covers what was deleted until it was given, not only until the pause began; in the next process, too.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone, VCenter } from '../../../../src/api/types.generated.ts';
import { StatusDraft } from '../../../../src/controllers/shared/status-draft.ts';
import { VCenterHolds, pauseId } from '../../../../src/controllers/vcenter/holds.ts';
import { describeHolds, holdsPhase } from '../../../../src/controllers/vcenter/holds-phase.ts';
import type { VCenterScope } from '../../../../src/controllers/vcenter/reconciler.ts';
import { toRfc3339 } from '../../../../src/util/clock.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { silent } from '../../vsphere/support/calls.ts';
import { linkedClone, vCenter } from '../support/objects.ts';
import { askForAll } from '../support/pause-rig.ts';

const MINUTE = 60_000;
const PAUSED_AT = Date.parse('2026-01-01T12:00:00Z');
const ANSWERED_AT = PAUSED_AT + 5 * MINUTE + 300;
const ID = pauseId('TooManyDeletions', PAUSED_AT);
const HOLD = { type: 'DeletionsPaused', id: ID, since: toRfc3339(PAUSED_AT) } as const;

/** The VCenter as an administrator's answer and the look that found it leave it. */
async function answered(answer: string): Promise<VCenter> {
  const object = vCenter({ status: { holds: [HOLD] }, annotations: { 'linkedclone.dev/resume-deletions': answer } });
  const draft = new StatusDraft(object.status, 1, new FakeClock());
  const scope = {
    runtime: {
      rest: { serverNow: () => ANSWERED_AT },
      clock: new FakeClock(),
      config: {},
      connections: { get: () => ({ events: { isDone: true, nextInMs: () => undefined }, operations: { size: 0 } }) },
    },
    ...{ vCenter: object, draft, context: { logger: silent } },
    memory: { holds: new VCenterHolds(object, ANSWERED_AT) },
  } as unknown as VCenterScope;
  await holdsPhase(scope);
  describeHolds(scope);
  return { ...object, status: draft.status };
}

/** Twenty of no set, of which so many were deleted at that time. */
function clones(deleted: number, at: number): LinkedClone[] {
  return Array.from({ length: 20 }, (_, i) => {
    const status = {
      vCenter: { name: 'vc', uid: 'uid-vc', instanceUuid: 'vc-uuid' },
      vm: { moRef: `vm-${i}`, instanceUuid: `uid-one-${i}` },
    };
    const one = linkedClone({ name: `one-${i}`, status });
    return i < deleted ? { ...one, metadata: { ...one.metadata, deletionTimestamp: toRfc3339(at) } } : one;
  });
}

describe('an answer to a pause', () => {
  it('is told with the end of the hold', async () => {
    const { status } = await answered(ID);
    expect([status?.holds, status?.deletionsAcceptedUntil]).toEqual([[], '2026-01-01T12:05:00Z']);
  });

  it('that is not its id ends nothing', async () => {
    const { status } = await answered('yes');
    expect([status?.holds, status?.deletionsAcceptedUntil]).toEqual([[HOLD], undefined]);
  });

  it.each([
    ['when the pause began', PAUSED_AT, 15, undefined],
    ['between that and the answer', PAUSED_AT + MINUTE, 15, undefined],
    ['in the second of the answer', ANSWERED_AT, 15, undefined],
    ['after it', ANSWERED_AT + MINUTE, 0, pauseId('TooManyDeletions', ANSWERED_AT + 2 * MINUTE)],
  ])('is known after a restart: of fifteen clones deleted %s', async (_, deletedAt, letThrough, hold) => {
    const now = ANSWERED_AT + 2 * MINUTE;
    const holds = new VCenterHolds(await answered(ID), now);
    expect(await askForAll({ clones: clones(15, deletedAt), now, holds })).toEqual({ letThrough, hold });
  });

  it('that is later than the API server says it is accepts nothing', async () => {
    const stored = await answered(ID);
    expect(new VCenterHolds(stored, PAUSED_AT).deletions.acceptedUntil).toBe(Number.NEGATIVE_INFINITY);
  });
});
