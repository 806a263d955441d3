// What oracles are given in their own tests: a ledger and versions of objects as a run would have left them, in few words.
import type { LedgerEntry, SimulatedInventory, SimulatedVm } from '../../support/simulator-admin.ts';
import type { Evidence } from '../../campaigns/harness/evidence.ts';
import type { HistoryEntry, KnownObject } from '../../campaigns/harness/history.ts';
import { OPERATOR_ACCOUNTS, OTHER_ACCOUNT } from '../../campaigns/harness/lab-inventory.ts';
import type { Witnessed } from '../../campaigns/harness/witness.ts';

export const CLUSTER = 'this-cluster';
export const SOMEBODY = OTHER_ACCOUNT.username;

type Told = Partial<Omit<LedgerEntry, 'seq' | 'phase' | 'method' | 'target'>>;

/** Calls and ends in their order; the operator's, where nobody else is named. */
export class Diary {
  readonly entries: LedgerEntry[] = [];

  /** A call has the operation id `op-N`, N being its number, and its end the same. */
  #write(phase: 'call' | 'end', method: string, target: string, told: Told): this {
    const seq = this.entries.length + 1;
    const called = phase === 'end' && this.entries.findLast((one) => one.method === method && one.target === target);
    this.entries.push({
      ...{ seq, phase, method, target, time: '2026-11-22T02:00:00.000Z', args: {} },
      ...{ operationId: (called || undefined)?.operationId ?? `op-${seq}` },
      ...{ user: OPERATOR_ACCOUNTS[0] ?? '', session: 'a', ...told },
    });
    return this;
  }

  call(method: string, target: string, told: Told = {}): this {
    return this.#write('call', method, target, told);
  }

  end(method: string, target: string, told: Told = {}): this {
    return this.#write('end', method, target, told);
  }

  /** Called, and carried out at once. */
  done(method: string, target: string, told: Told = {}): this {
    return this.call(method, target, told).end(method, target, told);
  }

  /** A machine that the operator made for a clone with this UID. */
  cloned(moRef: string, uid: string, name = moRef, namespace = 'lab'): this {
    const marker = JSON.stringify({ cluster: CLUSTER, namespace, name, uid, instanceUuid: uid });
    const told = { args: { instanceUuid: uid, name, marker }, task: `task-of-${moRef}` };
    return this.call('CloneVM_Task', 'parent', told).end('CloneVM_Task', 'parent', { ...told, result: moRef });
  }

  bySomebody(method: string, target: string): this {
    return this.done(method, target, { user: SOMEBODY });
  }
}

/** A version of an object; each is newer than those before. */
export class Versions {
  readonly entries: HistoryEntry[] = [];

  add(
    kind: string,
    metadata: Partial<KnownObject['metadata']> & { readonly uid: string },
    rest: Partial<Pick<KnownObject, 'spec' | 'status'>> & Partial<Pick<HistoryEntry, 'type' | 'at'>> = {},
  ): this {
    const { type = 'MODIFIED', at = 0, spec = {}, status } = rest;
    const resourceVersion = String(this.entries.length + 1);
    const full = { name: metadata.uid, namespace: 'lab', resourceVersion, ...metadata };
    this.entries.push({
      type,
      at,
      object: { kind, metadata: full, spec, ...(status === undefined ? {} : { status }) },
    });
    return this;
  }

  /** The last one of each object that isn't gone. */
  get present(): KnownObject[] {
    const last = new Map(this.entries.map((entry) => [entry.object.metadata.uid, entry]));
    return [...last.values()].flatMap(({ type, object }) => (type === 'DELETED' ? [] : [object]));
  }
}

/** A machine in the inventory, with the mark of a clone unless told otherwise. */
export function machine(moRef: string, uid: string, more: Partial<SimulatedVm> = {}): SimulatedVm {
  const marker = { cluster: CLUSTER, uid, instanceUuid: uid };
  return {
    moRef,
    name: moRef,
    instanceUuid: uid,
    folder: '/DC0/vm/Labs/lab',
    marker,
    disks: [],
    ...more,
  } as SimulatedVm;
}

/** What a call of a diary hit, known by its number. */
export function hit(seq: number, method: string, target: string, more: Partial<Witnessed> = {}): Witnessed {
  return {
    ...{ at: seq * 1000, operationId: `op-${seq}`, method, target, asksFor: undefined, name: undefined },
    ...{ instanceUuid: undefined, chains: [], homes: [], marker: undefined, ...more },
  };
}

export interface MadeUp extends Partial<Omit<Evidence, 'ledger' | 'history' | 'inventory' | 'objects'>> {
  readonly ledger?: Diary;
  readonly history?: Versions;
  readonly vms?: readonly SimulatedVm[];
  readonly snapshots?: SimulatedInventory['snapshots'];
}

/** Everything else is empty, and as it is after a good run. Calls of the ledger arrived at a second each. */
export function evidenceOf({ ledger, history, vms = [], snapshots = [], ...more }: MadeUp): Evidence {
  return {
    ...{ clusterId: CLUSTER, namespace: 'lab', keepNamespace: 'lab-keep' },
    ...{ ledger: ledger?.entries ?? [], history: history?.entries ?? [], objects: history?.present ?? [] },
    ...{ inventory: { vms, snapshots, datastores: [] }, decoysBefore: new Map(), decoysAfter: new Map() },
    ...{
      audit: [],
      deletes: [],
      kubeWrites: [],
      vcWrites: [],
      writesByTime: [],
      exits: [],
      witnessed: [],
      snapshotsSeen: [],
      scans: [],
      strangers: [],
      restoredAt: [],
    },
    ...{ sessionsAtRest: 0, installs: 1, sessionsAfterStop: 0, leases: [] },
    ...{ secrets: [], texts: new Map(), quiet: { from: 0, to: 1 }, vCenterForgot: false, mayHold: new Set() },
    ...{ auditPart: { path: '', from: 0, to: 0 }, arrivedAt: ({ seq }: LedgerEntry) => seq * 1000 },
    ...more,
  };
}
