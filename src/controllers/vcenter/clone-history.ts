// What vCenter's event history tells about clones: the only witness of a VM that was made and destroyed while nobody of us
// looked. It's asked where a call's outcome is unknown and no VM is found; whoever asks at the same time shares one read.
import { Batcher } from '../../util/batcher.ts';
import type { Clock } from '../../util/clock.ts';
import type { VSphereClient } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { unescapeName } from '../../vsphere/names.ts';
import { SERVICE_INSTANCE } from '../../vsphere/service-content.ts';

/** A clone from a template is called a deployment; the first type names the destination, the others the end. */
const EVENT_TYPES = ['VmBeingClonedEvent', 'VmClonedEvent', 'VmDeployedEvent'].map((type) => `vim.event.${type}`);
/** What says that a VM is there, and that it was used: it ran, was moved to other storage, or lost its parents. */
const MADE = ['VmClonedEvent', 'VmDeployedEvent'];
const USED = [
  ...['VmStartingEvent', 'VmPoweredOnEvent', 'DrsVmPoweredOnEvent', 'VmPoweringOnWithCustomizedDVPortEvent'],
  ...['VmResumingEvent', 'VmPoweredOffEvent', 'VmSuspendedEvent', 'VmGuestShutdownEvent'],
  ...['VmBeingRelocatedEvent', 'VmRelocatedEvent'],
];
/** vCenter answers with the latest so many events at most (EventFilterSpec.maxCount). */
const MOST = 1000;
/** How far the two clocks may be off after the difference between them was taken out, milliseconds. */
const SLACK_MS = 5_000;
/** Most questions that share one read. */
const MAX_BATCH = 500;

export interface CloneQuestion {
  readonly source: string;
  readonly folder: string | undefined;
  readonly vmName: string;
  /** Milliseconds since 1970 by our clock: before that it wasn't asked for. */
  readonly since: number;
}

interface VmArgument {
  readonly name: string;
  readonly vm: MoRef;
}

interface CloneEvent {
  readonly $type?: string;
  readonly key: number;
  readonly chainId: number;
  readonly createdTime: string;
  readonly vm?: VmArgument;
  readonly sourceVm?: VmArgument;
  readonly srcTemplate?: VmArgument;
  readonly destName?: string;
  readonly destFolder?: { readonly folder: MoRef };
  readonly destHost?: HostArgument;
  readonly host?: HostArgument;
}

interface HostArgument {
  readonly host: MoRef;
}

/** A clone that ended well. */
export interface Made {
  /** What it came out on, where the events tell. */
  readonly host: MoRef | undefined;
}

export class CloneHistory {
  readonly #client: VSphereClient;
  readonly #clock: Clock;
  readonly #batcher: Batcher<number, readonly CloneEvent[]>;

  constructor(client: VSphereClient, clock: Clock, windowMs: number) {
    this.#client = client;
    this.#clock = clock;
    this.#batcher = new Batcher<number, readonly CloneEvent[]>({
      clock,
      windowMs,
      maxBatch: MAX_BATCH,
      idOf: String,
      load: async (times) => {
        const events = await this.#read(Math.min(...times));
        return new Map(times.map((time) => [String(time), events]));
      },
    });
  }

  /** The clone of that source, name and folder that has ended well since then, if any. Rejects when the history can't be read. */
  async ended({ source, folder, vmName, since }: CloneQuestion): Promise<Made | undefined> {
    const events = await this.#batcher.get(since);
    const begun = events.filter(({ destFolder, destName }) => destFolder !== undefined && isNamed(destName, vmName));
    const elsewhere = new Set(
      begun.filter(({ destFolder }) => destFolder?.folder.value !== folder).map(({ chainId }) => chainId),
    );
    const made = events.find(
      (event) => sourceOf(event) === source && isNamed(event.vm?.name, vmName) && !elsewhere.has(event.chainId),
    );
    if (made === undefined) return undefined;
    const { destHost } = begun.find(({ chainId }) => chainId === made.chainId) ?? {};
    return { host: (made.host ?? destHost)?.host };
  }

  /**
   * Whether anything has happened to the VM since it was cloned that a use of it would leave. That nothing has, the event of
   * its making proves: the history reaches back far enough; undefined without it. Rejects when the history can't be read.
   */
  async wasUsed(vm: MoRef): Promise<boolean | undefined> {
    const events = await this.#of(vm, [...MADE, ...USED]);
    if (!events.every(({ $type }) => MADE.includes($type ?? ''))) return true;
    return events.some((event) => event.vm?.vm.value === vm.value) ? false : undefined;
  }

  /** True when the VM came out of a clone of `source`, whoever made it. Rejects when the history can't be read. */
  async isCopyOf(source: MoRef, vm: MoRef): Promise<boolean> {
    const events = await this.#of(vm, MADE);
    return events.some((event) => event.vm?.vm.value === vm.value && sourceOf(event) === source.value);
  }

  /** Events of those types that concern the VM. */
  async #of(vm: MoRef, types: readonly string[]): Promise<readonly CloneEvent[]> {
    const eventTypeId = types.map((type) => `vim.event.${type}`);
    const filter = { entity: { entity: vm, recursion: 'self' }, eventTypeId, maxCount: MOST };
    return (await this.#client.invoke<CloneEvent[] | undefined>(this.#eventManager, 'QueryEvents', { filter })) ?? [];
  }

  get #eventManager(): MoRef {
    const { eventManager } = this.#client.content;
    if (eventManager === undefined) throw new Error('this vCenter has no event history');
    return eventManager;
  }

  async #read(since: number): Promise<readonly CloneEvent[]> {
    const eventManager = this.#eventManager;
    const asked = this.#clock.now();
    const theirs = Date.parse(await this.#client.invoke<string>(SERVICE_INSTANCE, 'CurrentTime'));
    const beginTime = new Date(since + theirs - asked - SLACK_MS).toISOString();
    const found = new Map<number, CloneEvent>();
    let endTime: string | undefined;
    for (;;) {
      const time = { beginTime, ...(endTime === undefined ? {} : { endTime }) };
      const filter = { time, eventTypeId: EVENT_TYPES, maxCount: MOST };
      const page = (await this.#client.invoke<CloneEvent[] | undefined>(eventManager, 'QueryEvents', { filter })) ?? [];
      const known = found.size;
      for (const event of page) found.set(event.key, event);
      if (page.length < MOST) return [...found.values()];
      if (found.size === known) throw new Error(`vCenter doesn't tell its events before ${endTime ?? 'now'}`);
      const oldest = Math.min(...page.map(({ createdTime }) => Date.parse(createdTime)));
      endTime = new Date(oldest + 1).toISOString(); // theirs is finer than a millisecond; what comes twice counts once
    }
  }
}

function sourceOf({ sourceVm, srcTemplate }: CloneEvent): string | undefined {
  return (sourceVm ?? srcTemplate)?.vm.value;
}

function isNamed(name: string | undefined, vmName: string): boolean {
  return name !== undefined && unescapeName(name) === vmName;
}
