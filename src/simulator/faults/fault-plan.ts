// The faults that a test has ordered. Asked once per call; counts calls per rule, so "the third clone" means the third.
// Guarantee: with the same seed and the same calls the same ones are hit.
import type { CallFlag } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { FaultAction, FaultJson, FaultMatch, FaultRule } from './fault-rule.ts';
import { seededRandom } from './seeded-random.ts';

export interface FaultedCall {
  readonly method: string;
  /** MoRef value and type of the object; its name when it has one. */
  readonly target: { readonly type: string; readonly value: string };
  readonly targetName: string | undefined;
  readonly user: string;
}

/** What shall happen to one call: the sum of the rules that hit it, the first of a kind winning. */
export interface Disturbance {
  readonly delayMs: number;
  readonly http?: number;
  readonly fault?: VimFault;
  readonly reset?: 'before' | 'after';
  readonly taskFault?: VimFault;
  readonly flags: ReadonlySet<CallFlag>;
}

export interface ListedRule extends FaultRule {
  readonly id: number;
  /** Calls for which the other conditions held. */
  readonly seen: number;
  /** Calls that were disturbed. */
  readonly hits: number;
}

interface Entry {
  readonly id: number;
  readonly rule: FaultRule;
  seen: number;
  hits: number;
}

const NO_FLAGS: ReadonlySet<CallFlag> = new Set();
const UNDISTURBED: Disturbance = { delayMs: 0, flags: NO_FLAGS };

export class FaultPlan {
  readonly #random: () => number;
  #entries: Entry[] = [];
  #counter = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** Adds a rule and returns its id. */
  add(rule: FaultRule): number {
    this.#counter += 1;
    this.#entries.push({ id: this.#counter, rule, seen: 0, hits: 0 });
    return this.#counter;
  }

  /** Takes one rule out, or all; returns how many. */
  clear(id?: number): number {
    const before = this.#entries.length;
    this.#entries = id === undefined ? [] : this.#entries.filter((entry) => entry.id !== id);
    return before - this.#entries.length;
  }

  list(): readonly ListedRule[] {
    return this.#entries.map(({ id, rule, seen, hits }) => ({ ...rule, id, seen, hits }));
  }

  /** What happens to this call. */
  disturb(call: FaultedCall): Disturbance {
    if (this.#entries.length === 0) return UNDISTURBED;
    const hit = this.#entries.filter((entry) => this.#hits(entry, call)).map((entry) => entry.rule.action);
    return hit.length === 0 ? UNDISTURBED : combine(hit);
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

function combine(actions: readonly FaultAction[]): Disturbance {
  const first = <K extends keyof FaultAction>(key: K): FaultAction[K] | undefined =>
    actions.find((action) => action[key] !== undefined)?.[key];
  const [http, fault, reset, taskFault] = [first('http'), first('fault'), first('reset'), first('taskFault')];
  return {
    delayMs: actions.reduce((sum, action) => sum + (action.delayMs ?? 0), 0),
    ...(http === undefined ? {} : { http }),
    ...(fault === undefined ? {} : { fault: faultOf(fault) }),
    ...(reset === undefined ? {} : { reset }),
    ...(taskFault === undefined ? {} : { taskFault: faultOf(taskFault) }),
    flags: actions.some((action) => action.ignoreDiskMoveType === true)
      ? new Set<CallFlag>(['ignoreDiskMoveType'])
      : NO_FLAGS,
  };
}

/** A fault of the plan as it is thrown; parseFaultRule has checked that the type exists. */
function faultOf(json: FaultJson): VimFault {
  if (typeof json === 'string') return new VimFault(json);
  const { type, message, ...fields } = json;
  return new VimFault(type, fields, message ?? type);
}
