// Objects are made, deleted and made again under the same name while the operator sees nothing of it: killed, cut off, or
// with watches that stand still. What it finds when it looks again has the same names and other UIDs.
import { seededRandom } from '../../../src/simulator/faults/seeded-random.ts';
import type { Campaign } from '../campaign.ts';
import { drawn } from '../harness/draw.ts';
import type { Plan } from '../harness/plan.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Trouble } from '../harness/run-plan.ts';
import { UNOBSERVED_WAYS } from '../stories/unobserved.ts';

/** Sequences of makes (+) and deletes (-) of the four objects of the story. */
function sequence(random: () => number): string {
  const names = ['a', 'b', 's', 'g'];
  return Array.from({ length: 3 + Math.floor(random() * 5) }, () => {
    const name = names[Math.floor(random() * names.length)] ?? 'a';
    return `${random() < 0.5 ? '+' : '-'}${name}`;
  }).join('');
}

export function unobservedPlans(count: number | undefined, seed: number): readonly Plan[] {
  const random = seededRandom(seed);
  const fixed = ['+a-a+a', '-b+b', '-b-b+b', '+a-a', '-s+s', '+a-a+a-a+a', '-g+g', '-b+b-b+b', '-s-b+b+s'];
  const drawnOnes = Array.from({ length: 40 }, () => sequence(random));
  const all = [...fixed, ...drawnOnes].flatMap((ops) =>
    UNOBSERVED_WAYS.map((way) => ({
      story: 'unobserved',
      duplicateName: 'start' as const,
      seed,
      faults: [],
      more: { way, ops },
    })),
  );
  return drawn(all, count, seed);
}

/** What is there at the end depends on the sequence, and isn't that of the empty one. */
export function unobservedTrouble(): Trouble {
  return { otherEnd: true, otherCounts: true };
}

export const UNOBSERVED: Campaign = {
  name: 'unobserved',
  summary: 'objects made, deleted and made again under one name while the operator sees nothing',
  defaultPlans: 147,
  run: (options) =>
    runCampaign(
      {
        name: 'unobserved',
        plans: (_crew, count, seed) => Promise.resolve(unobservedPlans(count, seed)),
        trouble: unobservedTrouble,
      },
      options,
    ),
};
