// Campaigns that are made of stories, by name: what a plan of each must be, and what it does besides breaking writes.
import { CRASH_RULE } from './crash/crash.ts';
import { DRIFT_RULE, driftTrouble } from './drift/drift.ts';
import { FAULTS_RULE, faultTrouble } from './faults/faults.ts';
import { isUndisturbed } from './harness/plan.ts';
import type { Plan } from './harness/plan.ts';
import type { Rule } from './harness/plan-rules.ts';
import type { Trouble } from './harness/run-plan.ts';
import { MASS_DELETION_RULE, massDeletionTrouble } from './mass-deletion/mass-deletion.ts';
import { SPLIT_BRAIN_RULE, splitBrainTrouble } from './split-brain/split-brain.ts';
import { STALE_RULE } from './stale/plans.ts';
import { staleTrouble } from './stale/stale.ts';
import { UNOBSERVED_RULE, unobservedTrouble } from './unobserved/unobserved.ts';

export interface PlansOfStories {
  readonly rule: Rule;
  trouble(plan: Plan): Trouble;
}

export const OF_STORIES: Readonly<Record<string, PlansOfStories>> = {
  crash: { rule: CRASH_RULE, trouble: () => ({}) },
  'refused-writes': { rule: CRASH_RULE, trouble: () => ({}) },
  'mass-deletion': { rule: MASS_DELETION_RULE, trouble: massDeletionTrouble },
  drift: { rule: DRIFT_RULE, trouble: driftTrouble },
  'vcenter-faults': { rule: FAULTS_RULE, trouble: faultTrouble },
  'split-brain': { rule: SPLIT_BRAIN_RULE, trouble: splitBrainTrouble },
  stale: { rule: STALE_RULE, trouble: staleTrouble },
  unobserved: { rule: UNOBSERVED_RULE, trouble: unobservedTrouble },
};

export function ofStories(campaign: string): PlansOfStories {
  const found = OF_STORIES[campaign];
  if (found === undefined) throw new Error(`there is no campaign "${campaign}" that is made of stories`);
  return found;
}

/** What a plan of the campaign does besides; in an undisturbed run nothing. */
export function troubleOf(campaign: string, plan: Plan): Trouble {
  return isUndisturbed(plan) ? {} : ofStories(campaign).trouble(plan);
}
