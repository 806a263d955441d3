// Which call started which task. A failed task says only what went wrong, not what was asked for; the message that people
// read needs both, and so does the question whether "already powered on" is a failure.
import { isMoRef, moRefKey } from './mo-ref.ts';
import type { MoRef } from './mo-ref.ts';

/** More tasks than one vCenter ever runs for us; older ones are described by what vCenter says about them. */
const REMEMBERED = 5_000;

export interface TaskCause {
  readonly method: string;
  readonly object: MoRef;
}

export class TaskCauses {
  readonly #causes = new Map<string, TaskCause>();

  /** Remembers the call if its result is a task. */
  note(object: MoRef, method: string, result: unknown): void {
    if (!isMoRef(result) || result.type !== 'Task') return;
    this.#causes.set(moRefKey(result), { method, object });
    const oldest = this.#causes.keys().next();
    if (this.#causes.size > REMEMBERED && oldest.done !== true) this.#causes.delete(oldest.value);
  }

  of(task: MoRef): TaskCause | undefined {
    return this.#causes.get(moRefKey(task));
  }
}
