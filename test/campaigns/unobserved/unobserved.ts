// Objects are made, deleted and made again under the same name while the operator sees nothing of it: killed, cut off, or
// with watches that stand still. What it finds when it looks again has the same names and other UIDs.
import { seededRandom } from '../../../src/simulator/faults/seeded-random.ts';
import type { Campaign } from '../campaign.ts';
import { drawn } from '../harness/draw.ts';
import { orUndisturbed, planRule } from '../harness/plan.ts';
import type { Plan } from '../harness/plan.ts';
import { keys, mustBe, oneOf } from '../harness/plan-rules.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Trouble } from '../harness/run-plan.ts';
import { THINGS, UNOBSERVED_WAYS, madeAgainUnseen } from '../stories/unobserved.ts';
import type { Fate, Sign } from '../stories/unseen-ops.ts';
import { after, fateAtStart, fateOf, opsOf } from '../stories/unseen-ops.ts';

const SIGNS: readonly Sign[] = ['+', '-', '!'];
/** Delete-create of a name with a machine, create-delete-create of one without, and both of sets and bases. */
const FIXED = [
  ...['!b+b', '-b!b+b', '!b+b-b', '!b+b-b+b', '!b+b-b+b-b+b', '+a-a+a', '+a-a+a-a', '+a-a+a-a+a'],
  ...['!s+s', '-s!s+s', '!s+s-s', '!s+s-s+s', '!g+g', '-g!g+g', '!g+g-g', '!g+g-g+g', '!b!s!g+b+s+g', '-b!s+s'],
];
const DRAWN = 32;

/** Steps that each do something, with at least one object that is made where another of its name has gone. */
function sequence(random: () => number): string {
  for (;;) {
    const fates = new Map<string, Fate>(Object.entries(THINGS).map(([name, one]) => [name, fateAtStart(one.atStart)]));
    const length = 3 + Math.floor(random() * 5);
    let ops = '';
    for (let i = 0; i < length; i += 1) {
      const possible = [...fates].flatMap(([letter, fate]) =>
        SIGNS.flatMap((sign) => {
          const next = after(fate, sign);
          return next === undefined ? [] : [{ letter, sign, next }];
        }),
      );
      const chosen = possible[Math.floor(random() * possible.length)];
      if (chosen === undefined) break;
      fates.set(chosen.letter, chosen.next);
      ops += chosen.sign + chosen.letter;
    }
    if ([...fates.values()].some(({ again }) => again)) return ops;
  }
}

/** Steps alone, of objects that there are, each of which can be done. */
function isSequence(text: unknown): boolean {
  if (typeof text !== 'string' || text === '') return false;
  const ops = opsOf(text);
  const isWhole = ops.map(({ sign, letter }) => sign + letter).join('') === text;
  const letters = Object.keys(THINGS);
  const canBeDone = Object.entries(THINGS).every(([letter, { atStart }]) => fateOf(ops, letter, atStart) !== undefined);
  return isWhole && ops.every(({ letter }) => letters.includes(letter)) && canBeDone;
}

const OPS = `steps that can be done one after the other, each of ${SIGNS.join(', ')} and one of ${Object.keys(THINGS).join(', ')}, as "+a-a+a"`;
const STORY = ['unobserved'];
export const UNOBSERVED_RULE = orUndisturbed(
  STORY,
  planRule(STORY, { more: keys({ way: oneOf(UNOBSERVED_WAYS), ops: mustBe(OPS, isSequence) }) }),
);

export function unobservedPlans(count: number | undefined, seed: number): readonly Plan[] {
  const random = seededRandom(seed);
  const sequences = new Set(FIXED);
  while (sequences.size < FIXED.length + DRAWN) sequences.add(sequence(random));
  const all = [...sequences].flatMap((ops, i) =>
    UNOBSERVED_WAYS.flatMap((way, j) =>
      // those that were thought of in both modes of DuplicateName, the others in one and the other by turns
      (['start', 'end'] as const)
        .filter((_, mode) => i < FIXED.length || mode === (i + j) % 2)
        .map((duplicateName) => ({ story: 'unobserved', duplicateName, seed, faults: [], more: { way, ops } })),
    ),
  );
  return drawn(all, count, seed);
}

/** What is there at the end depends on the sequence, and isn't that of the empty one. */
export function unobservedTrouble(): Trouble {
  return { otherEnd: true, otherCounts: true, came: (stage) => madeAgainUnseen(stage).length > 0 };
}

export const UNOBSERVED: Campaign = {
  name: 'unobserved',
  summary: 'objects made, deleted and made again under one name while the operator sees nothing',
  defaultPlans: unobservedPlans(undefined, 1).length,
  planRule: UNOBSERVED_RULE,
  run: (options) =>
    runCampaign(
      {
        name: 'unobserved',
        rule: UNOBSERVED_RULE,
        plans: (_crew, count, seed) => Promise.resolve(unobservedPlans(count, seed)),
        trouble: unobservedTrouble,
      },
      options,
    ),
};
