// `npm run bench`: the operator against the simulated vCenter.
import { UsageError } from '../src/testbed/command.ts';
import type { Command, FlagValues } from '../src/testbed/command.ts';
import { benchClones } from './clones.ts';
import { report } from './report.ts';

const HELP = `Measures the operator against the simulated vCenter, at real durations unless told otherwise.

Usage: npm run bench -- [flags]
       npm run bench -- simulator [flags]   measures the simulated vCenter itself
       npm run bench -- outage [flags]      an outage of vCenter or the API server
       npm run bench -- recovery [flags]    how soon the work goes on after each of them, and without the leader

  --clones N        how many clones of three bases (default 1000)
  --speed N         divides the simulated durations (default 1)
  --idle SECONDS    how long to watch the converged operator (default 60)
  --runs N          runs, each on a fresh control plane (default 1)
  --no-save         don't write bench/results
  -h, --help        this text

Each result has the model's limit (L1, L2) beside it; times of shared machines are noisy, ratios less so.
`;

/** A flag's number above 0. Throws UsageError. */
export function numberOf(values: FlagValues, name: string, byDefault: number): number {
  const text = values[name];
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new UsageError(`--${name} must be a number above 0, not "${String(text)}"`);
  return value;
}

/** Tells a person who waits. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function run(values: FlagValues, signal: AbortSignal): Promise<number> {
  const clones = numberOf(values, 'clones', 1000);
  const speed = numberOf(values, 'speed', 1);
  const idle = numberOf(values, 'idle', 60);
  const runs = numberOf(values, 'runs', 1);
  const results = [];
  for (let i = 1; i <= runs; i += 1) {
    note(`run ${i} of ${runs}: ${clones} clones at speed ${speed}`);
    results.push(await benchClones(clones, speed, idle, signal, note));
  }
  report('clones', `clones-${clones}-speed-${speed}`, results, values['no-save'] !== true);
  return 0;
}

export const CLONES: Command = {
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
};
