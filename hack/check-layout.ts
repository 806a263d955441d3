// Checks the layout of the tree (hack/layout/rules.ts) over all files that git has or would take; part of `npm run lint`.
// Prints one line for each offence and exits 1, or says how long files are and exits 0.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { findOffences } from './layout/rules.ts';
import type { SourceFile } from './layout/source-file.ts';
import { isCode, lineCount } from './layout/source-file.ts';

const ROOT = new URL('..', import.meta.url);
/** Data of programs, not text of ours. */
const UNREAD = /(^|\/)(package-lock\.json|go\.sum|LICENSE)$|^bench\/results\/|^hack\/vim\/.*\.json$|\.(png|svg|t?gz)$/;

function readTree(): readonly SourceFile[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const paths = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0');
  return paths
    .filter((path) => path !== '' && existsSync(new URL(path, ROOT))) // deleted and not yet staged
    .map((path) => ({ path, text: UNREAD.test(path) ? '' : readFileSync(new URL(path, ROOT), 'utf8') }));
}

const files = readTree();
const offences = findOffences(files);
const sizes = files
  .filter(({ path }) => isCode(path))
  .map(lineCount)
  .toSorted((a, b) => a - b);
const at = (share: number): number => sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))] ?? 0;
for (const offence of offences) process.stdout.write(`${offence}\n`);
process.stdout.write(
  `${sizes.length} code files: median ${at(0.5)} lines, 90 % up to ${at(0.9)}, longest ${at(1)}; ${offences.length} offences\n`,
);
process.exitCode = offences.length === 0 ? 0 : 1;
