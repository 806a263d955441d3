// The plans of this campaign: what goes wrong with an account, with how many objects or how often.
import { keys, oneOf, wholeNumber } from '../harness/plan-rules.ts';

export const STORIES = [
  'oneSecret',
  'manySecrets',
  'touched',
  'rotation',
  'rotatedFirst',
  'aliases',
  'recreated',
  'annotated',
  'repaired',
  'crash',
] as const;
export type StoryName = (typeof STORIES)[number];

export interface CredentialsPlan {
  readonly story: StoryName;
  /** VCenters with the account. */
  readonly objects: number;
  /** How often the thing happens, where it can happen often. */
  readonly times: number;
}

const MOST_OBJECTS = 50;
export const CREDENTIALS_RULE = keys({
  story: oneOf(STORIES),
  objects: wholeNumber(1, MOST_OBJECTS),
  times: wholeNumber(1),
});

function each(story: StoryName, pairs: readonly (readonly [objects: number, times: number])[]): CredentialsPlan[] {
  return pairs.map(([objects, times]) => ({ story, objects, times }));
}

/** Those that kill the operator come last: they can't share it. */
export const CREDENTIALS_PLANS: readonly CredentialsPlan[] = [
  ...each('oneSecret', [
    [1, 1],
    [2, 1],
    [5, 1],
    [10, 1],
    [25, 1],
    [50, 1],
  ]),
  ...each('manySecrets', [
    [2, 1],
    [4, 1],
    [5, 1],
    [8, 1],
    [20, 1],
    [50, 1],
  ]),
  ...each('touched', [
    [1, 3],
    [1, 6],
    [3, 10],
  ]),
  ...each('rotation', [
    [1, 2],
    [1, 5],
    [4, 8],
  ]),
  ...each('rotatedFirst', [
    [1, 1],
    [5, 1],
    [10, 1],
    [20, 1],
  ]),
  ...each('aliases', [
    [4, 1],
    [6, 1],
    [8, 1],
  ]),
  ...each('recreated', [
    [1, 4],
    [1, 8],
    [2, 8],
  ]),
  ...each('annotated', [
    [1, 3],
    [1, 8],
    [6, 8],
  ]),
  ...each('repaired', [
    [1, 1],
    [5, 1],
    [20, 1],
  ]),
  ...each('crash', [
    [1, 1],
    [1, 2],
    [1, 4],
    [1, 8],
    [5, 1],
    [5, 4],
    [20, 2],
    [50, 2],
  ]),
];
