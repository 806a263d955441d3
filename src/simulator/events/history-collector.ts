// A HistoryCollector: a client pages through events or tasks and sees the newest in `latestPage`, which keeps up with
// what happens. It belongs to a session and goes with it. Keeping up costs one look at what is new, however much there is.
// The scrollable view starts at the oldest item, ReadNext goes to the newest, ReadPrevious back, newest first; Reset is
// just before the latest page, whose newest item comes first (vSphere API reference: HistoryCollector; clients that tail
// the page, as govc does, expect that order).
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { HistoryLog } from './history-log.ts';

const DEFAULT_PAGE = 10;
const MOST_A_PAGE = 1000;

export interface HistorySource<T> {
  readonly log: HistoryLog<T>;
  matches(item: T): boolean;
  /** As it goes over the wire. */
  data(item: T): unknown;
}

type Numbered<T> = readonly [number, T];

export class HistoryCollector<T> {
  readonly object: SimObject;
  readonly #source: HistorySource<T>;
  #pageSize = DEFAULT_PAGE;
  /** Newest first. */
  #page: readonly Numbered<T>[] = [];
  /** What ReadNext returns has at least this number, what ReadPrevious returns a smaller one. */
  #position = 0;

  constructor(object: SimObject, source: HistorySource<T>) {
    this.object = object;
    this.#source = source;
    this.#fill();
  }

  /** The item `number` is new, or isn't what it was. */
  changed(number: number, item: T): void {
    const others = this.#page.filter(([other]) => other !== number);
    const wasThere = others.length < this.#page.length;
    if (!this.#source.matches(item)) {
      // Something older may move up into the page.
      if (wasThere) this.#fill();
      return;
    }
    const oldest = others.at(-1)?.[0] ?? -1;
    if (others.length >= this.#pageSize && number < oldest) return;
    const newer = others.filter(([other]) => other > number);
    this.#show([...newer, [number, item] as const, ...others.slice(newer.length)].slice(0, this.#pageSize));
  }

  /** Throws InvalidArgument. */
  setPageSize(size: number): void {
    this.#pageSize = checked(size);
    this.#fill();
  }

  readNext(most: number): readonly unknown[] {
    const found = this.#some(this.#source.log.from(this.#position), checked(most));
    const last = found.at(-1);
    if (last !== undefined) this.#position = last[0] + 1;
    return found.map(([, item]) => this.#source.data(item));
  }

  readPrevious(most: number): readonly unknown[] {
    const found = this.#some(this.#source.log.before(this.#position), checked(most));
    const last = found.at(-1);
    if (last !== undefined) this.#position = last[0];
    return found.map(([, item]) => this.#source.data(item));
  }

  /** To the oldest. */
  rewind(): void {
    this.#position = 0;
  }

  /** To just before the latest page. */
  reset(): void {
    this.#position = this.#page.at(-1)?.[0] ?? this.#source.log.end;
  }

  #fill(): void {
    this.#show(this.#some(this.#source.log.before(this.#source.log.end), this.#pageSize));
  }

  #show(page: readonly Numbered<T>[]): void {
    this.#page = page;
    this.object.set(
      'latestPage',
      page.map(([, item]) => this.#source.data(item)),
    );
  }

  #some(candidates: Iterable<Numbered<T>>, most: number): readonly Numbered<T>[] {
    const found: Numbered<T>[] = [];
    for (const candidate of candidates) {
      if (!this.#source.matches(candidate[1])) continue;
      found.push(candidate);
      if (found.length === most) break;
    }
    return found;
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
