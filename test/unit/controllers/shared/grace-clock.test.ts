// How long something may be missing before it's a human's business: per object and reason, and over restarts.
import { describe, expect, it } from '@jest/globals';
import { GraceClock } from '../../../../src/controllers/shared/grace-clock.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const GRACE = 60_000;

function rig(): { clock: FakeClock; grace: GraceClock } {
  const clock = new FakeClock();
  return { clock, grace: new GraceClock(clock, GRACE) };
}

describe('GraceClock', () => {
  it('counts down from the first time a reason is seen', async () => {
    const { clock, grace } = rig();
    expect(grace.leftMs('a', 'NotFound', false)).toBe(GRACE);
    await clock.advance(20_000);
    expect(grace.leftMs('a', 'NotFound', false)).toBe(40_000);
    await clock.advance(100_000);
    expect(grace.leftMs('a', 'NotFound', false)).toBe(0);
  });

  it('begins again for another reason, after it was mended, and for another object', async () => {
    const { clock, grace } = rig();
    grace.leftMs('a', 'NotFound', false);
    await clock.advance(GRACE);
    expect(grace.leftMs('b', 'NotFound', false)).toBe(GRACE);
    expect(grace.leftMs('a', 'Ambiguous', false)).toBe(GRACE);
    grace.clear('a');
    expect(grace.leftMs('a', 'Ambiguous', false)).toBe(GRACE);
  });

  it('is over at once, and stays over, for what was stalled before this process began', async () => {
    const { clock, grace } = rig();
    expect(grace.leftMs('a', 'NotFound', true)).toBe(0);
    expect(grace.leftMs('a', 'NotFound', false)).toBe(0);
    await clock.advance(GRACE);
    expect(grace.leftMs('a', 'NotFound', true)).toBe(0);
  });

  it('does not believe the wall clock', () => {
    const { clock, grace } = rig();
    grace.leftMs('a', 'NotFound', false);
    clock.jumpWall(10 * GRACE);
    expect(grace.leftMs('a', 'NotFound', false)).toBe(GRACE);
  });
});
