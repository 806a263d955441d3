// Many clones are deleted at once: by mistake, which must stop, and by plan, which must not. With kills in between.
import type { Campaign } from '../campaign.ts';
import { drawn } from '../harness/draw.ts';
import type { Plan, PlannedFault } from '../harness/plan.ts';
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

export function massDeletionPlans(count: number | undefined, seed: number): readonly Plan[] {
  const all = [...MISTAKES, ...BY_PLAN].flatMap((variant) =>
    FAULTS.map((faults) => ({
      ...{ story: 'mass-deletion', duplicateName: 'start' as const, seed, faults, more: { variant } },
    })),
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
  defaultPlans: 40,
  run: (options) =>
    runCampaign(
      {
        name: 'mass-deletion',
        plans: (_crew, count, seed) => Promise.resolve(massDeletionPlans(count, seed)),
        trouble: massDeletionTrouble,
      },
      options,
    ),
};
