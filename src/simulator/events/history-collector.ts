// A HistoryCollector: a client pages through events or tasks and sees the newest in `latestPage`, which keeps up with
// what happens. It belongs to a session and goes with it.
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';

const DEFAULT_PAGE = 100;
const MOST_A_PAGE = 1000;

export interface HistorySource<T> {
  /** Everything that matches now, oldest first. */
  items(): readonly T[];
  /** As it goes over the wire. */
  data(item: T): unknown;
}

export class HistoryCollector<T> {
  readonly object: SimObject;
  readonly #source: HistorySource<T>;
  #pageSize = DEFAULT_PAGE;
  /** The next item that ReadNext returns. */
  #position: number;

  constructor(object: SimObject, source: HistorySource<T>) {
    this.object = object;
    this.#source = source;
    this.#position = source.items().length;
    this.refresh();
  }

  /** Brings `latestPage` up to date. */
  refresh(): void {
    const page = this.#source.items().slice(-this.#pageSize);
    this.object.set(
      'latestPage',
      page.map((item) => this.#source.data(item)),
    );
  }

  /** Throws InvalidArgument. */
  setPageSize(size: number): void {
    this.#pageSize = checked(size);
    this.refresh();
  }

  readNext(most: number): readonly unknown[] {
    const page = this.#source.items().slice(this.#position, this.#position + checked(most));
    this.#position += page.length;
    return page.map((item) => this.#source.data(item));
  }

  readPrevious(most: number): readonly unknown[] {
    const from = Math.max(0, this.#position - checked(most));
    const page = this.#source.items().slice(from, this.#position);
    this.#position = from;
    return page.map((item) => this.#source.data(item));
  }

  /** To the oldest. */
  rewind(): void {
    this.#position = 0;
  }

  /** To just before the latest page. */
  reset(): void {
    this.#position = Math.max(0, this.#source.items().length - this.#pageSize);
  }
}

function checked(size: number): number {
  if (Number.isInteger(size) && size > 0 && size <= MOST_A_PAGE) return size;
  throw new VimFault(
    'InvalidArgument',
    { invalidProperty: 'maxCount' },
    'A specified parameter was not correct: maxCount',
  );
}
