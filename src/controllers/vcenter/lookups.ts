// Small reads that many clones ask for at the same time and that hardly ever change: customization specifications (kept for
// a while, so that a mended one is seen soon) and the disks of a snapshot (kept until a source VM changes: a move to another
// datastore takes its snapshots along, and their files have other names then).
import type { Clock } from '../../util/clock.ts';
import { refuseMissing } from '../../vsphere/client.ts';
import type { VSphereClient } from '../../vsphere/client.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import type { Device } from '../base-snapshot/disks.ts';
import { listNames } from '../shared/references.ts';

type CustomizationSpec = Readonly<Record<string, unknown>>;

/** vCenter knows the snapshot and doesn't tell its disks, as of a VM on a host that is away. */
export class UnreadableDisks extends Error {
  override readonly name = 'UnreadableDisks';
}

export class Lookups {
  readonly #client: VSphereClient;
  readonly #clock: Clock;
  readonly #specFreshMs: number;
  readonly #specs = new Map<string, { readonly at: number; readonly spec: Promise<CustomizationSpec | undefined> }>();
  readonly #snapshots = new Map<string, Promise<readonly Device[]>>();

  /** `specFreshMs`: how long a customization specification is taken as it was read. */
  constructor(client: VSphereClient, clock: Clock, specFreshMs: number) {
    this.#client = client;
    this.#clock = clock;
    this.#specFreshMs = specFreshMs;
  }

  customizationSpec(name: string): Promise<CustomizationSpec | undefined> {
    const known = this.#specs.get(name);
    const now = this.#clock.monotonic();
    if (known !== undefined && now - known.at < this.#specFreshMs) return known.spec;
    const spec = this.#readSpec(name);
    this.#specs.set(name, { at: now, spec });
    // an error, or a specification that isn't there yet, isn't kept
    spec.then(
      (found) => (found === undefined ? this.#specs.delete(name) : undefined),
      () => this.#specs.delete(name),
    );
    return spec;
  }

  async #readSpec(name: string): Promise<CustomizationSpec | undefined> {
    try {
      const item = await this.#client.invoke<{ spec: CustomizationSpec }>(this.#manager(), 'GetCustomizationSpec', {
        name,
      });
      return item.spec;
    } catch (error) {
      if (error instanceof VSphereError && error.fault === 'NotFound') return undefined;
      throw error;
    }
  }

  async customizationNames(): Promise<string> {
    const state = await this.#client.read(this.#manager(), ['info']);
    const infos = (state.properties['info'] as readonly { readonly name: string }[] | undefined) ?? [];
    return `; there ${listNames(infos.map((info) => info.name))}`;
  }

  /** Throws where they can't be read: none at all would be taken for a base without disks. */
  snapshotDisks(snapshot: MoRef): Promise<readonly Device[]> {
    const key = moRefKey(snapshot);
    const known = this.#snapshots.get(key);
    if (known !== undefined) return known;
    const devices = this.#readDisks(snapshot);
    this.#snapshots.set(key, devices);
    devices.catch(() => (this.#snapshots.get(key) === devices ? this.#snapshots.delete(key) : undefined));
    return devices;
  }

  forgetSnapshots(): void {
    this.#snapshots.clear();
  }

  async #readDisks(snapshot: MoRef): Promise<readonly Device[]> {
    const state = await this.#client.read(snapshot, ['config.hardware.device']);
    refuseMissing(state);
    const devices = state.properties['config.hardware.device'] as readonly Device[] | undefined;
    if (devices === undefined) throw new UnreadableDisks(`the disks of snapshot ${snapshot.value} can't be read now`);
    return devices;
  }

  #manager(): MoRef {
    const manager = this.#client.content.customizationSpecManager;
    if (manager === undefined) throw new Error('this vCenter has no customization specifications');
    return manager;
  }
}
