// The commands of every page, and who runs each: a test that takes them from the page, a test that is named right above the
// block, or nobody, for the reason that stands there.
import { readFileSync, readdirSync } from 'node:fs';
import { repositoryPath } from '../../src/testbed/repository.ts';

export interface CommandBlock {
  readonly page: string;
  readonly section: string;
  readonly line: number;
  readonly language: 'console' | 'sh';
  readonly text: string;
  /** Why nobody runs it. */
  readonly notExecuted: string | undefined;
  /** The file that does what it says. */
  readonly executedBy: string | undefined;
}

interface Reader {
  readonly pages: readonly string[];
  readonly language: CommandBlock['language'];
  /** The test that takes the blocks from these pages. */
  readonly test: string;
}

const RUNBOOKS = 'docs/runbooks/';

/** Pages whose blocks are run as they stand there, one test for each list. */
export const RUN_BY_SECTION: readonly string[] = [
  'README.md',
  'docs/install.md',
  'docs/upgrade.md',
  'docs/uninstall.md',
  'docs/tenants.md',
  'deploy/lab-chart/README.md',
];
export const RUN_WITH_NAMES: readonly string[] = [
  'docs/operations.md',
  ...readdirSync(repositoryPath(RUNBOOKS)).map((name) => `${RUNBOOKS}${name}`),
];
export const READERS: readonly Reader[] = [
  { pages: RUN_BY_SECTION, language: 'sh', test: 'test/packaging/cluster/docs.test.ts' },
  { pages: RUN_WITH_NAMES, language: 'sh', test: 'test/packaging/cluster/runbooks.test.ts' },
  { pages: ['docs/simulator.md'], language: 'console', test: 'test/contract/simulator-wire/documented.test.ts' },
];

/** Every page of the repository. */
export function markdownPages(): readonly string[] {
  const below = (folder: string): string[] =>
    readdirSync(repositoryPath(folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`);
  const all = [...readdirSync(repositoryPath('.')), ...['docs', 'deploy', 'test', 'hack', '.github'].flatMap(below)];
  return all.filter((path) => path.endsWith('.md')).toSorted();
}

/** Its blocks of commands in their order. */
export function commandBlocks(page: string): readonly CommandBlock[] {
  const text = readFileSync(repositoryPath(page), 'utf8');
  const block = /(?:<!-- (not executed|executed by): (.+?) -->\n\n)?^( *)```(sh|console)\n([\s\S]*?)^\3```$/gm;
  return [...text.matchAll(block)].map(({ index, 1: mark, 2: what, 4: language, 5: commands }) => ({
    page,
    section: text.slice(0, index).split(/^## /m).slice(1).at(-1)?.split('\n')[0] ?? '',
    line: text.slice(0, index).split('\n').length,
    language: language === 'sh' ? 'sh' : 'console',
    text: commands ?? '',
    notExecuted: mark === 'not executed' ? what : undefined,
    executedBy: mark === 'executed by' ? what : undefined,
  }));
}
