// All processes that a process has started, and those that these have started, from /proc.
import { childProcesses } from '../../../support/child-processes.ts';

/** Numbers of the living ones. */
export function allDescendants(pid: number): number[] {
  return childProcesses('', pid).flatMap((child) => [child, ...allDescendants(child)]);
}
