// A client for a target, and what the tests need to know of its inventory.
import { systemClock } from '../../../../src/util/clock.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import { VSphereClient } from '../../../../src/vsphere/client.ts';
import type { ObjectState, VSphereOptions } from '../../../../src/vsphere/client.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import type { TaskState, UpdateBatch } from '../../../../src/vsphere/updates.ts';
import type { Target } from './targets.ts';

/** Watched of every machine. */
export const VM_PATHS = [
  'name',
  'parent',
  'runtime.powerState',
  'config.instanceUuid',
  'config.extraConfig["lco.test"].value',
];

export class Lab {
  readonly client: VSphereClient;
  /** Calls by method since the last `forgetCalls`. */
  readonly calls = new Map<string, number>();
  readonly batches: UpdateBatch[] = [];
  #ended = new Map<string, TaskState>();

  private constructor(client: VSphereClient, calls: Map<string, number>) {
    this.client = client;
    this.calls = calls;
    client.updates.onBatch((batch) => {
      this.batches.push(batch);
      for (const task of batch.tasks) this.#ended.set(task.ref.value, task);
    });
  }

  static async open(target: Target, more: Partial<VSphereOptions> = {}): Promise<Lab> {
    const calls = new Map<string, number>();
    const observe: VSphereOptions['observe'] = ({ method }) => calls.set(method, (calls.get(method) ?? 0) + 1);
    return new Lab(await VSphereClient.connect({ ...optionsFor(target), observe, ...more }), calls);
  }

  get callCount(): number {
    let sum = 0;
    for (const count of this.calls.values()) sum += count;
    return sum;
  }

  /** Everything in the inventory that the tests look at. */
  tree(): Promise<ObjectState[]> {
    const { client } = this;
    const types = {
      Folder: [],
      Datacenter: [],
      ComputeResource: [],
      HostSystem: [],
      Datastore: [],
      VirtualMachine: ['config.template'],
    };
    return client.readTree(client.content.rootFolder, types);
  }

  /** The folder of the first datacenter below which its machines are. */
  async vmFolder(): Promise<MoRef> {
    const tree = await this.tree();
    const datacenter = tree.find(({ ref }) => ref.type === 'Datacenter');
    if (datacenter === undefined) throw new Error('no datacenter');
    const { properties } = await this.client.read(datacenter.ref, ['vmFolder']);
    return properties['vmFolder'] as MoRef;
  }

  async someMachine(): Promise<MoRef> {
    const machine = (await this.tree()).find(
      ({ ref, properties }) => ref.type === 'VirtualMachine' && properties['config.template'] !== true,
    );
    if (machine === undefined) throw new Error('no machine');
    return machine.ref;
  }

  /** The end of a task, from the stream. */
  async ended(task: MoRef): Promise<TaskState> {
    this.client.updates.trackTask(task);
    return this.until(() => {
      const state = this.#ended.get(task.value);
      if (state === undefined) return undefined;
      return state.gone || state.info.state === 'success' || state.info.state === 'error' ? state : undefined;
    });
  }

  /** The result of a task that must succeed. */
  async result(task: MoRef): Promise<MoRef | undefined> {
    const state = await this.ended(task);
    if (state.gone) throw new Error('the task is gone');
    if (state.info.state === 'error') throw state.info.error ?? new Error('a task without an error');
    return state.info.result;
  }

  /** What `look` finds, looked for again after every batch of updates; for at most 60 seconds. */
  until<T>(look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (found: T | undefined): void => {
        if (found === undefined) return;
        off();
        timer.cancel();
        resolve(found);
      };
      const off = this.client.updates.onBatch(() => finish(look()));
      const timer = systemClock.schedule(60_000, () => {
        off();
        reject(new Error('nothing of the kind within 60 seconds'));
      });
      finish(look());
    });
  }

  /** The last known state of a machine, undefined after it left. */
  machine(ref: MoRef): Readonly<Record<string, unknown>> | undefined {
    const changes = this.batches.flatMap(({ vms }) => vms).filter((change) => change.ref.value === ref.value);
    const last = changes.at(-1);
    return last?.change === 'upsert' ? last.properties : undefined;
  }
}

export function optionsFor(target: Target): VSphereOptions {
  const { url: server, thumbprint, username, password } = target;
  return {
    server,
    username,
    password,
    tls: { thumbprint },
    userAgent: 'linked-clone-operator/test',
    clock: systemClock,
    logger: createLogger('silent'),
  };
}
