// The oracle of bases that go: what stands on one is told by what refers to it and by the ledger, not by a status alone.
import { expect, it } from '@jest/globals';
import type { SeenSnapshot } from '../../campaigns/harness/witness.ts';
import { noBrokenChain } from '../../campaigns/oracles/chains.ts';
import { Diary, SOMEBODY, Versions, evidenceOf, hit, machine } from './made-up.ts';
import type { MadeUp } from './made-up.ts';

const DELETED = '2026-11-22T02:00:00Z';
const ON_GOLD = { spec: { baseSnapshotRef: { name: 'gold' } } };
const WENT = ['BaseSnapshot gold went while one depended on it'];

const CLONE = { uid: 'a', name: 'one' };
const GOLD = { uid: 'base', name: 'gold' };

function judge(history: Versions, ledger = new Diary()): readonly string[] {
  return noBrokenChain.check(evidenceOf({ history, ledger }));
}

/** "gold" is deleted and goes, after what `between` says. */
function goes(before: Versions, between: (versions: Versions) => Versions = (same) => same, at = 9000): Versions {
  const marked = before.add('BaseSnapshot', { ...GOLD, deletionTimestamp: DELETED }, { at });
  return between(marked).add('BaseSnapshot', { ...GOLD, deletionTimestamp: DELETED }, { type: 'DELETED', at });
}

const gold = (at = 0): Versions => new Versions().add('BaseSnapshot', GOLD, { at });

it('finds a clone that only refers to the base, and waited for it when it was deleted', () => {
  expect(judge(goes(gold().add('LinkedClone', CLONE, ON_GOLD)))).toEqual(WENT);
  const elsewhere = { spec: { baseSnapshotRef: { name: 'gold', namespace: 'lab' } } };
  expect(judge(goes(gold().add('LinkedClone', { ...CLONE, namespace: 'other' }, elsewhere)))).toEqual(WENT);
  expect(judge(goes(gold().add('LinkedClone', { ...CLONE, namespace: 'other' }, ON_GOLD)))).toEqual([]);
});

it('finds a clone whose machine was made in its time, whatever base its status names', () => {
  const late = { ...ON_GOLD, status: { baseSnapshotUid: 'another' } };
  const history = goes(gold(), (versions) => versions.add('LinkedClone', CLONE, late));
  expect(judge(history, new Diary().cloned('vm-1', 'a'))).toEqual(WENT);
  expect(judge(history)).toEqual([]); // it came when the base was on its way out, and nothing was made of it
});

it('finds none that stands on an earlier base of the name, or is gone', () => {
  const before = new Versions().add('LinkedClone', CLONE, ON_GOLD).add('BaseSnapshot', GOLD, { at: 5000 });
  expect(judge(goes(before), new Diary().cloned('vm-1', 'a'))).toEqual([]);
  const gone = gold()
    .add('LinkedClone', CLONE, ON_GOLD)
    .add('LinkedClone', CLONE, { ...ON_GOLD, type: 'DELETED' });
  expect(judge(goes(gone), new Diary().cloned('vm-1', 'a'))).toEqual([]);
});

it('finds a machine that somebody made on a snapshot above the one that goes', () => {
  const ledger = new Diary()
    .done('CloneVM_Task', 'parent', { args: { snapshot: 'snapshot-2' }, result: 'vm-9', user: 'somebody' })
    .call('RemoveSnapshot_Task', 'snapshot-1');
  const going = (above: readonly string[]): readonly string[] => {
    const witnessed = [hit(3, 'RemoveSnapshot_Task', 'snapshot-1', { above })];
    return noBrokenChain.check(evidenceOf({ ledger, witnessed }));
  };
  expect(going(['snapshot-2'])).toEqual(['ledger 3: RemoveSnapshot_Task snapshot-1 while vm-9 stood on it']);
  expect(going([])).toEqual([]);
});

/** Made for clone `a` on a snapshot of the operator's. */
function madeOnIt(): Diary {
  const args = { instanceUuid: 'a', snapshot: 'snapshot-1' };
  return new Diary().done('CloneVM_Task', 'parent', { args, result: 'vm-1', task: 'task-1' });
}

