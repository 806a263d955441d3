// What must be true after a batch of lies, read from the simulator's ledger, the audit log and what was sent: nothing was
// changed but the churning set's own machines, each made once, marked for nobody else, and powered off and destroyed only
// after its object was deleted; and the churning base's own snapshots, which go only after the base was deleted.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Lab } from '../../support/lab.ts';
import type { LedgerEntry, SimulatedVm } from '../../support/simulator-admin.ts';
import { OTHER } from '../../integration/operator/support/inventory.ts';
import type { Fall } from '../long-lived/run-plans.ts';
import type { SentChange } from './liar.ts';

const CHURN = /^churn-/;
/** The parent of the churning base: only its snapshots come and go. */
const CHURN_PARENT = 'Churn';
const CHURN_BASE = 'churn';
/** Those of the churning set are on for as long as they are wanted. */
const TAKES_AWAY = new Set(['Destroy_Task', 'PowerOffVM_Task']);

/** Machines of the churning set by MoRef, with the name of their object. */
export function churnMachines(ledger: readonly LedgerEntry[]): Map<string, string> {
  const machines = new Map<string, string>();
  for (const { phase, method, result, args } of ledger) {
    if (phase === 'end' && method === 'CloneVM_Task' && result !== undefined && CHURN.test(args.name ?? ''))
      machines.set(result, objectNameOf(args.name ?? ''));
  }
  return machines;
}

/** churn-07 is the machine of churn-7. */
function objectNameOf(vmName: string): string {
  return vmName.replace(/-0*(\d)/, '-$1');
}

/** Snapshots that were made on the churning parent. */
function churnSnapshots(ledger: readonly LedgerEntry[], parent: string): Set<string> {
  const made = ledger.filter(
    (one) => one.phase === 'end' && one.method === 'CreateSnapshot_Task' && one.target === parent,
  );
  return new Set(made.flatMap(({ result }) => result ?? []));
}

/** `whole`: the ledger from its beginning; `since`: the last entry that was judged already. */
export function judgeLedger(whole: readonly LedgerEntry[], since: number, vms: readonly SimulatedVm[]): Fall[] {
  const machines = churnMachines(whole);
  const parent = vms.find(({ name }) => name === CHURN_PARENT)?.moRef ?? '';
  const snapshots = churnSnapshots(whole, parent);
  const isChurn = ({ method, target, args }: LedgerEntry): boolean => {
    if (method === 'CloneVM_Task' || method === 'CreateFolder') return CHURN.test(args.name ?? '');
    if (method === 'CreateSnapshot_Task') return target === parent;
    return method === 'RemoveSnapshot_Task' ? snapshots.has(target) : machines.has(target);
  };
  const falls: Fall[] = [];
  const madeFor = uidsOfMachines(whole);
  for (const entry of whole) {
    const { seq, phase, method, target, args, user } = entry;
    if (seq <= since || phase !== 'call' || user === OTHER.username) continue;
    if (isChurn(entry) && marksIts(madeFor, entry)) continue;
    falls.push({ oracle: 'nothing decided on a lie', text: `${method} ${target} ${JSON.stringify(args)}` });
  }
  const made = new Map<string, number>();
  for (const { phase, method, fault, args } of whole) {
    if (phase !== 'end' || method !== 'CloneVM_Task' || fault !== undefined) continue;
    const uid = args.instanceUuid ?? '';
    made.set(uid, (made.get(uid) ?? 0) + 1);
    if (made.get(uid) === 2 && uid !== '') falls.push({ oracle: 'one machine for one object', text: `two for ${uid}` });
  }
  return falls;
}

/** UID that the call carried which made a machine, by MoRef. */
function uidsOfMachines(ledger: readonly LedgerEntry[]): Map<string, string> {
  return new Map(
    ledger.flatMap(({ phase, method, result, args }) =>
      phase === 'end' && method === 'CloneVM_Task' && result !== undefined
        ? [[result, args.instanceUuid ?? ''] as const]
        : [],
    ),
  );
}

