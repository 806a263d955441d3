// `npm run simulator`: a simulated vCenter as a process of its own. One line of JSON on standard output when it is ready,
// logs on standard error; SIGINT and SIGTERM end it; a flag, a file or a port that can't be used is exit code 2 with one
// sentence.
import { errorMessage } from '../util/errors.ts';
import { VimFault } from './core/vim-fault.ts';
import { FlagError, HELP, parseFlags } from './flags.ts';
import { InventoryError } from './inventory/inventory-error.ts';
import { startErrorText } from './start-error-text.ts';
import { startSimulator } from './start-simulator.ts';
import { StateError } from './state/state-file.ts';

const DEFAULT_INVENTORY = new URL('../../deploy/simulator/inventory.yaml', import.meta.url);
/** After a signal the process ends by then, whatever still hangs. */
const STOP_WITHIN_MS = 2000;
const UNUSABLE_ADDRESS = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND', 'EAI_AGAIN']);

async function main(args: readonly string[]): Promise<void> {
  const options = parseFlags(args, DEFAULT_INVENTORY);
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const simulator = await startSimulator(options);
  const stop = (): void => {
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    simulator.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(1, errorMessage(error)),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  const { url, thumbprint, username, password, adminUrl } = simulator;
  process.stdout.write(`${JSON.stringify({ url, thumbprint, username, password, adminUrl })}\n`);
}

function fail(code: number, sentence: string): never {
  process.stderr.write(`simulator: ${sentence}\n`);
  process.exit(code);
}

function isUnusable(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  // A VimFault at the start: an inventory whose disks don't fit on its datastores.
  const isOurs =
    error instanceof FlagError ||
    error instanceof InventoryError ||
    error instanceof VimFault ||
    error instanceof StateError;
  return isOurs || (code !== undefined && UNUSABLE_ADDRESS.has(code));
}

await main(process.argv.slice(2)).catch((error: unknown) => fail(isUnusable(error) ? 2 : 1, startErrorText(error)));
