// Who waits for cost units. Each waits at one slot that hasn't enough, in the order of arrival, and is looked at only when
// that slot gets units back: an end costs what it starts, not what waits. What fits isn't held up by what doesn't.
import type { SlotNeeds, SlotPools } from './slot-pools.ts';

interface Needy {
  readonly needs: SlotNeeds;
}

interface Waiting<T> {
  readonly entry: T;
  readonly arrival: number;
  slot: string;
}

export class SlotQueue<T extends Needy> {
  readonly #pools: SlotPools;
  readonly #begin: (entry: T) => void;
  readonly #waiting = new Map<T, Waiting<T>>();
  /** Slot → who waits there, by arrival. */
  readonly #bySlot = new Map<string, Waiting<T>[]>();
  /** Slots that got units back and whose queue hasn't been looked at since. */
  readonly #freed = new Set<string>();
  #isWaking = false;
  #arrivals = 0;

  /** `begin` is called for each that has its units, also from within `enter`. */
  constructor(pools: SlotPools, begin: (entry: T) => void) {
    this.#pools = pools;
    this.#begin = begin;
  }

  /** False: it has to wait. */
  enter(entry: T): boolean {
    const slot = this.#pools.tryTake(entry.needs);
    if (slot === undefined) {
      this.#begin(entry);
      return true;
    }
    const waiting = { entry, arrival: this.#arrivals++, slot };
    this.#waiting.set(entry, waiting);
    this.#waitAt(waiting, slot);
    return false;
  }

  /** It doesn't wait any more; nothing when it didn't. */
  leave(entry: T): void {
    const waiting = this.#waiting.get(entry);
    if (waiting === undefined) return;
    this.#waiting.delete(entry);
    const line = this.#bySlot.get(waiting.slot) ?? [];
    line.splice(placeIn(line, waiting.arrival), 1);
  }

  /** Its units come back, and those that waited for them begin. */
  give(entry: T): void {
    this.#pools.give(entry.needs);
    for (const slot of entry.needs.keys()) this.#freed.add(slot);
    // What begins here may end at once and come back: the loop below goes on with what that frees.
    if (this.#isWaking) return;
    this.#isWaking = true;
    try {
      while (this.#freed.size > 0) {
        const lines = [...this.#freed].map((slot) => ({ slot, at: 0 }));
        this.#freed.clear();
        this.#wake(lines);
      }
    } finally {
      this.#isWaking = false;
    }
  }

  /** In the order of arrival over all these lines; each is left when its slot has nothing more to give. */
  #wake(lines: readonly { readonly slot: string; at: number }[]): void {
    for (;;) {
      let next: { readonly slot: string; at: number } | undefined;
      let waiting: Waiting<T> | undefined;
      for (const line of lines) {
        if (this.#pools.free(line.slot) <= 0) continue;
        const candidate = this.#bySlot.get(line.slot)?.[line.at];
        if (candidate === undefined || (waiting !== undefined && waiting.arrival < candidate.arrival)) continue;
        next = line;
        waiting = candidate;
      }
      if (next === undefined || waiting === undefined) return;
      const missing = this.#pools.tryTake(waiting.entry.needs);
      if (missing === next.slot) {
        next.at += 1;
        continue;
      }
      this.#bySlot.get(next.slot)?.splice(next.at, 1);
      if (missing === undefined) {
        this.#waiting.delete(waiting.entry);
        this.#begin(waiting.entry);
      } else {
        this.#waitAt(waiting, missing);
      }
    }
  }

  #waitAt(waiting: Waiting<T>, slot: string): void {
    waiting.slot = slot;
    let line = this.#bySlot.get(slot);
    if (line === undefined) this.#bySlot.set(slot, (line = []));
    line.splice(placeIn(line, waiting.arrival), 0, waiting);
  }
}

/** Where `arrival` stands in a line, or would. */
function placeIn(line: readonly { readonly arrival: number }[], arrival: number): number {
  let low = 0;
  for (let high = line.length; low < high;) {
    const middle = (low + high) >>> 1;
    if ((line[middle]?.arrival ?? 0) < arrival) low = middle + 1;
    else high = middle;
  }
  return low;
}
