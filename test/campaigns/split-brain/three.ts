// Three operators: the leader is stopped around a write, its successor as soon as it leads, the third finishes the work, and
// then both of the others go on at the same moment.
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { OperatorProcess } from '../harness/operator-process.ts';
import type { Trouble } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import { STORY_MS } from '../harness/timers.ts';
import { LEASE, ONE_REQUEST_MS, STUNNED_MS, callsBy, fenced, lastSeq, openSessions, wroteAfter } from './leaders.ts';

async function leaderOf(operators: readonly OperatorProcess[]): Promise<OperatorProcess | undefined> {
  for (const operator of operators) if (await operator.leads()) return operator;
  return undefined;
}

export function threeOperators(): Trouble {
  let standbys: readonly OperatorProcess[] = [];
  let former: ReadonlySet<string> = new Set();
  let wokenSeq = Number.POSITIVE_INFINITY;
  let woken: readonly OperatorProcess[] = [];
  let wokenAt = Number.POSITIVE_INFINITY;

  async function during(stage: Stage, signal: AbortSignal): Promise<void> {
    const hits = (): number => stage.apiProxy.writes.hits.length + stage.vcProxy.writes.hits.length;
    await waitUntil('the leader to be stunned', () => hits() > 0 || signal.aborted, {
      timeoutMs: STORY_MS,
      intervalMs: 5,
    });
    if (hits() === 0) return;
    const second = await waitUntil('a successor', () => leaderOf(standbys), { timeoutMs: 20_000, intervalMs: 50 });
    await waitUntil('its session', () => openSessions(stage).size > 1, { timeoutMs: 10_000, intervalMs: 10 });
    second.stun();
    former = openSessions(stage);
    const others = standbys.filter((one) => one !== second);
    await waitUntil('the third', () => leaderOf(others), { timeoutMs: 20_000, intervalMs: 50 });
    await sleep(STUNNED_MS / 2); // it works
    wokenSeq = await lastSeq(stage);
    wokenAt = Date.now();
    woken = [stage.operator, second];
    for (const one of woken) {
      one.expectExit();
      one.wake();
    }
  }

  return {
    operatorFlags: LEASE,
    before: async (stage) => {
      standbys = [await stage.startStandby(LEASE), await stage.startStandby(LEASE)];
    },
    during,
    came: () => Number.isFinite(wokenSeq),
    judge: (evidence, stage) => [
      ...fenced(callsBy(evidence, former).filter(({ seq }) => seq > wokenSeq)),
      ...woken.flatMap((one) => wroteAfter(stage, one, wokenAt, ONE_REQUEST_MS)),
    ],
  };
}
