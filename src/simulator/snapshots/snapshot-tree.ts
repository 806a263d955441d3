// The snapshots of one VM: a tree, and which of them the VM's current state was made on. Ids count up and are never used
// again; names may repeat, as in vSphere.
import type { GuestSetup } from '../guest/guest-profile.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { StoredFile } from '../disks/stored-file.ts';
import type { VmDisk } from '../vm/vm.ts';

export interface Snapshot {
  /** A new one when its VM is registered again. */
  object: SimObject;
  readonly id: number;
  name: string;
  description: string;
  /** ISO time. */
  readonly createTime: string;
  /** Power state of the VM at that time: `poweredOn` only with memory. */
  readonly state: string;
  readonly quiesced: boolean;
  parent: Snapshot | undefined;
  readonly children: Snapshot[];
  /** The disks as they were: independent ones aren't among them. */
  disks: readonly VmDisk[];
  /** Whether the guest had written its first boot into these disks. */
  readonly firstBootDone: boolean;
  /** What was installed on them. */
  readonly guest: GuestSetup;
  data: StoredFile;
  memory: StoredFile | undefined;
}

export interface SavedTree {
  readonly roots: readonly Snapshot[];
  readonly current: Snapshot | undefined;
  readonly lastId: number;
}

export class SnapshotTree {
  readonly #roots: Snapshot[] = [];
  #current: Snapshot | undefined;
  #lastId = 0;

  get roots(): readonly Snapshot[] {
    return this.#roots;
  }

  get current(): Snapshot | undefined {
    return this.#current;
  }

  get isEmpty(): boolean {
    return this.#roots.length === 0;
  }

  nextId(): number {
    return ++this.#lastId;
  }

  save(): SavedTree {
    return { roots: this.#roots, current: this.#current, lastId: this.#lastId };
  }

  /** For a tree that is empty. */
  load({ roots, current, lastId }: SavedTree): void {
    this.#roots.push(...roots);
    this.#current = current;
    this.#lastId = lastId;
  }

  /** Every snapshot, parents before their children. */
  all(): readonly Snapshot[] {
    return this.#roots.flatMap(withDescendants);
  }

  find(ref: MoRef): Snapshot | undefined {
    return this.all().find((snapshot) => snapshot.object.value === ref.value);
  }

  /** Adds a snapshot below its parent and makes it the current one. */
  add(snapshot: Snapshot): void {
    (snapshot.parent?.children ?? this.#roots).push(snapshot);
    this.#current = snapshot;
  }

  /** The VM's state is made on this one from now on. */
  moveTo(snapshot: Snapshot | undefined): void {
    this.#current = snapshot;
  }

  /** Takes one out; its children move up to its parent. */
  remove(snapshot: Snapshot): void {
    const siblings = snapshot.parent?.children ?? this.#roots;
    siblings.splice(siblings.indexOf(snapshot), 1, ...snapshot.children);
    for (const child of snapshot.children) child.parent = snapshot.parent;
    if (this.#current === snapshot) this.#current = snapshot.parent;
  }

  /** Number of snapshots on the longest way from a root. */
  levels(): number {
    const depth = (snapshot: Snapshot): number => 1 + Math.max(0, ...snapshot.children.map(depth));
    return Math.max(0, ...this.#roots.map(depth));
  }

  /** The property `snapshot`; undefined without any. */
  info(vm: MoRef): Record<string, unknown> | undefined {
    if (this.isEmpty) return undefined;
    return {
      ...(this.#current === undefined ? {} : { currentSnapshot: this.#current.object.ref }),
      rootSnapshotList: this.#roots.map((root) => treeNode(root, vm)),
    };
  }
}

/** The snapshot and everything below it, itself first. */
export function withDescendants(snapshot: Snapshot): readonly Snapshot[] {
  return [snapshot, ...snapshot.children.flatMap(withDescendants)];
}

function treeNode(snapshot: Snapshot, vm: MoRef): Record<string, unknown> {
  return {
    snapshot: snapshot.object.ref,
    vm,
    name: snapshot.name,
    description: snapshot.description,
    id: snapshot.id,
    createTime: snapshot.createTime,
    state: snapshot.state,
    quiesced: snapshot.quiesced,
    backupManifest: '',
    childSnapshotList: snapshot.children.map((child) => treeNode(child, vm)),
    replaySupported: false,
  };
}
