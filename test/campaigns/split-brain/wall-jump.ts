// The leader's wall clock jumps against its monotonic one, as that of a virtual machine that was suspended does when it's set
// again, and at the same moment nobody can reach the Lease. By its age the Lease is fresh; whether it's still ours only a look
// at it could tell. So nothing is changed in the vCenter, although there would be time to.
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Trouble } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import { STORY_MS } from '../harness/timers.ts';
import { applyClone, gone, ready, remove } from '../stories/steps.ts';
import { fakedClock } from './faketime.ts';
import { ONE_REQUEST_MS, anotherLeads, callsBy, fenced, openSessions, wroteAfter } from './leaders.ts';

/** Of a length in which somebody who doesn't notice the jump would do something. */
const LONG_LEASE = { 'lease-duration': 8, 'lease-renew-deadline': 6, 'lease-retry': 0.5 } as const;
const MAY_WRITE_MS = LONG_LEASE['lease-renew-deadline'] * 1000 + ONE_REQUEST_MS;

/** By so many seconds, forwards or backwards, at the nth change in the vCenter. */
export function wallJump(nth: number, seconds: number): Trouble {
  const clock = fakedClock({ wallOnly: true });
  let jumpedAt = Number.POSITIVE_INFINITY;
  let former: ReadonlySet<string> = new Set();

  async function during(stage: Stage, signal: AbortSignal): Promise<void> {
    await waitUntil('the moment', () => stage.vcProxy.writes.count >= nth || signal.aborted, {
      timeoutMs: STORY_MS,
      intervalMs: 2,
    });
    if (stage.vcProxy.writes.count < nth || (await anotherLeads(stage))) return;
    former = openSessions(stage);
    stage.operator.expectExit();
    stage.apiProxy.setLeaseDown(true);
    clock.set(seconds);
    jumpedAt = Date.now();
    await sleep(ONE_REQUEST_MS); // what was sent before has arrived
    // something to do, for whoever believes to be the leader
    await applyClone('late').run(stage);
    await waitUntil('it to stop being the leader', () => stage.operator.exits.some(({ at }) => at >= jumpedAt), {
      timeoutMs: 20_000,
    });
    clock.set(0);
    stage.apiProxy.setLeaseDown(false);
    for (const step of [ready('linkedclones', 'late'), remove('linkedclones', 'late'), gone('linkedclones', 'late')])
      await step.run(stage);
  }

  return {
    operatorFlags: LONG_LEASE,
    operatorEnv: clock.env,
    otherCounts: true, // the late clone
    before: (stage) => stage.startStandby(LONG_LEASE),
    during,
    came: () => Number.isFinite(jumpedAt),
    judge: (evidence, stage) => {
      clock.remove(); // all operators have ended by now
      const calls = callsBy(evidence, former);
      // at its end it gives its claim up, if a look at that says that it's still its own: the last that it may do
      const last = calls.at(-1)?.method === 'SetField' ? calls.slice(0, -1) : calls;
      const late = last.filter((entry) => evidence.arrivedAt(entry) > jumpedAt + ONE_REQUEST_MS);
      return [
        ...fenced(late, 'by a leader whose wall clock had jumped, before it could look at its Lease'),
        ...wroteAfter(stage, stage.operator, jumpedAt, MAY_WRITE_MS),
      ];
    },
  };
}
