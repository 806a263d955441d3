// `npm run test:pyvmomi`: the tests of test/contract/foreign-clients/pyvmomi, in Python, against a simulator that is started
// for them. Exit code 0 when all passed. What the machine lacks is exit code 1 and one sentence; nothing is skipped.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { runCommand } from '../command.ts';
import type { FlagValues } from '../command.ts';
import { createProgress } from '../progress/progress.ts';
import { repositoryPath } from '../repository.ts';
import { startSimulator } from '../simulator.ts';
import { findPython } from './python.ts';
import { ensureVirtualEnvironment } from './virtual-environment.ts';

const TESTS = repositoryPath('test/contract/foreign-clients/pyvmomi');
const INVENTORY = repositoryPath('test/contract/foreign-clients/lab.yaml');
const HELP = `Starts the simulator and runs the tests of pyvmomi against it. pyvmomi is installed once, in the version of
hack/tools/pyvmomi/requirements.txt, into a virtual environment in ~/.cache/linked-clone-operator.

Needs Python 3.9 or newer with its venv module: python3, or the one that PYTHON names.

Usage: npm run test:pyvmomi -- [flags]

  --only PATTERN    only tests whose name contains it, or matches it as a shell pattern
  -h, --help        this text
`;

async function run(values: FlagValues, signal: AbortSignal): Promise<number> {
  const progress = createProgress();
  const python = await findPython(process.env, signal);
  const command = await ensureVirtualEnvironment({ python, environment: process.env, progress, signal });
  const simulator = await startSimulator({ flags: { inventory: INVENTORY, 'session-timeout-seconds': 0 }, signal });
  try {
    const { url, username, password, adminUrl } = simulator;
    const only = typeof values['only'] === 'string' ? ['-k', values['only']] : [];
    // -B: nothing is written into the checkout
    const child = spawn(command, ['-B', '-m', 'unittest', 'discover', '-v', '-s', TESTS, '-p', '*.py', ...only], {
      env: {
        ...process.env,
        SIMULATED_VCENTER: JSON.stringify({ url, username, password, adminUrl }),
        SIMULATOR_PAGE: repositoryPath('docs/simulator.md'),
      },
      stdio: ['ignore', 'inherit', 'inherit'],
      signal,
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    await simulator.process.stop();
  }
}

await runCommand({ name: 'test:pyvmomi', help: HELP, options: { only: { type: 'string' } }, run });
