// docs/capabilities.md claims no more than is shown: every file that it names is there, and its level is the one that the chart
// tells Artifact Hub.
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { repositoryPath } from '../../../src/testbed/repository.ts';

const PAGE = readFileSync(repositoryPath('docs/capabilities.md'), 'utf8');
const LEVELS = ['basic install', 'seamless upgrades', 'full lifecycle', 'deep insights', 'auto pilot'];
const ROWS = PAGE.split('\n').filter((line) => /^\| .* \| +(yes|partly|\*\*no\*\*) +\|/.test(line));

it('has a section for each level', () => {
  const sections = [...PAGE.matchAll(/^## (\d)\. (.*)$/gm)].map(([, number, name = '']) => [
    number,
    name.toLowerCase(),
  ]);
  expect(sections).toEqual(LEVELS.map((name, index) => [String(index + 1), name]));
  expect(ROWS.length).toBeGreaterThan(20);
});

it('names only files that are there', () => {
  const named = [...PAGE.matchAll(/`([\w/.-]+\.(?:ts|yaml))`/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(repositoryPath(`test/${path}`)))).toEqual([]);
});

it('shows by a test or a page whatever it calls a yes', () => {
  const unshown = ROWS.filter((row) => / yes /.test(row) && !/\.ts`|\.yaml`|\.md\)|the same/.test(row));
  expect(unshown).toEqual([]);
});

it('claims the level below the first that lacks something, and so does the chart', () => {
  const [, number = '', name] = /\*\*The level is (\d), ([a-z ]+)\*\*/.exec(PAGE) ?? [];
  expect(name).toBe(LEVELS[Number(number) - 1]);
  const sections = PAGE.split(/^## /m).slice(1);
  const lacking = sections.findIndex((section) => /\| (partly|\*\*no\*\*) +\|/.test(section));
  expect(Number(number)).toBe(lacking);
  const { annotations } = parse(readFileSync(repositoryPath('deploy/chart/Chart.yaml'), 'utf8')) as {
    annotations: Record<string, string>;
  };
  expect(annotations['artifacthub.io/operatorCapabilities']).toBe(name);
});
