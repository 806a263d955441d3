// The build lock: one holder at a time, also when several find the lock of a dead process at once; waiting can be stopped.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../src/util/clock.ts';
import { acquireBuildLock } from '../../../src/testbed/tools/build-lock.ts';
import type { BuildLock, LockOwner } from '../../../src/testbed/tools/build-lock.ts';
import { ownIdentity } from '../../../src/testbed/tools/process-identity.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const directory = useTemporaryDirectory();
let count = 0;
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

  it('lets only one at a time through when many find a lock that was left behind', async () => {
    const path = newLockPath();
    leaveLock(path, { pid: deadPid(), startTicks: '1' });
    let holding = 0;
    const most: number[] = [];
    const contenders = Array.from({ length: 4 }, async () => {
      const lock = await acquireBuildLock(path);
      holding += 1;
      most.push(holding);
      await new Promise((resolve) => setImmediate(resolve));
      holding -= 1;
      await lock.release();
    });
    await Promise.all(contenders);
    expect(most).toEqual([1, 1, 1, 1]);
  });

  it('leaves a take-over to the process that is at it, and finishes that of one that died at it', async () => {
    const path = newLockPath();
    const marker = `${path}.takeover-left-behind`;
    leaveLock(path, { pid: deadPid(), startTicks: '1' });
    leaveLock(marker, { id: 'other' });
    const lock = acquireBuildLock(path);
    expect(await holdsWithin(lock, 500)).toBe(false);
    leaveLock(marker, { id: 'other', pid: deadPid(), startTicks: '1' });
    await (await lock).release();
    expect(existsSync(marker)).toBe(false);
  });

  it('does not take the lock from who took it over a moment before', async () => {
    const path = newLockPath();
    leaveLock(path, { realm: 'elsewhere' });
    // The clock is asked between the look at the lock and the take-over: that is when the other one is quicker.
    const now = (): number => {
      leaveLock(path, { id: 'quicker' });
      return Date.now() + 120_000;
    };
    const stop = new AbortController();
    const lock = acquireBuildLock(path, { signal: stop.signal, clock: { ...systemClock, now } });
    expect(await holdsWithin(lock, 500)).toBe(false);
    expect(readFileSync(path, 'utf8')).toContain('quicker');
    stop.abort(new Error('enough'));
    await expect(lock).rejects.toThrow('enough');
  });

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
