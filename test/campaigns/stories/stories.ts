// All stories, by group.
import { CLONE_STORIES } from './clones.ts';
import { SET_STORIES } from './sets.ts';
import { SURROUNDING_STORIES } from './surroundings.ts';
import type { Story } from './story.ts';

export const STORIES: readonly Story[] = [...SET_STORIES, ...CLONE_STORIES, ...SURROUNDING_STORIES];

export function storyNamed(name: string): Story {
  const story = STORIES.find((one) => one.name === name);
  if (story === undefined) throw new Error(`there is no story "${name}"`);
  return story;
}
