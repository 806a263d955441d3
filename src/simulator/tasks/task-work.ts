// What a method hands to the task engine: what is locked and what it costs, what happens when it begins and when it ends.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { VimFault } from '../core/vim-fault.ts';
import type { Volume } from '../disks/volume.ts';
import type { EntityLock } from './entity-locks.ts';
import type { SlotNeeds } from './slot-pools.ts';
import type { TaskKindName } from './task-kinds.ts';

export interface TaskWork {
  readonly kind: TaskKindName;
  /** TaskInfo.entity: for a clone its source. */
  readonly entity: SimObject;
  /** Held from the call to the end, also while the task is queued. */
  readonly locks?: readonly EntityLock[];
  /** The task is queued until its hosts and datastores have these. */
  readonly units?: SlotNeeds;
  /** Datastores that it needs to its end, besides those of its entity. */
  volumes?(): Iterable<Volume>;
  /** Bytes that it copies: they make it longer. Asked for when it begins. */
  copiedBytes?(): number;
  /** Checks the state and reserves what is needed. A fault ends the task at once, and `undo` isn't called: leave nothing behind. */
  begin?(run: TaskRun): void;
  /** Applies everything; a fault means `undo`. Returns TaskInfo.result. */
  finish(run: TaskRun): unknown;
  /** Takes back what `begin` and a half-done `finish` made. */
  undo?(run: TaskRun): void;
  /** Told after the task's end, whatever it was. */
  ended?(run: TaskRun, fault: VimFault | undefined): void;
}

/** Who started a task. */
export interface TaskOrigin {
  readonly user: string;
  /** The fault plan wants this end, after the whole duration. */
  readonly taskFault?: VimFault | undefined;
  /** MoRef value of the task that started this one. */
  readonly parentTask?: string;
}

export interface TaskRun {
  readonly ref: MoRef;
  readonly user: string;
  /** Ties the events of one operation together. */
  readonly chainId: number;
}
