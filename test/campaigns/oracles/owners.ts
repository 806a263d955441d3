// Whose a machine is at a call: of the object that it was made for, by the ledger, or of the one that has taken it over rightly
// since. One that was registered again is known by what the inventory said of it.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
import { takeOvers } from './adoption.ts';
import { madeByOperator } from './oracle.ts';

/** Gives the UID of the object whose machine a call hits; undefined where it's none of the operator's. */
export function ownersOf(evidence: Evidence): (entry: LedgerEntry) => string | undefined {
  const made = madeByOperator(evidence.ledger);
  const uids = new Set(made.values());
  const taken = takeOvers(evidence).filter(({ why }) => why === undefined);
  return ({ seq, target }) => {
    const last = taken.findLast(({ entry }) => entry.target === target && entry.seq <= seq);
    const own = last?.uid ?? made.get(target);
    if (own !== undefined) return own;
    const found = evidence.witnessed.find((one) => one.target === target)?.instanceUuid;
    return found !== undefined && uids.has(found) ? found : undefined;
  };
}
