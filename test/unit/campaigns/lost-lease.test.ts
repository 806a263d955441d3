// When a lost Lease is excused: only where the plan, the API server or the machine kept the process from renewing it for half of
// the deadline at least, and that was measured.
import { describe, expect, it } from '@jest/globals';
import { LeaseTap } from '../../campaigns/harness/lease-tap.ts';
import { covered, lostLeaseOf } from '../../campaigns/harness/lost-lease.ts';
import type { Hindrances } from '../../campaigns/harness/lost-lease.ts';
import { Stalls } from '../../campaigns/harness/stalls.ts';
import type { Span } from '../../campaigns/harness/stalls.ts';

const DEADLINE_MS = 6000;
const NOTHING: Hindrances = { planned: [], renewals: [], late: [], waited: () => 0 };
const LOST_AT = Date.parse('2026-11-22T02:00:10.000Z');
const LOG =
  '{"level":"error","time":"2026-11-22T02:00:10.000Z","msg":"leadership lost"}\n{"level":"info","msg":"stopped"}';

function span(from: number, to: number): Span {
  return { from: LOST_AT + from, to: LOST_AT + to };
}

/** It ended two seconds after it had lost the Lease. */
function judged(more: Partial<Hindrances>, end: { code?: number; log?: string } = {}): string | undefined {
  const told = { code: 1, log: LOG, endedAt: LOST_AT + 2000, ...end };
  return lostLeaseOf(told, DEADLINE_MS, { ...NOTHING, ...more })?.excuse;
}

describe('a process that lost its Lease', () => {
  it('has no excuse where nothing kept it, or for less than half of the deadline', () => {
    expect(judged({})).toBeUndefined();
    expect(judged({ planned: [span(-2000, 0)] })).toBeUndefined();
    expect(judged({ waited: () => 2900 })).toBeUndefined();
    expect(lostLeaseOf({ code: 1, log: LOG, endedAt: LOST_AT }, DEADLINE_MS, NOTHING)).toEqual({
      renewDeadlineMs: DEADLINE_MS,
      hinderedMs: 0,
    });
  });

  it('has one where it was stopped or cut off by plan, its renewals hung, or the machine stood still', () => {
    expect(judged({ planned: [span(-5500, 100)] })).toBe('by plan 5500 ms');
    expect(judged({ renewals: [span(-7000, -3000)] })).toBe('renewals under way or refused 3000 ms');
    expect(judged({ late: [span(-4000, 5000)] })).toBe('our own event loop late 4000 ms');
    expect(judged({ waited: () => 3000 })).toBe('waiting for a processor 3000 ms');
  });

  it('adds up what kept it, and counts no time twice', () => {
    expect(judged({ renewals: [span(-3000, -1500)], late: [span(-3000, -1500)] })).toBeUndefined();
    expect(judged({ renewals: [span(-3000, -1500)], late: [span(-1500, 0)] })).toBeDefined();
    expect(covered([span(-3, -1), span(-2, 0), span(5, 9)], span(-10, 6))).toBe(4);
  });

  it('is judged by the time before it lost it, not by what came before or after', () => {
    expect(judged({ planned: [span(-60_000, -6000), span(0, 2000)] })).toBeUndefined();
    const later = { log: '{"time":"2026-11-22T09:00:00.000Z","msg":"leadership lost"}' }; // of another clock
    expect(judged({ planned: [span(-1500, 1500)] }, later)).toBe('by plan 3000 ms');
  });

  it('is none that ended otherwise', () => {
    expect(lostLeaseOf({ code: 2, log: LOG, endedAt: LOST_AT }, DEADLINE_MS, NOTHING)).toBeUndefined();
    expect(lostLeaseOf({ code: 1, log: 'out of memory', endedAt: LOST_AT }, DEADLINE_MS, NOTHING)).toBeUndefined();
  });
});

describe('renewals on their way', () => {
  it('count until they are answered, and those that are refused until the next one', () => {
    const tap = new LeaseTap();
    tap.begin()(200);
    expect(tap.renewals.filter(({ to }) => to === Number.POSITIVE_INFINITY)).toEqual([]);
    tap.begin()(503);
    const [, , open] = tap.renewals;
    expect(open?.to).toBe(Number.POSITIVE_INFINITY);
    const ended = tap.begin();
    expect(tap.renewals).toHaveLength(3);
    expect(tap.renewals[2]).toEqual(open);
    ended(200);
    expect(tap.renewals.filter(({ to }) => to === Number.POSITIVE_INFINITY)).toEqual([]);
  });

  it('that are cut off by plan are told as such', () => {
    const tap = new LeaseTap();
    for (const cut of [true, true, false, false]) tap.setCut(cut);
    expect(tap.cut).toHaveLength(1);
    expect(tap.cut[0]?.to).toBeLessThanOrEqual(Date.now());
  });
});

describe('a machine that stands still', () => {
  it('is told by our own event loop, and by how long the process waited', () => {
    const stalls = new Stalls();
    for (const [at, waited] of [
      [0, 10],
      [100, 20],
      [2200, 1520],
      [2300, 1530],
    ] as const)
      stalls.tick(at, waited);
    expect(stalls.late).toEqual([{ from: 200, to: 2200 }]);
    expect(stalls.waited({ from: 150, to: 2250 })).toBe(1500);
    expect(stalls.waited({ from: -1000, to: 2300 })).toBe(1520);
    expect(new Stalls().waited({ from: 0, to: 1 })).toBe(0);
  });
});
