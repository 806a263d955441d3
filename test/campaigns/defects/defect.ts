// A seeded defect: a patch against src, with a head that says what is wrong with it and which plans show it:
//   Defect: a clone is asked for again after a lost reply, without a look
//   Campaign: crash
//   Oracle: duplicate, leak
//   Plan: {"story":…}
// A plan line may stand several times: the defect is caught when one of these oracles falls in one of them. Any other that
// falls besides is told, and proves nothing.
import { cpSync, mkdtempSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { repositoryPath } from '../../../src/testbed/repository.ts';

export interface Defect {
  readonly name: string;
  readonly file: string;
  readonly what: string;
  readonly campaign: string;
  /** Whose fall shows it. */
  readonly oracles: readonly string[];
  /** Lines of JSON, as its campaign reads them. */
  readonly plans: readonly string[];
}

const FOLDER = repositoryPath('test/campaigns/defects');
/** What the operator is started from. */
const NEEDED = ['src', 'package.json', 'crds'] as const;

function readDefect(file: string): Defect {
  const [head = ''] = readFileSync(file, 'utf8').split(/^diff --git /m);
  const lines = (name: string): string[] =>
    head.split('\n').flatMap((line) => (line.startsWith(`${name}: `) ? line.slice(name.length + 2) : []));
  const [[what], [campaign], [oracles], plans] = [lines('Defect'), lines('Campaign'), lines('Oracle'), lines('Plan')];
  if (what === undefined || campaign === undefined || oracles === undefined || plans.length === 0)
    throw new Error(`${file} must begin with Defect, Campaign, Oracle and Plan`);
  return { name: basename(file, '.patch'), file, what, campaign, oracles: oracles.split(', '), plans };
}

/** All of them, by name. */
export function readDefects(): Defect[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.patch'));
  return files.toSorted().map((name) => readDefect(join(FOLDER, name)));
}

/** A copy of what the operator is made of, with the defect in it. Whoever asked removes it. */
export function seed(defect: Defect): string {
  const copy = mkdtempSync(join(tmpdir(), `linked-clone-defect-${defect.name}-`));
  for (const part of NEEDED) cpSync(repositoryPath(part), join(copy, part), { recursive: true });
  symlinkSync(repositoryPath('node_modules'), join(copy, 'node_modules'));
  // outside of any repository: what surrounds the folder says nothing about the paths in the patch
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() };
  execFileSync('git', ['apply', '--whitespace=nowarn', defect.file], { cwd: copy, env });
  return copy;
}
