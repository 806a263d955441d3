// The demo from its first process to its last: what is started here has ended when this returns, whatever happened. What
// went wrong is told on standard error and, with --output json, in the one line of standard output.
import { abortReason } from '../../util/abort.ts';
import { errorMessage } from '../../util/errors.ts';
import { createProgress } from '../progress/progress.ts';
import { NotAllReady } from './not-all-ready.ts';
import { describeNotReady } from './not-ready.ts';
import type { DemoOptions } from './options.ts';
import { presentLab } from './present-lab.ts';
import { startLab } from './running-lab.ts';
import { createScreen } from './screen.ts';

/** The exit code. Rejects with the signal's reason when that fires before all was ready. */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<number> {
  const failure = new AbortController();
  const life = AbortSignal.any([signal, failure.signal]);
  // Whoever read the table or the line is gone.
  process.stdout.on('error', (cause) => failure.abort(new Error("standard output can't be written", { cause })));
  const screen = createScreen(options.output === 'json' ? process.stderr : process.stdout);
  const progress = createProgress();
  try {
    const lab = await startLab({
      speed: options.speed,
      progress,
      signal: life,
      onFailure: (error) => failure.abort(error),
    });
    try {
      await presentLab({ lab, options, screen, interrupt: signal, life });
    } finally {
      const step = progress.step('ending all processes');
      await lab.stop();
      step.end();
    }
    return 0;
  } catch (error) {
    if (signal.aborted) throw abortReason(signal);
    tellFailure(error, options);
    return 1;
  }
}

function tellFailure(error: unknown, { output }: DemoOptions): void {
  const message = errorMessage(error);
  const reasons = error instanceof NotAllReady ? error.reasons : [];
  const log = error instanceof NotAllReady ? `the operator wrote last:\n${error.operatorWords}\n` : '';
  process.stderr.write(`demo: ${message}\n${describeNotReady(reasons)}${log}`);
  if (output === 'json') process.stdout.write(`${JSON.stringify({ error: message, reasons })}\n`);
}
