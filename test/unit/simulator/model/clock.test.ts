// The simulated clock: driven, standing still, sped up.
import { describe, expect, it } from '@jest/globals';
import { createSimClock } from '../../../../src/simulator/clock/simulated-clock.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

describe('a driven clock', () => {
  it('stands still by itself', async () => {
    const clock = createSimClock({ speed: 0, startAt: START });
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.now()).toBe(START);
  });

  it('runs timers in the order of their time, each at its own moment', async () => {
    const clock = createSimClock({ speed: 0, startAt: START });
    const heard: [string, number][] = [];
    const hear = (name: string) => (): void => void heard.push([name, clock.now() - START]);
    clock.schedule(300, hear('c'));
    clock.schedule(100, hear('a'));
    clock.schedule(100, hear('b'));
    clock.schedule(900, hear('never'));
    await clock.advance(500);
    expect(heard).toEqual([
      ['a', 100],
      ['b', 100],
      ['c', 300],
    ]);
    expect(clock.now()).toBe(START + 500);
  });

  it('reaches timers that other timers set, also through promises', async () => {
    const clock = createSimClock({ speed: 0, startAt: START });
    const moments: number[] = [];
    clock.schedule(100, () => {
      void Promise.resolve().then(() => clock.schedule(50, () => moments.push(clock.now() - START)));
    });
    await clock.advance(200);
    expect(moments).toEqual([150]);
  });

  it('forgets a timer that is cancelled', async () => {
    const clock = createSimClock({ speed: 0, startAt: START });
    let ran = false;
    clock.schedule(10, () => (ran = true)).cancel();
    await clock.advance(100);
    expect(ran).toBe(false);
  });

  it('runs what is due now without being driven, but never within the call that set it', async () => {
    const clock = createSimClock({ speed: 0, startAt: START });
    let ran = false;
    await new Promise<void>((resolve) => {
      clock.schedule(0, () => {
        ran = true;
        resolve();
      });
      expect(ran).toBe(false);
    });
    expect(ran).toBe(true);
  });

  it('adds up moves that are asked for at once', async () => {
    const clock = createSimClock({ speed: 0, startAt: START });
    await Promise.all([clock.advance(1000), clock.advance(500)]);
    expect(clock.now()).toBe(START + 1500);
  });
});

describe('a running clock', () => {
  it('lets simulated seconds pass at its speed', async () => {
    const clock = createSimClock({ speed: 1000, startAt: START });
    const began = performance.now();
    await new Promise<void>((resolve) => void clock.schedule(20_000, resolve));
    const real = performance.now() - began;
    expect(clock.now() - START).toBeGreaterThanOrEqual(20_000);
    expect(real).toBeGreaterThanOrEqual(19);
  });

  it('can be moved forward as well', async () => {
    const clock = createSimClock({ speed: 1, startAt: START });
    let at = 0;
    clock.schedule(3_600_000, () => (at = clock.now() - START));
    await clock.advance(3_600_000);
    expect(Math.abs(at - 3_600_000)).toBeLessThan(1000);
    expect(clock.now() - START).toBeGreaterThanOrEqual(3_600_000);
  });

  it('keeps the time when its speed changes', () => {
    const clock = createSimClock({ speed: 0, startAt: START });
    clock.setSpeed(1);
    expect(clock.now() - START).toBeLessThan(1000);
    expect(() => clock.setSpeed(-1)).toThrow('0 or more');
  });
});
