// What is true of a vCenter that one operator has worked in for a whole campaign, by the simulator's ledger and the API
// server's own versions of the objects: nothing was changed that the operator hadn't made, nothing destroyed whose object
// nobody deleted, no object has two machines, nothing is left over, and what only looks like ours is as it was.
import type { LinkedClone } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { OTHER } from '../../integration/operator/support/inventory.ts';
import type { LedgerEntry, SimulatedInventory } from '../../support/simulator-admin.ts';
import { SecondClient } from '../../support/second-client.ts';
import { describeDecoys, makeDecoysOf, makeForeignClone } from '../harness/decoys.ts';
import type { KnownObject } from '../harness/history.ts';
import { OUR_KINDS } from '../harness/history.ts';
import { OPERATOR_ACCOUNTS, PARENTS } from '../harness/lab-inventory.ts';
import { duplicates } from '../oracles/duplicates.ts';
import { leakedSnapshots, strayVms } from '../oracles/leaks.ts';
import { byOperator, describeEntry, madeByOperator } from '../oracles/oracle.ts';
import type { Rig } from './rig.ts';
import type { Fall } from './run-plans.ts';

/** Of the clone that no plan touches. */
export const KEEP_NAMESPACE = 'keep';
export const KEEPER = 'keeper';
/** Its base's source, which every inventory has below Templates. */
export const [KEPT_PARENT] = PARENTS;
const READY = { namespace: KEEP_NAMESPACE, timeoutMs: 120_000 };
/** So much later than the operator we hear of a version at most. */
const HEARD_LATE_MS = 5_000;
/** What is done to a source, a folder or the vCenter itself, not to a machine of ours. */
const ON_OTHERS = new Set(['CloneVM_Task', 'CreateSnapshot_Task', 'CreateFolder', 'SetField', 'AddCustomFieldDef']);

/** As the oracles read it: whoever isn't the other client is the operator. */
function asOperators(ledger: readonly LedgerEntry[]): LedgerEntry[] {
  const [operator = ''] = OPERATOR_ACCOUNTS;
  return ledger.map((entry) => (entry.user === OTHER.username ? entry : { ...entry, user: operator }));
}

export class Truth {
  readonly #rig: Rig;
  readonly #clusterId: string;
  readonly #keeper: LinkedClone;
  readonly #decoys: ReadonlyMap<string, string>;
  readonly #told = new Set<string>();

  private constructor(rig: Rig, clusterId: string, keeper: LinkedClone, decoys: ReadonlyMap<string, string>) {
    this.#rig = rig;
    this.#clusterId = clusterId;
    this.#keeper = keeper;
    this.#decoys = decoys;
  }

  /** Puts the decoys into their places. `busy`: parents that plans take snapshots of. */
  static async furnish(rig: Rig, busy: readonly string[] = []): Promise<Truth> {
    const { lab } = rig;
    await lab.api.ensureNamespace(KEEP_NAMESPACE);
    await lab.applyBase('kept', `Templates/${KEPT_PARENT}`, {}, KEEP_NAMESPACE);
    await lab.api.apply({
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'LinkedClone',
      metadata: { name: KEEPER, namespace: KEEP_NAMESPACE },
      spec: { baseSnapshotRef: { name: 'kept' } },
    });
    const keeper = await lab.waitReason<LinkedClone>('linkedclones', KEEPER, 'Ready', READY);
    const other = await SecondClient.connect({ ...lab.simulator, ...OTHER });
    const before = await lab.vcenter.inventory();
    await Promise.all([makeForeignClone(other, before), makeDecoysOf(other, before, keeper.status?.vm?.moRef ?? '')]);
    await other.close();
    const system = await lab.controlPlane.api.call<KnownObject>('GET', '/api/v1/namespaces/kube-system');
    const inventory = await lab.vcenter.inventory();
    const foreign = inventory.vms.filter(
      ({ name, instanceUuid }) => instanceUuid !== keeper.metadata.uid && !busy.includes(name),
    );
    const known = new Map(foreign.map(({ instanceUuid, name }) => [instanceUuid, name]));
    return new Truth(rig, system.metadata.uid, keeper, describeDecoys(inventory, false, known));
  }

