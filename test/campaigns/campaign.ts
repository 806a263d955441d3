// What a campaign is: many runs of the real operator, each broken from outside in one planned way, judged by oracles that
// read the simulator's ledger and the API server's audit log. `npm run campaign` runs those of campaigns.ts.

import { createHash } from 'node:crypto';
import type { Rule } from './harness/plan-rules.ts';
import type { TimesOfPlans } from './plan-times.ts';

export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

export interface CampaignOptions {
  /** How many plans at most; the campaign's own number without it. */
  readonly plans?: number | undefined;
  /** Decides which plans are drawn where not all are run. */
  readonly seed: number;
  /** One plan only, as a line of JSON: the way to replay a violation. */
  readonly plan?: string | undefined;
  /** Runs at the same time. */
  readonly jobs: number;
  readonly shard?: Shard | undefined;
  /** Lines of plans that an earlier report says were run; they aren't run again. */
  readonly done?: ReadonlySet<string> | undefined;
  /** Plans that set a clock are left out, where they can't be run. */
  readonly withoutFaketime?: boolean | undefined;
  /** Folder of a copy of the operator with a defect in it. */
  readonly checkout?: string | undefined;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
  /** Takes what is known so far, after each plan: who breaks off in the middle loses no more than what is under way. */
  readonly keep?: ((report: CampaignReport) => void) | undefined;
}

export interface Violation {
  /** The line of JSON that replays it. */
  readonly plan: string;
  /** Which rule was broken. */
  readonly oracle: string;
  /** Where in the plan. */
  readonly step?: string;
  readonly text: string;
  /** Folder with the ledger, the audit log and the operator's log. */
  readonly kept?: string;
}

export interface PlanResult {
  readonly plan: string;
  readonly seconds: number;
  readonly violations: number;
  /** What was to go wrong never did: that nothing was violated shows nothing. */
  readonly neverCame?: boolean;
  /** What kept each process that lost its Lease from renewing it, where that wasn't foreseen: no violation, but no calm run. */
  readonly lostLeases?: readonly string[];
  /** Nothing was to go wrong: what other plans are compared with. */
  readonly undisturbed?: boolean;
  /** May take longer than others; not set where a plan's time has no bound. */
  readonly slow?: boolean;
}

/** What was run of a campaign, so that "so many plans" can be checked: each result is one of the three. */
export interface PlanCounts {
  /** Something went wrong as planned. */
  readonly disturbed: number;
  readonly undisturbed: number;
  readonly neverCame: number;
}

export function countsOfPlans(results: readonly PlanResult[]): PlanCounts {
  const undisturbed = results.filter((result) => result.undisturbed === true).length;
  const neverCame = results.filter((result) => result.undisturbed !== true && result.neverCame === true).length;
  return { disturbed: results.length - undisturbed - neverCame, undisturbed, neverCame };
}

/** What of a campaign a run was to do. */
export interface Asked {
  readonly plans?: number | undefined;
  readonly seed: number;
  readonly shard?: Shard | undefined;
}

export interface CampaignReport {
  readonly campaign: string;
  readonly plans: number;
  readonly violations: readonly Violation[];
  readonly seconds: number;
  readonly seed: number;
  readonly facts: Readonly<Record<string, number | string>>;
  /** One for each plan, for those campaigns whose plans can be resumed. */
  readonly results?: readonly PlanResult[];
  /** Of the results whose time has a bound. */
  readonly times?: TimesOfPlans;
  /** What was asked for, where all of it was done: a run that is resumed leaves it out. */
  readonly finished?: Asked;
}

export interface Campaign {
  readonly name: string;
  /** One line, for --help and the report. */
  readonly summary: string;
  readonly defaultPlans: number;
  /** That number is about right: which plans there are, only its undisturbed runs show. */
  readonly isAbout?: true;
  /** What a plan of it is, for one that comes from outside. */
  readonly planRule: Rule;
  /** What this machine lacks for some of what is asked for, in a sentence: then nothing is begun. */
  lacks?(options: Pick<CampaignOptions, 'plan' | 'withoutFaketime'>): string | undefined;
  /** Violations are in the report; rejects only when the campaign itself can't go on, and on the signal. */
  run(options: CampaignOptions): Promise<CampaignReport>;
}

/**
 * Those that fall to this shard, in their order; all without one. By the line of each plan and not by its place: what else a shard
 * finds to run, as crashes at writes that come or don't, has no part in it, so no plan falls to two of them, or to none.
 */
export function ofShard<T>(all: readonly T[], shard: Shard | undefined, lineOf: (one: T) => string): readonly T[] {
  if (shard === undefined) return all;
  return all.filter((one) => placeOf(lineOf(one)) % shard.of === shard.index - 1);
}

const PLACE_BYTES = 6;

function placeOf(line: string): number {
  return createHash('sha256').update(line).digest().readUIntBE(0, PLACE_BYTES);
}
