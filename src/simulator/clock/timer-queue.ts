// Timers ordered by when they are due, those of the same moment in the order they were set: a binary heap.
// A cancelled timer stays until it surfaces, so cancelling costs nothing.

export interface QueuedTimer {
  readonly dueAt: number;
  readonly callback: () => void;
  cancelled: boolean;
}

interface Entry {
  readonly timer: QueuedTimer;
  readonly order: number;
}

export class TimerQueue {
  readonly #heap: Entry[] = [];
  #order = 0;

  /** Adds a timer and returns it. */
  add(dueAt: number, callback: () => void): QueuedTimer {
    const timer = { dueAt, callback, cancelled: false };
    this.#heap.push({ timer, order: this.#order++ });
    this.#up(this.#heap.length - 1);
    return timer;
  }

  /** The next timer that isn't cancelled, without taking it out. */
  peek(): QueuedTimer | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined) return undefined;
      if (!top.timer.cancelled) return top.timer;
      this.#removeTop();
    }
  }

  /** Takes the next timer out when it is due at `now`. */
  takeDue(now: number): QueuedTimer | undefined {
    const next = this.peek();
    if (next === undefined || next.dueAt > now) return undefined;
    this.#removeTop();
    return next;
  }

  #removeTop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #before(a: number, b: number): boolean {
    const one = this.#heap[a] as Entry;
    const other = this.#heap[b] as Entry;
    return one.timer.dueAt === other.timer.dueAt ? one.order < other.order : one.timer.dueAt < other.timer.dueAt;
  }

  #swap(a: number, b: number): void {
    const one = this.#heap[a] as Entry;
    this.#heap[a] = this.#heap[b] as Entry;
    this.#heap[b] = one;
  }

  #up(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < this.#heap.length && this.#before(left, least)) least = left;
      if (right < this.#heap.length && this.#before(right, least)) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }
}
