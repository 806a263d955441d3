// Many clones are deleted at once: by mistake, which must stop, and by plan, which must not. With kills in between.
import type { Campaign } from '../campaign.ts';
import { drawn } from '../harness/draw.ts';
import { orUndisturbed, planRule } from '../harness/plan.ts';
import type { Plan, PlannedFault } from '../harness/plan.ts';
import { keys, oneOf } from '../harness/plan-rules.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Trouble } from '../harness/run-plan.ts';
import { BY_PLAN, MISTAKES } from '../stories/mass-deletion.ts';

const FAULTS: readonly (readonly PlannedFault[])[] = [
  [],
  [{ side: 'vcenter', nth: 3, act: 'kill-after' }],
  [{ side: 'vcenter', nth: 9, act: 'kill-before' }],
  [{ side: 'kube', nth: 5, act: 'kill-after' }],
  [{ side: 'kube', nth: 12, act: 'lose-reply' }],
];

const STORY = ['mass-deletion'];
export const MASS_DELETION_RULE = orUndisturbed(
  STORY,
  planRule(STORY, { more: keys({ variant: oneOf([...MISTAKES, ...BY_PLAN]) }) }),
);

export function massDeletionPlans(count: number | undefined, seed: number): readonly Plan[] {
  const all = [...MISTAKES, ...BY_PLAN].flatMap((variant) =>
    FAULTS.flatMap((faults) =>
      (['start', 'end'] as const).map((duplicateName): Plan => ({
        ...{ story: 'mass-deletion', duplicateName, seed, faults, more: { variant } },
      })),
    ),
  );
  return drawn(all, count, seed);
}

/** Its own undisturbed run isn't the story's: each variant has its own end. */
export function massDeletionTrouble(): Trouble {
  return { otherEnd: true, otherCounts: true };
}

export const MASS_DELETION: Campaign = {
  name: 'mass-deletion',
  summary: 'many clones deleted at once, by mistake and by plan',
  defaultPlans: massDeletionPlans(undefined, 1).length,
  planRule: MASS_DELETION_RULE,
  run: (options) =>
    runCampaign(
      {
        name: 'mass-deletion',
        rule: MASS_DELETION_RULE,
        plans: (_crew, count, seed) => Promise.resolve(massDeletionPlans(count, seed)),
        trouble: massDeletionTrouble,
      },
      options,
    ),
};
