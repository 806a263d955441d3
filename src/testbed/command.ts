// The frame of the testbed's commands: flags by node:util, `--help`, a signal that fires on Ctrl-C, SIGTERM or a closed
// terminal, and exit codes: 0 done, 1 failed, 2 a bad flag (one sentence), 130 and 143 interrupted before it was ready.
import { parseArgs } from 'node:util';
import type { ParseArgsOptionsConfig } from 'node:util';
import { errorMessage } from '../util/errors.ts';
import { joinNegativeValues } from '../util/join-negative-values.ts';

export type FlagValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

export interface Command {
  name: string;
  /** What --help prints. */
  help: string;
  options: ParseArgsOptionsConfig;
  /** Does the work and cleans up behind itself, also when the signal fires; gives the exit code. */
  run: (values: FlagValues, signal: AbortSignal) => Promise<number>;
}

/** A flag's value is wrong; the message is the sentence that the user sees. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

class Interrupted extends Error {
  override readonly name = 'AbortError';
  readonly exitCode: number;
  constructor(signal: NodeJS.Signals, exitCode: number) {
    super(`interrupted by ${signal}`);
    this.exitCode = exitCode;
  }
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Runs the command and exits the process. */
export async function runCommand(command: Command, args: readonly string[] = process.argv.slice(2)): Promise<never> {
  const interrupt = new AbortController();
  for (const [signal, exitCode] of Object.entries(EXIT_CODES)) {
    // A second Ctrl-C changes nothing: the clean-up runs already and is bounded.
    process.on(signal, () => interrupt.abort(new Interrupted(signal as NodeJS.Signals, exitCode)));
  }
  try {
    const values = parseFlags(command, args);
    if (values['help'] === true) {
      process.stdout.write(command.help);
      process.exit(0);
    }
    process.exit(await command.run(values, interrupt.signal));
  } catch (error) {
    if (error instanceof Interrupted) process.exit(error.exitCode);
    process.stderr.write(`${command.name}: ${errorMessage(error)}\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  }
}

/** Resolves when the signal fires. */
export function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function parseFlags(command: Command, args: readonly string[]): FlagValues {
  const options: ParseArgsOptionsConfig = { ...command.options, help: { type: 'boolean', short: 'h' } };
  try {
    return parseArgs({ args: joinNegativeValues(args), options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // The parser's first sentence says what is wrong; those that follow are about positional arguments, of which there are none.
    const [sentence = error.message] = error.message.split('. ');
    throw new UsageError(`${sentence.replace(/\.$/, '')} (see --help)`, { cause: undefined });
  }
}
