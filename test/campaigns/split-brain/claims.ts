// What the plans about claims have in common: short renewals, what an operator says that finds another's claim, and which of
// the changes are whose. Both operators call the vCenter with the same account, and each may log in more than once: one that
// lost its Lease is started again. So a change is told by what its sender calls itself.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import { COPYS_USER_AGENT } from '../harness/cluster-copy.ts';
import { conditionsOf } from '../harness/conditions.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { KnownObject } from '../harness/history.ts';
import { CLAIM_SETTLE_MS } from '../harness/timers.ts';
import { witnessOf } from '../harness/witness.ts';
import { byOperator } from '../oracles/oracle.ts';

export const CLAIM = { 'claim-renew': 1, 'claim-settle': CLAIM_SETTLE_MS / 1000 } as const;

function says(object: KnownObject | undefined, type: string, reason: string): boolean {
  return conditionsOf(object).some((condition) => condition.type === type && condition.reason === reason);
}

/** A VCenter. */
export function saysAnotherHolds(vCenter: KnownObject | undefined): boolean {
  return says(vCenter, 'ClaimedElsewhere', 'AnotherHolder');
}

/** A clone that waits for that. */
export function saysHeldBack(clone: KnownObject | undefined, type: 'Ready' | 'DeletionBlocked'): boolean {
  return says(clone, type, 'VCenterClaimed');
}

/** Undefined: it didn't pass the proxy, as all do. */
function senderOf(evidence: Evidence, entry: LedgerEntry): string | undefined {
  return witnessOf(evidence, entry)?.userAgent;
}

function changes({ ledger }: Evidence): LedgerEntry[] {
  return ledger.filter((entry) => entry.phase === 'call' && byOperator(entry));
}

/** Changes by the cluster that was restored elsewhere. */
export function byTheCopy(evidence: Evidence): LedgerEntry[] {
  return changes(evidence).filter((entry) => (senderOf(evidence, entry) ?? COPYS_USER_AGENT) === COPYS_USER_AGENT);
}

/** Changes by any process of the first cluster. */
export function byTheFirst(evidence: Evidence): LedgerEntry[] {
  return changes(evidence).filter((entry) => senderOf(evidence, entry) !== COPYS_USER_AGENT);
}
