// Part of oracle 1: the operator deletes a clone of a set only when the set, as it was at that moment on the API server, has
// too many, is going itself, or the clone is lost. What decides is the order of the server's own versions.
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

/** Conditions of the clone that make its set replace it. */
function isReplaced(clone: KnownObject | undefined): boolean {
  const conditions = (clone?.status?.['conditions'] ?? []) as readonly { type: string; status: string }[];
  const lost = conditions.some(({ type, status }) => type === 'Lost' && status === 'True');
  return lost || (clone?.status?.['vm'] === undefined && clone?.status?.['operation'] === undefined);
}

export const scaleDownAsked: Oracle = {
  name: 'unasked-delete',
  rule: 'a set deletes a clone only when it has more than it wants, or the clone is lost',
  check(evidence) {
    const byOperator = evidence.audit.filter(
      ({ verb, resource, code }) => verb === 'delete' && resource === 'linkedclones' && code < 300,
    );
    const problems: string[] = [];
    for (const { namespace, name, at } of byOperator) {
      const marked = firstMarks(evidence, namespace, name).find((entry) => Math.abs(entry.at - at) < SAME_MS);
      const owner = marked?.object.metadata.ownerReferences?.find(({ kind }) => kind === 'LinkedCloneSet');
      if (marked === undefined || owner === undefined) continue;
      const version = versionOf(marked);
      const set = before(evidence, owner.uid, version);
      if (set === undefined || set.metadata.deletionTimestamp !== undefined) continue;
      const owned = ownedBefore(evidence, owner.uid, version);
      const wanted = Number(set.spec['replicas'] ?? 1);
      if (owned <= wanted && !isReplaced(before(evidence, marked.object.metadata.uid, version)))
        problems.push(`${namespace}/${name} was deleted while its set wanted ${wanted} and had ${owned}`);
    }
    return problems;
  },
};
