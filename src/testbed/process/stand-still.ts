// A SIGSTOP takes effect thread by thread, when each is next on a processor: on a busy machine a server with many threads goes
// on answering for a while after it was sent.
import { readFileSync, readdirSync } from 'node:fs';

const LONGEST_MS = 30_000;
const PAUSE_MS = 1;
/** State letters of proc(5): stopped, traced, and what has ended. */
const STILL = new Set(['T', 't', 'Z', 'X', 'x']);

/**
 * Returns when every thread of the process, to which a SIGSTOP was sent, stands still, or when it's gone. It blocks: who
 * freezes a process wants nothing to happen in between. Where there is no /proc it returns at once.
 */
export function awaitStandstill(pid: number): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + LONGEST_MS;
  while (!threadStates(pid).every((state) => STILL.has(state))) {
    if (performance.now() > deadline) throw new Error(`process ${pid} goes on after SIGSTOP`);
    Atomics.wait(cell, 0, 0, PAUSE_MS);
  }
}

function threadStates(pid: number): string[] {
  return ifThere(() => readdirSync(`/proc/${pid}/task`)).flatMap((thread) =>
    ifThere(() => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      return [stat.slice(stat.lastIndexOf(')') + 2).charAt(0)];
    }),
  );
}

/** Nothing of a process or thread that has ended. */
function ifThere(read: () => string[]): string[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return [];
    throw error;
  }
}
