// Part of oracle 1: the operator deletes a clone only of a set that, as it was at that moment on the API server, has too many or
// goes itself with its clones, or where somebody took the clone's machine, or its VM's name is another's and the set is to
// take the next. What decides is the order of the server's own versions and the ledger, never what clones say of themselves.
import { ANNOTATIONS, isFlagged } from '../../../src/api/identifiers.ts';
import type { AuditWrite } from '../harness/audit.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { HistoryEntry, KnownObject } from '../harness/history.ts';
import { isLetGo } from './let-go.ts';
import { machinesOf, wasTaken } from './machines.ts';
import type { Machine } from './machines.ts';
import type { Oracle } from './oracle.ts';
import { HEARD_LATE_MS, versionsOf } from './oracle.ts';

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

interface OtherMarker {
  readonly namespace?: string;
}

/** Another machine had its name where it was to be: vCenter refused it for that, or the inventory and the ledger tell of one. */
function nameWasTaken(evidence: Evidence, { metadata, spec }: KnownObject): 'kept' | 'taken' | undefined {
  const { uid, namespace = '' } = metadata;
  const name = String(spec['vmName'] ?? metadata.name);
  const machines = machinesOf(evidence);
  if (machines.some((one) => one.uid === uid)) return undefined; // it had the name itself
  const ofNamespace = ({ made }: Machine): boolean =>
    (JSON.parse(made.args.marker ?? '{}') as OtherMarker).namespace === namespace;
  const kept = machines.filter((one) => one.made.args.name === name && ofNamespace(one) && isLetGo(evidence, one.uid));
  if (kept.length > 0) return 'kept';
  const refused = evidence.ledger.some(
    ({ method, fault, args }) => method === 'CloneVM_Task' && fault === 'DuplicateName' && args.instanceUuid === uid,
  );
  const others = evidence.inventory.vms.some(
    (one) => one.name === name && one.instanceUuid !== uid && one.folder.endsWith(`/${namespace}`),
  );
  return refused || others || machines.some((one) => one.made.args.name === name && ofNamespace(one))
    ? 'taken'
    : undefined;
}

/** Its VM's name was taken, and the set takes the next one then: always where it says so, and where nobody will free the name. */
function isSteppedOver(evidence: Evidence, set: KnownObject, clone: KnownObject): boolean {
  const { onNameConflict } = (set.spec['provisioning'] ?? {}) as { readonly onNameConflict?: string };
  const taken = nameWasTaken(evidence, clone);
  return taken === 'kept' || (taken === 'taken' && onNameConflict === 'NextOrdinal');
}

/** Its machine was taken by somebody, or forgotten by a vCenter that went back: what the clone says of itself doesn't count. */
function isLost(evidence: Evidence, { metadata, spec }: KnownObject): boolean {
  const adopt = spec['adopt'] as { readonly instanceUuid?: string } | undefined;
  return (
    wasTaken(evidence, metadata.uid) || (adopt?.instanceUuid !== undefined && wasTaken(evidence, adopt.instanceUuid))
  );
}

/** Why a set that is on its way out keeps its clones; undefined: they go with it. */
function whyKept({ metadata, spec }: KnownObject): string | undefined {
  if (metadata.finalizers?.includes('orphan') === true) return 'was deleted with --cascade=orphan';
  const { whenDeleted } = (spec['retentionPolicy'] ?? {}) as { readonly whenDeleted?: string };
  return whenDeleted === 'Retain' ? 'was deleted and retains its clones' : undefined;
}

/** It was on its way out only a moment before the request, which may have been decided by what it wanted until then. */
function isJustMarked(evidence: Evidence, { metadata }: KnownObject, { at }: AuditWrite): boolean {
  const marked = versionsOf(evidence, metadata.uid).find(
    ({ object }) => object.metadata.deletionTimestamp !== undefined,
  );
  return marked !== undefined && at - marked.at < HEARD_LATE_MS;
}

/** What was wrong about the request that marked this version; undefined: its set had asked for it. */
function unasked(evidence: Evidence, request: AuditWrite, marked: HistoryEntry): string | undefined {
  const { metadata } = marked.object;
  const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'LinkedCloneSet');
  if (owner === undefined) return 'was deleted and belonged to no set';
  if (isFlagged(metadata.annotations, ANNOTATIONS.detach)) return 'was deleted although its set was to let go of it';
  const version = versionOf(marked);
  const set = before(evidence, owner.uid, version);
  if (set === undefined) return 'was deleted by a set that was never seen';
  const owned = ownedBefore(evidence, owner.uid, version);
  const wanted = Number(set.spec['replicas'] ?? 1);
  const isMarked = set.metadata.deletionTimestamp !== undefined;
  const why = isMarked ? whyKept(set) : undefined;
  if (isMarked && why === undefined) return undefined;
  if (why !== undefined && !(owned > wanted && isJustMarked(evidence, set, request)))
    return `was deleted although its set ${why}`;
  const { whenScaled } = (set.spec['retentionPolicy'] ?? {}) as { readonly whenScaled?: string };
  if (owned > wanted && whenScaled !== 'Retain') return undefined;
  if (isSteppedOver(evidence, set, marked.object) || isLost(evidence, marked.object)) return undefined;
  return owned > wanted
    ? 'was deleted by a set that retains what it has too many of'
    : `was deleted while its set wanted ${wanted} and had ${owned}`;
}

export const scaleDownAsked: Oracle = {
  name: 'unasked-delete',
  rule: 'a set deletes a clone only when it has more than it wants, the clone is lost, or its name is taken',
  check(evidence) {
    const requests = evidence.audit.filter(
      ({ verb, resource, code }) => verb === 'delete' && resource === 'linkedclones' && code < 300,
    );
    return requests.flatMap((request) => {
      const marked = markOf(evidence, request);
      if (marked === 'before') return [];
      const why =
        marked === undefined
          ? 'was deleted, and no version of it that was on its way out was seen'
          : unasked(evidence, request, marked);
      return why === undefined ? [] : [`${request.namespace}/${request.name} ${why}`];
    });
  },
};
