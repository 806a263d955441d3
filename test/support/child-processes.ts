// The children of this process, read from /proc, for tests that check that nothing is left.
import { readFileSync, readdirSync } from 'node:fs';
import { processState } from './process-state.ts';

/** Numbers of the living children whose command line contains `text`. */
export function childProcesses(text: string, parent: number = process.pid): number[] {
  return allProcesses()
    .filter(({ ppid, command }) => ppid === parent && command.includes(text))
    .map(({ pid }) => pid);
}

/** Numbers of all living processes whose command line contains `text`. */
export function processesWith(text: string): number[] {
  return allProcesses()
    .filter(({ command }) => command.includes(text))
    .map(({ pid }) => pid);
}

function allProcesses(): { pid: number; ppid: number; command: string }[] {
  const numbers = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return numbers
    .filter((pid) => processState(pid) !== 'gone')
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return [{ pid, ppid, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
      } catch (error) {
        // It ended between the listing and the look.
        if (error instanceof Error && 'code' in error) return [];
        throw error;
      }
    });
}
