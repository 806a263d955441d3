// What the demo's command line says, checked: one clear sentence for a value that can't be used.
import { UsageError } from '../command.ts';
import type { FlagValues } from '../command.ts';

export interface DemoOptions {
  output: 'text' | 'json';
  /** End with success once everything is ready. */
  exitWhenReady: boolean;
  /** Milliseconds from the first apply until a run that is to end, or to print JSON, gives up. */
  timeoutMs: number;
  /** Simulated durations are divided by it. */
  speed: number;
}

/** For node:util's parseArgs. */
export const DEMO_FLAGS = {
  output: { type: 'string' },
  'exit-when-ready': { type: 'boolean' },
  timeout: { type: 'string' },
  speed: { type: 'string' },
} as const;

const DEFAULT_TIMEOUT_SECONDS = 300;
/** Of whole milliseconds that a timer takes; more fires at once. */
const MOST_MS = 2_147_483_647;

/** Throws a UsageError. */
export function readDemoOptions(values: FlagValues): DemoOptions {
  const output = values['output'] ?? 'text';
  if (output !== 'text' && output !== 'json')
    throw new UsageError(`--output must be text or json, not "${String(output)}" (see --help)`);
  return {
    output,
    exitWhenReady: values['exit-when-ready'] === true,
    timeoutMs: timeoutMs(values['timeout']),
    speed: positiveNumber('speed', values['speed'], 1),
  };
}

function timeoutMs(value: FlagValues[string]): number {
  const ms = Math.round(positiveNumber('timeout', value, DEFAULT_TIMEOUT_SECONDS) * 1000);
  if (ms >= 1 && ms <= MOST_MS) return ms;
  const most = Math.floor(MOST_MS / 1000);
  throw new UsageError(`--timeout must be 0.001 to ${most} seconds, not "${String(value)}" (see --help)`);
}

function positiveNumber(flag: string, value: FlagValues[string], standard: number): number {
  if (typeof value !== 'string') return standard;
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw new UsageError(`--${flag} must be a number above 0, not "${value}" (see --help)`);
}
