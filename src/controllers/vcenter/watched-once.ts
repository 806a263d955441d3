// Objects that the update stream was asked to watch: each once, however many ask; one that failed is asked for again by the
// next caller.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';

export class WatchedOnce {
  readonly #watching = new Map<string, Promise<void>>();
  readonly #watch: (ref: MoRef) => Promise<void>;
  readonly #onRefusal: () => void;

  /** `onRefusal` is called when somebody was told that an object isn't watched. */
  constructor(watch: (ref: MoRef) => Promise<void>, onRefusal: () => void) {
    this.#watch = watch;
    this.#onRefusal = onRefusal;
  }

  /** Settles when it's known. */
  ask(ref: MoRef): Promise<void> {
    const key = moRefKey(ref);
    let watching = this.#watching.get(key);
    if (watching === undefined) {
      watching = this.#watch(ref);
      this.#watching.set(key, watching);
      watching.catch(() => {
        this.#watching.delete(key); // the next caller tries again; this one gets the error
        this.#onRefusal();
      });
    }
    return watching;
  }

  clear(): void {
    this.#watching.clear();
  }
}
