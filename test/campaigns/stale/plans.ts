// Which plans there are: of each story that takes something away, by what its undisturbed run shows. Trouble of each kind
// around each destructive step, and views of each moment of the past that something was wished in. Besides, the VCenter's
// watch lies around the answer to a pause of deletions, which is a variant of the story of mass deletions.
import type { Crew } from '../harness/crew.ts';
import { interleaved, shuffled } from '../harness/draw.ts';
import type { Reference } from '../harness/judge.ts';
import { SIDES, orUndisturbed, planRule } from '../harness/plan.ts';
import type { Plan } from '../harness/plan.ts';
import { byKey, keys, mustBe, oneOf, someText, wholeNumber, withKey } from '../harness/plan-rules.ts';
import type { Rule } from '../harness/plan-rules.ts';
import type { Word } from '../harness/words.ts';
import { WATCHED } from '../harness/watch-tap.ts';
import type { Watched } from '../harness/watch-tap.ts';
import { OLD_VIEW_STORIES } from '../stories/old-views.ts';
import { STORIES, STORY_NAMES } from '../stories/stories.ts';
import { ALL_STEPS, isDestructive } from './moments.ts';
import type { Moment } from './moments.ts';

export const TROUBLES = ['freeze', 'drop', 'half-open', 'gone', 'garbage', 'replay'] as const;
export type StaleTrouble = (typeof TROUBLES)[number];
/** Instead of a kind. */
export const ALL_KINDS = 'all';
/** In each story, whether it says something of them or not: their statuses change. Where there is no set, none does. */
const IN_ALL: readonly Watched[] = ['linkedclones', 'basesnapshots'];
/** Of which there are several. */
const NAMED: readonly Watched[] = [...IN_ALL, 'linkedclonesets'];
/** Writes of the operator before the trouble begins. */
const AFTER: readonly Moment[] = [0, 1, 4].map((after) => ({ after }));
/** What is over at once, or when the operator notices: it lasts from no step to the next. */
const SHORT: readonly StaleTrouble[] = ['half-open', 'gone', 'garbage'];
/** They put the operator to sleep and show it a past of their own. */
const WITH_A_PAST = new Set(OLD_VIEW_STORIES.map(({ name }) => name));
/** Of a story, where only some of all plans are run: an undisturbed run costs as much as a plan. */
const PLANS_EACH = 4;
const MASS_DELETION = 'mass-deletion';
/** Of that story: thirteen clones deleted by hand, which stops, over a restart, until somebody answers with the id. */
const PAUSED = { variant: 'selector' } as const;
/** What the operator itself writes about its VCenter is kept from it first: what people say comes later. */
const LOOKS_AT_VCENTERS = 20;
/** The answer comes long after what was kept from it first. */
const LOOKS_OVER_THE_ANSWER = 200;

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

/** `also`: keys of plans that are for one story alone. */
function kindsWith(also: Readonly<Record<string, Rule>>): Readonly<Record<StaleTrouble, Rule>> {
  const ofAKind = { ...also, kind: oneOf(TROUBLES), plural: oneOf(WATCHED) };
  const ofSome = { ...ofAKind, plural: oneOf([ALL_KINDS, ...WATCHED]) };
  return {
    freeze: trouble(ofSome, LOOKS),
    drop: trouble(ofAKind, { ...LOOKS, name: someText }),
    'half-open': trouble(ofSome, LOOKS),
    gone: trouble(ofSome, LOOKS),
    garbage: trouble(ofSome, LOOKS),
    replay: trouble({ ...ofSome, as: wholeNumber(0) }),
  };
}

const OF_STORIES = planRule(STORY_NAMES, { more: byKey('kind', kindsWith({})) });
const OF_PAUSE = planRule([MASS_DELETION], { more: byKey('kind', kindsWith({ variant: oneOf([PAUSED.variant]) })) });

