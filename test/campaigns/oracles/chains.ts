// Oracle 4, broken chain: no snapshot and no base is gone while something depended on it, no disk has lost a file, and nothing
// is made on a base that is on its way out.
import type { Evidence } from '../harness/evidence.ts';
import type { HistoryEntry, KnownObject } from '../harness/history.ts';
import { witnessOf } from '../harness/witness.ts';
import type { Oracle } from './oracle.ts';
import { HEARD_LATE_MS, byOperator, describeEntry, versionsOf } from './oracle.ts';
import { snapshotAt, standingMachines } from './standing.ts';

/** A snapshot that goes while VMs live that were made from it, or from one that was taken on top of it, whoever made them. */
function removedUnderClones(evidence: Evidence): string[] {
  const removals = evidence.ledger.filter(
    (entry) => entry.phase === 'call' && entry.method === 'RemoveSnapshot_Task' && byOperator(entry),
  );
  const clones = removals.length === 0 ? [] : standingMachines(evidence);
  return removals.flatMap((entry) => {
    const going = [entry.target, ...(witnessOf(evidence, entry)?.above ?? [])];
    const files = new Set(going.map((moRef) => snapshotAt(evidence, moRef, entry.seq)));
    const children = clones.filter(
      ({ snapshot, from, until }) => from < entry.seq && until > entry.seq && files.has(snapshot),
    );
    const names = children.map(({ vm }) => vm).join(', ');
    return children.length === 0 ? [] : [`${describeEntry(entry)} while ${names} stood on it`];
  });
}

function versionOf({ object }: HistoryEntry): bigint {
  return BigInt(object.metadata.resourceVersion);
}

/** A base from its first version to its last. */
interface BaseLife {
  readonly base: KnownObject;
  readonly first: HistoryEntry;
  /** On its way out; undefined where nothing held it. */
  readonly marked: HistoryEntry | undefined;
  readonly gone: HistoryEntry;
}

function livesOfBases({ history }: Evidence): BaseLife[] {
  const gone = history.filter(({ type, object }) => type === 'DELETED' && object.kind === 'BaseSnapshot');
  return gone.flatMap((entry) => {
    const versions = versionsOf({ history }, entry.object.metadata.uid);
    const marked = versions.find(({ object }) => object.metadata.deletionTimestamp !== undefined);
    const [first] = versions;
    return first === undefined ? [] : [{ base: entry.object, first, marked, gone: entry }];
  });
}

function refersTo(clone: KnownObject, { metadata }: KnownObject): boolean {
  const ref = clone.spec['baseSnapshotRef'] as { readonly name?: string; readonly namespace?: string } | undefined;
  return ref?.name === metadata.name && (ref.namespace ?? clone.metadata.namespace) === metadata.namespace;
}

/**
 * Whether a clone that refers to a base by name stands on it, whatever its status says: its machine was asked for in the time of
 * that base, or it waited for one when the base was marked, so that it was in every list from then on. A machine that is older
 * than the base stands on an earlier one of the name.
 */
function standsOnBy(evidence: Evidence, { object }: HistoryEntry, life: BaseLife): boolean {
  const { uid } = object.metadata;
  if (!refersTo(object, life.base)) return false;
  const calls = evidence.ledger.filter(
    (entry) => entry.phase === 'call' && entry.method === 'CloneVM_Task' && byOperator(entry),
  );
  const asked = calls.filter(({ args }) => args.instanceUuid === uid).map((entry) => evidence.arrivedAt(entry));
  const before = asked.filter((at) => at <= life.gone.at);
  if (before.length > 0) return before.every((at) => at >= life.first.at - HEARD_LATE_MS);
  const [created] = versionsOf(evidence, uid);
  return created !== undefined && life.marked !== undefined && versionOf(created) < versionOf(life.marked);
}

/** A base object that goes while clones stand on it, in the order of the API server's own versions. */
function baseGoneBeforeClones(evidence: Evidence): string[] {
  return livesOfBases(evidence).flatMap((life) => {
    const { uid, name, annotations } = life.base.metadata;
    if (annotations?.['linkedclone.dev/release'] === uid) return [];
    const last = new Map<string, HistoryEntry>();
    for (const entry of evidence.history)
      if (entry.object.kind === 'LinkedClone' && versionOf(entry) <= versionOf(life.gone))
        last.set(entry.object.metadata.uid, entry);
    const standing = [...last.values()].filter(
      (entry) =>
        entry.type !== 'DELETED' &&
        (entry.object.status?.['baseSnapshotUid'] === uid || standsOnBy(evidence, entry, life)),
    );
    const names = standing.map(({ object }) => object.metadata.name).join(', ');
    return standing.length === 0 ? [] : [`BaseSnapshot ${name} went while ${names} depended on it`];
  });
}

/**
 * A machine that was made for a clone whose intent was stored after its base was on its way out: the base is read live between
 * the two, so that was known.
 */
function madeOnLeavingBase({ history, ledger }: Evidence): string[] {
  const numberOf = ({ metadata }: KnownObject): bigint => BigInt(metadata.resourceVersion);
  const objects = history.map(({ object }) => object);
  return ledger
    .filter((entry) => entry.phase === 'call' && entry.method === 'CloneVM_Task' && byOperator(entry))
    .flatMap((entry) => {
      const intent = objects.find(
        ({ metadata, status }) => metadata.uid === entry.args.instanceUuid && status?.['operation'] !== undefined,
      );
      const leaving = objects.find(
        ({ metadata }) =>
          metadata.uid === intent?.status?.['baseSnapshotUid'] && metadata.deletionTimestamp !== undefined,
      );
      return intent === undefined || leaving === undefined || numberOf(intent) < numberOf(leaving)
        ? []
        : [`${describeEntry(entry)} on BaseSnapshot ${leaving.metadata.name}, which was on its way out before`];
    });
}

export const noBrokenChain: Oracle = {
  name: 'broken-chain',
  rule: 'no snapshot and no base goes while something depends on it, and nothing is made on a base that goes',
  check(evidence) {
    const broken = evidence.inventory.vms.filter((one) =>
      one.disks.some((disk) => disk.chain.some((file) => file.missing)),
    );
    return [
      ...removedUnderClones(evidence),
      ...baseGoneBeforeClones(evidence),
      ...madeOnLeavingBase(evidence),
      ...broken.map((one) => `a disk of "${one.name}" has lost a file of its chain`),
    ];
  },
};
