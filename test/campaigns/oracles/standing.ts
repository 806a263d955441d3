// Which machines stand on the files of which snapshot, by the ledger, whoever made them. A machine is known by its instanceUuid
// and a snapshot by its machine and number, where that was seen: both have other references once they were registered again.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
import { grouped } from '../harness/grouped.ts';
import { snapshotKey } from '../harness/witness.ts';
import type { SeenSnapshot } from '../harness/witness.ts';
import { isDone, referencesOf } from './machines.ts';

type Told = Pick<Evidence, 'ledger' | 'inventory' | 'witnessed' | 'snapshotsSeen' | 'restoredAt'>;

function moRefOf({ moRef }: SeenSnapshot): string {
  return moRef;
}

/** One that is there at the end. */
function keyAtTheEnd({ inventory }: Told, moRef: string): string | undefined {
  const found = inventory.snapshots.find((one) => one.moRef === moRef);
  const machine = inventory.vms.find((one) => one.moRef === found?.vm);
  return found === undefined || machine === undefined ? undefined : snapshotKey(machine.instanceUuid, found);
}

/** What a reference to a snapshot meant at that entry of the ledger; the reference itself where nobody ever saw it. */
export function snapshotAt(told: Told, moRef: string, seq: number): string {
  const seen = grouped(told.snapshotsSeen, moRefOf).get(moRef) ?? [];
  const then = seen.findLast(({ from }) => from <= seq) ?? seen[0];
  return then?.key ?? keyAtTheEnd(told, moRef) ?? moRef;
}

export interface Standing {
  /** The reference that it was made with. */
  readonly vm: string;
  readonly snapshot: string;
  /** Numbers of the entries that made and ended it; infinite while it stands. */
  readonly from: number;
  readonly until: number;
}

function madeOn(entry: LedgerEntry): entry is LedgerEntry & { readonly result: string } {
  const isMade = isDone(entry) && entry.method === 'CloneVM_Task';
  return isMade && entry.result !== undefined && entry.args.snapshot !== undefined;
}

/** Unregistered it has its files still, and may come back. What was made after a backup isn't in what was restored from it. */
function endOf(told: Told, made: LedgerEntry & { readonly result: string }): number {
  const { result, seq, args } = made;
  const { ledger, inventory, restoredAt } = told;
  const others = args.instanceUuid === undefined ? [] : referencesOf(told, args.instanceUuid);
  const references = new Set([result, ...others]);
  // a restored vCenter gives references again
  const again = ledger.find((one) => one.seq > seq && madeOn(one) && one.result === result)?.seq ?? Infinity;
  const destroyed = ledger.find(
    (one) => one.seq > seq && isDone(one) && one.method === 'Destroy_Task' && references.has(one.target),
  );
  const until = Math.min(destroyed?.seq ?? Infinity, again);
  const restored = (restoredAt.find((at) => at >= seq) ?? Infinity) + 1; // that was the last entry before
  const isThere = inventory.vms.some((one) => references.has(one.moRef) || one.instanceUuid === args.instanceUuid);
  const isForgotten = until === again && (again < Infinity || !isThere);
  return isForgotten ? Math.min(until, restored) : until;
}

export function standingMachines(told: Told): Standing[] {
  return told.ledger.filter(madeOn).map((made) => ({
    vm: made.result,
    snapshot: snapshotAt(told, made.args.snapshot ?? '', made.seq),
    ...{ from: made.seq, until: endOf(told, made) },
  }));
}
