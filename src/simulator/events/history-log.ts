// What happened, oldest first, as far back as it is kept. Everything has a number that never changes and is never used
// twice, so whoever reads along keeps their place when old things are dropped.

export interface SavedLog<T> {
  readonly items: readonly T[];
  readonly first: number;
}

export class HistoryLog<T> {
  readonly #most: number;
  #items: T[] = [];
  #first = 0;

  /** Keeps at least nine tenths of `most` items. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The number of the oldest item that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The number that the next item will get. */
  get end(): number {
    return this.#first + this.#items.length;
  }

  /** Oldest first. */
  get items(): readonly T[] {
    return this.#items;
  }

  /** Returns the item's number. */
  append(item: T): number {
    const number = this.end;
    this.#items.push(item);
    if (this.#items.length > this.#most) {
      const dropped = Math.ceil(this.#most / 10);
      this.#items = this.#items.slice(dropped);
      this.#first += dropped;
    }
    return number;
  }

  save(): SavedLog<T> {
    return { items: [...this.#items], first: this.#first };
  }

  /** What `save` gave is all there is; numbers go back, so nobody may be reading along. */
  load({ items, first }: SavedLog<T>): void {
    this.#items = [...items];
    this.#first = first;
  }

  /** The item `number` and those after it, oldest first. */
  *from(number: number): Iterable<readonly [number, T]> {
    for (let at = Math.max(number, this.#first); at < this.end; at++) yield [at, this.#at(at)];
  }

  /** The items before `number`, newest first. */
  *before(number: number): Iterable<readonly [number, T]> {
    for (let at = Math.min(number, this.end) - 1; at >= this.#first; at--) yield [at, this.#at(at)];
  }

  #at(number: number): T {
    return this.#items[number - this.#first] as T;
  }
}
