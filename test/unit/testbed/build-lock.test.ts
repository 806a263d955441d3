// The build lock: one holder at a time, also when several find the lock of a dead process at once; waiting can be stopped.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { acquireBuildLock } from '../../../src/testbed/tools/build-lock.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { startProcess } from '../../../src/testbed/process/start-process.ts';
import type { BuildLock, LockOwner } from '../../../src/testbed/tools/build-lock.ts';
import { ownIdentity } from '../../../src/testbed/tools/process-identity.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const directory = useTemporaryDirectory();
let count = 0;
const ROUNDS = 40;

/** Holds the lock again and again, and each time leaves it behind as a dead process would. */
const CONTENDER = `
  import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
  import { systemClock } from '${repositoryPath('src/util/clock.ts')}';
  import { acquireBuildLock } from '${repositoryPath('src/testbed/tools/build-lock.ts')}';
  import { ownIdentity } from '${repositoryPath('src/testbed/tools/process-identity.ts')}';
  const { LOCK, LOG, DEAD } = process.env;
  const clock = { ...systemClock, schedule: (ms, callback) => systemClock.schedule(0, callback) };
  for (let round = 0; round < ${ROUNDS}; round += 1) {
    const lock = await acquireBuildLock(LOCK, { clock });
    appendFileSync(LOG, 'in ' + process.argv[2] + '\\n');
    await new Promise((resolve) => setImmediate(resolve));
    appendFileSync(LOG, 'out ' + process.argv[2] + '\\n');
    const left = { ...ownIdentity(), pid: Number(DEAD), startTicks: '1', id: process.argv[2] + round };
    writeFileSync(LOCK + process.argv[2], JSON.stringify(left));
    renameSync(LOCK + process.argv[2], LOCK);
    await lock.release();
  }
`;

function newLockPath(): string {
  count += 1;
  return join(directory, `${count}.lock`);
}

function leaveLock(path: string, owner: Partial<LockOwner>): void {
  writeFileSync(path, JSON.stringify({ ...ownIdentity(), id: 'left-behind', ...owner }));
}

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

async function holdsWithin(lock: Promise<BuildLock>, milliseconds: number): Promise<boolean> {
  const late = new Promise<'late'>((resolve) => setTimeout(resolve, milliseconds, 'late'));
  return (await Promise.race([lock, late])) !== 'late';
}

describe('build lock', () => {
  it('is held by one, and the waiter is told by whom', async () => {
    const path = newLockPath();
    const first = await acquireBuildLock(path);
    const owners: number[] = [];
    let released = false;
    const second = acquireBuildLock(path, {
      onWait({ pid }) {
        owners.push(pid);
        if (owners.length === 2) {
          released = true;
          void first.release();
        }
      },
    });
    const lock = await second;
    expect(released).toBe(true);
    expect(new Set(owners)).toEqual(new Set([process.pid]));
    await lock.release();
    expect(existsSync(path)).toBe(false);
  });

  it('stops waiting when the signal fires, and leaves the lock to its holder', async () => {
    const path = newLockPath();
    const first = await acquireBuildLock(path);
    const stop = new AbortController();
    const waiting = acquireBuildLock(path, { signal: stop.signal, onWait: () => stop.abort(new Error('enough')) });
    await expect(waiting).rejects.toThrow('enough');
    expect(existsSync(path)).toBe(true);
    await first.release();
  });

  it.each([
    ['of a process that is gone', () => ({ pid: deadPid(), startTicks: '1' })],
    ['whose number another process has now', () => ({ startTicks: '1' })],
  ])('takes over a lock %s', async (_, owner) => {
    const path = newLockPath();
    leaveLock(path, owner());
    const lock = await acquireBuildLock(path);
    expect(readFileSync(path, 'utf8')).not.toContain('left-behind');
    await lock.release();
  });

  it('lets only one process at a time through when many find locks that were left behind', async () => {
    const path = newLockPath();
    const log = join(directory, 'holders.log');
    const script = join(directory, 'contender.mts');
    writeFileSync(script, CONTENDER);
    leaveLock(path, { pid: deadPid(), startTicks: '1' });
    const complaints: string[] = [];
    const env = { LOCK: path, LOG: log, DEAD: String(deadPid()) };
    const contenders = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        startProcess({
          name,
          command: process.execPath,
          args: [script, name],
          env,
          onLine: (line) => complaints.push(line),
        }),
      ),
    );
    const exits = await Promise.all(contenders.map((contender) => contender.exited));
    expect({ complaints, codes: exits.map(({ code }) => code) }).toEqual({ complaints: [], codes: [0, 0, 0] });
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(2 * 3 * ROUNDS);
    const overlaps = lines.filter((line, index) => index % 2 === 1 && line !== lines[index - 1]?.replace('in', 'out'));
    expect(overlaps).toEqual([]);
  }, 30_000);

  it('respects the lock of another host as long as it is touched', async () => {
    const path = newLockPath();
    leaveLock(path, { realm: 'elsewhere', pid: deadPid() });
    const stop = new AbortController();
    const lock = acquireBuildLock(path, { signal: stop.signal });
    expect(await holdsWithin(lock, 500)).toBe(false);
    const longAgo = new Date(Date.now() - 120_000);
    utimesSync(path, longAgo, longAgo);
    await (await lock).release();
  });

  it('does not remove a lock that has become somebody else’s', async () => {
    const path = newLockPath();
    const lock = await acquireBuildLock(path);
    leaveLock(path, {});
    await lock.release();
    expect(readFileSync(path, 'utf8')).toContain('left-behind');
  });

  it('gets over a lock file that was cut off', async () => {
    const path = newLockPath();
    writeFileSync(path, '{"pid":');
    const longAgo = new Date(Date.now() - 120_000);
    utimesSync(path, longAgo, longAgo);
    await (await acquireBuildLock(path)).release();
    expect(existsSync(path)).toBe(false);
  });
});
