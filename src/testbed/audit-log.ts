// What a user wrote to the API server, counted from its audit log: the server's word, not the operator's.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

export interface AuditedWrite {
  readonly verb: string;
  /** Plural, with the subresource behind a slash. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
  /** What the server said about a write that it refused. */
  readonly message: string;
  /** Epoch milliseconds of the request's arrival. */
  readonly at: number;
}

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
  readonly requestReceivedTimestamp: string;
}

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** All writes of `username`, in the order of the log; Lease renewals left out. `since`: epoch milliseconds. */
export async function auditedWrites(auditLogPath: string, username: string, since = 0): Promise<AuditedWrite[]> {
  const writes: AuditedWrite[] = [];
  for await (const line of createInterface({
    input: createReadStream(auditLogPath),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (!line.includes(username)) continue;
    const event = parse(line);
    if (
      event === undefined ||
      event.stage !== 'ResponseComplete' ||
      event.user.username !== username ||
      !WRITES.has(event.verb)
    )
      continue;
    const { resource = '', subresource, namespace = '', name = '' } = event.objectRef ?? {};
    const at = Date.parse(event.requestReceivedTimestamp);
    if (resource === 'leases' || at < since) continue;
    writes.push({
      verb: event.verb,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      namespace,
      name,
      code: event.responseStatus?.code ?? 0,
      message: event.responseStatus?.message ?? '',
      at,
    });
  }
  return writes;
}

/** The last line of a log that is being written may be half a line. */
function parse(line: string): AuditEvent | undefined {
  try {
    return JSON.parse(line) as AuditEvent;
  } catch {
    return undefined;
  }
}

/** Counts by `verb resource`. */
export function countBy(writes: readonly AuditedWrite[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verb, resource } of writes) counts[`${verb} ${resource}`] = (counts[`${verb} ${resource}`] ?? 0) + 1;
  return counts;
}
