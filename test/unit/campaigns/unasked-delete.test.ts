// The oracle of deletes that no set asked for: which object of a name a request was about, and what a set may do besides.
import { describe, expect, it } from '@jest/globals';
import type { HistoryEntry, KnownObject } from '../../campaigns/harness/history.ts';
import { scaleDownAsked } from '../../campaigns/oracles/scale-down.ts';
import { Diary, evidenceOf, machine } from './made-up.ts';
import type { MadeUp } from './made-up.ts';

const SET_UID = 'set-uid';
const NAME_CONFLICT = { type: 'Ready', status: 'False', reason: 'NameConflict' };
const BEGUN = { operation: { type: 'Clone' } };

let version = 0;

function seen(object: Pick<KnownObject, 'kind' | 'spec' | 'status'>, metadata: object, at = 0): HistoryEntry {
  version += 1;
  const full = { ...object, metadata: { namespace: 'lab', resourceVersion: String(version), ...metadata } };
  return { type: 'MODIFIED', at, object: full } as unknown as HistoryEntry;
}

function setWith(spec: Record<string, unknown>): HistoryEntry {
  return seen({ kind: 'LinkedCloneSet', spec }, { name: 'web', uid: SET_UID });
}

/** A clone of the set as it was first seen, and as it was marked for deletion at `at`. */
function deleted(uid: string, status: Record<string, unknown>, at: number, owned = true): HistoryEntry[] {
  const ownerReferences = owned ? [{ kind: 'LinkedCloneSet', name: 'web', uid: SET_UID }] : [];
  const metadata = { name: 'web-2', uid, ownerReferences };
  const clone = { kind: 'LinkedClone', spec: {}, status };
  return [seen(clone, metadata), seen(clone, { ...metadata, deletionTimestamp: '2026-11-22T02:54:40Z' }, at)];
}

function judge(history: readonly HistoryEntry[], at: number, more: MadeUp = {}): readonly string[] {
  const request = { verb: 'delete', resource: 'linkedclones', namespace: 'lab', name: 'web-2', code: 200, at };
  return scaleDownAsked.check({ ...evidenceOf(more), history, audit: [{ ...request, user: 'operator' }] });
}

