// Slots for operations that a server runs a limited number of at a time. A request names what it takes (one unit of each
// key) when it is its turn, so the choice of a host is made with today's load. Between groups (sets) slots are shared
// max-min fair: the group that holds least goes next, among equals the one with most to do; within a group first come, first served. Nothing here waits.

/** One unit of `key`, of which at most `limit` may be out at a time. */
export interface SlotNeed {
  readonly key: string;
  readonly limit: number;
}

export interface SlotRequest {
  /** Unique among waiting and granted requests; asking again with the same id changes nothing. */
  readonly id: string;
  /** Who shares fairly with whom: a set's UID. */
  readonly group: string;
  /** What this request takes if granted now; undefined: it can't go now for a reason of its own. */
  needs(usage: (key: string) => number): readonly SlotNeed[] | undefined;
  /** Called once, when granted; it may be before `request` returns. */
  granted(needs: readonly SlotNeed[]): void;
}

/** How far a group's queue is searched for a request that fits: its members nearly always need the same. */
const SCAN_DEPTH = 8;

interface Grant {
  readonly group: string;
  readonly keys: readonly string[];
}

/** A family of counting semaphores with fair sharing between groups. */
export class Slots {
  readonly #used = new Map<string, number>();
  readonly #grants = new Map<string, Grant>();
  readonly #heldByGroup = new Map<string, number>();
  readonly #waiting = new Map<string, Map<string, SlotRequest>>();
  /** In which group's queue a waiting id is: a clone that its set lets go asks again under another group. */
  readonly #groupOf = new Map<string, string>();
  #pumping = false;

  /** How many keys have units out: nothing is kept of those that have none. */
  get keysInUse(): number {
    return this.#used.size;
  }

  /** Units of `key` that are out. */
  usage(key: string): number {
    return this.#used.get(key) ?? 0;
  }

  get inFlight(): number {
    return this.#grants.size;
  }

  get waiting(): number {
    let count = 0;
    for (const queue of this.#waiting.values()) count += queue.size;
    return count;
  }

  holds(id: string): boolean {
    return this.#grants.has(id);
  }

  /** The ids that come next, in about the order of their turns: every group in turn, the one that holds least first. */
  upcoming(count: number): string[] {
    const queues = this.#groupsInTurn().map((group) => this.#waiting.get(group)?.keys() ?? [].values());
    const ids: string[] = [];
    let live = queues;
    while (live.length > 0 && ids.length < count) {
      live = live.filter((queue) => {
        const next = queue.next();
        if (next.done !== true) ids.push(next.value);
        return next.done !== true;
      });
    }
    return ids.slice(0, count);
  }

  /** True while the id holds its slot or waits for it. */
  knows(id: string): boolean {
    return this.#grants.has(id) || this.#groupOf.has(id);
  }

  /** Units held by one group. */
  heldBy(group: string): number {
    return this.#heldByGroup.get(group) ?? 0;
  }

  /** Queues a request and grants what fits now; true when this one already holds its slot. */
  request(request: SlotRequest): boolean {
    if (this.#grants.has(request.id)) return true;
    if (this.#groupOf.get(request.id) !== request.group) this.#forget(request.id);
    let queue = this.#waiting.get(request.group);
    if (queue === undefined) {
      queue = new Map();
      this.#waiting.set(request.group, queue);
    }
    if (!queue.has(request.id)) queue.set(request.id, request);
    this.#groupOf.set(request.id, request.group);
    this.pump();
    return this.#grants.has(request.id);
  }

  /** Takes units without asking: work that already runs (found after a restart) counts against the limits. */
  adopt(id: string, group: string, keys: readonly string[]): void {
    if (this.#grants.has(id)) return;
    this.#forget(id);
    this.#take(id, group, keys);
  }

  /** Gives the units back, or forgets a request that still waits. */
  release(id: string): void {
    const grant = this.#grants.get(id);
    if (grant === undefined) {
      this.#forget(id);
      return;
    }
    this.#grants.delete(id);
    for (const key of grant.keys) giveBack(this.#used, key);
    giveBack(this.#heldByGroup, grant.group);
    this.pump();
  }

  /** Grants whatever fits; call it when a limit or a request's own reason changed. */
  pump(): void {
    if (this.#pumping) return; // a grant callback may release or request
    this.#pumping = true;
    try {
      while (this.#grantOne());
    } finally {
      this.#pumping = false;
    }
  }

  #grantOne(): boolean {
    for (const group of this.#groupsInTurn()) {
      const queue = this.#waiting.get(group) as Map<string, SlotRequest>;
      let scanned = 0;
      for (const request of queue.values()) {
        if (++scanned > SCAN_DEPTH) break;
        const needs = request.needs((key) => this.usage(key));
        if (needs === undefined || needs.some((need) => this.usage(need.key) >= need.limit)) continue;
        this.#forget(request.id);
        this.#take(
          request.id,
          group,
          needs.map((need) => need.key),
        );
        request.granted(needs);
        return true;
      }
    }
    return false;
  }

  #groupsInTurn(): string[] {
    // of two that hold as much the one with more to do goes first: else what it fell behind once is left over at the end,
    // when the slots of the others stand empty
    const size = (group: string): number => this.#waiting.get(group)?.size ?? 0;
    return [...this.#waiting.keys()].toSorted((a, b) => this.heldBy(a) - this.heldBy(b) || size(b) - size(a));
  }

  #forget(id: string): void {
    const group = this.#groupOf.get(id);
    if (group === undefined) return;
    this.#groupOf.delete(id);
    const queue = this.#waiting.get(group);
    queue?.delete(id);
    if (queue?.size === 0) this.#waiting.delete(group);
  }

  #take(id: string, group: string, keys: readonly string[]): void {
    this.#grants.set(id, { group, keys });
    for (const key of keys) this.#used.set(key, this.usage(key) + 1);
    this.#heldByGroup.set(group, this.heldBy(group) + 1);
  }
}

/** One unit less; what is at none is forgotten: keys are made of UIDs, too. */
function giveBack(units: Map<string, number>, key: string): void {
  const left = (units.get(key) ?? 0) - 1;
  if (left > 0) units.set(key, left);
  else units.delete(key);
}
