// `npm run control-plane` from outside: its one line, its exit codes, and that it leaves nothing, however it ends.
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ManagedProcess } from '../../../src/testbed/process/managed-process.ts';
import { nodeArguments } from '../../../src/testbed/process/node-command.ts';
import type { Flags } from '../../../src/testbed/process/node-command.ts';
import { readyField } from '../../../src/testbed/process/ready-field.ts';
import { startProcess } from '../../../src/testbed/process/start-process.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { childProcesses, processesWith } from '../../support/child-processes.ts';

function startCommand(flags: Flags, readyLine: boolean): Promise<ManagedProcess> {
  const args = nodeArguments('src/testbed/control-plane/main.ts', flags);
  return startProcess({ name: 'control-plane', command: process.execPath, args, readyLine });
}

describe('the control-plane command', () => {
  it.each([
    ['SIGINT', { code: 0, signal: null }],
    ['SIGTERM', { code: 0, signal: null }],
    ['SIGKILL', { code: null, signal: 'SIGKILL' }],
  ] as const)(
    'leaves nothing behind when it runs and gets %s',
    async (signal, exit) => {
      const command = await startCommand({}, true);
      const directory = dirname(readyField(command, 'kubeconfig'));
      expect(Object.keys(command.ready)).toEqual(['kubeconfig']);
      expect(processesWith(directory)).toHaveLength(3);
      process.kill(command.pid, signal);
      expect(await command.exited).toEqual(exit);
      // After a kill, its guard needs a moment.
      await waitUntil('the servers to be gone', () => processesWith(directory).length === 0 && !existsSync(directory));
      await command.stop();
    },
    120_000,
  );

  it('leaves nothing behind when it is interrupted while it starts', async () => {
    const command = await startCommand({}, false);
    const [etcd = 0] = await waitUntil('etcd', () =>
      [childProcesses('--data-dir=', command.pid)].find((found) => found.length > 0),
    );
    const dataDirectory = /--data-dir=(\S+)\/etcd/.exec(
      readFileSync(`/proc/${etcd}/cmdline`, 'utf8').replaceAll('\0', ' '),
    )?.[1];
    process.kill(command.pid, 'SIGINT');
    expect(await command.exited).toEqual({ code: 130, signal: null });
    expect(processesWith(String(dataDirectory))).toEqual([]);
    expect(existsSync(String(dataDirectory))).toBe(false);
  }, 120_000);

  it('exits 2 with one sentence on a bad flag, and explains itself when asked', async () => {
    const bad = await startCommand({ crdz: 'x' }, false);
    expect(await bad.exited).toEqual({ code: 2, signal: null });
    expect(bad.logTail()).toBe("control-plane: Unknown option '--crdz' (see --help)");
    const nowhere = await startCommand({ crds: '/nope' }, false);
    expect(await nowhere.exited).toEqual({ code: 2, signal: null });
    expect(nowhere.logTail()).toBe('control-plane: --crds must name a folder, and "/nope" is none (see --help)');
    const help = await startProcess({
      name: 'help',
      command: process.execPath,
      args: [...nodeArguments('src/testbed/control-plane/main.ts'), '--help'],
    });
    expect(await help.exited).toEqual({ code: 0, signal: null });
    expect(help.logTail()).toMatch(/KUBEBUILDER_ASSETS[^]*--crds/);
  });
});
