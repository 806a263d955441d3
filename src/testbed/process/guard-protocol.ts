// What a process tells its guard, one JSON object a line. Adding and forgetting are the same command with another action,
// named as the methods of a Set because that is what the guard keeps.

export type GuardCommand =
  { action: 'add' | 'delete'; kind: 'group'; pid: number } | { action: 'add' | 'delete'; kind: 'path'; path: string };

/** What a guard can be told to end: a process group by its leader, or a file or folder. */
export type GuardedThing = { kind: 'group'; pid: number } | { kind: 'path'; path: string };
