// What counts as a pin that changed, a snapshot that went below another's, and a change of a machine that is another's.
import { describe, expect, it } from '@jest/globals';
import type { Evidence } from '../../campaigns/harness/evidence.ts';
import type { HistoryEntry } from '../../campaigns/harness/history.ts';
import { wrongDeletion } from '../../campaigns/oracles/ownership.ts';
import { pinsKept } from '../../campaigns/oracles/pins.ts';
import { strangersUntouched } from '../../campaigns/oracles/strangers.ts';

const user = 'operator@vsphere.local';
const CREATED = '2026-11-22T02:00:00Z';

interface Seen {
  readonly at?: number;
  readonly type?: HistoryEntry['type'];
  readonly deletionTimestamp?: string;
  readonly deletionPolicy?: string;
}

function base(name: string, moRef: string, id: number, seen: Seen = {}): HistoryEntry {
  const { at = 0, type = 'MODIFIED', deletionTimestamp, deletionPolicy = 'Delete' } = seen;
  const metadata = { name, uid: name, resourceVersion: '1', ...(deletionTimestamp && { deletionTimestamp }) };
  const snapshot = { moRef, id, name: 'made', createTime: CREATED };
  return { type, at, object: { kind: 'BaseSnapshot', metadata, spec: { deletionPolicy }, status: { snapshot } } };
}

function taken(seq: number, target: string, result: string, owner = 'own'): unknown {
  const args = { description: `for tests [linkedclone.dev/owner=cluster/${owner}]` };
  return { seq, phase: 'end', method: 'CreateSnapshot_Task', target, result, args, user };
}

const REMOVED = { seq: 9, phase: 'call', method: 'RemoveSnapshot_Task', target: 'snapshot-1', args: {}, user };

function judge(history: readonly HistoryEntry[], ledger: readonly unknown[] = [], at = 100): Evidence {
  const nothing = { deletes: [], witnessed: [], snapshotsSeen: [], inventory: { vms: [], snapshots: [] } };
  return { ...nothing, history, ledger, arrivedAt: () => at } as unknown as Evidence;
}

describe('the pin of a base', () => {
  it('may follow a registration, and not be another snapshot of its name', () => {
    const first = base('own', 'snapshot-1', 3);
    expect(pinsKept.check(judge([first, base('own', 'snapshot-7', 3)]))).toEqual([]);
    expect(pinsKept.check(judge([first, base('own', 'snapshot-7', 4)]))).toEqual([
      'base own was pinned to made (snapshot-1, id 3), then to made (snapshot-7, id 4)',
    ]);
  });

  it('keeps what it stands on', () => {
    const ledger = [taken(1, 'vm-1', 'snapshot-1'), taken(2, 'vm-1', 'snapshot-2'), REMOVED];
    const upper = base('upper', 'snapshot-2', 4);
    expect(pinsKept.check(judge([upper], ledger))).toEqual([
      'ledger 9: RemoveSnapshot_Task snapshot-1 while base upper was pinned to a snapshot that stands on it',
    ]);
    expect(pinsKept.check(judge([upper, { ...upper, type: 'DELETED' }], ledger))).toEqual([]);
    const upperRemoved = { ...REMOVED, seq: 7, phase: 'end', target: 'snapshot-2' };
    expect(pinsKept.check(judge([upper], [...ledger, upperRemoved]))).toEqual([]); // its base has yet to hear of it
    expect(pinsKept.check(judge([upper], [...ledger, { ...upperRemoved, seq: 11 }]))).toHaveLength(1);
    expect(pinsKept.check(judge([upper], [...ledger, { ...upperRemoved, fault: 'InvalidState' }]))).toHaveLength(1);
    expect(pinsKept.check(judge([upper], [taken(1, 'vm-2', 'snapshot-1'), ...ledger.slice(1)]))).toEqual([]);
  });
});

describe('the snapshots of a machine that was registered again', () => {
  // taken as snapshot-1 and snapshot-2, and snapshot-8 and snapshot-9 from the fifth entry on
  const keys = ['snapshot-1', 'snapshot-2', 'snapshot-8', 'snapshot-9'].map((moRef, i) => ({
    ...{ moRef, key: `parent-uuid/${(i % 2) + 3}/then`, from: i < 2 ? 0 : 5 },
  }));
  const ledger = [
    ...[taken(1, 'vm-1', 'snapshot-1'), taken(2, 'vm-1', 'snapshot-2')],
    { ...REMOVED, operationId: 'op', target: 'snapshot-8' },
  ];
  const removed = (pin: string, above: readonly string[]): number => {
    const evidence = judge([base('upper', pin, 4)], ledger);
    const witnessed = [{ operationId: 'op', above }];
    return pinsKept.check({ ...evidence, snapshotsSeen: keys, witnessed } as unknown as Evidence).length;
  };

  it('are the same as before, for those that stand on them and for bases that were pinned by then', () => {
    expect([removed('snapshot-9', ['snapshot-9']), removed('snapshot-2', ['snapshot-9'])]).toEqual([1, 1]);
    expect([removed('snapshot-1', ['snapshot-9']), removed('snapshot-2', [])]).toEqual([0, 0]);
  });
});

describe('a snapshot that is removed', () => {
  const at = Date.parse(CREATED) + 5_000;
  const deletionTimestamp = CREATED;
  const ledger = [taken(1, 'vm-1', 'snapshot-1'), REMOVED];
  const asked = base('own', 'snapshot-1', 3, { at: at - 4_000, deletionTimestamp });

  it('was to be, by what its base said at that moment', () => {
    const kept = base('own', 'snapshot-1', 3, { at: at - 10, deletionTimestamp, deletionPolicy: 'Retain' });
    expect(wrongDeletion.check(judge([asked], ledger, at))).toEqual([]);
    expect(wrongDeletion.check(judge([asked, { ...kept, at: at + 10 }], ledger, at))).toEqual([]);
    expect(wrongDeletion.check(judge([asked, kept], ledger, at))).toEqual([
      'ledger 9: RemoveSnapshot_Task snapshot-1, made for base own, which was to be retained',
    ]);
  });

  it('may be pinned to by another base that keeps it', () => {
    const other = base('other', 'snapshot-1', 3, { at: at - 10, deletionPolicy: 'Retain' });
    expect(wrongDeletion.check(judge([asked, other], ledger, at))).toEqual([]);
    expect(wrongDeletion.check(judge([other], ledger, at))).toEqual([
      'ledger 9: RemoveSnapshot_Task snapshot-1, made for base own, which was never deleted',
    ]);
  });
});

describe("a machine that is another's for a while", () => {
  const changed = (method: string, at: number, unmarked = false): number =>
    strangersUntouched.check({
      strangers: [{ moRef: 'vm-1', from: 10, to: 20, unmarked }],
      witnessed: [{ at, method, target: 'vm-1' }],
    } as unknown as Evidence).length;

  it('is changed by nobody of ours in that time', () => {
    expect([changed('PowerOnVM_Task', 9), changed('PowerOnVM_Task', 10), changed('PowerOnVM_Task', 20)]).toEqual([
      0, 1, 0,
    ]);
    expect(changed('CloneVM_Task', 15)).toBe(0);
  });

  it('is not destroyed where it has lost its mark alone', () => {
    expect([changed('PowerOnVM_Task', 15, true), changed('Destroy_Task', 15, true)]).toEqual([0, 1]);
  });
});
