// Oracle 2, duplicate: never two VMs for one LinkedClone. Told by the ledger: a VM lives from the good end of its clone task
// to that of its destruction.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { Oracle } from './oracle.ts';
import { byOperator, describeEntry } from './oracle.ts';

/** A clone that is asked for while an earlier one for the same object still runs. */
function blindRepeats(ledger: readonly LedgerEntry[]): string[] {
  const running = new Map<string, string>();
  const problems: string[] = [];
  for (const entry of ledger) {
    if (entry.method !== 'CloneVM_Task' || !byOperator(entry)) continue;
    const uid = entry.args.instanceUuid ?? '';
    const task = entry.task ?? '';
    if (entry.phase === 'end') {
      if (running.get(uid) === task) running.delete(uid);
    } else if (task !== '') {
      if (running.has(uid)) problems.push(`${describeEntry(entry)} while ${running.get(uid) ?? ''} ran for ${uid}`);
      running.set(uid, task);
    }
  }
  return problems;
}

/** By the ledger and the inventory, whoever else works there. */
export function duplicates({ ledger, inventory }: Pick<Evidence, 'ledger' | 'inventory'>): string[] {
  const alive = new Map<string, Set<string>>();
  const problems: string[] = [];
  for (const entry of ledger) {
    if (entry.phase !== 'end' || entry.fault !== undefined) continue;
    if (entry.method === 'CloneVM_Task' && byOperator(entry) && entry.result !== undefined) {
      const uid = entry.args.instanceUuid ?? '';
      const vms = alive.get(uid) ?? new Set();
      if (vms.size > 0)
        problems.push(`${describeEntry(entry)} made a second VM for ${uid} beside ${[...vms].join(', ')}`);
      alive.set(uid, vms.add(entry.result));
    } else if (entry.method === 'Destroy_Task') {
      for (const vms of alive.values()) vms.delete(entry.target);
    }
  }
  problems.push(...blindRepeats(ledger));
  const uuids = inventory.vms.map((one) => one.instanceUuid);
  for (const one of inventory.vms)
    if (uuids.filter((uuid) => uuid === one.instanceUuid).length > 1)
      problems.push(`two VMs have the instanceUuid ${one.instanceUuid}, one is "${one.name}"`);
  return problems;
}

export const noDuplicate: Oracle = {
  name: 'duplicate',
  rule: 'never two VMs for one UID',
  check: duplicates,
};
