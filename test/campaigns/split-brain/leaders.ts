// What the plans about leaders have in common: a short Lease, who has a session, and which of the operators leads.
import type { Evidence } from '../harness/evidence.ts';
import { OPERATOR_ACCOUNTS } from '../harness/lab-inventory.ts';
import type { Problem } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import { byOperator, describeEntry } from '../oracles/oracle.ts';

export const LEASE = { 'lease-duration': 3, 'lease-renew-deadline': 2.4, 'lease-retry': 0.3 } as const;
/** A successor has had time to take over and to work. */
export const STUNNED_MS = 5_500;

/** Sessions of operators that are open, whether they changed anything or not. */
export function openSessions(stage: Stage): ReadonlySet<string> {
  const open = stage.simulator.world.sessions.list();
  return new Set(open.filter(({ userName }) => OPERATOR_ACCOUNTS.includes(userName)).map(({ key }) => key));
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
