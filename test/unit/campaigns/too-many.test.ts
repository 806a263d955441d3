// The oracle of sets that have more clones than they ever wanted, and that of machines that were let go.
import { describe, expect, it } from '@jest/globals';
import type { Evidence } from '../../campaigns/harness/evidence.ts';
import type { HistoryEntry, KnownObject } from '../../campaigns/harness/history.ts';
import { wrongDeletion } from '../../campaigns/oracles/ownership.ts';
import { neverTooMany } from '../../campaigns/oracles/too-many.ts';

let version = 0;

function seen(kind: string, metadata: Partial<KnownObject['metadata']>, spec: object = {}, at = 0): HistoryEntry {
  version += 1;
  return {
    type: 'MODIFIED',
    at,
    object: { kind, spec, metadata: { namespace: 'lab', resourceVersion: String(version), ...metadata } },
  } as unknown as HistoryEntry;
}

function wants(replicas: number): HistoryEntry {
  return seen('LinkedCloneSet', { name: 'web', uid: 'set' }, { replicas });
}

function clone(uid: string, owned = true): HistoryEntry {
  const ownerReferences = owned ? [{ kind: 'LinkedCloneSet', name: 'web', uid: 'set' }] : [];
  return seen('LinkedClone', { name: uid, uid, ownerReferences });
}

function judge(history: readonly HistoryEntry[]): readonly string[] {
  return neverTooMany.check({ history } as unknown as Evidence);
}

describe('more clones than a set ever wanted', () => {
  it('are found, however the versions arrived', () => {
    const history = [wants(2), clone('a'), clone('b'), clone('c')];
    const found = ['with c its set had 3 clones and never wanted more than 2'];
    expect(judge(history)).toEqual(found);
    expect(judge(history.toReversed())).toEqual(found);
  });

  it('are none where it wanted as many before, or where one was let go or is gone', () => {
    expect(judge([wants(3), wants(1), clone('a'), clone('b'), clone('c')])).toEqual([]);
    expect(judge([wants(2), clone('a'), clone('b'), clone('a', false), clone('c')])).toEqual([]);
    expect(judge([wants(2), clone('a'), clone('b'), { ...clone('a'), type: 'DELETED' }, clone('c')])).toEqual([]);
  });
});

describe('a machine that is destroyed', () => {
  const user = 'operator@vsphere.local';
  const ledger = [
    { seq: 1, phase: 'end', method: 'CloneVM_Task', target: 'vm-1', result: 'vm-2', args: { instanceUuid: 'a' }, user },
    { seq: 2, phase: 'call', method: 'Destroy_Task', target: 'vm-2', args: {}, user },
  ];

  function judgeDestroy(heardAt: number, released = true): readonly string[] {
    const deletionTimestamp = '2026-11-22T02:00:00Z';
    const askedAt = Date.parse(deletionTimestamp);
    const annotations = released ? { 'linkedclone.dev/release': 'a' } : {};
    const history = [
      seen('LinkedClone', { name: 'a', uid: 'a', deletionTimestamp, annotations }, {}, askedAt + heardAt),
    ];
    return wrongDeletion.check({
      ledger,
      history,
      witnessed: [],
      arrivedAt: () => askedAt + 500,
    } as unknown as Evidence);
  }

  it('was not to be, once it was let go', () => {
    expect(judgeDestroy(400)).toEqual(['ledger 2: Destroy_Task vm-2, the VM of a, which was released']);
    expect(judgeDestroy(600)).toEqual([]);
  });

  it('was not to be before its object was deleted, within the same second either', () => {
    expect(judgeDestroy(600, false)).toEqual([]); // heard of a moment later
    expect(judgeDestroy(1_200, false)).toEqual([
      'ledger 2: Destroy_Task vm-2, the VM of a, 200 ms before its object was deleted',
    ]);
  });
});
