// What the plans about leaders have in common: a short Lease, who has a session, which of the operators leads, and what one
// that doesn't any more may not have done, in the vCenter and in the API server.
import type { Evidence } from '../harness/evidence.ts';
import { OPERATOR_ACCOUNTS } from '../harness/lab-inventory.ts';
import type { OperatorProcess } from '../harness/operator-process.ts';
import type { Problem } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import { byOperator, describeEntry } from '../oracles/oracle.ts';

export const LEASE = { 'lease-duration': 3, 'lease-renew-deadline': 2.4, 'lease-retry': 0.3 } as const;
/** A successor has had time to take over and to work. */
export const STUNNED_MS = 5_500;
/** What was sent while it was still allowed has arrived by then. */
export const ONE_REQUEST_MS = 1_000;
/** Of the renew deadline and one request: for so long one that can't renew its Lease may go on. */
export const STILL_MAY_MS = LEASE['lease-renew-deadline'] * 1000 + ONE_REQUEST_MS;

/** Sessions of operators that are open, whether they changed anything or not. */
export function openSessions(stage: Stage): ReadonlySet<string> {
  const open = stage.simulator.world.sessions.list();
  return new Set(open.filter(({ userName }) => OPERATOR_ACCOUNTS.includes(userName)).map(({ key }) => key));
}

/**
 * Another than the first operator leads: on a machine that is too busy it lost its Lease before its time, and the plan, which
 * is about the leader, shows nothing.
 */
export async function anotherLeads({ others }: Stage): Promise<boolean> {
  const leading = await Promise.all(others.map(({ process }) => process.leads()));
  return leading.includes(true);
}

export async function lastSeq(stage: Stage): Promise<number> {
  return (await stage.vcenter.ledger()).at(-1)?.seq ?? 0;
}

/** Changes by one of these sessions. */
export function callsBy({ ledger }: Evidence, sessions: ReadonlySet<string>): LedgerEntry[] {
  return ledger.filter((entry) => entry.phase === 'call' && byOperator(entry) && sessions.has(entry.session));
}

/** What leaders that aren't any more did. */
export function fenced(entries: readonly LedgerEntry[], why = "by a leader that isn't one any more"): Problem[] {
  return entries.map((entry) => ({ oracle: 'fenced', text: `${describeEntry(entry)} ${why}` }));
}

/** An event says what was; all else that is written to the API server decides something. */
const EVENTS = 'POST events ';

/**
 * What the operator that stopped being the leader at `lostAt` (epoch milliseconds) wrote to the API server more than `mayMs`
 * later, until its process ended: deletions, finalizers, statuses, objects. What its next process does is another's business.
 */
export function wroteAfter(stage: Stage, operator: OperatorProcess, lostAt: number, mayMs: number): Problem[] {
  const proxy = stage.others.find(({ process }) => process === operator)?.proxy ?? stage.apiProxy;
  const endedAt = operator.exits.find(({ at }) => at >= lostAt)?.at ?? Number.POSITIVE_INFINITY;
  const late = proxy.writes.seen.filter(
    ({ at, label }) => at > lostAt + mayMs && at < endedAt && !label.startsWith(EVENTS),
  );
  return late.map(({ at, label }) => ({
    oracle: 'fenced',
    text: `${label}, ${at - lostAt} ms after its Lease was lost, by a leader that isn't one any more`,
  }));
}
