// Ordinary life of a lab, operation by operation, and what goes wrong meanwhile, fault by fault; both at random, by the seed.
import { setTimeout as sleep } from 'node:timers/promises';
import { vm } from '../../support/second-client.ts';
import type { Stage } from '../harness/stage.ts';
import { OPERATOR_ACCOUNTS } from '../harness/lab-inventory.ts';
import { isGone, isThere, setOf } from '../stories/ends.ts';
import { clonesOf } from '../stories/steps.ts';
import type { Expectation } from '../stories/story.ts';

const SETS = ['web', 'db', 'app'] as const;
const MOST = 5;
const SOLO = 'solo';
/** Ten in ten minutes are a mass deletion. */
const DELETION_EVERY_MS = 90_000;

type Random = () => number;

function pick<T>(random: Random, all: readonly T[]): T | undefined {
  return all[Math.floor(random() * all.length)];
}

export class Life {
  readonly wanted = new Map<string, number>(SETS.map((name) => [name, 1]));
  readonly #stage: Stage;
  readonly #random: Random;
  #nextDeletion = 0;
  /** The clone that belongs to no set is wanted. */
  solo = false;
  operations = 0;
  faults = 0;

  constructor(stage: Stage, random: Random) {
    this.#stage = stage;
    this.#random = random;
  }

  async begin(): Promise<void> {
    for (const [name, replicas] of this.wanted)
      await this.#stage.apply('LinkedCloneSet', name, {
        replicas,
        naming: { pattern: `${name}-##` },
        template: { spec: { baseSnapshotRef: { name: 'gold' } } },
      });
  }

  async operate(): Promise<void> {
    const stage = this.#stage;
    this.operations += 1;
    const set = pick(this.#random, SETS) ?? 'web';
    const kind = this.#random();
    if (kind < 0.7) {
      const replicas = Math.floor(this.#random() * (MOST + 1));
      this.wanted.set(set, replicas);
      await stage.api.scale(set, replicas, stage.namespace);
    } else if (kind < 0.8) {
      await this.#byHand(set);
    } else {
      await this.#asSomebodyElse();
    }
  }

  /** What people do with single clones; seldom enough for deletions not to be taken for a mistake. */
  async #byHand(set: string): Promise<void> {
    const stage = this.#stage;
    const [first] = await clonesOf(stage, set);
    if (!this.solo) {
      this.solo = true;
      await stage.apply('LinkedClone', SOLO, { baseSnapshotRef: { name: 'gold' } });
      return;
    }
    if (Date.now() < this.#nextDeletion) {
      if (first !== undefined)
        await stage.api
          .annotate('linkedclones', first.metadata.name, { 'linkedclone.dev/delete-first': 'true' }, stage.namespace)
          .catch(unlessGone);
      return;
    }
    this.#nextDeletion = Date.now() + DELETION_EVERY_MS;
    const one = this.#random() < 0.5 ? first?.metadata.name : undefined;
    if (one === undefined) this.solo = false;
    await stage.api.delete('linkedclones', one ?? SOLO, stage.namespace);
  }

  /** What another client of the vCenter does to a machine, which may be on its way out. */
  async #asSomebodyElse(): Promise<void> {
    const stage = this.#stage;
    const machine = pick(
      this.#random,
      (await stage.vmsOfStory()).filter(({ power }) => power === 'poweredOn'),
    );
    if (machine === undefined) return;
    const [method, args] = pick<readonly [string, Record<string, unknown>]>(this.#random, [
      ['PowerOffVM_Task', {}],
      ['Rename_Task', { newName: `renamed-${machine.moRef}-${this.operations}` }],
      ['CreateSnapshot_Task', { name: 'theirs', memory: false, quiesce: false }],
      ['ReconfigVM_Task', { spec: { annotation: 'somebody was here' } }],
    ]) ?? ['PowerOffVM_Task', {}];
    await stage.other.run(vm(machine.moRef), method, args).catch(unlessBusyOrGone);
  }

  async disturb(): Promise<void> {
    const { apiProxy, vcProxy, operator, vcenter } = this.#stage;
    this.faults += 1;
    const faults: readonly (() => Promise<void> | void)[] = [
      () => vcProxy.cut(),
      () => apiProxy.watches.cut(),
      () => apiProxy.watches.sayGone(),
      () => apiProxy.watches.sayGarbage('<html>'),
      async () => {
        apiProxy.watches.freeze();
        await sleep(1200);
        apiProxy.watches.thaw();
      },
      async () => {
        apiProxy.setDown(true);
        await sleep(800);
        apiProxy.setDown(false);
      },
      async () => {
        vcProxy.setDown(true);
        await sleep(1500);
        vcProxy.setDown(false);
      },
      async () => {
        operator.stun();
        await sleep(1500);
        operator.wake();
      },
      ...[
        { fault: 'TaskInProgress' },
        { http: 503 },
        { reset: 'after' },
        { killSession: true },
        { taskFault: 'HostCommunication' },
      ].map((action) => async (): Promise<void> => {
        await vcenter.post('/v1/faults', {
          match: {
            method: pick(this.#random, ['CloneVM_Task', 'PowerOnVM_Task', 'Destroy_Task', 'PowerOffVM_Task']),
            caller: OPERATOR_ACCOUNTS[0],
          },
          action,
          times: 2,
        });
      }),
    ];
    await pick(this.#random, faults)?.();
  }

  async calm(): Promise<void> {
    await this.#stage.vcenter.clearFaults();
  }

  /** What there must be at the end. */
  get end(): Expectation[] {
    const solo = this.solo ? isThere('linkedclones', SOLO) : isGone('linkedclones', SOLO);
    return [...[...this.wanted].map(([name, replicas]) => setOf(name, replicas)), solo];
  }
}

function unlessGone(error: unknown): void {
  if (!String(error).includes('404')) throw error;
}

function unlessBusyOrGone(error: unknown): void {
  if (!/TaskInProgress|InvalidState|InvalidPowerState|ResourceInUse|ManagedObjectNotFound/.test(String(error)))
    throw error;
}
