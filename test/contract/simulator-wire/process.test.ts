// `npm run simulator` as a process: one line when it is ready, a prompt end, and exit code 2 with one sentence for what
// can't be used.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from '@jest/globals';
import { SoapClient } from '../../unit/simulator/wire/support/soap-client.ts';

const MAIN = new URL('../../../src/simulator/main.ts', import.meta.url).pathname;
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

function start(...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  return child;
}

async function firstLine(child: ChildProcess): Promise<Record<string, string>> {
  if (child.stdout === null) throw new Error('no standard output');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return JSON.parse(line) as Record<string, string>;
}

/** Runs to the end; gives its exit code and what it said. */
async function run(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = start(...args);
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (data: Buffer) => (said.stdout += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (said.stderr += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...said };
}

/** A machine whose disk holds more than its datastore has. */
const TOO_FULL = `
clusters: [{ name: Lab, hosts: [esx-1] }]
datastores: [{ name: small, capacity: 1 GB }]
vms: [{ name: big, disks: [{ capacity: 4 GB, used: 2 GB }] }]
`;
/** For starting a process on a busy machine. */
const PATIENCE_MS = 60_000;

describe('npm run simulator', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'says one line when it is ready and ends on %s while clients wait',
    async (signal) => {
      const child = start('--password', 'secret word');
      const { url, thumbprint, username, password, adminUrl } = await firstLine(child);
      expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/sdk$/);
      expect(adminUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(thumbprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
      const client = new SoapClient(url ?? '');
      expect((await client.login(username, password)).status).toBe(200);
      const waiting = client
        .call('WaitForUpdatesEx', 'PropertyCollector', 'propertyCollector', '<options/>')
        .catch((error: unknown) => error);
      expect(((await (await fetch(`${adminUrl ?? ''}/v1/stats`)).json()) as { sessions: number }).sessions).toBe(1);
      const asked = performance.now();
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([0, null]); // a poll that hangs doesn't keep it
      expect(performance.now() - asked).toBeLessThan(2000);
      await waiting;
      await client.close();
    },
    PATIENCE_MS,
  );

  it(
    'prints a help that names every flag',
    async () => {
      const { code, stdout, stderr } = await run('--help');
      expect([code, stderr]).toEqual([0, '']);
      for (const flag of [
        'inventory',
        'listen',
        'admin-listen',
        'username',
        'password',
        'speed',
        'clock',
        'duplicate-name',
        'session-timeout-seconds',
        'max-sessions',
        'seed',
        'log-level',
      ]) {
        expect(stdout).toContain(`--${flag}`);
      }
    },
    PATIENCE_MS,
  );

  it(
    'exits 2 with one sentence for a bad flag, a busy port and a bad file',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
      const blocker = createServer().listen(0, '127.0.0.1');
      await once(blocker, 'listening');
      const { port } = blocker.address() as AddressInfo;
      const bad = join(folder, 'bad.yaml');
      await writeFile(bad, 'datacenter: DC0\nclusters:\n  - name: lab\n    hots: [a]\n');
      const tooFull = join(folder, 'too-full.yaml');
      await writeFile(tooFull, TOO_FULL);
      const cases: [string[], RegExp][] = [
        [['--colour'], /^simulator: Unknown option '--colour' \(see --help\)\.\n$/],
        [
          ['--listen', `127.0.0.1:${port}`],
          new RegExp(`^simulator: can't listen on 127\\.0\\.0\\.1:${port}: .* the port is in use\\.\n$`),
        ],
        [
          ['--admin-listen', `127.0.0.1:${port}`],
          new RegExp(`^simulator: can't listen on 127\\.0\\.0\\.1:${port}: .* the port is in use\\.\n$`),
        ],
        [
          ['--listen', '192.0.2.1:0'],
          /^simulator: can't listen on 192\.0\.2\.1: this machine has no such address\.\n$/,
        ],
        [['--vms', '1e9'], /^simulator: --vms must be a whole number from 1 to 200000, not "1e9"\.\n$/],
        [['--inventory', folder], /^simulator: --inventory .* can't be read: it is a folder\.\n$/],
        [
          ['--inventory', tooFull],
          /^simulator: inventory file: \[small\] big\/big\.vmdk doesn't fit: Insufficient disk space on datastore 'small'\.\n$/,
        ],
        [['--inventory', bad], /^simulator: .*line \d+.*\n$/],
        [
          ['--inventory', join(folder, 'none.yaml')],
          /^simulator: --inventory .* can't be read: there is no such file\.\n$/,
        ],
      ];
      try {
        for (const [args, sentence] of cases) {
          const { code, stdout, stderr } = await run(...args);
          expect([code, stdout]).toEqual([2, '']);
          expect(stderr).toMatch(sentence);
        }
      } finally {
        blocker.close();
        await rm(folder, { recursive: true });
      }
    },
    PATIENCE_MS,
  );
});
