// A plan: which story, in which mode of the simulator, broken where. One line of JSON, and the same line is the same plan.
import { keys, listOf, mustBe, oneOf, readPlanAs, someText, wholeNumber } from './plan-rules.ts';
import type { Rule } from './plan-rules.ts';
import { WRITE_ACTS } from './write-tap.ts';
import type { WriteAct, WriteFault } from './write-tap.ts';

/**
 * `kube`, `vcenter`: what the operator writes to either side, but `lease`, what it writes to its Lease, and `claim`, what it
 * writes about its claims on vCenters: they come by time, so they are counted apart.
 */
export const SIDES = ['kube', 'vcenter', 'lease', 'claim'] as const;
export type Side = (typeof SIDES)[number];
/** Counted since the story began; the others since the operator was first started. */
export const ORDINARY_SIDES: readonly Side[] = ['kube', 'vcenter'];

export interface PlannedFault {
  readonly side: Side;
  /** From 1, among the writes to that side since the story began, or since the operator was first started. */
  readonly nth: number;
  readonly act: WriteAct;
  /** Counts only the writes whose label begins so. */
  readonly of?: string;
  /** 2: the writes of the second installation, where a story has one. */
  readonly install?: 2;
}

export interface Plan {
  readonly story: string;
  readonly duplicateName: 'start' | 'end';
  readonly seed: number;
  readonly faults: readonly PlannedFault[];
  /** What else goes wrong, as the campaign understands it. */
  readonly more?: Readonly<Record<string, string | number>>;
}

/** Nobody but `split-brain` wakes an operator that is stopped. */
const STUNS: readonly WriteAct[] = ['stun-before', 'stun-after'];

function faultsWith(acts: readonly WriteAct[], least: number, sides = SIDES as readonly Side[]): Rule {
  const more = { of: someText, install: wholeNumber(2, 2) };
  return listOf(keys({ side: oneOf(sides), nth: wholeNumber(1), act: oneOf(acts) }, more), least);
}

const BREAKING = WRITE_ACTS.filter((act) => !STUNS.includes(act));
/** Writes are broken, and the operator killed; `SOME_FAULTS`: at least once. */
export const FAULTS: Rule = faultsWith(BREAKING, 0);
export const SOME_FAULTS: Rule = faultsWith(BREAKING, 1);
/** The leader is stopped at a write. */
export const STUN_FAULTS: Rule = faultsWith(STUNS, 1, ORDINARY_SIDES);
export const NO_FAULTS: Rule = mustBe(
  'an empty list in such a plan',
  (value) => Array.isArray(value) && value.length === 0,
);

/** What plans of these stories must be; without `more` they have none. */
export function planRule(stories: readonly string[], { faults = FAULTS, more }: { faults?: Rule; more?: Rule }): Rule {
  return keys({
    ...{ story: oneOf(stories), duplicateName: oneOf(['start', 'end']), seed: wholeNumber(1), faults },
    ...(more === undefined ? {} : { more }),
  });
}

export function planLine({ story, duplicateName, seed, faults, more }: Plan): string {
  return JSON.stringify({ story, duplicateName, seed, faults, ...(more === undefined ? {} : { more }) });
}

export function readPlan(line: string, rule: Rule): Plan {
  const { story, duplicateName, seed, faults, more } = readPlanAs(line, rule) as Plan;
  return { story, duplicateName, seed, faults, ...(more === undefined ? {} : { more }) };
}

/** Those on the writes of one installation to one side. */
export function faultsOn({ faults }: Pick<Plan, 'faults'>, side: Side, number = 1): WriteFault[] {
  return faults
    .filter((fault) => fault.side === side && (fault.install ?? 1) === number)
    .map(({ nth, act, of }) => ({ nth, act, of }));
}

/** The plan without its faults. */
export function undisturbed(plan: Plan): Plan {
  const { more: _more, ...rest } = plan;
  return { ...rest, faults: [] };
}

/** Nothing is to go wrong in it. */
export function isUndisturbed(plan: Plan): boolean {
  return plan.faults.length === 0 && plan.more === undefined;
}

/** As the rule says, or the undisturbed run that a plan of one of these stories is compared with. */
export function orUndisturbed(stories: readonly string[], rule: Rule): Rule {
  const plain = planRule(stories, { faults: NO_FAULTS });
  return (value, path) => (plain(value, path) === undefined ? undefined : rule(value, path));
}
