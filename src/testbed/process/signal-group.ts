// Signals for a whole process group, led by a child that was started detached. A child's own children, the compilers of
// `go build` for one, get them too.

/** Sends `signal` to the group that `pid` leads (0 only asks); false when no such group is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
