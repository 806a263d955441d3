// Slots by example: who is granted when, what asking twice and letting go mean, and callbacks that ask and let go
// themselves. The rules under random sequences are in slots-properties.test.ts.
import { describe, expect, it } from '@jest/globals';
import { Slots } from '../../../src/util/slots.ts';

interface Rig {
  readonly slots: Slots;
  /** Ids in the order in which they were granted. */
  readonly granted: string[];
  /** Asks for one unit of `key`, of `limit`. */
  readonly ask: (id: string, group?: string, key?: string, limit?: number) => boolean;
}

function rig(): Rig {
  const slots = new Slots();
  const granted: string[] = [];
  return {
    slots,
    granted,
    ask: (id, group = 'g', key = 'all', limit = 2) =>
      slots.request({ id, group, needs: () => [{ key, limit }], granted: () => granted.push(id) }),
  };
}

describe('Slots', () => {
  it('grants what fits at once and the rest in order as units come back', () => {
    const { slots, ask, granted } = rig();
    expect([ask('a'), ask('b'), ask('c'), ask('d')]).toEqual([true, true, false, false]);
    expect([slots.inFlight, slots.waiting, slots.usage('all')]).toEqual([2, 2, 2]);
    slots.release('a');
    expect(granted).toEqual(['a', 'b', 'c']);
    expect([slots.holds('c'), slots.holds('d'), slots.knows('d'), slots.knows('a')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    slots.release('b');
    slots.release('c');
    slots.release('d');
    expect([slots.inFlight, slots.waiting, slots.usage('all'), slots.heldBy('g')]).toEqual([0, 0, 0, 0]);
  });

  it('takes one unit of each key or none at all', () => {
    const slots = new Slots();
    const needs = [
      { key: 'all', limit: 5 },
      { key: 'host', limit: 1 },
    ];
    const request = (id: string): boolean => slots.request({ id, group: 'g', needs: () => needs, granted: () => {} });
    expect(request('a')).toBe(true);
    expect(request('b')).toBe(false);
    expect([slots.usage('all'), slots.usage('host')]).toEqual([1, 1]);
  });

  it('asks what a request needs with the load of the moment of its turn', () => {
    const { slots, ask } = rig();
    ask('first', 'g', 'all', 1);
    ask('other', 'h', 'host-a', 10);
    const chosen: string[] = [];
    slots.request({
      id: 'second',
      group: 'g',
      needs: (usage) => [
        { key: 'all', limit: 1 },
        { key: usage('host-a') <= usage('host-b') ? 'host-a' : 'host-b', limit: 10 },
      ],
      granted: (needs) => chosen.push(needs[1]?.key ?? ''),
    });
    slots.release('first');
    expect(chosen).toEqual(['host-b']);
    expect(slots.usage('host-b')).toBe(1);
  });

  it('passes over a request with a reason of its own, without holding up its group or others', () => {
    const { slots, ask, granted } = rig();
    let may = false;
    slots.request({
      id: 'held',
      group: 'g',
      needs: () => (may ? [{ key: 'all', limit: 2 }] : undefined),
      granted: () => granted.push('held'),
    });
    expect(ask('behind', 'g')).toBe(true);
    expect(ask('elsewhere', 'h')).toBe(true);
    slots.release('behind');
    expect([slots.knows('held'), slots.holds('held')]).toEqual([true, false]);
    may = true;
    slots.pump();
    expect(granted).toEqual(['behind', 'elsewhere', 'held']);
  });
});

describe('upcoming', () => {
  it('names who comes next in the order in which they are granted then', () => {
    const { slots, ask, granted } = rig();
    for (const id of ['a1', 'a2', 'a3', 'a4']) ask(id, 'a');
    for (const id of ['b1', 'b2']) ask(id, 'b');
    expect(granted).toEqual(['a1', 'a2']);
    const next = slots.upcoming(4);
    expect(slots.upcoming(1)).toEqual(next.slice(0, 1));
    for (const id of ['a1', 'a2', ...next.slice(0, 2)]) slots.release(id);
    expect(granted.slice(2).toSorted()).toEqual(next.toSorted());
    expect(slots.upcoming(10)).toEqual([]);
  });
});

describe('asking again', () => {
  it('changes nothing while the request waits: its place and its first callback stay', () => {
    const { slots, ask, granted } = rig();
    ask('a', 'g', 'all', 1);
    ask('b', 'g', 'all', 1);
    ask('c', 'g', 'all', 1);
    const again: string[] = [];
    const repeated = slots.request({
      id: 'b',
      group: 'g',
      needs: () => [{ key: 'all', limit: 1 }],
      granted: () => again.push('b'),
    });
    expect([repeated, slots.waiting]).toEqual([false, 2]);
    slots.release('a');
    expect(granted).toEqual(['a', 'b']);
    expect(again).toEqual([]);
  });

  it('answers true while it is held, takes nothing more and calls nothing', () => {
    const { slots, ask, granted } = rig();
    ask('a');
    expect(ask('a')).toBe(true);
    expect([slots.usage('all'), slots.inFlight, granted.length]).toEqual([1, 1, 1]);
  });

  it('moves a waiting request to the group that asks for it last, so that it takes its units once', () => {
    const { slots, ask, granted } = rig();
    ask('busy', 'x', 'all', 1);
    ask('clone', 'its-set', 'all', 1);
    ask('clone', 'itself', 'all', 1); // let go by its set meanwhile
    expect(slots.waiting).toBe(1);
    slots.release('busy');
    slots.release('clone');
    expect(granted).toEqual(['busy', 'clone']);
    expect([slots.usage('all'), slots.waiting, slots.heldBy('its-set'), slots.heldBy('itself')]).toEqual([0, 0, 0, 0]);
  });
});

describe('adopting', () => {
  it('counts work that already runs against the limits, also beyond them', () => {
    const { slots, ask } = rig();
    for (const id of ['r1', 'r2', 'r3']) slots.adopt(id, 'before', ['all']);
    expect(slots.usage('all')).toBe(3);
    expect(ask('a')).toBe(false);
    slots.release('r1');
    expect(slots.holds('a')).toBe(false);
    slots.release('r2');
    expect(slots.holds('a')).toBe(true);
  });

  it('takes nothing twice', () => {
    const { slots } = rig();
    slots.adopt('r', 'g', ['all']);
    slots.adopt('r', 'g', ['all']);
    expect(slots.usage('all')).toBe(1);
  });

  it.each(['its-set', 'adopted'])('ends the waiting of the same id; adopted for the group %s', (group) => {
    const { slots, ask, granted } = rig();
    ask('busy', 'x', 'all', 1);
    ask('clone', 'its-set', 'all', 1);
    slots.adopt('clone', group, ['all']);
    expect([slots.waiting, slots.usage('all')]).toEqual([0, 2]);
    slots.release('busy');
    slots.release('clone');
    expect(granted).toEqual(['busy']);
    expect([slots.usage('all'), slots.inFlight]).toEqual([0, 0]);
  });
});

describe('letting go', () => {
  it('forgets a request that still waits', () => {
    const { slots, ask, granted } = rig();
    ask('a', 'g', 'all', 1);
    ask('b', 'g', 'all', 1);
    slots.release('b');
    expect(slots.waiting).toBe(0);
    slots.release('a');
    expect(granted).toEqual(['a']);
  });

  it('of something unknown, or twice, gives back nothing', () => {
    const { slots, ask } = rig();
    ask('a');
    ask('b');
    slots.release('nobody');
    slots.release('a');
    slots.release('a');
    expect([slots.usage('all'), slots.heldBy('g')]).toEqual([1, 1]);
  });
});

describe('callbacks that ask and let go themselves', () => {
  it('may let go at once: all that wait pass through, each once', () => {
    const slots = new Slots();
    const granted: string[] = [];
    const ask = (id: string): boolean =>
      slots.request({
        id,
        group: 'g',
        needs: () => [{ key: 'all', limit: 1 }],
        granted: () => {
          granted.push(id);
          expect(slots.usage('all')).toBe(1);
          slots.release(id);
        },
      });
    for (const id of ['a', 'b', 'c']) expect(ask(id)).toBe(false); // held only within the callback
    expect(granted).toEqual(['a', 'b', 'c']);
    expect(slots.usage('all')).toBe(0);
  });

  it('may ask for more: it is served within the same call, within the limit', () => {
    const slots = new Slots();
    const granted: string[] = [];
    const ask = (id: string, next?: string): boolean =>
      slots.request({
        id,
        group: 'g',
        needs: () => [{ key: 'all', limit: 2 }],
        granted: () => {
          granted.push(id);
          if (next !== undefined) ask(next, `${next}'`);
        },
      });
    ask('a', 'b');
    expect(granted).toEqual(['a', 'b']);
    expect([slots.usage('all'), slots.waiting]).toEqual([2, 1]);
  });

  it('that throw leave the slot taken and the queue alive', () => {
    const { slots, ask, granted } = rig();
    const failing = {
      id: 'bad',
      group: 'g',
      needs: () => [{ key: 'all', limit: 1 }],
      granted: () => {
        throw new Error('callback failed');
      },
    };
    expect(() => slots.request(failing)).toThrow('callback failed');
    expect(slots.holds('bad')).toBe(true);
    ask('next', 'g', 'all', 1);
    slots.release('bad');
    expect(granted).toEqual(['next']);
  });
});

describe('sharing between groups', () => {
  it('gives each freed unit to the group that holds least', () => {
    const { slots, ask, granted } = rig();
    for (let n = 0; n < 20; n += 1) ask(`big-${n}`, 'big', 'all', 6);
    for (let n = 0; n < 4; n += 1) ask(`small-${n}`, 'small', 'all', 6);
    expect([slots.heldBy('big'), slots.heldBy('small')]).toEqual([6, 0]);
    for (let n = 0; n < 3; n += 1) slots.release(`big-${n}`);
    expect([slots.heldBy('big'), slots.heldBy('small')]).toEqual([3, 3]);
    slots.release('big-3');
    slots.release('big-3');
    expect(granted.at(-1)).toBe('big-6'); // two against three
  });

  it('leaves what a group can not use to the others', () => {
    const { slots, ask } = rig();
    ask('small', 'small', 'all', 4);
    for (let n = 0; n < 10; n += 1) ask(`big-${n}`, 'big', 'all', 4);
    expect([slots.heldBy('small'), slots.heldBy('big')]).toEqual([1, 3]);
  });
});

it('keeps nothing of a key that has no units out any more', () => {
  const { slots, ask } = rig();
  for (let n = 0; n < 100; n += 1) {
    ask(`clone-${n}`, `group-${n}`, `group/uid-${n}`, 1);
    slots.adopt(`task-${n}`, `group-${n}`, ['all', `group/uid-${n}`]);
    expect(slots.keysInUse).toBe(2);
    for (const id of [`clone-${n}`, `task-${n}`]) slots.release(id);
  }
  expect([slots.keysInUse, slots.usage('all')]).toEqual([0, 0]);
});

describe('groups that hold as much', () => {
  it('go by how much they have to do, so that none is left behind at the end', () => {
    const slots = new Slots();
    const order: string[] = [];
    const ask = (id: string, group: string): boolean =>
      slots.request({
        id,
        group,
        needs: () => [{ key: 'all', limit: 1 }],
        granted: () => order.push(id),
      });
    ask('first', 'other');
    ask('small-1', 'small');
    ask('big-1', 'big');
    ask('big-2', 'big');
    slots.release('first');
    expect(order).toEqual(['first', 'big-1']);
  });
});
