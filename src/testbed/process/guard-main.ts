// Runs as a child of its own session beside a process that starts others, and outlives it by a moment: when its standard
// input ends, because that process exited or was killed with SIGKILL, it kills the process groups and then removes the
// paths that it was told of and not told to forget. Speaks the lines of guard-protocol.ts; writes nothing.
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { GuardCommand } from './guard-protocol.ts';
import { isGroupLive } from './live-group.ts';
import { signalGroup } from './signal-group.ts';

const GROUPS_GONE_WITHIN_MS = 2000;

const groups = new Set<number>();
const paths = new Set<string>();

// A Ctrl-C or a service manager's SIGTERM reaches the parent too; the clean-up comes after the parent's own.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as GuardCommand;
  if (command.kind === 'group') groups[command.action](command.pid);
  else paths[command.action](command.path);
}

const deadline = performance.now() + GROUPS_GONE_WITHIN_MS;
for (const pid of groups) signalGroup(pid, 'SIGKILL');
// A process that is still dying can still write, and would put a file back into a folder that is being removed.
while ([...groups].some(isGroupLive) && performance.now() < deadline) await delay(20);
for (const path of paths) rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
