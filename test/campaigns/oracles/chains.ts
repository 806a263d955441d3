// Oracle 4, broken chain: no snapshot and no base is gone while something depended on it, no disk has lost a file, and nothing
// is made on a base that is on its way out.
import type { Evidence } from '../harness/evidence.ts';
import type { KnownObject } from '../harness/history.ts';
import type { Oracle } from './oracle.ts';
import { byOperator, describeEntry } from './oracle.ts';

/** A snapshot that goes while VMs that were made from it live, whoever made them. */
function removedUnderClones({ ledger }: Evidence): string[] {
  const living = new Map<string, string>();
  const problems: string[] = [];
  for (const entry of ledger) {
    if (entry.phase === 'call') {
      if (entry.method !== 'RemoveSnapshot_Task' || !byOperator(entry)) continue;
      const children = [...living].filter(([, snapshot]) => snapshot === entry.target).map(([vm]) => vm);
      if (children.length > 0) problems.push(`${describeEntry(entry)} while ${children.join(', ')} stood on it`);
    } else if (entry.fault === undefined) {
      if (entry.method === 'CloneVM_Task' && entry.result !== undefined && entry.args.snapshot !== undefined)
        living.set(entry.result, entry.args.snapshot);
      if (entry.method === 'Destroy_Task') living.delete(entry.target);
    }
  }
  return problems;
}

/** A base object that goes while clones refer to it, in the order of the API server's own versions. */
function baseGoneBeforeClones({ history }: Evidence): string[] {
  const versionOf = (entry: (typeof history)[number]): bigint => BigInt(entry.object.metadata.resourceVersion);
  const gone = history.filter(({ type, object }) => type === 'DELETED' && object.kind === 'BaseSnapshot');
  return gone.flatMap((base) => {
    const at = versionOf(base);
    if (base.object.metadata.annotations?.['linkedclone.dev/release'] === base.object.metadata.uid) return [];
    const clones = new Map<string, string>();
    for (const entry of history) {
      const { kind, metadata, status } = entry.object;
      if (kind !== 'LinkedClone' || status?.['baseSnapshotUid'] !== base.object.metadata.uid) continue;
      if (versionOf(entry) > at) continue;
      if (entry.type === 'DELETED') clones.delete(metadata.uid);
      else clones.set(metadata.uid, metadata.name);
    }
    return clones.size === 0
      ? []
      : [`BaseSnapshot ${base.object.metadata.name} went while ${[...clones.values()].join(', ')} depended on it`];
  });
}

/**
 * A machine that was made for a clone whose intent was stored after its base was on its way out: the base is read live between
 * the two, so that was known.
 */
function madeOnLeavingBase({ history, ledger }: Evidence): string[] {
  const versionOf = ({ metadata }: KnownObject): bigint => BigInt(metadata.resourceVersion);
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
      return intent === undefined || leaving === undefined || versionOf(intent) < versionOf(leaving)
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
