// Lets one process at a time build a cache entry. The lock is a file that appears atomically with its content (link(2)),
// names its owner, and is touched while it is held. The lock of a dead process is taken over, by exactly one waiter: who
// holds the take-over marker of that very lock replaces it by rename(2).
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { sleep } from '../../util/abort.ts';
import type { Clock } from '../../util/clock.ts';
import { systemClock } from '../../util/clock.ts';
import { guard } from '../process/guard.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { isRunning, ownIdentity } from './process-identity.ts';

export interface BuildLock {
  release(): Promise<void>;
}

export interface BuildLockOptions {
  signal?: AbortSignal | undefined;
  clock?: Clock;
  /** Called at each look while somebody else holds the lock. */
  onWait?: (owner: LockOwner) => void;
}

export interface LockOwner extends ProcessIdentity {
  /** Of this very lock. */
  id: string;
}

const LOOK_EVERY_MS = 200;
const TOUCH_EVERY_MS = 5000;
/** The lock of an owner that can't be looked up from here counts as left behind after this long without a touch. */
const UNTOUCHED_FOR_MS = 60_000;

/** Waits for the lock in `path`; rejects with the signal's reason. */
export async function acquireBuildLock(path: string, options: BuildLockOptions = {}): Promise<BuildLock> {
  const { signal, clock = systemClock, onWait } = options;
  const own: LockOwner = { ...ownIdentity(), id: randomUUID() };
  for (;;) {
    signal?.throwIfAborted();
    const owner = readOwner(path);
    if (owner === undefined ? appear(path, own) : isLeftBehind(path, owner, clock) && takeOver(path, owner, own)) break;
    if (owner !== undefined) onWait?.(owner);
    await sleep(clock, LOOK_EVERY_MS, signal);
  }
  return hold(path, own);
}

function hold(path: string, own: LockOwner): BuildLock {
  const guarded = guard({ kind: 'path', path });
  const timer = setInterval(() => {
    const now = new Date();
    if (readOwner(path)?.id === own.id) utimesSync(path, now, now);
  }, TOUCH_EVERY_MS);
  timer.unref();
  return {
    async release() {
      clearInterval(timer);
      // Forgotten first: the guard must not remove the lock of whoever comes next.
      await guarded.release();
      if (readOwner(path)?.id === own.id) rmSync(path);
    },
  };
}

/** Makes the file with its whole content at once; false when it is there already. */
function appear(path: string, owner: LockOwner): boolean {
  const draft = `${path}.${owner.id}`;
  writeFileSync(draft, JSON.stringify(owner));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function takeOver(path: string, stale: LockOwner, own: LockOwner): boolean {
  const marker = `${path}.takeover-${stale.id}`;
  if (!appear(marker, own)) {
    const other = readOwner(marker);
    if (other !== undefined && isRunning(other) === false) rmSync(marker, { force: true });
    return false;
  }
  try {
    // Somebody may have finished a take-over between our look at the lock and our marker.
    if (readOwner(path)?.id !== stale.id) return false;
    const draft = `${path}.${own.id}`;
    writeFileSync(draft, JSON.stringify(own));
    renameSync(draft, path);
    return true;
  } finally {
    rmSync(marker, { force: true });
  }
}

function isLeftBehind(path: string, owner: LockOwner, clock: Clock): boolean {
  const running = isRunning(owner);
  if (running !== 'unknown') return !running;
  const touched = ifThere(() => statSync(path).mtimeMs);
  return touched !== undefined && clock.now() - touched > UNTOUCHED_FOR_MS;
}

function readOwner(path: string): LockOwner | undefined {
  const text = ifThere(() => readFileSync(path, 'utf8'));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as LockOwner;
  } catch (error) {
    // Cut off by a full disk or a power failure: nobody's that can be looked up, so it expires untouched.
    if (error instanceof SyntaxError) return { id: 'unreadable', pid: 0, realm: 'unreadable' };
    throw error;
  }
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
