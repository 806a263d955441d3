// Two VCenter objects for one vCenter: what one of them does to a source keeps the other from it, whoever waits goes on when it
// ends, and limits stay each one's own.
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_LIMITS, SlotPools } from '../../../../src/controllers/vcenter/slot-pools.ts';
import { SourceLocks } from '../../../../src/controllers/vcenter/source-locks.ts';
import { ref } from '../support/vm.ts';

function through(locks: SourceLocks) {
  const pools = new SlotPools();
  pools.share(locks);
  const granted: string[] = [];
  return {
    pools,
    granted,
    clone: (id: string, source = 'vm-1') =>
      pools.requestClone({
        ...{ id, group: id, source: ref(source), sourceHost: () => undefined, groupLimit: () => Infinity },
        chooseHost: () => ref('host-1', 'HostSystem'),
        granted: () => granted.push(id),
      }),
    snapshot: (id: string, source = 'vm-1') => pools.requestSnapshot(id, ref(source), () => granted.push(id)),
  };
}

function two() {
  const locks = new SourceLocks();
  return { first: through(locks), second: through(locks) };
}

describe('a source that two VCenters have', () => {
  it('is cloned by neither while a snapshot operation of one holds it', () => {
    const { first, second } = two();
    expect(first.snapshot('s')).toBe(true);
    expect([first.clone('a'), second.clone('b'), second.clone('c', 'vm-2')]).toEqual([false, false, true]);
    first.pools.release('snapshot', 's');
    expect([first.granted, second.granted]).toEqual([
      ['s', 'a'],
      ['c', 'b'],
    ]);
  });

  it('has no snapshot operation while a clone of it is made through the other, and no new clone while one waits', () => {
    const { first, second } = two();
    expect([second.clone('a'), first.snapshot('s'), second.clone('b')]).toEqual([true, false, false]);
    second.pools.release('clone', 'a');
    expect([first.granted, second.granted]).toEqual([['s'], ['a']]);
    first.pools.release('snapshot', 's');
    expect(second.granted).toEqual(['a', 'b']);
  });

  it('has one snapshot operation at a time', () => {
    const { first, second } = two();
    expect([first.snapshot('s'), second.snapshot('t'), second.snapshot('u', 'vm-2')]).toEqual([true, false, true]);
    first.pools.release('snapshot', 's');
    expect(second.granted).toEqual(['u', 't']);
  });

  it('counts a clone task that one of them found running', () => {
    const { first, second } = two();
    second.pools.adoptClone('task/1', ref('vm-1'), undefined);
    expect(first.snapshot('s')).toBe(false);
    second.pools.release('clone', 'task/1');
    expect(first.granted).toEqual(['s']);
  });

  it('is free of what a closed connection held or waited for', () => {
    const { first, second } = two();
    first.clone('a');
    second.snapshot('s');
    first.pools.leave();
    expect(second.granted).toEqual(['s']);
    const third = two();
    third.first.snapshot('s');
    third.second.clone('b');
    third.first.pools.leave();
    expect(third.second.granted).toEqual(['b']);
  });

  it('leaves each its own limits', () => {
    const { first, second } = two();
    first.pools.limits = { ...DEFAULT_LIMITS, clones: 1 };
    expect([first.clone('a'), first.clone('b'), second.clone('c')]).toEqual([true, false, true]);
  });
});