describe('a delete of a clone that its set wants', () => {
  it('is found also where somebody deleted another of that name within the same second', () => {
    const history = [setWith({ replicas: 1 }), ...deleted('a', {}, 4_500, false), ...deleted('b', BEGUN, 5_010)];
    expect(judge(history, 5_000)).toEqual(['lab/web-2 was deleted while its set wanted 1 and had 1']);
  });

  it('is found where its mark is heard of late', () => {
    expect(judge([setWith({ replicas: 1 }), ...deleted('a', BEGUN, 6_500)], 5_000)).toHaveLength(1);
  });

  it('is found where no mark was ever heard of', () => {
    expect(judge([setWith({ replicas: 1 })], 5_000)).toEqual([
      'lab/web-2 was deleted, and no version of it that was on its way out was seen',
    ]);
  });

  it('is none where it was on its way out already', () => {
    expect(judge([setWith({ replicas: 1 }), ...deleted('a', BEGUN, 3_000)], 5_000)).toEqual([]);
  });

  const inOrder = (set: HistoryEntry, clone: readonly HistoryEntry[]): HistoryEntry[] => [
    { ...set, object: first(set.object) },
    ...clone,
  ];

  it('is asked for where its name is taken and the set takes the next one, and nowhere else', () => {
    const clone = deleted('b', { ...BEGUN, conditions: [NAME_CONFLICT] }, 5_010);
    const next = setWith({ replicas: 1, provisioning: { onNameConflict: 'NextOrdinal' } });
    const taken = { vms: [machine('vm-9', 'somebody', { name: 'web-2', marker: null })] };
    expect(judge(inOrder(next, clone), 5_000, taken)).toEqual([]);
    expect(judge(inOrder(setWith({ replicas: 1 }), clone), 5_000, taken)).toHaveLength(1);
    expect(judge(inOrder(next, clone), 5_000)).toHaveLength(1); // it only says so
    const refused = new Diary().end('CloneVM_Task', 'parent', { args: { instanceUuid: 'b' }, fault: 'DuplicateName' });
    expect(judge(inOrder(next, clone), 5_000, { ledger: refused })).toEqual([]);
  });

  it('is asked for where a machine that was let go has the name, whatever the set does about names', () => {
    const clone = deleted('b', BEGUN, 5_010);
    const kept = seen({ kind: 'LinkedClone', spec: { deletionPolicy: 'Retain' } }, { name: 'web-2', uid: 'a' });
    const ledger = new Diary().cloned('vm-1', 'a', 'web-2');
    expect(judge([kept, ...inOrder(setWith({ replicas: 1 }), clone)], 5_000, { ledger })).toEqual([]);
    expect(judge(inOrder(setWith({ replicas: 1 }), clone), 5_000, { ledger })).toHaveLength(1);
  });

  it('is asked for where somebody took its machine, not where it only says so', () => {
    const lost = { vm: {}, conditions: [{ type: 'Lost', status: 'True', reason: 'VirtualMachineGone' }] };
    const history = inOrder(setWith({ replicas: 1 }), deleted('b', lost, 5_010));
    const ledger = (): Diary => new Diary().cloned('vm-1', 'b');
    expect(judge(history, 5_000, { ledger: ledger() })).toHaveLength(1);
    expect(judge(history, 5_000, { ledger: ledger().done('Destroy_Task', 'vm-1') })).toHaveLength(1);
    expect(judge(history, 5_000, { ledger: ledger().bySomebody('Destroy_Task', 'vm-1') })).toEqual([]);
    expect(judge(history, 5_000, { ledger: ledger(), restoredAt: [2] })).toEqual([]);
  });

  it('is not asked for by its having no machine', () => {
    expect(judge(inOrder(setWith({ replicas: 1 }), deleted('b', {}, 5_010)), 5_000)).toHaveLength(1);
  });
});

describe('a delete by the operator', () => {
  it('of a clone without a set is none of its business', () => {
    expect(judge([setWith({ replicas: 0 }), ...deleted('b', {}, 5_010, false)], 5_000)).toEqual([
      'lab/web-2 was deleted and belonged to no set',
    ]);
  });

  const leaving = (finalizers: readonly string[], spec: Record<string, unknown> = {}): readonly string[] => {
    const set = { kind: 'LinkedCloneSet', spec: { replicas: 1, ...spec } };
    const metadata = { name: 'web', uid: SET_UID };
    const marked = { ...metadata, finalizers, deletionTimestamp: '2026-11-22T02:54:40Z' };
    return judge([seen(set, metadata), seen(set, marked), ...deleted('b', BEGUN, 5_010)], 5_000);
  };

  it('is asked for by a set that goes, unless that lets its clones go', () => {
    const own = ['linkedclone.dev/clones'];
    expect(leaving(own)).toEqual([]);
    expect(leaving([...own, 'orphan'])).toEqual([
      'lab/web-2 was deleted although its set was deleted with --cascade=orphan',
    ]);
    expect(leaving(own, { retentionPolicy: { whenDeleted: 'Retain' } })).toEqual([
      'lab/web-2 was deleted although its set was deleted and retains its clones',
    ]);
  });

  it('is none where the set retains what it has too many of', () => {
    const retains = setWith({ replicas: 0, retentionPolicy: { whenScaled: 'Retain' } });
    expect(judge([setWith({ replicas: 0 }), ...deleted('b', BEGUN, 5_010)], 5_000)).toEqual([]);
    expect(judge([retains, ...deleted('b', BEGUN, 5_010)], 5_000)).toEqual([
      'lab/web-2 was deleted by a set that retains what it has too many of',
    ]);
  });
});

/** Written before everything else. */
function first(object: KnownObject): KnownObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: '0' } };
}
