// What a benchmark leaves: its figures with machine, commit and versions, on standard output and under bench/results.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' }).trim();
}

/** Prints a report, and keeps it as bench/results/`name`.json unless told not to. */
export function report(benchmark: string, name: string, results: unknown, save: boolean): void {
  const text = JSON.stringify(
    {
      benchmark,
      at: new Date().toISOString(),
      commit: git('rev-parse', '--short', 'HEAD'),
      dirty: git('status', '--porcelain') !== '',
      machine: { cpu: cpus()[0]?.model ?? '', cores: cpus().length, memoryBytes: totalmem(), node: process.version },
      results,
    },
    null,
    2,
  );
  process.stdout.write(`${text}\n`);
  if (!save) return;
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(`bench/results/${name}.json`, `${text}\n`);
  process.stderr.write(`kept in bench/results/${name}.json\n`);
}