/** A mark that is written into a machine names the object that it was made for. */
function marksIts(madeFor: ReadonlyMap<string, string>, { method, target, args }: LedgerEntry): boolean {
  if (method !== 'ReconfigVM_Task' || args.marker === undefined) return true;
  const { uid } = JSON.parse(args.marker) as { readonly uid?: string };
  return uid === madeFor.get(target);
}

export interface LifeEvent {
  readonly verb: 'create' | 'delete';
  readonly name: string;
  /** Epoch milliseconds at which the API server got it. */
  readonly at: number;
}

/** When what each call of a method made was asked for, by MoRef: the nth call that was sent is the nth of the ledger. */
function madeAt(method: string, ledger: readonly LedgerEntry[], sent: readonly SentChange[]): Map<string, number> {
  const times = new Map<string, number>();
  const results = new Map(
    ledger.flatMap(({ phase, task, result }) => (phase === 'end' && task !== undefined ? [[task, result]] : [])),
  );
  const calls = ledger.filter((one) => one.phase === 'call' && one.method === method && one.user !== OTHER.username);
  const asked = sent.filter((one) => one.method === method);
  for (const [i, { task = '' }] of calls.entries()) times.set(results.get(task) ?? '', asked[i]?.at ?? Number.NaN);
  return times;
}

/**
 * Every machine was powered off and destroyed, and every snapshot removed, after the deletion of the object for which it was
 * made. `from`: the first that is judged.
 */
export function judgeDestroys(
  ledger: readonly LedgerEntry[],
  sent: readonly SentChange[],
  from: number,
  lives: readonly LifeEvent[],
): Fall[] {
  const machines = churnMachines(ledger);
  const clonedAt = madeAt('CloneVM_Task', ledger, sent);
  const takenAt = madeAt('CreateSnapshot_Task', ledger, sent);
  return sent.slice(from).flatMap(({ method, target, at }) => {
    const isOfMachine = TAKES_AWAY.has(method);
    if (!isOfMachine && method !== 'RemoveSnapshot_Task') return [];
    const made = (isOfMachine ? clonedAt : takenAt).get(target) ?? Number.NaN;
    const object = isOfMachine ? machines.get(target) : CHURN_BASE;
    const ofObject = lives.filter(({ name }) => name === object);
    const born = ofObject.findLast((one) => one.verb === 'create' && one.at <= made)?.at ?? Number.NaN;
    const isAsked = ofObject.some((one) => one.verb === 'delete' && one.at >= born && one.at <= at);
    const text = `${method} of ${target} (${object ?? 'nobody'})`;
    return isAsked ? [] : [{ oracle: 'destroyed only what was deleted', text }];
  });
}

interface AuditEvent {
  readonly verb: 'create' | 'patch' | 'delete';
  readonly objectRef: { readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
}

const OF_LIVES = /"resource":"(linkedclones|basesnapshots)"/;
const CREATED = 201;
/** Most patches are of statuses. */
const MAY_TELL = /"verb":"(create|delete)"|"verb":"patch".*"code":201/;

/** A patch that makes an object is how people apply one that isn't there. */
export function lifeOf({ verb, objectRef, responseStatus, requestReceivedTimestamp }: AuditEvent): LifeEvent[] {
  const { code = 500 } = responseStatus ?? {};
  if (code >= 300 || (verb === 'patch' && code !== CREATED)) return [];
  const at = Date.parse(requestReceivedTimestamp);
  return [{ verb: verb === 'delete' ? 'delete' : 'create', name: objectRef.name ?? '', at }];
}

/** Creations and deletions of LinkedClones and BaseSnapshots in the audit log, whoever asked for them. */
export async function livesOf(lab: Lab): Promise<LifeEvent[]> {
  const lives: LifeEvent[] = [];
  for await (const line of createInterface({ input: createReadStream(lab.controlPlane.auditLogPath) })) {
    if (!OF_LIVES.test(line) || !MAY_TELL.test(line)) continue;
    const event = auditEvent(line);
    if (event !== undefined) lives.push(...lifeOf(event));
  }
  return lives;
}

/** The last line of a log that is being written may be half a line. */
function auditEvent(line: string): AuditEvent | undefined {
  try {
    return JSON.parse(line) as AuditEvent;
  } catch {
    return undefined;
  }
}
