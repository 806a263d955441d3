// Steps wait for a result that is near, but not for one that doesn't come.
import { describe, expect, it } from '@jest/globals';
import { FinalStretch } from '../../../../src/controllers/linked-clone-set/final-stretch.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

describe('FinalStretch', () => {
  it('holds up steps from its beginning, for five intervals', async () => {
    const clock = new FakeClock();
    const stretch = new FinalStretch(clock, 1000);
    expect(stretch.waitMs('a', false)).toBe(0);
    expect(stretch.waitMs('a', true)).toBe(5000);
    await clock.advance(3000);
    expect([stretch.waitMs('a', true), stretch.waitMs('b', true)]).toEqual([2000, 5000]);
    await clock.advance(2000);
    expect(stretch.waitMs('a', true)).toBe(0);
  });

  it('begins anew when a machine is missing again', async () => {
    const clock = new FakeClock();
    const stretch = new FinalStretch(clock, 1000);
    stretch.waitMs('a', true);
    await clock.advance(5000);
    expect(stretch.waitMs('a', false)).toBe(0);
    expect(stretch.waitMs('a', true)).toBe(5000);
    stretch.forget('a');
    await clock.advance(4000);
    expect(stretch.waitMs('a', true)).toBe(5000);
  });
});
