// The writes of operators by the API server's own record, of one run.
import { closeSync, createReadStream, openSync, readSync, statSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { OPERATOR_USER } from './cluster.ts';
import { OUR_KINDS } from './history.ts';

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

/** A delete of something of ours that wasn't refused, whoever asked for it. */
export interface AuditDelete {
  /** Plural. */
  readonly resource: string;
  readonly namespace: string;
  /** Empty: of all in the namespace. */
  readonly name: string;
  /** Epoch milliseconds of its arrival, and of its answer. */
  readonly at: number;
  readonly answeredAt: number;
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
  readonly stageTimestamp?: string;
}

const DELETES: ReadonlySet<string> = new Set(['delete', 'deletecollection']);
const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', ...DELETES]);
const OURS: ReadonlySet<string> = new Set(OUR_KINDS);

/** Requests that were answered since byte `from` of the log, of the lines that have one of the texts. */
async function* answered(path: string, from: number, texts: readonly string[]): AsyncGenerator<AuditEvent> {
  const { size } = statSync(path);
  if (size < from) throw new Error(`the audit log has ${size} bytes, it had ${from}: what was in it is gone`);
  const lines = createInterface({
    input: createReadStream(path, { start: from }),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const line of lines) {
    const event = texts.some((text) => line.includes(text)) ? parsed(line) : undefined;
    if (event?.stage === 'ResponseComplete') yield event;
  }
}

/** All writes of operators since byte `from` of the log, Leases left out. */
export async function auditWrites(path: string, from: number): Promise<AuditWrite[]> {
  const writes: AuditWrite[] = [];
  for await (const event of answered(path, from, ['linked-clone-operator'])) {
    if (!WRITES.has(event.verb)) continue;
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

/** Refused: it has deleted nothing. What failed on the server's side, or timed out there, may have. */
function isRefused({ responseStatus: { code = 0 } = {} }: AuditEvent): boolean {
  return code >= 400 && code < 500;
}

/** Deletes of our kinds by anybody since byte `from` of the log. */
export async function auditDeletes(path: string, from: number): Promise<AuditDelete[]> {
  const deletes: AuditDelete[] = [];
  for await (const event of answered(path, from, ['"verb":"delete'])) {
    const { resource = '', namespace = '', name = '' } = event.objectRef ?? {};
    if (!DELETES.has(event.verb) || !OURS.has(resource) || isRefused(event)) continue;
    const at = Date.parse(event.requestReceivedTimestamp);
    deletes.push({ resource, namespace, name, at, answeredAt: Date.parse(event.stageTimestamp ?? '') || at });
  }
  return deletes;
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
