// The oracle of sets that have more clones than they ever wanted, and that of machines that were let go.
import { describe, expect, it } from '@jest/globals';
import type { AuditDelete } from '../../campaigns/harness/audit.ts';
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

  const deletionTimestamp = '2026-11-22T02:00:00Z';
  const askedAt = Date.parse(deletionTimestamp);
  const RELEASED = { 'linkedclone.dev/release': 'a' };

  function marked(heardAt: number, annotations: Readonly<Record<string, string>> = {}): HistoryEntry {
    return seen('LinkedClone', { name: 'a', uid: 'a', deletionTimestamp, annotations }, {}, askedAt + heardAt);
  }

  function judgeDestroy(history: readonly HistoryEntry[], at: number, deletes: readonly AuditDelete[] = []): unknown {
    const evidence = { ledger, history, deletes, witnessed: [], arrivedAt: () => askedAt + at };
    return wrongDeletion.check(evidence as unknown as Evidence);
  }

  const LET_GO = ['ledger 2: Destroy_Task vm-2, the VM of a, which was released'];

  it('was not to be, once it was let go', () => {
    expect(judgeDestroy([marked(400, RELEASED)], 500)).toEqual(LET_GO);
    expect(judgeDestroy([marked(600, RELEASED)], 500)).toEqual([]);
    const before = seen('LinkedClone', { name: 'a', uid: 'a', annotations: RELEASED }, {}, askedAt - 10);
    expect(judgeDestroy([before, marked(400, RELEASED)], 500)).toEqual(LET_GO);
  });

  it('may be, where it was let go after the last look at it', () => {
    const letGo = [marked(0), marked(1_000, RELEASED)];
    expect(judgeDestroy(letGo, 2_900)).toEqual([]);
    expect(judgeDestroy(letGo, 3_100)).toEqual(LET_GO);
    const held = { seq: 2, operationId: 'op', method: 'Destroy_Task', target: 'vm-2', args: {}, user, phase: 'call' };
    const evidence = {
      ...{ ledger: [ledger[0], held], history: letGo, deletes: [] },
      ...{ witnessed: [{ operationId: 'op', cameAt: askedAt + 900, chains: [] }], arrivedAt: () => askedAt + 9_000 },
    };
    expect(wrongDeletion.check(evidence as unknown as Evidence)).toEqual([]); // a plan held it up
  });

  it('was not to be before its object was deleted, within the same second either, however late that is heard of', () => {
    const asked = (at: number, more: Partial<AuditDelete> = {}): AuditDelete => ({
      ...{ resource: 'linkedclones', namespace: 'lab', name: 'a', at: askedAt + at, answeredAt: askedAt + at + 20 },
      ...more,
    });
    const tooSoon = (by: number): readonly string[] => [
      `ledger 2: Destroy_Task vm-2, the VM of a, ${by} ms before its object was deleted`,
    ];
    expect(judgeDestroy([marked(5_000)], 500, [asked(450)])).toEqual([]);
    expect(judgeDestroy([marked(750)], 500, [asked(700)])).toEqual(tooSoon(200));
    expect(judgeDestroy([marked(750)], 500, [asked(700, { name: '' })])).toEqual(tooSoon(200)); // all of the namespace
    expect(judgeDestroy([marked(950)], 500, [asked(700), asked(900)])).toEqual(tooSoon(200)); // the second changed nothing
    // of another object, another time, or none at all: no sooner than the stamp says
    const others = [
      asked(700, { name: 'b' }),
      asked(700, { namespace: 'other' }),
      asked(700, { resource: 'vcenters' }),
    ];
    expect(judgeDestroy([marked(750)], 500, [...others, asked(-800), asked(1_100)])).toEqual([]);
    expect(judgeDestroy([marked(5_000)], 500)).toEqual([]);
    expect(judgeDestroy([marked(5_000)], -10)).toEqual(tooSoon(10));
  });
});
