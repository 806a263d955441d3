// At most one write an interval for each parent, the first at once.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WriteLimiter } from '../../../../src/controllers/shared/write-limiter.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

describe('WriteLimiter', () => {
  it('lets the first write through, then one an interval, per object', async () => {
    const clock = new FakeClock();
    const writes = new WriteLimiter(clock, 1000);
    expect(writes.waitMs('a')).toBe(0);
    writes.wrote('a');
    await clock.advance(300);
    expect([writes.waitMs('a'), writes.waitMs('b')]).toEqual([700, 0]);
    await clock.advance(700);
    expect(writes.waitMs('a')).toBe(0);
    writes.wrote('a');
    writes.forget('a');
    expect(writes.waitMs('a')).toBe(0);
  });

  it('never lets two writes within an interval, and never makes one wait longer, whoever comes when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1500), { maxLength: 20 }), async (steps) => {
        const clock = new FakeClock();
        const writes = new WriteLimiter(clock, 1000);
        let last = -Infinity;
        for (const ms of steps) {
          await clock.advance(ms);
          const wait = writes.waitMs('a');
          expect(wait).toBe(Math.max(0, last + 1000 - clock.monotonic()));
          if (wait > 0) continue;
          last = clock.monotonic();
          writes.wrote('a');
        }
      }),
      { numRuns: 50 },
    );
  });
});
