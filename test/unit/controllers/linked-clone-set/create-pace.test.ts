// All sets together make clones at a pace; they take turns, and many that wait don't all ask for the same turn.
import { describe, expect, it } from '@jest/globals';
import { CreatePace } from '../../../../src/controllers/linked-clone-set/create-pace.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function paceOf(clock: FakeClock, sets: number): { take(): number[]; waits(): (number | undefined)[] } {
  const pace = new CreatePace({ clock, rate: 40, burst: 40 });
  const names = Array.from({ length: sets }, (_, i) => `set-${i}`);
  return {
    take: () => names.map((name) => pace.take(name, 300)),
    waits: () => names.map((name) => pace.waitMs(name)),
  };
}

describe('CreatePace', () => {
  it('gives sets turns, then the rate', async () => {
    const clock = new FakeClock();
    const three = paceOf(clock, 3);
    expect(three.take()).toEqual([10, 10, 10]);
    expect(three.take()).toEqual([10, 0, 0]);
    const [wait = 0] = three.waits();
    expect(wait).toBe((15 / 40) * 1000);
    await clock.advance(wait);
    expect(three.take().reduce((sum, n) => sum + n, 0)).toBe(15);
  });

  it('lets go at once who has all it wants', () => {
    const pace = new CreatePace({ clock: new FakeClock(), rate: 40, burst: 40 });
    expect([pace.take('a', 13), pace.waitMs('a')]).toEqual([10, 1]);
    expect([pace.take('a', 3), pace.waitMs('a')]).toEqual([3, undefined]);
  });

  it('lets a hundred that wait ask seldom', () => {
    const many = paceOf(new FakeClock(), 100);
    many.take();
    expect(Math.min(...many.waits().map((ms) => ms ?? 0))).toBe(1000);
  });

  it('forgets who wants no more', () => {
    const pace = new CreatePace({ clock: new FakeClock(), rate: 1, burst: 1 });
    pace.take('a', 3);
    expect(pace.waitMs('a')).toBeGreaterThan(0);
    pace.forget('a');
    expect(pace.waitMs('a')).toBeUndefined();
  });
});
