// Whether a process group still does anything. A group of zombies answers kill(2) for as long as nobody reaps them, which
// in a container without an init process is for ever.
import { readFileSync, readdirSync } from 'node:fs';
import { signalGroup } from './signal-group.ts';

/** False when no process of the group that `pid` led is left, or only dead ones that nobody has reaped. */
export function isGroupLive(pid: number): boolean {
  if (!signalGroup(pid, 0)) return false;
  const members = groupMembers(pid);
  return members === undefined || members.some((state) => state !== 'Z' && state !== 'X');
}

/** The states of the group's processes as in proc(5); undefined where there is no /proc. */
function groupMembers(pid: number): string[] | undefined {
  try {
    const states: string[] = [];
    for (const name of readdirSync('/proc')) {
      const [state, group] = /^\d+$/.test(name) ? stateAndGroup(name) : [];
      if (state !== undefined && group === String(pid)) states.push(state);
    }
    return states;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function stateAndGroup(pid: string): [state?: string, group?: string] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === undefined || group === undefined ? [] : [state, group];
  } catch (error) {
    // It ended between the listing and the look.
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}
