// One costly read for all who ask at about the same time, none of which gets an answer that is older than its question: who
// asks while a read is under way shares the next one.

export class SharedRead<T> {
  readonly #read: () => Promise<T>;
  #next: Promise<T> | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** What a read says that begins after this call. Rejects as it does. */
  get(): Promise<T> {
    this.#next ??= this.#begin();
    return this.#next;
  }

  async #begin(): Promise<T> {
    await this.#running;
    await new Promise((resolve) => setImmediate(resolve)); // those of the same tick come along
    this.#next = undefined;
    const read = this.#read();
    this.#running = read.catch(() => undefined); // whoever asked has the error
    return read;
  }
}
