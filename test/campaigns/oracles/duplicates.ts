// Oracle 2, duplicate: never two VMs for one LinkedClone, and no CloneVM while one is there or on its way. Told by the ledger:
// a VM stands from the good end of its clone task until somebody destroys or unregisters it.
import { machinesOf } from './machines.ts';
import type { Known } from './machines.ts';
import type { Oracle } from './oracle.ts';
import { byOperator, describeEntry } from './oracle.ts';

/** The vCenter told of the task whenever a clone for that object was asked for: one that it lost nobody can find. */
function wasTold({ witnessed = [] }: Known, uid: string, task: string): boolean {
  const asked = witnessed.filter(({ method, forUid }) => method === 'CloneVM_Task' && forUid === uid);
  return asked.length === 0 || asked.some(({ tasks }) => tasks?.includes(task) === true);
}

/**
 * A clone that is asked for while an earlier one for the same object runs, or while its machine stands, whatever comes of it:
 * a vCenter that refuses the name at once is no reason not to look.
 */
function blindRepeats(evidence: Known): string[] {
  const running = new Map<string, Set<string>>();
  const machines = machinesOf(evidence);
  const problems: string[] = [];
  for (const entry of evidence.ledger) {
    if (entry.method !== 'CloneVM_Task' || !byOperator(entry)) continue;
    const uid = entry.args.instanceUuid ?? '';
    const tasks = running.get(uid) ?? new Set();
    if (entry.phase === 'end') {
      tasks.delete(entry.task ?? '');
      continue;
    }
    const known = [...tasks].filter((task) => wasTold(evidence, uid, task));
    const stands = machines.filter((one) => one.uid === uid && one.made.seq < entry.seq && entry.seq < one.until);
    if (known.length > 0) problems.push(`${describeEntry(entry)} while ${known.join(', ')} ran for ${uid}`);
    if (stands.length > 0)
      problems.push(`${describeEntry(entry)} while ${stands.map(({ moRef }) => moRef).join(', ')} stood for ${uid}`);
    if (entry.task !== undefined) running.set(uid, tasks.add(entry.task));
  }
  return problems;
}

/** A machine that came out while another one for the same object stood. */
function secondMachines(evidence: Known): string[] {
  const machines = machinesOf(evidence);
  return machines.flatMap(({ uid, made }) => {
    const before = machines.filter((one) => one.uid === uid && one.made.seq < made.seq && made.seq < one.until);
    const names = before.map(({ moRef }) => moRef).join(', ');
    return before.length === 0 ? [] : [`${describeEntry(made)} made a second VM for ${uid} beside ${names}`];
  });
}

/** By the ledger and the inventory, whoever else works there. */
export function duplicates(evidence: Known): string[] {
  const { vms } = evidence.inventory;
  const uuids = vms.map((one) => one.instanceUuid);
  const shared = vms.filter((one) => uuids.filter((uuid) => uuid === one.instanceUuid).length > 1);
  return [
    ...secondMachines(evidence),
    ...blindRepeats(evidence),
    ...shared.map((one) => `two VMs have the instanceUuid ${one.instanceUuid}, one is "${one.name}"`),
  ];
}

export const noDuplicate: Oracle = {
  name: 'duplicate',
  rule: 'never two VMs for one UID, and none asked for while one is there or on its way',
  check: duplicates,
};
