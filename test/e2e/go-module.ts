// Sources of others, for what isn't in a binary: from Go's module cache, where they are fetched to once.
import { tmpdir } from 'node:os';
import { runCommandLine } from '../../src/testbed/node/run-command.ts';

/** The folder of a module; `cwd` is below a module that pins it, anywhere else by default. */
export async function moduleFolder(
  module: string,
  version: string,
  signal: AbortSignal,
  cwd = tmpdir(),
): Promise<string> {
  const text = await runCommandLine('go', ['mod', 'download', '-json', `${module}@${version}`], { cwd, signal });
  return (JSON.parse(text) as { Dir: string }).Dir;
}
