// The real clock: times as Kubernetes writes them, timers that fire once, and delays that setTimeout alone would get wrong.
import { describe, expect, it } from '@jest/globals';
import { systemClock, toRfc3339 } from '../../../src/util/clock.ts';

describe('toRfc3339', () => {
  it.each([
    [0, '1970-01-01T00:00:00Z'],
    [Date.UTC(2026, 10, 21, 14, 5, 10, 999), '2026-11-21T14:05:10Z'],
  ])('writes %i with whole seconds', (epochMs, expected) => {
    expect(toRfc3339(epochMs)).toBe(expected);
  });
});

describe('systemClock', () => {
  it('never goes backwards and is near the time of day', () => {
    const before = systemClock.monotonic();
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
  });

  it('fires a timer once, also for a time in the past, and not after it was cancelled', async () => {
    const fired: string[] = [];
    const cancelled = systemClock.schedule(0, () => fired.push('cancelled'));
    cancelled.cancel();
    await new Promise<void>((resolve) => {
      systemClock.schedule(-5, () => {
        fired.push('past');
        systemClock.schedule(1, resolve);
      });
    });
    expect(fired).toEqual(['past']);
  });

  it('does not fire at once for a delay that setTimeout cannot hold', async () => {
    const fired: string[] = [];
    const timer = systemClock.schedule(2 ** 40, () => fired.push('too early'));
    await new Promise<void>((resolve) => void systemClock.schedule(2, resolve)); // the other was asked for before
    timer.cancel();
    expect(fired).toEqual([]);
  });
});
