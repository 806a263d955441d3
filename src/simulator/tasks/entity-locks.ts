// What may run at once on one VM: clones of it share it, everything else has it alone. A second operation gets
// TaskInProgress, which names the task that is in the way.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { VimFault } from '../core/vim-fault.ts';

export interface EntityLock {
  readonly entity: MoRef;
  readonly mode: 'shared' | 'exclusive';
}

interface Holders {
  readonly shared: Set<string>;
  exclusive: string | undefined;
}

export class EntityLocks {
  readonly #holders = new Map<string, Holders>();

  /** Throws TaskInProgress when one of them can't be had; takes none. */
  demand(locks: readonly EntityLock[]): void {
    for (const lock of locks) {
      const task = this.#inTheWay(lock);
      if (task === undefined) continue;
      throw new VimFault(
        'TaskInProgress',
        { task: { type: 'Task', value: task } },
        'The operation cannot be allowed at the current time because the virtual machine has a task in progress.',
      );
    }
  }

  /** After `demand`. `task` is the MoRef value of whom they belong to. */
  take(locks: readonly EntityLock[], task: string): void {
    for (const { entity, mode } of locks) {
      const holders = this.#holders.get(entity.value) ?? { shared: new Set<string>(), exclusive: undefined };
      this.#holders.set(entity.value, holders);
      if (mode === 'shared') holders.shared.add(task);
      else holders.exclusive = task;
    }
  }

  give(locks: readonly EntityLock[], task: string): void {
    for (const { entity } of locks) {
      const holders = this.#holders.get(entity.value);
      if (holders === undefined) continue;
      holders.shared.delete(task);
      if (holders.exclusive === task) holders.exclusive = undefined;
      if (holders.shared.size === 0 && holders.exclusive === undefined) this.#holders.delete(entity.value);
    }
  }

  #inTheWay(lock: EntityLock): string | undefined {
    const holders = this.#holders.get(lock.entity.value);
    if (holders === undefined) return undefined;
    if (lock.mode === 'shared') return holders.exclusive;
    const [shared] = holders.shared;
    return holders.exclusive ?? shared;
  }
}
