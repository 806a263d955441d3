// Whether a machine was to stay when its object went, and whether the operator ended the object at all: by what people wrote
// into specs and annotations and by the audit log, never by a status or a marker.
import { FINALIZERS } from '../../../src/api/identifiers.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { HistoryEntry } from '../harness/history.ts';
import { HEARD_LATE_MS, lastVersion, versionsOf } from './oracle.ts';

/** Clocks of two API servers may differ by so much, for which a set's word counts for clones deleted a little before it. */
const MOST_SKEW_MS = 60_000;

type Reading = Pick<Evidence, 'history'>;

interface LastSet {
  /** When the clone's deletion was asked for, epoch milliseconds in whole seconds. */
  readonly markedAt: number;
  /** The last version of the set that it belonged to then. */
  readonly set: HistoryEntry;
}

function setAtItsEnd(evidence: Reading, uid: string): LastSet | undefined {
  const marked = versionsOf(evidence, uid).find(({ object }) => object.metadata.deletionTimestamp !== undefined);
  const owner = marked?.object.metadata.ownerReferences?.find(({ kind }) => kind === 'LinkedCloneSet');
  const set = owner === undefined ? undefined : versionsOf(evidence, owner.uid).at(-1);
  return set === undefined ? undefined : { markedAt: Date.parse(marked?.object.metadata.deletionTimestamp ?? ''), set };
}

/** Deleted with its set, which was to retain its machines. `skewMs`: or so much before it. */
export function isKeptBySet(evidence: Reading, uid: string, skewMs = 0): boolean {
  const found = setAtItsEnd(evidence, uid);
  if (found === undefined) return false;
  const { spec, metadata } = found.set.object;
  const policy = spec['retentionPolicy'] as { readonly whenDeleted?: string } | undefined;
  if (policy?.whenDeleted !== 'Retain' || metadata.deletionTimestamp === undefined) return false;
  return Date.parse(metadata.deletionTimestamp) - skewMs <= found.markedAt;
}

/** Somebody wanted its machine to stay when its object goes. */
export function isLetGo(evidence: Reading, uid: string): boolean {
  const last = lastVersion(evidence, uid);
  if (last === undefined) return false;
  const isReleased = last.metadata.annotations?.['linkedclone.dev/release'] === uid;
  return isReleased || last.spec['deletionPolicy'] === 'Retain' || isKeptBySet(evidence, uid, MOST_SKEW_MS);
}

/**
 * It had the operator's finalizer, and that went without a write of the operator: its machine is nobody's, an orphan, which by
 * default is reported alone. One that never had it was to have it before anything was made for it: nobody tore that away.
 */
export function wasTornAway({ history, audit }: Pick<Evidence, 'history' | 'audit'>, uid: string): boolean {
  const versions = versionsOf({ history }, uid);
  const gone = versions.findLast(({ type }) => type === 'DELETED');
  const before = versions.findLast(({ type }) => type !== 'DELETED');
  if (gone === undefined || before === undefined) return false;
  if (!versions.some(({ object }) => object.metadata.finalizers?.includes(FINALIZERS.vm) === true)) return false;
  const { name, namespace = '' } = gone.object.metadata;
  const [from, to] = [before.at - 2 * HEARD_LATE_MS, gone.at + HEARD_LATE_MS];
  return !audit.some(
    (write) =>
      ['patch', 'update'].includes(write.verb) &&
      write.resource === 'linkedclones' &&
      write.name === name &&
      write.namespace === namespace &&
      write.code < 300 &&
      write.at >= from &&
      write.at <= to,
  );
}
