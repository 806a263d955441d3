// Part of oracle 5: a set never has more clones than it has ever wanted, those on their way out among them. It counts live
// before it makes any, so neither an old list nor a second leader makes one more.
import type { Evidence } from '../harness/evidence.ts';
import type { HistoryEntry } from '../harness/history.ts';
import type { Oracle } from './oracle.ts';

function inOrder({ history }: Evidence): HistoryEntry[] {
  const versionOf = ({ object }: HistoryEntry): bigint => BigInt(object.metadata.resourceVersion);
  return history.toSorted((a, b) => (versionOf(a) < versionOf(b) ? -1 : 1));
}

/** UID of the set whose clone it is. */
function ownerOf({ object }: HistoryEntry): string | undefined {
  return object.metadata.ownerReferences?.find(({ kind }) => kind === 'LinkedCloneSet')?.uid;
}

export const neverTooMany: Oracle = {
  name: 'too-many',
  rule: 'a set never has more clones than it has ever wanted',
  check(evidence) {
    const most = new Map<string, number>();
    const owned = new Map<string, Set<string>>();
    const problems = new Map<string, string>();
    for (const entry of inOrder(evidence)) {
      const { kind, metadata, spec } = entry.object;
      if (kind === 'LinkedCloneSet')
        most.set(metadata.uid, Math.max(most.get(metadata.uid) ?? 0, Number(spec['replicas'] ?? 1)));
      if (kind !== 'LinkedClone') continue;
      for (const clones of owned.values()) clones.delete(metadata.uid);
      const owner = ownerOf(entry);
      if (owner === undefined || entry.type === 'DELETED') continue;
      const clones = owned.get(owner) ?? new Set();
      owned.set(owner, clones.add(metadata.uid));
      const wanted = most.get(owner);
      if (wanted !== undefined && clones.size > wanted)
        problems.set(
          owner,
          `with ${metadata.name} its set had ${clones.size} clones and never wanted more than ${wanted}`,
        );
    }
    return [...problems.values()];
  },
};
