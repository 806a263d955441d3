// The oracle of bases that go: what stands on one is told by what refers to it and by the ledger, not by a status alone.
import { expect, it } from '@jest/globals';
import { noBrokenChain } from '../../campaigns/oracles/chains.ts';
import { Diary, Versions, evidenceOf, hit } from './made-up.ts';

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
