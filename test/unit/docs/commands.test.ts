// Every command that a page tells people to type is run by a test, or the page says why it isn't, right above it.
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import type { CommandBlock } from '../../support/documented-commands.ts';
import { READERS, commandBlocks, markdownPages } from '../../support/documented-commands.ts';

const BLOCKS = markdownPages().flatMap(commandBlocks);
const READ = new Set(READERS.flatMap(({ pages, language }) => pages.map((page) => `${page} ${language}`)));

/** What is wrong with who runs it; undefined: nothing. */
function problem({ page, notExecuted, executedBy, language }: CommandBlock): string | undefined {
  if (notExecuted !== undefined) return notExecuted.length < 10 ? 'no reason' : undefined;
  if (executedBy === undefined) return READ.has(`${page} ${language}`) ? undefined : 'nobody runs it';
  const path = repositoryPath(executedBy);
  if (!existsSync(path)) return `${executedBy} isn't there`;
  // whoever changes the test, or the page, meets the other one
  return readFileSync(path, 'utf8').includes(page) ? undefined : `${executedBy} doesn't name ${page}`;
}

it('every block of commands is run, or says why not', () => {
  const wrong = BLOCKS.map((block) => [`${block.page}:${block.line}`, problem(block)]);
  expect(wrong.filter(([, what]) => what !== undefined)).toEqual([]);
});

it('none escapes the look: a fence of commands that is written in another way', () => {
  for (const page of markdownPages()) {
    const fences = readFileSync(repositoryPath(page), 'utf8').match(/^ *(```|~~~) *(sh|bash|shell|console|zsh)\b/gm);
    expect([page, fences?.length ?? 0]).toEqual([page, commandBlocks(page).length]);
  }
});

it('finds pages and blocks, most of which are run', () => {
  expect(READERS.flatMap(({ pages }) => pages).filter((page) => !markdownPages().includes(page))).toEqual([]);
  for (const { test } of READERS) expect(existsSync(repositoryPath(test))).toBe(true);
  expect(BLOCKS.length).toBeGreaterThan(40);
  expect(BLOCKS.filter(({ notExecuted }) => notExecuted !== undefined).length).toBeLessThan(BLOCKS.length / 3);
});
