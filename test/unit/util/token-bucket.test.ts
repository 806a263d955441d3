// A burst at first, then a rate: never more, and never less than what was promised.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TokenBucket } from '../../../src/util/token-bucket.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('TokenBucket', () => {
  it('gives its burst at once, then so many a second, and fills up again', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(clock, 40, 100);
    expect([bucket.take(70), bucket.take(70), bucket.take(1)]).toEqual([70, 30, 0]);
    expect([bucket.waitMs(1), bucket.waitMs(25), bucket.waitMs(1000)]).toEqual([25, 625, 2500]);
    await clock.advance(625);
    expect([bucket.waitMs(25), bucket.take(1000), bucket.waitMs(1)]).toEqual([0, 25, 25]);
    await clock.advance(60_000);
    expect(bucket.take(1000)).toBe(100);
  });

  it('never gives more than burst and rate allow, and what was waited for is there', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.record({ ms: fc.nat(2000), wanted: fc.nat(30) }), { maxLength: 20 }),
        async (perSecond, burst, steps) => {
          const clock = new FakeClock();
          const bucket = new TokenBucket(clock, perSecond, burst);
          let [taken, passed] = [0, 0];
          for (const { ms, wanted } of steps) {
            await clock.advance(ms);
            passed += ms;
            taken += bucket.take(wanted);
            expect(taken).toBeLessThanOrEqual(burst + (perSecond * passed) / 1000 + 1e-6);
          }
          const wait = bucket.waitMs(burst);
          await clock.advance(wait);
          expect(bucket.take(burst)).toBe(burst);
        },
      ),
    );
  });
});
