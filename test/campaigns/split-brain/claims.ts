// What the plans about claims have in common: short renewals, and what an operator says that finds another's claim.
import { conditionsOf } from '../harness/conditions.ts';
import type { KnownObject } from '../harness/history.ts';
import { CLAIM_SETTLE_MS } from '../harness/timers.ts';

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