  /** What broke since the last call, in the middle of the work. */
  async check(): Promise<Fall[]> {
    const { lab } = this.#rig;
    const [ledger, inventory] = [asOperators(await lab.vcenter.ledger()), await lab.vcenter.inventory()];
    return this.#news([
      ...(await this.#wrongTargets(ledger)),
      ...fallsOf('duplicate', duplicates({ ledger, inventory })),
    ]);
  }

  /** Once all plans are over and have taken their objects along. */
  async atTheEnd(): Promise<Fall[]> {
    const { lab, history } = this.#rig;
    const lists = await Promise.all(OUR_KINDS.map((plural) => lab.api.list<KnownObject>(plural, '')));
    const [ledger, inventory] = [asOperators(await lab.vcenter.ledger()), await lab.vcenter.inventory()];
    const objects = lists.flat();
    const parts = { ledger, inventory, objects, history: history.entries, clusterId: this.#clusterId };
    return [
      ...(await this.check()),
      ...this.#news([
        ...fallsOf('nothing left over', strayVms({ ...parts, mayHold: new Set() })),
        ...fallsOf('nothing left over', leakedSnapshots(parts)),
        ...fallsOf('decoys', this.#changedDecoys(inventory)),
        ...fallsOf('decoys', await this.lostKeeper()),
        ...fallsOf('evidence', history.gaps),
      ]),
    ];
  }

  #news(falls: readonly Fall[]): Fall[] {
    return falls.filter(({ oracle, text }) => {
      const isNew = !this.#told.has(`${oracle} ${text}`);
      this.#told.add(`${oracle} ${text}`);
      return isNew;
    });
  }

  async #wrongTargets(ledger: readonly LedgerEntry[]): Promise<Fall[]> {
    const made = madeByOperator(ledger);
    const snapshots = new Set(
      ledger.flatMap((entry) =>
        entry.phase === 'end' && entry.method === 'CreateSnapshot_Task' && byOperator(entry)
          ? (entry.result ?? [])
          : [],
      ),
    );
    const texts: string[] = [];
    for (const entry of ledger) {
      if (entry.phase !== 'call' || !byOperator(entry) || ON_OTHERS.has(entry.method)) continue;
      const ours = entry.method === 'RemoveSnapshot_Task' ? snapshots.has(entry.target) : made.has(entry.target);
      const uid = made.get(entry.target) ?? '';
      if (!ours) texts.push(`${describeEntry(entry)}, which the operator didn't make`);
      else if (entry.method === 'Destroy_Task' && !(await this.#isAsked(uid)))
        texts.push(`${describeEntry(entry)}, the VM of ${uid}, whose object was never deleted`);
    }
    return fallsOf('wrong-deletion', texts);
  }

  /** A version of its object was on its way out; we may hear of it later than the operator. */
  async #isAsked(uid: string): Promise<boolean> {
    const { entries } = this.#rig.history;
    const seen = (): boolean =>
      entries.some(
        ({ type, object }) =>
          object.metadata.uid === uid && (type === 'DELETED' || object.metadata.deletionTimestamp !== undefined),
      );
    if (this.#told.has(uid)) return false;
    try {
      return seen() || (await waitUntil('a deletion', seen, { timeoutMs: HEARD_LATE_MS }));
    } catch {
      this.#told.add(uid);
      return false;
    }
  }

  #changedDecoys(inventory: SimulatedInventory): string[] {
    const now = describeDecoys(inventory, false, this.#decoys);
    return [...this.#decoys].flatMap(([uuid, before]) => {
      const after = now.get(uuid);
      return after === before ? [] : [`was ${before}, is ${after ?? 'gone'}`];
    });
  }

  /** What is wrong with the clone that no plan touches. */
  async lostKeeper(): Promise<string[]> {
    const { uid } = this.#keeper.metadata;
    const now = await this.#rig.lab.api.get<LinkedClone>('linkedclones', KEEPER, KEEP_NAMESPACE);
    const ready = now?.status?.conditions?.find(({ type }) => type === 'Ready');
    return now?.metadata.uid === uid && ready?.status === 'True'
      ? []
      : [`the clone that no plan touches: ${ready?.reason ?? 'gone'} ${ready?.message ?? ''}`];
  }
}

function fallsOf(oracle: string, texts: readonly string[]): Fall[] {
  return texts.map((text) => ({ oracle, text }));
}
