// The Python of this machine: whether there is one that can make virtual environments, and which. What is missing is said
// in one sentence that names what to install.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ToolsError } from '../tools/tools-error.ts';

export interface Python {
  /** The command, as given. */
  command: string;
  /** Such as `3.11.7`. */
  version: string;
  /** Absolute path of what runs, behind launchers such as pyenv's. */
  executable: string;
}

const HOW = 'install it (Debian and Ubuntu: apt-get install python3 python3-venv), or set PYTHON to one';
/** venv alone isn't enough: Debian ships it without ensurepip, which puts pip into the environment. */
const PROBE = `
import sys, platform
try:
    import venv, ensurepip
    able = True
except ImportError:
    able = False
print(sys.executable, platform.python_version(), int(able), int(sys.version_info >= (3, 9)), sep='\\n')
`;

/** $PYTHON or python3. Rejects with a ToolsError. */
export async function findPython(environment: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Python> {
  const command = environment['PYTHON'] ?? 'python3';
  const said = await probe(command, environment, signal);
  const [executable = '', version = '', able, recent] = said.trim().split('\n');
  if (recent !== '1')
    throw new ToolsError(`${command} is Python ${version}, and pyvmomi's tests need 3.9 or newer: ${HOW}`);
  if (able !== '1')
    throw new ToolsError(
      `Python ${version} (${executable}) can't make virtual environments, its venv module is missing: ${HOW}`,
    );
  return { command, version, executable };
}

async function probe(command: string, environment: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<string> {
  try {
    return (await promisify(execFile)(command, ['-c', PROBE], { env: environment, signal })).stdout;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new ToolsError(
        `pyvmomi's tests need Python 3.9 or newer, and there is no ${command} on this machine: ${HOW}`,
      );
    throw new ToolsError(`pyvmomi's tests need Python 3.9 or newer, and ${command} doesn't work: ${HOW}`, {
      cause: error,
    });
  }
}
