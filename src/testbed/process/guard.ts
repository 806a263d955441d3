// Promises that a process group or a path doesn't outlive this process, whatever ends it, SIGKILL included: a guard
// process (guard-main.ts) hears of each and cleans up when its standard input ends. One guard a process, started with
// the first thing to guard and gone when the last is released, so a clean stop leaves no process behind.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { GuardCommand, GuardedThing } from './guard-protocol.ts';

export interface Guard {
  /** Forgets the thing; resolves when the guard process, if nothing else needs it, has exited. Idempotent. */
  release(): Promise<void>;
}

const guarded = new Set<GuardedThing>();
let guardProcess: ChildProcess | undefined;

/** Has `thing` killed or removed when this process ends without having released it. */
export function guard(thing: GuardedThing): Guard {
  guarded.add(thing);
  if (guardProcess === undefined) startGuardProcess();
  else tell(guardProcess, { action: 'add', ...thing });
  let released: Promise<void> | undefined;
  // whoever asks second waits for the guard's exit, too
  return { release: () => (released ??= release(thing)) };
}

function startGuardProcess(): void {
  const script = fileURLToPath(new URL('guard-main.ts', import.meta.url));
  const args = ['--disable-warning=ExperimentalWarning', script];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  guardProcess = child;
  child.unref();
  unrefStdin(child);
  const onEnd = (): void => {
    if (guardProcess !== child) return;
    guardProcess = undefined;
    if (guarded.size > 0) startGuardProcess();
  };
  child.once('exit', onEnd);
  // Writing to a guard that somebody killed fails; what it knew is told to its successor, which 'exit' starts.
  child.stdin?.on('error', () => child.kill('SIGKILL'));
  for (const thing of guarded) tell(child, { action: 'add', ...thing });
}

async function release(thing: GuardedThing): Promise<void> {
  const child = guardProcess;
  if (!guarded.delete(thing) || child === undefined) return;
  tell(child, { action: 'delete', ...thing });
  if (guarded.size > 0) return;
  guardProcess = undefined;
  child.ref();
  const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
  child.stdin?.end();
  await exited;
}

function tell(child: ChildProcess, command: GuardCommand): void {
  child.stdin?.write(`${JSON.stringify(command)}\n`);
}

function unrefStdin(child: ChildProcess): void {
  // A pipe to a child is a socket, which can be unref'd; the declared type is the narrower Writable.
  const stdin: unknown = child.stdin;
  if (typeof stdin === 'object' && stdin !== null && 'unref' in stdin && typeof stdin.unref === 'function')
    stdin.unref();
}
