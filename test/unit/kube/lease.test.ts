// The rules on the Lease record, and the watchdog that says whether we may still act.
import { describe, expect, it } from '@jest/globals';
import { LeaseWatchdog, NotLeadingError } from '../../../src/kube/lease-watchdog.ts';
import { heldBy, released } from '../../../src/kube/lease.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const T0 = Date.UTC(2026, 0, 1);
const T1 = '2026-01-01T00:00:00.000000Z';
const T2 = '2026-01-01T00:00:02.000000Z';

describe('lease record', () => {
  it('is taken, renewed, taken over and released', () => {
    const first = heldBy(undefined, 'a', 15_000, T0);
    expect(first).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: T1,
      renewTime: T1,
      leaseTransitions: 0,
    });
    const renewed = heldBy(first, 'a', 15_000, T0 + 2_000);
    expect(renewed).toEqual({ ...first, renewTime: T2 });
    expect(heldBy(renewed, 'b', 15_000, T0 + 2_000)).toEqual({
      holderIdentity: 'b',
      leaseDurationSeconds: 15,
      acquireTime: T2,
      renewTime: T2,
      leaseTransitions: 1,
    });
    expect(released(renewed, T0 + 2_000)).toMatchObject({
      holderIdentity: '',
      leaseDurationSeconds: 1,
      leaseTransitions: 0,
    });
  });

  it('never promises less than it lasts, nor 0 s', () => {
    expect(heldBy(undefined, 'a', 300, T0).leaseDurationSeconds).toBe(1);
    expect(heldBy(undefined, 'a', 2_500, T0).leaseDurationSeconds).toBe(3);
  });
});

describe('LeaseWatchdog', () => {
  function setUp(): { clock: FakeClock; watchdog: LeaseWatchdog } {
    const clock = new FakeClock();
    return { clock, watchdog: new LeaseWatchdog(clock, 10_000) };
  }

  it('refuses before leadership, after its loss, and beyond the renew deadline', async () => {
    const { clock, watchdog } = setUp();
    expect(() => watchdog.assert()).toThrow(NotLeadingError);
    expect(watchdog.ageMs()).toBe(Number.POSITIVE_INFINITY);
    watchdog.renewed(watchdog.sending());
    await clock.advance(10_000);
    watchdog.assert();
    await clock.advance(1);
    expect(() => watchdog.assert()).toThrow('last renewed 10001 ms ago');
    watchdog.renewed(watchdog.sending());
    watchdog.assert();
    watchdog.lost();
    expect(() => watchdog.assert()).toThrow('not the leader');
  });

  it('counts from when the renewal was sent, not from its answer', async () => {
    const { clock, watchdog } = setUp();
    const sent = watchdog.sending();
    await clock.advance(4_000);
    watchdog.renewed(sent);
    expect(watchdog.ageMs()).toBe(4_000);
  });

  it.each([1_001, -1_001, 300_000])('refuses after the wall clock jumped by %d ms until a live read', (jump) => {
    const { clock, watchdog } = setUp();
    watchdog.renewed(watchdog.sending());
    clock.jumpWall(jump);
    expect(() => watchdog.assert()).toThrow(`jumped by ${jump} ms`);
    watchdog.confirmed(watchdog.sending());
    watchdog.assert();
  });

  it('lets small corrections pass', () => {
    const { clock, watchdog } = setUp();
    watchdog.renewed(watchdog.sending());
    clock.jumpWall(-1_000);
    expect(() => watchdog.assert()).not.toThrow();
  });

  it('does not take a read for proof that was under way while the clock jumped', () => {
    const { clock, watchdog } = setUp();
    watchdog.renewed(watchdog.sending());
    const sent = watchdog.sending();
    clock.jumpWall(60_000);
    watchdog.confirmed(sent);
    expect(() => watchdog.assert()).toThrow('jumped');
  });
});
