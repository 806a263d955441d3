// A place where rooms of the simulator take part in something that one of them starts: a restart, a tick of the guests.

export class Hook<Args extends readonly unknown[] = []> {
  readonly #listeners = new Set<(...args: Args) => void>();

  /** False while nobody takes part. */
  get isUsed(): boolean {
    return this.#listeners.size > 0;
  }

  /** Calls `listener` whenever the hook runs, after those that were added before; returns how to stop. */
  add(listener: (...args: Args) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls everybody, in the order in which they came. */
  run(...args: Args): void {
    for (const listener of [...this.#listeners]) listener(...args);
  }
}
