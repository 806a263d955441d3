// What a reconcile of a LinkedClone works on: the object, what it refers to, and what this process remembers of it. The
// memory speeds things up and says which calls this process itself made; losing it means searching, never guessing.
import type {
  BaseSnapshot,
  LinkedClone,
  LinkedCloneSet,
  LinkedCloneStatus,
  VCenter,
} from '../../api/types.generated.ts';
import type { ReconcileContext } from '../../kube/controller.ts';
import { keyOf } from '../../kube/objects.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SlotAsker } from '../shared/ask-for-slot.ts';
import { requireAnswering } from '../shared/answering.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { Runtime } from '../shared/runtime.ts';
import type { StatusDraft } from '../shared/status-draft.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import type { LostCall } from '../shared/lost-calls.ts';
import type { Pause } from '../shared/pause.ts';

/** A look at the disks: of which changeVersion, on which connection. */
export interface DiskLook {
  readonly version: string | undefined;
  readonly on: VCenterConnection;
}

export interface CloneMemory {
  /** The stored intent is this process's own and no call was made for it yet: no search is needed before the first. */
  fresh: boolean;
  /** The last call whose reply got lost, of those that nothing may be concluded or let go before: it may still be on its way. */
  lost: LostCall | undefined;
  /** This process called CloneVM for the clone: whatever came of that, it may have left a VM. */
  called: boolean;
  /** The stored intent to adopt is this process's own, and nothing was written to the machine for it yet. */
  onlyPlannedToAdopt: boolean;
  /** The VM that our task, or the search, came out with; verified before it's recorded. */
  result: MoRef | undefined;
  /** `result` is what our own task answered: its identity may be stamped again. */
  resultOfTask: boolean;
  /** What came out of our clone was there and is there no more, before it was recorded. */
  vanished: boolean;
  /** The host that the event history says it was made on. */
  madeOn: MoRef | undefined;
  cloneSeconds: number | undefined;
  /** The last look at the disks whose verdict is stored. */
  checked: DiskLook | undefined;
  /** Monotonic time at which it was first seen being deleted. */
  deletionSeenAt: number | undefined;
  /** After a task that failed. */
  pause: Pause | undefined;
  /** The VM was to be powered on, and hasn't been seen on since. */
  powerOnAsked: boolean;
  /** The version of the VM's configuration that was last seen to have the hardware asked for, and what that was. */
  hardware: { readonly version: string | undefined; readonly asked: string } | undefined;
  /** Why the last attempt to clone failed. */
  failure: { readonly reason: string; readonly message: string } | undefined;
  /** The host that it failed on. */
  failedOn: MoRef | undefined;
  /** How often marking the VM as released has failed. */
  releaseFailures: number;
  /** The clone task that this process follows or has followed. */
  followedTask: string | undefined;
  /** Stamp of the notes that were in the CloneVM call. */
  clonedNotes: string | undefined;
  /** What the event history says about a failed customization, '' where it says nothing. */
  customizationFailure: string | undefined;
  /** Monotonic time at which the VM was first seen powered on. */
  poweredOnAt: number | undefined;
  /** Monotonic time of the last status write of this object. */
  writtenAt: number | undefined;
}

export function newMemory(): CloneMemory {
  return {
    fresh: false,
    lost: undefined,
    called: false,
    onlyPlannedToAdopt: false,
    result: undefined,
    resultOfTask: false,
    vanished: false,
    madeOn: undefined,
    cloneSeconds: undefined,
    checked: undefined,
    deletionSeenAt: undefined,
    pause: undefined,
    powerOnAsked: false,
    hardware: undefined,
    failure: undefined,
    failedOn: undefined,
    releaseFailures: 0,
    followedTask: undefined,
    clonedNotes: undefined,
    customizationFailure: undefined,
    poweredOnAt: undefined,
    writtenAt: undefined,
  };
}

export interface CloneScope extends SlotAsker {
  readonly runtime: Runtime;
  readonly clone: LinkedClone;
  readonly uid: string;
  readonly namespace: string;
  /** Name of the VM to be. */
  readonly vmName: string;
  readonly set: LinkedCloneSet | undefined;
  /** Who shares slots fairly: the set's UID, or the clone's own. */
  readonly group: string;
  readonly draft: StatusDraft<LinkedCloneStatus>;
  readonly context: ReconcileContext;
  readonly memory: CloneMemory;
  base?: BaseSnapshot;
  vCenter?: VCenter;
  /** This reconcile's look at the disks. */
  lookedAt?: DiskLook | undefined;
  connection?: VCenterConnection;
  /** Called when this reconcile's status is stored: what is remembered as this process's own must not be somebody else's. */
  onStored?: () => void;
}

/** The parts that a phase needs, or a stop: TypeScript's way to say that an earlier phase filled them in. */
export function requireConnection(scope: CloneScope): { connection: VCenterConnection; vCenter: VCenter } {
  const { connection, vCenter } = scope;
  if (connection === undefined || vCenter === undefined) throw new Error('the vCenter was not resolved before');
  return { connection, vCenter };
}

/**
 * Before anything is cloned, powered, destroyed, removed or given up for lost. Throws NotReady while the vCenter's inventory
 * is known to have gone back in time, or it's away; RequeueAfter while that isn't known.
 */
export function requireInventory(scope: CloneScope): void {
  const { runtime, clone, uid } = scope;
  const { connection } = requireConnection(scope);
  requireAnswering(runtime, connection);
  const { rewound, claimed } = connection.holds;
  if (claimed !== undefined)
    throw new NotReady('VCenterClaimed', claimed, { requeueAfterMs: runtime.config['conflict-retry'] });
  if (rewound !== undefined) throw new NotReady('InventoryRewound', rewound);
  connection.events.require(uid, () => runtime.wake.clone(keyOf(clone)));
}

export function requireBase(scope: CloneScope): BaseSnapshot {
  if (scope.base === undefined) throw new Error('the base was not resolved before');
  return scope.base;
}