const registeredAgain = (ledger: Diary): Diary =>
  ledger.bySomebody('UnregisterVM', 'vm-1').done('RegisterVM_Task', 'folder', { result: 'vm-2', user: SOMEBODY });

it('knows a machine that was registered again for the same, and that it is gone', () => {
  const seen = hit(7, 'Destroy_Task', 'vm-2', { instanceUuid: 'a' });
  const removed = (ledger: Diary): readonly string[] =>
    noBrokenChain.check(evidenceOf({ ledger: ledger.call('RemoveSnapshot_Task', 'snapshot-1'), witnessed: [seen] }));
  const stood = (seq: number): readonly string[] => [
    `ledger ${seq}: RemoveSnapshot_Task snapshot-1 while vm-1 stood on it`,
  ];
  expect(removed(registeredAgain(madeOnIt()).done('Destroy_Task', 'vm-2'))).toEqual([]);
  expect(removed(registeredAgain(madeOnIt()).done('Destroy_Task', 'vm-2', { fault: 'TaskInProgress' }))).toEqual(
    stood(9),
  );
  expect(removed(registeredAgain(madeOnIt()))).toEqual(stood(7));
  expect(removed(madeOnIt().bySomebody('UnregisterVM', 'vm-1'))).toEqual(stood(5)); // its files are there
});

it('knows that a vCenter which was restored has forgotten a machine', () => {
  const removed = (more: MadeUp): readonly string[] =>
    noBrokenChain.check(evidenceOf({ ledger: madeOnIt().call('RemoveSnapshot_Task', 'snapshot-1'), ...more }));
  expect(removed({ restoredAt: [2] })).toEqual([]);
  expect(removed({ restoredAt: [2], vms: [machine('vm-1', 'a')] })).toHaveLength(1);
  expect(removed({ restoredAt: [3] })).toHaveLength(1); // only after the call
  // its reference was given again
  const again = madeOnIt()
    .done('CloneVM_Task', 'parent', { args: { instanceUuid: 'b', snapshot: 'snapshot-2' }, result: 'vm-1' })
    .call('RemoveSnapshot_Task', 'snapshot-1');
  expect(removed({ ledger: again, restoredAt: [2], vms: [machine('vm-1', 'b')] })).toEqual([]);
});

it('knows the snapshots of a parent that was registered again', () => {
  const ledger = madeOnIt()
    .bySomebody('UnregisterVM', 'parent')
    .done('RegisterVM_Task', 'folder', { result: 'vm-3', user: SOMEBODY })
    .call('RemoveSnapshot_Task', 'snapshot-9');
  const known = (key: string): readonly SeenSnapshot[] => [
    { moRef: 'snapshot-1', key: 'parent-uuid/3/then', from: 0 },
    { moRef: 'snapshot-9', key, from: 6 },
  ];
  const removed = (more: MadeUp): readonly string[] => noBrokenChain.check(evidenceOf({ ledger, ...more }));
  const found = ['ledger 7: RemoveSnapshot_Task snapshot-9 while vm-1 stood on it'];
  expect(removed({ snapshotsSeen: known('parent-uuid/3/then') })).toEqual(found);
  expect(removed({ snapshotsSeen: known('parent-uuid/4/then') })).toEqual([]);
  const witnessed = [hit(7, 'RemoveSnapshot_Task', 'snapshot-9', { above: ['snapshot-8'] })];
  const above = { moRef: 'snapshot-8', key: 'parent-uuid/3/then', from: 6 };
  expect(removed({ snapshotsSeen: [...known('parent-uuid/4/then'), above], witnessed })).toEqual(found);
  // it is there at the end, and was never seen before
  const there = { moRef: 'snapshot-9', id: 3, name: 'own', vm: 'vm-3', createTime: 'then' };
  const inventory = { vms: [machine('vm-3', 'parent-uuid')], snapshots: [there] };
  expect(removed({ snapshotsSeen: known('parent-uuid/3/then').slice(0, 1), ...inventory })).toEqual(found);
});