export const STALE_RULE = orUndisturbed([...STORY_NAMES, MASS_DELETION], (value, path) =>
  (isOfPause(value as Partial<Plan> | null) ? OF_PAUSE : OF_STORIES)(value, path),
);

/** Its end isn't that of the story's undisturbed run, which is of another variant. */
export function isOfPause(plan: Partial<Plan> | null): boolean {
  return plan?.story === MASS_DELETION;
}

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

/** Of one kind, or of all, at that moment. */
function withheld(kind: StaleTrouble, plural: string, moment: Moment): More {
  return { kind, plural, ...(plural === 'vcenters' ? { looks: LOOKS_AT_VCENTERS } : {}), ...moment };
}

/** Kinds that something is said of in the story. */
function toldIn({ words }: Pick<Reference, 'words'>, story: string): readonly Watched[] {
  const changesNamespace = STORIES.some((one) => one.name === story && one.changesNamespace === true);
  return WATCHED.filter(
    (plural) => words.some((word) => word.plural === plural) || (plural === 'namespaces' && changesNamespace),
  );
}

export function troublesOf(story: string, reference: Pick<Reference, 'kube' | 'vcenter' | 'words'>): More[] {
  const { words } = reference;
  const steps = stepsOf(reference);
  if (steps.length === 0) return [];
  const told = toldIn(reference, story);
  const kinds = [...new Set([...IN_ALL, ...told])];
  // of those in no namespace there is one alone
  const objects = objectsOf(words).filter(({ plural }) => NAMED.some((one) => one === plural));
  return [
    ...(['freeze', 'drop'] as const).flatMap((kind) => [
      ...kinds.flatMap((plural) => AFTER.map((moment) => withheld(kind, plural, moment))),
      ...told.flatMap((plural) => steps.map((moment) => withheld(kind, plural, moment))),
    ]),
    ...[{ after: 1 }, ...steps].map((moment) => ({ kind: 'freeze', plural: ALL_KINDS, ...moment })),
    ...objects.flatMap(({ plural, name }) =>
      [{ after: 0 }, ...steps].map((moment) => ({ kind: 'drop', plural, name, ...moment })),
    ),
    ...SHORT.flatMap((kind) => [
      ...kinds.flatMap((plural) => AFTER.map((moment) => ({ kind, plural, ...moment }))),
      { kind, plural: ALL_KINDS, after: 1 },
    ]),
    ...(WITH_A_PAST.has(story) ? [] : replays(words, steps)),
  ];
}

/** Around a pause of deletions: before the first machine goes, and when all but the answer was said. */
function troublesOfPause(): More[] {
  const moments: readonly Moment[] = [{ before: 'vcenter', nth: 1 }, { said: 14 }];
  const long = { ...PAUSED, looks: LOOKS_OVER_THE_ANSWER };
  return moments.flatMap((moment) => [
    ...(['vcenters', ALL_KINDS] as const).map((plural) => ({ ...long, kind: 'freeze', plural, ...moment })),
    { ...long, kind: 'drop', plural: 'vcenters', ...moment },
    ...SHORT.map((kind) => ({ ...PAUSED, kind, plural: 'vcenters', ...moment })),
  ]);
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
  const names = [...STORY_NAMES, MASS_DELETION];
  const some = count === undefined ? names : shuffled(names, seed).slice(0, Math.ceil(count / PLANS_EACH));
  const lists = await Promise.all(
    some.map(async (story, i) => {
      const all = inBothModes(story, seed, await troublesIn(crew, story, seed));
      return count === undefined ? all : shuffled(all, seed + i);
    }),
  );
  return count === undefined ? lists.flat() : interleaved(lists).slice(0, count);
}

async function troublesIn(crew: Pick<Crew, 'reference'>, story: string, seed: number): Promise<More[]> {
  if (story === MASS_DELETION) return troublesOfPause();
  return troublesOf(story, await crew.reference({ story, duplicateName: 'start', seed, faults: [] }));
}
