// The leader's clocks stand still while it is stopped, as those of a virtual machine that is stunned do: when it goes on, its
// Lease is fresh by every clock it has. Only a live look at the Lease tells otherwise, so that is what comes before calls
// that can't be taken back. It is stopped around a write, as the plan's fault says, at a read of machines, or at the last look
// at a base.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { OperatorProcess } from '../harness/operator-process.ts';
import type { Trouble } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import { STORY_MS } from '../harness/timers.ts';
import { fakedClock } from './faketime.ts';
import { LEASE, STILL_MAY_MS, anotherLeads, callsBy, fenced, lastSeq, openSessions, wroteAfter } from './leaders.ts';

const FINAL: ReadonlySet<string> = new Set([
  'CreateSnapshot_Task',
  'Destroy_Task',
  'RevertToSnapshot_Task',
  'RevertToCurrentSnapshot_Task',
  'RemoveSnapshot_Task',
  'RemoveAllSnapshots_Task',
]);

/** Where it is stopped; nowhere: around a write, by the plan's own fault. */
export interface StopAt {
  /** At which read of machines since the story began. */
  readonly read?: number | undefined;
  /** At its own live look at the base of this name once that was deleted: the last step before the removal of its snapshot. */
  readonly base?: string | undefined;
}

/** Stops it at the nth read of machines. */
function stopAtRead(stage: Stage, nth: number): void {
  let reads = 0;
  stage.vcProxy.onRead = async ({ method }) => {
    if (method !== 'RetrievePropertiesEx' || stage.operator.stoodStillAt !== undefined) return;
    reads += 1;
    if (reads >= nth) stage.operator.stun();
  };
}

async function stopAtLastLook(stage: Stage, base: string, signal: AbortSignal): Promise<void> {
  const isDeleted = async (): Promise<boolean> =>
    (await stage.get('basesnapshots', base))?.metadata.deletionTimestamp !== undefined;
  await waitUntil('the base to be deleted', async () => signal.aborted || isDeleted(), {
    timeoutMs: STORY_MS,
    intervalMs: 2,
  });
  stage.apiProxy.onRead = ({ plural, name, namespace }) => {
    if (plural !== 'basesnapshots' || name !== base || namespace !== stage.namespace) return;
    if (stage.operator.stoodStillAt === undefined) stage.operator.stun();
  };
}

/** Woken as soon as another leads. */
export function stillClock({ read, base }: StopAt): Trouble {
  const clock = fakedClock();
  let standby: OperatorProcess;
  let former: ReadonlySet<string> = new Set();
  let wokenSeq = Number.POSITIVE_INFINITY;
  let wokenAt = Number.POSITIVE_INFINITY;

  async function during(stage: Stage, signal: AbortSignal): Promise<void> {
    if (base !== undefined) await stopAtLastLook(stage, base, signal);
    else if (read !== undefined) stopAtRead(stage, read);
    await waitUntil('the leader to be stunned', () => stage.operator.stoodStillAt !== undefined || signal.aborted, {
      timeoutMs: STORY_MS,
      intervalMs: 5,
    });
    stage.vcProxy.onRead = undefined;
    stage.apiProxy.onRead = undefined;
    const stunnedAt = stage.operator.stoodStillAt;
    if (stunnedAt === undefined) return; // fewer reads or writes than that
    if (await anotherLeads(stage)) {
      stage.operator.wake();
      return;
    }
    former = openSessions(stage);
    await waitUntil('a successor', () => standby.leads(), { timeoutMs: 20_000, intervalMs: 20 });
    wokenSeq = await lastSeq(stage);
    wokenAt = Date.now();
    stage.operator.expectExit();
    clock.set((stunnedAt - performance.now()) / 1000);
    stage.operator.wake();
  }

  return {
    operatorFlags: LEASE,
    operatorEnv: clock.env,
    before: async (stage) => {
      standby = await stage.startStandby(LEASE);
    },
    during,
    came: () => Number.isFinite(wokenSeq),
    judge: (evidence, stage) => {
      clock.remove(); // all operators have ended by now
      return [
        ...fenced(
          callsBy(evidence, former).filter(({ seq, method }) => seq > wokenSeq && FINAL.has(method)),
          'by a leader whose clock stood still while another took over',
        ),
        ...wroteAfter(stage, stage.operator, wokenAt, STILL_MAY_MS),
      ];
    },
  };
}
