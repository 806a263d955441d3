// Says on standard error what takes long and for how long already. On a terminal the line of the running step is
// rewritten in place; elsewhere (CI, a log) a plain line comes when a step starts, every ten seconds, and when it ends.
import type { WriteStream } from 'node:tty';
import type { Clock, Timer } from '../../util/clock.ts';
import { systemClock } from '../../util/clock.ts';
import { formatElapsed } from './elapsed.ts';

/** One thing that takes long. */
export interface ProgressStep {
  /** Replaces what is said to be going on inside the step. */
  detail(text: string): void;
  /** Ends the step with its last line, or without one. Idempotent. */
  end(text?: string): void;
}

export interface Progress {
  /** A line that stays. */
  note(text: string): void;
  /** Starts a step; steps follow each other, one at a time. */
  step(text: string): ProgressStep;
}

export interface ProgressStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const REWRITE_EVERY_MS = 200;
const PLAIN_LINE_EVERY_MS = 10_000;
const CLEAR_LINE = '\r\u001b[2K';

/** Progress on `stream`, standard error by default. */
export function createProgress(
  stream: ProgressStream | WriteStream = process.stderr,
  clock: Clock = systemClock,
): Progress {
  const rewrites = stream.isTTY === true;

  function step(text: string): ProgressStep {
    const startedAt = clock.monotonic();
    let detail = '';
    let timer: Timer | undefined;
    const elapsed = (): string => formatElapsed(clock.monotonic() - startedAt);
    const show = (): void => {
      const line = [`${elapsed()}  ${text}`, detail].filter((part) => part !== '').join(': ');
      // A wrapped line couldn't be rewritten.
      if (rewrites) stream.write(`${CLEAR_LINE}${line.slice(0, (stream.columns ?? 80) - 1)}`);
      else stream.write(`${line}\n`);
      timer = clock.schedule(rewrites ? REWRITE_EVERY_MS : PLAIN_LINE_EVERY_MS, show);
    };
    show();
    return {
      detail(newDetail) {
        detail = newDetail;
      },
      end(lastLine) {
        if (timer === undefined) return;
        timer.cancel();
        timer = undefined;
        if (rewrites) stream.write(CLEAR_LINE);
        if (lastLine !== undefined) stream.write(`${elapsed()}  ${lastLine}\n`);
      },
    };
  }

  return { step, note: (text) => void stream.write(`${text}\n`) };
}

/** Progress that nobody sees. */
export const silentProgress: Progress = {
  note: () => undefined,
  step: () => ({ detail: () => undefined, end: () => undefined }),
};
