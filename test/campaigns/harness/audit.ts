// The writes of operators by the API server's own record, of one run.
import { closeSync, createReadStream, openSync, readSync, statSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { OPERATOR_USER } from './cluster.ts';

export interface AuditWrite {
  readonly user: string;
  readonly verb: string;
  /** Plural, with the subresource behind a slash. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
  /** Epoch milliseconds of its arrival. */
  readonly at: number;
}

/** Bytes of the log that are of one run. */
export interface AuditPart {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

interface AuditEvent {
  readonly verb: string;
  readonly stage: string;
  readonly user: { readonly username: string };
  readonly objectRef?: Readonly<Partial<Record<'resource' | 'subresource' | 'namespace' | 'name', string>>>;
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
}

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** All writes of operators since byte `from` of the log, Leases left out. */
export async function auditWrites(path: string, from: number): Promise<AuditWrite[]> {
  const { size } = statSync(path);
  if (size < from) throw new Error(`the audit log has ${size} bytes, it had ${from}: what was in it is gone`);
  const writes: AuditWrite[] = [];
  const lines = createInterface({
    input: createReadStream(path, { start: from }),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const line of lines) {
    const event = line.includes('linked-clone-operator') ? parsed(line) : undefined;
    if (event === undefined || event.stage !== 'ResponseComplete' || !WRITES.has(event.verb)) continue;
    const { resource = '', subresource, namespace = '', name = '' } = event.objectRef ?? {};
    if (resource === 'leases' || !event.user.username.startsWith('system:serviceaccount:')) continue;
    if (event.user.username !== OPERATOR_USER && !event.user.username.endsWith(':linked-clone-operator')) continue;
    writes.push({
      user: event.user.username,
      verb: event.verb,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      namespace,
      name,
      code: event.responseStatus?.code ?? 0,
      at: Date.parse(event.requestReceivedTimestamp),
    });
  }
  return writes;
}

const CHUNK_BYTES = 1024 * 1024;

/** Copies a run's part of the log, what everybody did, into a file of its own. */
export function copyAudit({ path, from, to }: AuditPart, file: string): void {
  const [source, target] = [openSync(path, 'r'), openSync(file, 'w')];
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let at = from; at < to;) {
      const read = readSync(source, chunk, 0, Math.min(CHUNK_BYTES, to - at), at);
      if (read === 0) return;
      writeSync(target, chunk, 0, read);
      at += read;
    }
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

/** The last line of a log that is being written may be half a line. */
function parsed(line: string): AuditEvent | undefined {
  try {
    return JSON.parse(line) as AuditEvent;
  } catch {
    return undefined;
  }
}
