// Who is granted a slot while it asks isn't woken; who is granted it later is, once.
import { describe, expect, it } from '@jest/globals';
import { askForSlot } from '../../../../src/controllers/shared/ask-for-slot.ts';
import { SlotPools } from '../../../../src/controllers/vcenter/slot-pools.ts';
import type { PoolName } from '../../../../src/controllers/vcenter/slot-pools.ts';

describe('askForSlot', () => {
  it('wakes nobody who got the slot at once, and whoever waited when the slot is free', () => {
    const pools = new SlotPools();
    pools.limits = { ...pools.limits, deletes: 1 };
    const woken: string[] = [];
    const scope = { asked: new Set<PoolName>() };
    const ask = (id: string): boolean =>
      askForSlot(
        scope,
        'delete',
        (later) => pools.requestDelete(id, 'set', later),
        () => woken.push(id),
      );
    expect([ask('a'), ask('b'), ask('c')]).toEqual([true, false, false]);
    expect(woken).toEqual([]);
    pools.release('delete', 'a');
    expect(woken).toEqual(['b']);
    expect(ask('b')).toBe(true);
    pools.release('delete', 'b');
    expect(woken).toEqual(['b', 'c']);
    expect([...scope.asked]).toEqual(['delete']);
  });

  it('passes on what was thrown', () => {
    const wake = (): void => {
      throw new Error('nobody was to be woken');
    };
    const ask = (): boolean => {
      throw new Error('no');
    };
    expect(() => askForSlot({ asked: new Set() }, 'power', ask, wake)).toThrow('no');
  });
});
