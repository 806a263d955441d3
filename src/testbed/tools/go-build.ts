// Runs `go build` for one tool so that it can be stopped: the compiler and the linker are children of the go command and
// in its process group, and Go's own work folder lies inside the one that is thrown away.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { abortReason } from '../../util/abort.ts';
import { startProcess } from '../process/start-process.ts';
import type { GoToolchain } from './go-toolchain.ts';
import type { Product, Tool } from './products.ts';
import { ToolsError } from './tools-error.ts';

export interface GoBuild {
  product: Product;
  tool: Tool;
  go: GoToolchain;
  /** Where the binary goes; Go's work folder is made below it. */
  directory: string;
  signal?: AbortSignal | undefined;
  /** Called with the packages as they are compiled and the modules as they are fetched. */
  onLine: (line: string) => void;
}

/** After SIGTERM; the group is gone well before that. */
const GRACE_MS = 1000;

/** Builds the tool; rejects with a ToolsError that holds the compiler's words, or with the signal's reason. */
export async function goBuild({ product, tool, go, directory, signal, onLine }: GoBuild): Promise<void> {
  const work = join(directory, 'work');
  mkdirSync(work, { recursive: true });
  const build = await startProcess({
    name: `go build of ${tool.file}`,
    command: 'go',
    args: ['build', '-v', ...product.buildFlags, '-o', join(directory, tool.file), tool.package],
    cwd: product.directory,
    env: { ...go.environment, GOTMPDIR: work },
    onLine,
    signal,
  });
  const onAbort = (): void => void build.stop(GRACE_MS);
  signal?.addEventListener('abort', onAbort, { once: true });
  const exit = await build.exited;
  signal?.removeEventListener('abort', onAbort);
  if (signal?.aborted === true) throw abortReason(signal);
  if (exit.code !== 0)
    throw new ToolsError(`${build.name} failed (${exit.signal ?? `exit code ${exit.code}`}):\n${build.logTail()}`);
}
