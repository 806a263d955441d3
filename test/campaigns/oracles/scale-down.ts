// Part of oracle 1: the operator deletes a clone of a set only when the set, as it was at that moment on the API server, has
// too many, is going itself, the clone is lost, or its VM's name is another's and the set is to take the next. What decides is the order of the server's own versions.
import type { AuditWrite } from '../harness/audit.ts';
import { conditionsOf } from '../harness/conditions.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { HistoryEntry, KnownObject } from '../harness/history.ts';
import type { Oracle } from './oracle.ts';

function versionOf({ object }: HistoryEntry): bigint {
  return BigInt(object.metadata.resourceVersion);
}

function before(evidence: Evidence, uid: string, version: bigint): KnownObject | undefined {
  return evidence.history.findLast(({ object }, i) => {
    const entry = evidence.history[i];
    return object.metadata.uid === uid && entry !== undefined && versionOf(entry) < version;
  })?.object;
}

/** Clones that the set owned right before, those that were on their way out already aside. */
function ownedBefore({ history }: Evidence, setUid: string, version: bigint): number {
  const owned = new Map<string, boolean>();
  for (const entry of history) {
    const { kind, metadata } = entry.object;
    if (kind !== 'LinkedClone' || versionOf(entry) >= version) continue;
    const isOwn = metadata.ownerReferences?.some((owner) => owner.uid === setUid) === true;
    owned.set(metadata.uid, entry.type !== 'DELETED' && isOwn && metadata.deletionTimestamp === undefined);
  }
  return [...owned.values()].filter(Boolean).length;
}

/** How far a request and our hearing of its effect may be apart, in milliseconds. */
const SAME_MS = 1000;

/** When each clone that ever had the name was first on its way out; an object that goes has later versions, too. */
function firstMarks({ history }: Evidence, namespace: string, name: string): readonly HistoryEntry[] {
  const marks = new Map<string, HistoryEntry>();
  for (const entry of history) {
    const { kind, metadata } = entry.object;
    if (kind !== 'LinkedClone' || metadata.name !== name || metadata.namespace !== namespace) continue;
    if (metadata.deletionTimestamp !== undefined && !marks.has(metadata.uid)) marks.set(metadata.uid, entry);
  }
  return [...marks.values()];
}

/**
 * The one whose mark came with the request: another of that name may have been marked within the same second. On a busy
 * machine it's heard of late. 'before': it was on its way out already. Undefined: no mark was ever heard of.
 */
function markOf(evidence: Evidence, { namespace, name, at }: AuditWrite): HistoryEntry | 'before' | undefined {
  const apart = (entry: HistoryEntry): number => Math.abs(entry.at - at);
  const marks = firstMarks(evidence, namespace, name);
  const [nearest] = marks.toSorted((a, b) => apart(a) - apart(b));
  if (nearest === undefined || apart(nearest) < SAME_MS) return nearest;
  return marks.some((mark) => mark.at < at) ? 'before' : nearest;
}

/** Its VM's name was taken, and the set takes the next one then. */
function isSteppedOver({ history }: Evidence, set: KnownObject, uid: string): boolean {
  const { onNameConflict } = (set.spec['provisioning'] ?? {}) as { readonly onNameConflict?: string };
  if (onNameConflict !== 'NextOrdinal') return false;
  return history.some(
    ({ object }) =>
      object.metadata.uid === uid &&
      object.status?.['vm'] === undefined &&
      conditionsOf(object).some(({ type, reason }) => type === 'Ready' && reason === 'NameConflict'),
  );
}

/** Conditions of the clone that make its set replace it. */
function isReplaced(clone: KnownObject | undefined): boolean {
  const conditions = (clone?.status?.['conditions'] ?? []) as readonly { type: string; status: string }[];
  const lost = conditions.some(({ type, status }) => type === 'Lost' && status === 'True');
  return lost || (clone?.status?.['vm'] === undefined && clone?.status?.['operation'] === undefined);
}

export const scaleDownAsked: Oracle = {
  name: 'unasked-delete',
  rule: 'a set deletes a clone only when it has more than it wants, the clone is lost, or its name is taken',
  check(evidence) {
    const byOperator = evidence.audit.filter(
      ({ verb, resource, code }) => verb === 'delete' && resource === 'linkedclones' && code < 300,
    );
    const problems: string[] = [];
    for (const request of byOperator) {
      const { namespace, name } = request;
      const marked = markOf(evidence, request);
      if (marked === undefined) {
        problems.push(`${namespace}/${name} was deleted, and no version of it that was on its way out was seen`);
        continue;
      }
      if (marked === 'before') continue;
      const owner = marked.object.metadata.ownerReferences?.find(({ kind }) => kind === 'LinkedCloneSet');
      if (owner === undefined) continue;
      const version = versionOf(marked);
      const set = before(evidence, owner.uid, version);
      if (set === undefined || set.metadata.deletionTimestamp !== undefined) continue;
      const owned = ownedBefore(evidence, owner.uid, version);
      const wanted = Number(set.spec['replicas'] ?? 1);
      const { uid } = marked.object.metadata;
      if (isSteppedOver(evidence, set, uid)) continue;
      if (owned <= wanted && !isReplaced(before(evidence, uid, version)))
        problems.push(`${namespace}/${name} was deleted while its set wanted ${wanted} and had ${owned}`);
    }
    return problems;
  },
};
