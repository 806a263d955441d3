// All stories, by group.
import { SET_STORIES } from './sets.ts';
import type { Story } from './story.ts';

export const STORIES: readonly Story[] = [...SET_STORIES];

export function storyNamed(name: string): Story {
  const story = STORIES.find((one) => one.name === name);
  if (story === undefined) throw new Error(`there is no story "${name}"`);
  return story;
}
