// Which of the values that this process wrote were there by their time: answered, or read.
import { describe, expect, it } from '@jest/globals';
import { SentClaims } from '../../../../../src/controllers/vcenter/claim/sent-claims.ts';

describe('SentClaims', () => {
  it('knows which values came in time', () => {
    const claims = new SentClaims();
    claims.sends('one', 1_000);
    expect([1_001, 999, 1_001].map((nowMs) => claims.cameInTime('one', nowMs))).toEqual([false, true, true]);
    claims.sends('two', 2_000);
    expect([claims.cameInTime('one', 5_000), claims.cameInTime('two', 2_001)]).toEqual([true, false]);
  });

  it('knows it also of one that was overtaken by the next write', () => {
    const claims = new SentClaims();
    claims.sends('one', 1_000);
    claims.sends('two', 2_000);
    expect(claims.cameInTime('two', 800)).toBe(true);
    expect(claims.cameInTime('one', 900)).toBe(true);
  });

  it('forgets the oldest', () => {
    const claims = new SentClaims();
    for (let n = 0; n < 100; n += 1) {
      claims.sends(`${n}`, 1_000);
      claims.cameInTime(`${n}`, 0);
    }
    expect(['99', '50'].map((text) => claims.cameInTime(text, 0))).toEqual([true, false]);
  });
});
