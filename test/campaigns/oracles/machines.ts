// What became of each virtual machine that the operator made, by the ledger: for whose UID the call was, and who took it away.
// What statuses and markers say has no part in it.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
import { snapshotOwner } from '../harness/witness.ts';
import { byOperator } from './oracle.ts';

export interface Machine {
  /** UID of the LinkedClone that the call was for. */
  readonly uid: string;
  readonly moRef: string;
  /** The end of its clone task. */
  readonly made: LedgerEntry;
  /** Number of the entry that ended it; infinite while it stands. */
  readonly until: number;
  /** Destroy_Task or UnregisterVM; undefined while it stands, and where the vCenter forgot it. */
  readonly end?: LedgerEntry;
}

/** What tells of machines; where no vCenter was restored and no call was witnessed, that is left out. */
export type Known = Pick<Evidence, 'ledger' | 'inventory'> & Partial<Pick<Evidence, 'restoredAt' | 'witnessed'>>;

const ENDS = new Set(['Destroy_Task', 'UnregisterVM']);

/** A change that was carried out. */
export function isDone(entry: LedgerEntry): boolean {
  return entry.phase === 'end' && entry.fault === undefined;
}

/** In the order in which they were made. */
export function machinesOf(known: Known): Machine[] {
  const machines: Machine[] = [];
  const standing = new Map<string, number>();
  const ends = (moRef: string, at: Pick<Machine, 'until' | 'end'>): void => {
    const index = standing.get(moRef);
    const machine = index === undefined ? undefined : machines[index];
    if (index === undefined || machine === undefined) return;
    machines[index] = { ...machine, ...at };
    standing.delete(moRef);
  };
  for (const entry of known.ledger) {
    if (!isDone(entry)) continue;
    if (entry.method === 'CloneVM_Task' && byOperator(entry) && entry.result !== undefined) {
      ends(entry.result, { until: entry.seq }); // a restored vCenter gives references again
      const uid = entry.args.instanceUuid ?? '';
      standing.set(entry.result, machines.push({ uid, moRef: entry.result, made: entry, until: Infinity }) - 1);
    } else if (ENDS.has(entry.method)) ends(entry.target, { until: entry.seq, end: entry });
  }
  return machines.map((machine) => withoutForgotten(known, machine));
}

/** What was made after a backup isn't in the vCenter that was restored from it. */
function withoutForgotten({ inventory, restoredAt = [] }: Known, machine: Machine): Machine {
  const restored = restoredAt.find((seq) => seq >= machine.made.seq);
  if (restored === undefined || restored > machine.until) return machine;
  const isThere = inventory.vms.some(
    ({ moRef, instanceUuid }) => instanceUuid === machine.uid || moRef === machine.moRef,
  );
  return isThere || machine.end !== undefined ? machine : { ...machine, until: restored };
}

/** References that a machine ever had, by its instanceUuid: registered again it has another one. */
export function referencesOf(evidence: Known, instanceUuid: string): ReadonlySet<string> {
  const made = machinesOf(evidence).filter(({ uid }) => uid === instanceUuid);
  const seen = (evidence.witnessed ?? []).filter((one) => one.instanceUuid === instanceUuid);
  const there = evidence.inventory.vms.filter((one) => one.instanceUuid === instanceUuid);
  return new Set([...[...made, ...there].map(({ moRef }) => moRef), ...seen.map(({ target }) => target)]);
}

/** Somebody else destroyed or unregistered the machine, or the vCenter forgot it when it was restored from a backup. */
export function wasTaken(evidence: Known, instanceUuid: string): boolean {
  const references = referencesOf(evidence, instanceUuid);
  const taken = evidence.ledger.some(
    (entry) => isDone(entry) && ENDS.has(entry.method) && !byOperator(entry) && references.has(entry.target),
  );
  const machines = machinesOf(evidence).filter(({ uid }) => uid === instanceUuid);
  return taken || machines.some(({ until, end }) => until !== Infinity && end === undefined);
}

/** MoRef values of the snapshots that another client made. */
export function snapshotsOfOthers(ledger: readonly LedgerEntry[]): Set<string> {
  return new Set(
    ledger
      .filter((entry) => isDone(entry) && entry.method === 'CreateSnapshot_Task' && !byOperator(entry))
      .flatMap(({ result }) => result ?? []),
  );
}

/** UID of the base that each snapshot of the operator's was made for, as the call said: by MoRef value. */
export function snapshotsMade(ledger: readonly LedgerEntry[]): Map<string, string> {
  return new Map(
    ledger
      .filter((entry) => isDone(entry) && entry.method === 'CreateSnapshot_Task' && byOperator(entry))
      .flatMap(({ result, args }) =>
        result === undefined ? [] : [[result, snapshotOwner(args.description ?? '') ?? ''] as const],
      ),
  );
}
