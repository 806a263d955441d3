// All stories, by group.
import type { Plan } from '../harness/plan.ts';
import { ADOPTION_STORIES } from './adoptions.ts';
import { CLONE_STORIES } from './clones.ts';
import { COPY_STORIES } from './copies.ts';
import { HOLD_STORIES } from './holds.ts';
import { IDENTITY_STORIES } from './identity.ts';
import { LEAVING_STORIES } from './leaving.ts';
import { ANSWER_STORIES } from './answers.ts';
import { LENT_DISK_STORIES } from './lent-disks.ts';
import { massDeletionStory } from './mass-deletion.ts';
import { OLD_VIEW_STORIES } from './old-views.ts';
import { ON_ITS_WAY_STORIES } from './on-its-way.ts';
import { ORPHAN_STORIES } from './orphans.ts';
import { OWN_PARENT_STORIES } from './own-parent.ts';
import { PIN_STORIES } from './pins.ts';
import { REFUSED_READ_STORIES } from './refused-reads.ts';
import { SET_STORIES } from './sets.ts';
import { SURROUNDING_STORIES } from './surroundings.ts';
import type { Story } from './story.ts';
import { TWO_INSTALLS } from './two-installs.ts';
import { WITHDRAWN_STORIES } from './withdrawn.ts';
import { unobservedStory } from './unobserved.ts';

export const STORIES: readonly Story[] = [
  ...SET_STORIES,
  ...ADOPTION_STORIES,
  ...CLONE_STORIES,
  ...ANSWER_STORIES,
  ...COPY_STORIES,
  ...HOLD_STORIES,
  ...IDENTITY_STORIES,
  ...LEAVING_STORIES,
  ...LENT_DISK_STORIES,
  ...OLD_VIEW_STORIES,
  ...ON_ITS_WAY_STORIES,
  ...ORPHAN_STORIES,
  ...OWN_PARENT_STORIES,
  ...PIN_STORIES,
  ...REFUSED_READ_STORIES,
  ...SURROUNDING_STORIES,
  TWO_INSTALLS,
  ...WITHDRAWN_STORIES,
];

export const STORY_NAMES: readonly string[] = STORIES.map(({ name }) => name);

/** The plan's story; some are made by the plan. */
export function storyOf(plan: Plan): Story {
  const name = plan.story;
  if (name === 'mass-deletion') return massDeletionStory(plan);
  if (name === 'unobserved') return unobservedStory(plan);
  const story = STORIES.find((one) => one.name === name);
  if (story === undefined) throw new Error(`there is no story "${name}"`);
  return story;
}
