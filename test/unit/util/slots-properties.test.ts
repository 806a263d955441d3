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
  | { readonly do: 'ask'; readonly id: number; readonly group: number; readonly key: number; readonly then: Then }
  | { readonly do: 'adopt'; readonly id: number; readonly group: number; readonly key: number }
  | { readonly do: 'release'; readonly id: number }
  | { readonly do: 'limit'; readonly key: number; readonly limit: number };

/** What the callback of a grant does. */
type Then = 'nothing' | 'releaseItself' | 'releaseAnother' | 'askAgain';

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
      then: fc.constantFrom<Then>('nothing', 'nothing', 'nothing', 'releaseItself', 'releaseAnother', 'askAgain'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('adopt' as const), id, group, key }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), id }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('limit' as const), key, limit: fc.nat(4) }) },
);

/** Runs the steps on Slots and keeps books of its own beside it; the checks compare the two. */
class Ledger {
  readonly slots = new Slots();
  readonly #limits = new Map([
    ['all', 4],
    ['k0', 2],
    ['k1', 2],
  ]);
  readonly #held = new Map<string, { group: string; keys: readonly string[] }>();
  readonly #waiting = new Map<string, { group: string; key: string }>();

  run(steps: readonly Step[]): void {
    for (const each of steps) {
      this.#apply(each);
      this.#checkBooks();
      this.#checkNothingFits();
    }
  }

  #needs(named: string): SlotNeed[] {
    return [...new Set(['all', named])].map((name) => ({ key: name, limit: this.#limits.get(name) ?? 0 }));
  }

  #apply(each: Step): void {
    switch (each.do) {
      case 'ask':
        this.#ask(`${each.id}`, GROUPS[each.group] ?? '', KEYS[each.key] ?? '', each.then);
        return;
      case 'adopt': {
        const name = `${each.id}`;
        const keys = [...new Set(['all', KEYS[each.key] ?? ''])];
        this.slots.adopt(name, GROUPS[each.group] ?? '', keys);
        this.#waiting.delete(name);
        if (!this.#held.has(name)) this.#held.set(name, { group: GROUPS[each.group] ?? '', keys });
        return;
      }
      case 'release':
        this.#release(`${each.id}`);
        return;
      case 'limit':
        this.#limits.set(KEYS[each.key] ?? '', each.limit);
        this.slots.pump();
    }
  }

  #release(name: string): void {
    this.#held.delete(name);
    this.#waiting.delete(name);
    this.slots.release(name);
  }

  #ask(name: string, inGroup: string, named: string, then: Then): void {
    const known = this.#waiting.get(name);
    if (!this.#held.has(name) && known?.group !== inGroup) {
      this.#waiting.delete(name); // it goes to the end of its new queue
      this.#waiting.set(name, { group: inGroup, key: named });
    }
    this.slots.request({
      id: name,
      group: inGroup,
      needs: () => this.#needs(named),
      granted: (needs) => this.#granted(name, inGroup, needs, then),
    });
    expect(this.slots.holds(name) || this.slots.isWaiting(name, inGroup) || then !== 'nothing').toBe(true);
  }

  #granted(name: string, inGroup: string, needs: readonly SlotNeed[], then: Then): void {
    expect(this.#held.has(name)).toBe(false);
    expect(this.#waiting.get(name)?.group).toBe(inGroup);
    for (const need of needs) expect(this.slots.usage(need.key)).toBeLessThanOrEqual(need.limit);
    this.#checkFair(inGroup);
    this.#waiting.delete(name);
    this.#held.set(name, { group: inGroup, keys: needs.map((need) => need.key) });
    if (then === 'releaseItself') this.#release(name);
    if (then === 'releaseAnother') this.#release([...this.#held.keys()][0] ?? name);
    if (then === 'askAgain') this.#ask(`${name}'`, inGroup, 'k0', 'nothing');
  }

  /** Before this grant no other group with something that fitted held less. */
  #checkFair(winner: string): void {
    const before = this.#heldBy(winner);
    for (const { group: other, key: named } of this.#waiting.values()) {
      // usage counts the winner already, so what fits even so fitted before
      if (other !== winner && this.#fits(named)) expect(this.#heldBy(other)).toBeGreaterThanOrEqual(before);
    }
  }

  #heldBy(inGroup: string): number {
    return [...this.#held.values()].filter((grant) => grant.group === inGroup).length;
  }

  #fits(named: string): boolean {
    return this.#needs(named).every((need) => this.slots.usage(need.key) < need.limit);
  }

  #checkBooks(): void {
    expect(this.slots.inFlight).toBe(this.#held.size);
    expect(this.slots.waiting).toBe(this.#waiting.size);
    for (const name of KEYS) {
      const units = [...this.#held.values()].filter((grant) => grant.keys.includes(name)).length;
      expect(this.slots.usage(name)).toBe(units);
    }
    for (const name of GROUPS) expect(this.slots.heldBy(name)).toBe(this.#heldBy(name));
  }

  #checkNothingFits(): void {
    for (const name of GROUPS) {
      const queue = [...this.#waiting.values()].filter((request) => request.group === name);
      for (const { key: named } of queue.slice(0, SEARCHED)) expect(this.#fits(named)).toBe(false);
    }
  }
}

describe('Slots under random sequences', () => {
  it('grants within limits, fairly, without forgetting or inventing a unit', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        new Ledger().run(steps);
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
