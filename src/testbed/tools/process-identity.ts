// Tells one process from every other, also from a later one with the same number, for locks that outlive their owner.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  pid: number;
  /** Clock ticks between boot and the start of the process; absent where there is no /proc. */
  startTicks?: string | undefined;
  /** Host and PID namespace: numbers from elsewhere can't be looked up here. */
  realm: string;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTicks: startTicks(process.pid), realm: ownRealm() };
}

/** Whether that process runs; 'unknown' when it belongs to another host or container. */
export function isRunning(identity: ProcessIdentity): boolean | 'unknown' {
  if (identity.realm !== ownRealm()) return 'unknown';
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: it exists and is somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return identity.startTicks === undefined || startTicks(identity.pid) === identity.startTicks;
}

function ownRealm(): string {
  return `${hostname()} ${readOrUndefined(() => readlinkSync('/proc/self/ns/pid')) ?? ''}`;
}

function startTicks(pid: number): string | undefined {
  const stat = readOrUndefined(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field is the command in parentheses and may hold anything, so count from its end: field 22 of proc(5).
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function readOrUndefined(read: () => string): string | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
