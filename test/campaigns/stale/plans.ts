// Which plans there are: of each story that takes something away, by what its undisturbed run shows. Trouble of each kind
// around each destructive step, and views of each moment of the past that something was wished in.
import type { Crew } from '../harness/crew.ts';
import { interleaved, shuffled } from '../harness/draw.ts';
import type { Reference } from '../harness/judge.ts';
import { SIDES, orUndisturbed, planRule } from '../harness/plan.ts';
import type { Plan } from '../harness/plan.ts';
import { byKey, keys, mustBe, oneOf, someText, wholeNumber, withKey } from '../harness/plan-rules.ts';
import type { Rule } from '../harness/plan-rules.ts';
import type { Word } from '../harness/words.ts';
import { OLD_VIEW_STORIES } from '../stories/old-views.ts';
import { STORIES, STORY_NAMES } from '../stories/stories.ts';
import { ALL_STEPS, isDestructive } from './moments.ts';
import type { Moment } from './moments.ts';

export const TROUBLES = ['freeze', 'drop', 'half-open', 'gone', 'garbage', 'replay'] as const;
export type StaleTrouble = (typeof TROUBLES)[number];
const PLURALS = ['linkedclones', 'linkedclonesets', 'basesnapshots'] as const;
/** Writes of the operator before the trouble begins. */
const AFTER: readonly Moment[] = [0, 1, 4].map((after) => ({ after }));
/** What is over at once, or when the operator notices: it lasts from no step to the next. */
const SHORT: readonly StaleTrouble[] = ['half-open', 'gone', 'garbage'];
/** They put the operator to sleep and show it a past of their own. */
const WITH_A_PAST = new Set(OLD_VIEW_STORIES.map(({ name }) => name));
/** Of a story, where only some of all plans are run: an undisturbed run costs as much as a plan. */
const PLANS_EACH = 4;

const SAID = mustBe(
  `a whole number from 0 on or "${ALL_STEPS}"`,
  (value) => value === ALL_STEPS || (Number.isSafeInteger(value) && Number(value) >= 0),
);

/** Trouble with these keys, and those of one of the moments. */
function trouble(required: Readonly<Record<string, Rule>>, optional: Readonly<Record<string, Rule>> = {}): Rule {
  const at = (moment: Readonly<Record<string, Rule>>): Rule => keys({ ...required, ...moment }, optional);
  const before = at({ before: oneOf(SIDES), nth: wholeNumber(1) });
  return withKey('before', before, withKey('said', at({ said: SAID }), at({ after: wholeNumber(0) })));
}

const LOOKS = { looks: wholeNumber(1) };
const OF_A_KIND = { kind: oneOf(TROUBLES), plural: oneOf(PLURALS) };
const KINDS: Readonly<Record<StaleTrouble, Rule>> = {
  freeze: trouble(OF_A_KIND, LOOKS),
  drop: trouble(OF_A_KIND, { ...LOOKS, name: someText }),
  'half-open': trouble(OF_A_KIND, LOOKS),
  gone: trouble(OF_A_KIND, LOOKS),
  garbage: trouble(OF_A_KIND, LOOKS),
  replay: trouble({ ...OF_A_KIND, plural: oneOf(['all', ...PLURALS]), as: wholeNumber(0) }),
};

export const STALE_RULE = orUndisturbed(STORY_NAMES, planRule(STORY_NAMES, { more: byKey('kind', KINDS) }));

type More = NonNullable<Plan['more']>;

/** Right before each step of the undisturbed run that takes something away. */
function stepsOf({ kube, vcenter }: Pick<Reference, 'kube' | 'vcenter'>): Moment[] {
  return (['vcenter', 'kube'] as const).flatMap((before) =>
    (before === 'kube' ? kube : vcenter)
      .filter((label) => isDestructive(before, label))
      .map((_, i) => ({ before, nth: i + 1 })),
  );
}

/** Objects that something was said of. */
function objectsOf(words: readonly Word[]): Pick<Word, 'plural' | 'name'>[] {
  const all = new Map(words.map(({ plural, name }) => [`${plural}/${name}`, { plural, name }]));
  return [...all.values()];
}

/** Moments of the past, as numbers of words: the story's beginning, and right after each deletion and each change. */
function pastsOf(words: readonly Word[]): number[] {
  return [0, ...words.flatMap(({ what }, i) => (what === 'made' ? [] : [i + 1]))];
}

/** The past is shown when the next thing was said, when all was, and when all was done. */
function replays(words: readonly Word[], steps: readonly Moment[]): More[] {
  const told = [...new Set(words.map(({ plural }) => plural))];
  return [
    ...[...AFTER, ...steps].map((moment) => ({ kind: 'replay', plural: 'all', as: 0, ...moment })),
    ...pastsOf(words).flatMap((as) => {
      const later = [...new Set([as + 1, words.length])].filter((said) => said > as && said <= words.length);
      const half = told.map((plural) => ({ kind: 'replay', plural, as, said: words.length }));
      return [
        ...[...later, ALL_STEPS].map((said) => ({ kind: 'replay', plural: 'all', as, said })),
        ...(words.length > as ? half : []),
      ];
    }),
  ];
}

export function troublesOf(story: string, reference: Pick<Reference, 'kube' | 'vcenter' | 'words'>): More[] {
  const { words } = reference;
  const steps = stepsOf(reference);
  if (steps.length === 0) return [];
  const told = PLURALS.filter((plural) => words.some((word) => word.plural === plural));
  return [
    ...(['freeze', 'drop'] as const).flatMap((kind) => [
      ...PLURALS.flatMap((plural) => AFTER.map((moment) => ({ kind, plural, ...moment }))),
      ...told.flatMap((plural) => steps.map((moment) => ({ kind, plural, ...moment }))),
    ]),
    ...objectsOf(words).flatMap(({ plural, name }) =>
      [{ after: 0 }, ...steps].map((moment) => ({ kind: 'drop', plural, name, ...moment })),
    ),
    ...SHORT.flatMap((kind) => PLURALS.flatMap((plural) => AFTER.map((moment) => ({ kind, plural, ...moment })))),
    ...(WITH_A_PAST.has(story) ? [] : replays(words, steps)),
  ];
}

/** In one mode of DuplicateName and the other by turns. */
function inBothModes(story: string, seed: number, all: readonly More[]): Plan[] {
  return all.map((more, i) => {
    const duplicateName = (i + seed) % 2 === 0 ? 'end' : 'start';
    return { story, duplicateName, seed, faults: [], more };
  });
}

/** All of them, or `count` of them, of as few stories as are needed to draw them from. */
export async function stalePlans(
  crew: Pick<Crew, 'reference'>,
  count: number | undefined,
  seed: number,
): Promise<readonly Plan[]> {
  const names = STORIES.map(({ name }) => name);
  const some = count === undefined ? names : shuffled(names, seed).slice(0, Math.ceil(count / PLANS_EACH));
  const lists = await Promise.all(
    some.map(async (story, i) => {
      const reference = await crew.reference({ story, duplicateName: 'start', seed, faults: [] });
      const all = inBothModes(story, seed, troublesOf(story, reference));
      return count === undefined ? all : shuffled(all, seed + i);
    }),
  );
  return count === undefined ? lists.flat() : interleaved(lists).slice(0, count);
}
