// The cases of this campaign: what is wrong with which reply or with which line of a watch. A plan is a batch of cases, lived
// through together: a part of the list that a seed gives, or cases that are spelled out.
import { keys, listOf, mustBe, oneOf, wholeNumber, withKey } from '../harness/plan-rules.ts';
import type { Rule } from '../harness/plan-rules.ts';
import { WATCHED } from '../harness/watch-tap.ts';
import { Random } from '../long-lived/random.ts';
import { recordedReplies } from './replies.ts';
import { SOAP_MUTATIONS } from './soap-mutations.ts';
import { WATCH_MUTATIONS } from './watch-mutations.ts';

/** The next reply to this method is the recorded one, cut after so many bytes. */
export interface CutCase {
  readonly on: string;
  readonly cutAt: number;
}

/** The next reply to this method is changed like this. */
export interface SoapCase {
  readonly on: string;
  readonly mutate: string;
  readonly seed: number;
}

/** The next line of a watch of this plural is changed like this. */
export interface WatchCase {
  readonly watch: string;
  readonly mutate: string;
  readonly seed: number;
}

export type HostileCase = CutCase | SoapCase | WatchCase;

/** `from` to before `to` of the list. */
export interface BatchPlan {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

export interface CasesPlan {
  readonly cases: readonly HostileCase[];
}

export type HostilePlan = BatchPlan | CasesPlan;

const CUT_EVERY = 64;
const BATCH = 250;
const SOAP_ROUNDS = 5;
const WATCH_ROUNDS = 8;
/** Sent once, when the operator stops: nothing follows from its reply. */
const LAST_WORDS = new Set(['Logout']);
/** Called once in a churn. */
const RARE = new Set(['CreateFolder', 'CreateSnapshot_Task']);
/** Megabytes each: once for each method is enough. */
const HEAVY = new Set([
  ...['gzipBomb', 'longAttribute', 'longText', 'longer', 'wide', 'wider', 'attributes', 'manyAttributes', 'deep'],
  ...['references', 'manyReferences', 'namespaces'],
]);

/** That there is something to be cut. */
const CUT_RULE: Rule = (value, path) => {
  const replies = recordedReplies();
  const on = String((value as Partial<CutCase> | null)?.on);
  const most = (replies.get(on)?.trimEnd().length ?? 1) - 1;
  return keys({ on: oneOf([...replies.keys()]), cutAt: wholeNumber(0, most) })(value, path);
};
const SOAP_RULE = keys({
  on: oneOf([...recordedReplies().keys()]),
  mutate: oneOf(Object.keys(SOAP_MUTATIONS)),
  seed: wholeNumber(0),
});
const WATCH_RULE = keys({
  watch: oneOf(WATCHED),
  mutate: oneOf(Object.keys(WATCH_MUTATIONS)),
  seed: wholeNumber(0),
});
const CASES_RULE = keys({ cases: listOf(withKey('watch', WATCH_RULE, withKey('cutAt', CUT_RULE, SOAP_RULE)), 1) });
const BATCH_RULE: Rule = (value, path) => {
  const { from } = (value ?? {}) as Partial<BatchPlan>;
  const least = wholeNumber(0)(from, '') === undefined ? Number(from) + 1 : 1;
  return keys({
    seed: wholeNumber(1),
    from: wholeNumber(0, ALL_CASES - 1),
    to: mustBe(
      `a whole number above ${least - 1} and up to ${ALL_CASES}`,
      (to) => wholeNumber(least, ALL_CASES)(to, '') === undefined,
    ),
  })(value, path);
};
export const HOSTILE_RULE = withKey('cases', CASES_RULE, BATCH_RULE);

function cutCases(): CutCase[] {
  return [...recordedReplies()].flatMap(([on, text]) => {
    if (LAST_WORDS.has(on)) return [];
    return Array.from({ length: Math.ceil(text.trimEnd().length / CUT_EVERY) }, (_, i) => ({
      on,
      cutAt: i * CUT_EVERY,
    }));
  });
}

function soapCases(): SoapCase[] {
  const methods = [...recordedReplies().keys()].filter((on) => !LAST_WORDS.has(on));
  return Object.keys(SOAP_MUTATIONS).flatMap((mutate) =>
    methods.flatMap((on, m) =>
      Array.from({ length: HEAVY.has(mutate) || RARE.has(on) ? 1 : SOAP_ROUNDS }, (_, round) => ({
        on,
        mutate,
        seed: m * 100 + round,
      })),
    ),
  );
}

function watchCases(): WatchCase[] {
  return Object.keys(WATCH_MUTATIONS).flatMap((mutate) =>
    WATCHED.flatMap((watch, w) =>
      Array.from({ length: mutate === 'long' ? 1 : WATCH_ROUNDS }, (_, round) => ({
        watch,
        mutate,
        seed: w * 100 + round,
      })),
    ),
  );
}

/** All cases, always the same for the same seed. */
function allCases(seed: number): readonly HostileCase[] {
  return new Random(seed).shuffled<HostileCase>([...cutCases(), ...soapCases(), ...watchCases()]);
}

/** How many there are, with any seed. */
export const ALL_CASES = cutCases().length + soapCases().length + watchCases().length;

export function casesOf(plan: HostilePlan): readonly HostileCase[] {
  return 'cases' in plan ? plan.cases : allCases(plan.seed).slice(plan.from, plan.to);
}

/** All cases, or `count` of them, in batches. */
export function hostilePlans(seed: number, count = Number.POSITIVE_INFINITY): HostilePlan[] {
  const most = Math.min(count, ALL_CASES);
  return Array.from({ length: Math.ceil(most / BATCH) }, (_, i) => ({
    seed,
    from: i * BATCH,
    to: Math.min(most, (i + 1) * BATCH),
  }));
}
