// The API server's audit log of this run, which is more than one file when the run is long.
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AuditedWrite } from '../../src/testbed/audit-log.ts';
import { auditedWrites } from '../../src/testbed/audit-log.ts';
import type { Context } from './context.ts';

/** Its files, the oldest first: another one is begun after 100 MB, and the full one gets a name with the time. */
export function auditLogs({ auditLogPath }: Pick<Context['controlPlane'], 'auditLogPath'>): readonly string[] {
  const directory = dirname(auditLogPath);
  const full = readdirSync(directory).filter((name) => /^audit-.*\.log$/.test(name));
  return [...full.toSorted().map((name) => join(directory, name)), auditLogPath];
}

/** What a user wrote since (epoch milliseconds), in its order. */
export async function writesOf(
  { controlPlane }: Pick<Context, 'controlPlane'>,
  username: string,
  since: number,
): Promise<readonly AuditedWrite[]> {
  const files = auditLogs(controlPlane).map((file) => auditedWrites(file, username, since));
  return (await Promise.all(files)).flat();
}
