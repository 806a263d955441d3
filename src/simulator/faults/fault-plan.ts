// The faults that a test has ordered. Asked once per call; counts calls per rule, so "the third clone" means the third.
// Guarantee: with the same seed and the same calls the same ones are hit.
import { combine, UNDISTURBED } from './disturbance.ts';
import type { Disturbance } from './disturbance.ts';
import type { FaultMatch, FaultRule } from './fault-rule.ts';
import { seededRandom } from './seeded-random.ts';

export interface FaultedCall {
  readonly method: string;
  /** MoRef value and type of the object; its name when it has one. */
  readonly target: { readonly type: string; readonly value: string };
  readonly targetName: string | undefined;
  readonly user: string;
}

export interface RuleCounts {
  readonly id: number;
  /** Calls for which the other conditions held. */
  readonly seen: number;
  /** Calls that were disturbed. */
  readonly hits: number;
}

export interface ListedRule extends FaultRule, RuleCounts {}

interface Entry {
  readonly id: number;
  readonly rule: FaultRule;
  /** Simulated time at which it is over. */
  readonly endsAt: number;
  seen: number;
  hits: number;
}

/** Of how many rules that are over or were taken out the counts are kept. */
const KEPT = 1000;

export class FaultPlan {
  readonly #random: () => number;
  readonly #now: () => number;
  #entries: Entry[] = [];
  #over: readonly RuleCounts[] = [];
  #counter = 0;

  /** `now` is the simulated time in ms. */
  constructor(seed: number, now: () => number) {
    this.#random = seededRandom(seed);
    this.#now = now;
  }

  /** Adds a rule and returns its id. */
  add(rule: FaultRule): number {
    this.#counter += 1;
    const endsAt = this.#now() + (rule.forSeconds ?? Infinity) * 1000;
    this.#entries.push({ id: this.#counter, rule, endsAt, seen: 0, hits: 0 });
    return this.#counter;
  }

  /** Takes one rule out, or all; returns how many. */
  clear(id?: number): number {
    return this.#keep((entry) => id !== undefined && entry.id !== id);
  }

  /** Rules whose time isn't over. */
  list(): readonly ListedRule[] {
    this.#forgetPast();
    return this.#entries.map(({ id, rule, seen, hits }) => ({ ...rule, id, seen, hits }));
  }

  /** Of one rule, also when it is over or was taken out; undefined when there was none, or so many since. */
  counts(id: number): RuleCounts | undefined {
    const found = [...this.#entries, ...this.#over].find((one) => one.id === id);
    return found === undefined ? undefined : { id, seen: found.seen, hits: found.hits };
  }

  /** What happens to this call. */
  disturb(call: FaultedCall): Disturbance {
    if (this.#entries.length === 0) return UNDISTURBED;
    this.#forgetPast();
    const hit = this.#entries.filter((entry) => this.#hits(entry, call)).map((entry) => entry.rule.action);
    return hit.length === 0 ? UNDISTURBED : combine(hit);
  }

  #forgetPast(): void {
    const now = this.#now();
    this.#keep((entry) => entry.endsAt > now);
  }

  /** Returns how many go. */
  #keep(stays: (entry: Entry) => boolean): number {
    const gone = this.#entries.filter((entry) => !stays(entry));
    if (gone.length === 0) return 0;
    this.#entries = this.#entries.filter(stays);
    this.#over = [...this.#over, ...gone.map(({ id, seen, hits }) => ({ id, seen, hits }))].slice(-KEPT);
    return gone.length;
  }

  #hits(entry: Entry, call: FaultedCall): boolean {
    const { match, times } = entry.rule;
    if (!describes(match, call)) return false;
    entry.seen += 1;
    if (entry.seen < (match.nth ?? 1)) return false;
    if (entry.hits >= (times ?? (match.nth === undefined ? Infinity : 1))) return false;
    if (match.probability !== undefined && this.#random() >= match.probability) return false;
    entry.hits += 1;
    return true;
  }
}

function describes(match: FaultMatch, call: FaultedCall): boolean {
  if (match.method !== undefined && match.method !== call.method) return false;
  if (match.caller !== undefined && match.caller.toLowerCase() !== call.user.toLowerCase()) return false;
  if (match.object === undefined) return true;
  const { type, value } = call.target;
  return match.object === value || match.object === `${type}:${value}` || match.object === call.targetName;
}
