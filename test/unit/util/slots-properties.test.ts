// The rules of Slots under random sequences of asking, adopting, letting go and changed limits, callbacks that do the same
// included: no grant over a limit, the books always add up, nothing that fits is left waiting, and of the groups that
// could go the one that holds least goes.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SlotNeed } from '../../../src/util/slots.ts';
import { Slots } from '../../../src/util/slots.ts';

const GROUPS = ['g0', 'g1', 'g2', 'g3'];
const KEYS = ['all', 'k0', 'k1'];
/** How many of a group's queue Slots looks at. */
const SEARCHED = 8;

type Step =
  | { readonly do: 'ask'; readonly id: number; readonly group: number; readonly key: number; readonly next: Next }
  | { readonly do: 'adopt'; readonly id: number; readonly group: number; readonly key: number }
  | { readonly do: 'release'; readonly id: number }
  | { readonly do: 'limit'; readonly key: number; readonly limit: number };

/** What the callback of a grant does. */
type Next = 'nothing' | 'releaseItself' | 'releaseAnother' | 'askAgain';

const id = fc.nat(11);
const group = fc.nat(GROUPS.length - 1);
const key = fc.nat(KEYS.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      id,
      group,
      key,
      next: fc.constantFrom<Next>('nothing', 'nothing', 'nothing', 'releaseItself', 'releaseAnother', 'askAgain'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('adopt' as const), id, group, key }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), id }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('limit' as const), key, limit: fc.nat(4) }) },
);

interface Held {
  readonly group: string;
  readonly keys: readonly string[];
}

/** Runs the steps on Slots and keeps books of its own beside it; compares the two after each step. */
function playAndCheck(steps: readonly Step[]): void {
  const slots = new Slots();
  const limits = new Map([
    ['all', 4],
    ['k0', 2],
    ['k1', 2],
  ]);
  const held = new Map<string, Held>();
  const waiting = new Map<string, { group: string; key: string }>();

  function needsOf(named: string): SlotNeed[] {
    return [...new Set(['all', named])].map((name) => ({ key: name, limit: limits.get(name) ?? 0 }));
  }

  function fits(named: string): boolean {
    return needsOf(named).every((need) => slots.usage(need.key) < need.limit);
  }

  function heldBy(inGroup: string): number {
    return [...held.values()].filter((grant) => grant.group === inGroup).length;
  }

  function release(name: string): void {
    held.delete(name);
    waiting.delete(name);
    slots.release(name);
  }

  /** Before this grant no other group with something that fitted held less. */
  function checkFair(winner: string): void {
    for (const { group: other, key: named } of waiting.values()) {
      // usage counts the winner already, so what fits even so fitted before
      if (other !== winner && fits(named)) expect(heldBy(other)).toBeGreaterThanOrEqual(heldBy(winner));
    }
  }

  function granted(name: string, inGroup: string, needs: readonly SlotNeed[], next: Next): void {
    expect(held.has(name)).toBe(false);
    expect(waiting.get(name)?.group).toBe(inGroup);
    for (const need of needs) expect(slots.usage(need.key)).toBeLessThanOrEqual(need.limit);
    checkFair(inGroup);
    waiting.delete(name);
    held.set(name, { group: inGroup, keys: needs.map((need) => need.key) });
    if (next === 'releaseItself') release(name);
    if (next === 'releaseAnother') release([...held.keys()][0] ?? name);
    if (next === 'askAgain') ask(`${name}'`, inGroup, 'k0', 'nothing');
  }

  function ask(name: string, inGroup: string, named: string, next: Next): void {
    if (!held.has(name) && waiting.get(name)?.group !== inGroup) {
      waiting.delete(name); // it goes to the end of its new queue
      waiting.set(name, { group: inGroup, key: named });
    }
    slots.request({
      id: name,
      group: inGroup,
      needs: () => needsOf(named),
      granted: (needs) => granted(name, inGroup, needs, next),
    });
  }

  function adopt(name: string, inGroup: string, named: string): void {
    const keys = [...new Set(['all', named])];
    slots.adopt(name, inGroup, keys);
    waiting.delete(name);
    if (!held.has(name)) held.set(name, { group: inGroup, keys });
  }

  function apply(each: Step): void {
    switch (each.do) {
      case 'ask':
        return ask(`${each.id}`, GROUPS[each.group] ?? '', KEYS[each.key] ?? '', each.next);
      case 'adopt':
        return adopt(`${each.id}`, GROUPS[each.group] ?? '', KEYS[each.key] ?? '');
      case 'release':
        return release(`${each.id}`);
      case 'limit':
        limits.set(KEYS[each.key] ?? '', each.limit);
        return slots.pump();
    }
  }

  function checkBooks(): void {
    expect(slots.inFlight).toBe(held.size);
    expect(slots.waiting).toBe(waiting.size);
    for (const name of KEYS) {
      expect(slots.usage(name)).toBe([...held.values()].filter((grant) => grant.keys.includes(name)).length);
    }
    for (const name of GROUPS) {
      expect(slots.heldBy(name)).toBe(heldBy(name));
      const queue = [...waiting.values()].filter((request) => request.group === name);
      for (const { key: named } of queue.slice(0, SEARCHED)) expect(fits(named)).toBe(false);
    }
  }

  for (const each of steps) {
    apply(each);
    checkBooks();
  }
}

describe('Slots under random sequences', () => {
  it('grants within limits, fairly, without forgetting or inventing a unit', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        playAndCheck(steps);
      }),
      { numRuns: 300 },
    );
  });

  it('shares max-min fair: no group is below its fair share while another is above it', () => {
    const demands = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(demands, fc.integer({ min: 1, max: 20 }), fc.nat(1000), (wants, limit, seed) => {
        const slots = new Slots();
        const open = new Set<string>();
        // the slots are full of old work, the groups' requests come one group after the other
        for (let n = 0; n < limit; n += 1) slots.adopt(`old-${n}`, 'old', ['all']);
        wants.forEach((want, index) => {
          for (let n = 0; n < want; n += 1) {
            const name = `${index}/${n}`;
            slots.request({
              id: name,
              group: `${index}`,
              needs: () => [{ key: 'all', limit }],
              granted: () => open.add(name),
            });
          }
        });
        for (let n = 0; n < limit; n += 1) slots.release(`old-${(n + seed) % limit}`);
        const held = wants.map((_, index) => slots.heldBy(`${index}`));
        expect(open.size).toBe(
          Math.min(
            limit,
            wants.reduce((sum, want) => sum + want, 0),
          ),
        );
        held.forEach((mine, index) => {
          const unsatisfied = mine < (wants[index] ?? 0);
          if (unsatisfied) for (const other of held) expect(other - mine).toBeLessThanOrEqual(1);
        });
      }),
      { numRuns: 200 },
    );
  });
});
