// `npm run bench`: measures, prints, and keeps the raw figures under bench/results with machine, commit and versions.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { UsageError, runCommand } from '../src/testbed/command.ts';
import type { FlagValues } from '../src/testbed/command.ts';
import { benchClones } from './clones.ts';

const HELP = `Measures the operator against the simulated vCenter, at real durations unless told otherwise.

Usage: npm run bench -- [flags]

  --clones N        how many clones of three bases (default 1000)
  --speed N         divides the simulated durations (default 1)
  --idle SECONDS    how long to watch the converged operator (default 60)
  --runs N          runs, each on a fresh control plane (default 1)
  --no-save         don't write bench/results
  -h, --help        this text

Each result has the model's limit (L1, L2) beside it; times of shared machines are noisy, ratios less so.
`;

function numberOf(values: FlagValues, name: string, byDefault: number): number {
  const text = values[name];
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new UsageError(`--${name} must be a number above 0, not "${String(text)}"`);
  return value;
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' }).trim();
}

async function run(values: FlagValues, signal: AbortSignal): Promise<number> {
  const clones = numberOf(values, 'clones', 1000);
  const speed = numberOf(values, 'speed', 1);
  const idle = numberOf(values, 'idle', 60);
  const runs = numberOf(values, 'runs', 1);
  const note = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  const results = [];
  for (let i = 1; i <= runs; i += 1) {
    note(`run ${i} of ${runs}: ${clones} clones at speed ${speed}`);
    results.push(await benchClones(clones, speed, idle, signal, note));
  }
  const report = {
    benchmark: 'clones',
    at: new Date().toISOString(),
    commit: git('rev-parse', '--short', 'HEAD'),
    dirty: git('status', '--porcelain') !== '',
    machine: { cpu: cpus()[0]?.model ?? '', cores: cpus().length, memoryBytes: totalmem(), node: process.version },
    results,
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (values['no-save'] !== true) {
    mkdirSync('bench/results', { recursive: true });
    const file = `bench/results/clones-${clones}-speed-${speed}.json`;
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    note(`kept in ${file}`);
  }
  return 0;
}

await runCommand({
  name: 'bench',
  help: HELP,
  options: {
    clones: { type: 'string' },
    speed: { type: 'string' },
    idle: { type: 'string' },
    runs: { type: 'string' },
    'no-save': { type: 'boolean' },
  },
  run,
});
