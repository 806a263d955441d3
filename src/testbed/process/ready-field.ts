// Reads the ready line of a child process, which is data from outside and may miss what its reader needs.
import type { ManagedProcess } from './managed-process.ts';

/** The text field `name` of the ready line; throws when the process didn't give it. */
export function readyField(process: ManagedProcess, name: string): string {
  const value = process.ready[name];
  if (typeof value === 'string') return value;
  throw new Error(`${process.name} didn't give "${name}" in its ready line: ${JSON.stringify(process.ready)}`);
}
