// The datastores: which volume belongs to which Datastore object, who sees it, and the figures that clients read.
// `summary.freeSpace` and `info.freeSpace` follow every change of a file at once.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault, managedObjectNotFound } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import { splitDatastorePath } from '../disks/stored-file.ts';
import { Volume } from '../disks/volume.ts';

/** DatastoreHostMount. */
interface Mount {
  readonly key: MoRef;
  readonly mountInfo: Readonly<Record<string, unknown>>;
}

export class Volumes {
  readonly #world: World;
  readonly #byRef = new Map<string, Volume>();
  readonly #byName = new Map<string, Volume>();
  readonly #objects = new Map<Volume, SimObject>();
  readonly #hosts = new Map<Volume, Set<string>>();
  #muted: Set<Volume> | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** The volume behind a Datastore object; its free space shows there from now on. */
  add(datastore: SimObject, name: string, capacityBytes: number): Volume {
    const volume = this.restore(datastore.ref, name, capacityBytes);
    this.#objects.set(volume, datastore);
    return volume;
  }

  /** As `add`, for a Datastore object that comes later: `rebind` finds it. */
  restore(ref: MoRef, name: string, capacityBytes: number): Volume {
    const volume = new Volume({
      ref,
      name,
      capacityBytes,
      now: () => this.#world.clock.now(),
      changed: (changed) => this.#publish(changed),
    });
    this.#byRef.set(ref.value, volume);
    this.#byName.set(name, volume);
    this.#hosts.set(volume, new Set());
    return volume;
  }

  /** MoRef values of the hosts that see it. */
  hostsOf(volume: Volume): readonly string[] {
    return [...(this.#hosts.get(volume) ?? [])];
  }

  mount(volume: Volume, host: MoRef): void {
    this.#hosts.get(volume)?.add(host.value);
  }

  /** The host doesn't see it any more, nor is it listed with those that do. */
  unmount(volume: Volume, host: MoRef): void {
    this.#hosts.get(volume)?.delete(host.value);
    this.#listHosts(volume, (mounts) => mounts.filter((mount) => mount.key.value !== host.value));
  }

  /** Lists a host that sees it, as those are listed that did from the start. */
  showMount(volume: Volume, host: MoRef): void {
    const path = this.urlOf(volume).url.slice('ds://'.length, -1);
    const mountInfo = { path, accessMode: 'readWrite', mounted: true, accessible: true };
    this.#listHosts(volume, (mounts) => [...mounts, { key: host, mountInfo }]);
  }

  #listHosts(volume: Volume, change: (mounts: readonly Mount[]) => readonly Mount[]): void {
    const datastore = this.#objects.get(volume);
    const mounts = change((datastore?.get('host') as readonly Mount[] | undefined) ?? []);
    datastore?.setMany({ host: mounts, 'summary.multipleHostAccess': mounts.length > 1 });
  }

  isSeenBy(volume: Volume, host: MoRef): boolean {
    return this.#hosts.get(volume)?.has(host.value) === true;
  }

  /** Throws ManagedObjectNotFound. */
  of(ref: MoRef): Volume {
    const volume = this.#byRef.get(ref.value);
    if (volume === undefined) throw managedObjectNotFound(ref);
    return volume;
  }

  /** VirtualMachineConfigInfoDatastoreUrlPair. */
  urlOf(volume: Volume): { readonly name: string; readonly url: string } {
    return { name: volume.name, url: String(this.#objects.get(volume)?.get('summary.url') ?? '') };
  }

  /** The volume that a path such as `[ds] lab/vm.vmx` names. Throws InvalidDatastorePath or InvalidDatastore. */
  ofPath(path: string): { volume: Volume; inner: string } {
    const parts = splitDatastorePath(path);
    if (parts === undefined)
      throw new VimFault('InvalidDatastorePath', { datastorePath: path }, `Invalid datastore path '${path}'.`);
    const volume = this.#byName.get(parts.datastore);
    if (volume === undefined)
      throw new VimFault('InvalidDatastore', { name: parts.datastore }, `Invalid datastore '${parts.datastore}'.`);
    return { volume, inner: parts.inner };
  }

  /** The Datastore objects were made anew. */
  rebind(): void {
    for (const volume of this.#byRef.values()) {
      const object = this.#world.registry.get(volume.ref);
      if (object === undefined) this.#objects.delete(volume);
      else this.#objects.set(volume, object);
      this.#publish(volume);
    }
  }

  get all(): Iterable<Volume> {
    return this.#byRef.values();
  }

  /** Shows the changes of `fill` when it has returned: for thousands of files at once. */
  batch(fill: () => void): void {
    this.#muted = new Set();
    fill();
    const changed = this.#muted;
    this.#muted = undefined;
    for (const volume of changed) this.#publish(volume);
  }

  /** Nobody can say how much room an inaccessible datastore has. */
  #publish(volume: Volume): void {
    if (this.#muted !== undefined) this.#muted.add(volume);
    else {
      const freeSpace = volume.isAccessible ? volume.freeBytes : 0;
      this.#objects.get(volume)?.setMany({
        'summary.accessible': volume.isAccessible,
        'summary.capacity': volume.isAccessible ? volume.capacityBytes : 0,
        'summary.freeSpace': freeSpace,
        'info.freeSpace': freeSpace,
      });
    }
  }
}
