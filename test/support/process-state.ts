// What a process is doing, read from /proc, for tests that check what is left of it.
import { readFileSync } from 'node:fs';

/** The state letter of proc(5), T being stopped; 'gone' also for a process that only waits for somebody to reap it. */
export function processState(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const state = stat.slice(stat.lastIndexOf(')') + 2).charAt(0);
    return state === 'Z' || state === 'X' ? 'gone' : state;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return 'gone';
    throw error;
  }
}
