// When calls that change something may go out, by what is known of the claim.
import { describe, expect, it } from '@jest/globals';
import { ClaimGate } from '../../../../../src/controllers/vcenter/claim/gate.ts';
import { CLAIM_LIVES_MS } from '../../../../../src/controllers/vcenter/claim/rules.ts';
import { RequeueAfter } from '../../../../../src/util/errors.ts';

const CLAIM = { cluster: 'c', holder: 'h', at: '2026-01-01T12:00:00Z', holderTime: '2026-01-01T12:00:00Z' };
const SETTLE_MS = 2_000;

function lets(gate: ClaimGate, nowMs: number): boolean {
  try {
    gate.require(nowMs);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(RequeueAfter);
    return false;
  }
}

describe('ClaimGate', () => {
  it('lets nothing through before the first look, and everything where nothing is claimed', () => {
    const gate = new ClaimGate();
    expect(lets(gate, 0)).toBe(false);
    gate.off();
    expect(lets(gate, 1e9)).toBe(true);
  });

  it('lets nothing through while another has the claim, or while it is not sure that nobody has', () => {
    const gate = new ClaimGate();
    gate.elsewhere(CLAIM);
    expect([lets(gate, 0), gate.other]).toEqual([false, CLAIM]);
    gate.taken(0);
    expect([lets(gate, 10_000), gate.other]).toEqual([false, undefined]);
    gate.held(10_000);
    expect(lets(gate, 10_000)).toBe(true);
  });

  it('stops relying on a claim that is not renewed before anybody may take it', () => {
    const gate = new ClaimGate();
    gate.held(5_000);
    const last = [400_000, 600_000].map((ms) => lets(gate, 5_000 + ms));
    expect(last).toEqual([true, false]);
    expect(lets(gate, 5_000 + CLAIM_LIVES_MS - 60_000)).toBe(true);
    expect(lets(gate, 5_000 + CLAIM_LIVES_MS - 59_999)).toBe(false);
  });

  it('believes its own value only after the wait, whenever it is asked', () => {
    const gate = new ClaimGate();
    expect(gate.isSettled(0, SETTLE_MS)).toBe(false); // a write whose reply was lost
    gate.taken(1_000);
    expect(gate.isSettled(2_999, SETTLE_MS)).toBe(false);
    expect(gate.isSettled(3_000, SETTLE_MS)).toBe(true);
    gate.elsewhere(CLAIM);
    expect(gate.isSettled(9_000, SETTLE_MS)).toBe(false);
  });

  it('leaves a field without a value to whoever may have just defined it, unless it has seen one there', () => {
    const gate = new ClaimGate();
    expect([gate.mayFillIn(0, 400, SETTLE_MS), gate.state, lets(gate, 400)]).toEqual([false, 'unset', false]);
    expect(gate.mayFillIn(2_399, 2_500, SETTLE_MS)).toBe(false); // counted from the first answer
    expect(gate.mayFillIn(2_400, 2_500, SETTLE_MS)).toBe(true);
    gate.held(3_000);
    expect(gate.mayFillIn(4_000, 4_000, SETTLE_MS)).toBe(true);
    gate.off(); // it worked without: from now on it waits as everybody does
    expect([gate.mayFillIn(5_000, 5_000, SETTLE_MS), lets(gate, 5_000)]).toEqual([false, false]);
  });

  it('writes a value only soon after what it goes by was read', () => {
    const gate = new ClaimGate();
    expect(() => gate.requireFreshRead(0)).toThrow(RequeueAfter);
    gate.reading(500, 600, 2_000);
    gate.requireFreshRead(1_500);
    expect(() => gate.requireFreshRead(1_501)).toThrow('too long ago');
    gate.reading(500, 600, 600); // whoever takes it waits no longer
    gate.requireFreshRead(900);
    expect(() => gate.requireFreshRead(901)).toThrow('too long ago');
  });

  it('counts from the answer where none ever comes soon enough', () => {
    const gate = new ClaimGate();
    for (const at of [0, 10_000, 20_000]) {
      gate.reading(at, at + 3_000, SETTLE_MS);
      expect(() => gate.requireFreshRead(at + 3_000)).toThrow('too long ago');
    }
    gate.reading(30_000, 33_000, SETTLE_MS);
    gate.requireFreshRead(34_000);
    gate.reading(40_000, 43_000, SETTLE_MS); // once it was written it's as before
    expect(() => gate.requireFreshRead(43_000)).toThrow('too long ago');
  });

  it('lets nothing through after a value that came too late, until all have seen it', () => {
    const gate = new ClaimGate();
    expect(gate.lateForMs(0, 1_000)).toBe(Number.POSITIVE_INFINITY);
    gate.late('one', 5_000);
    gate.late('one', 6_000); // found there again
    expect([lets(gate, 1e9), gate.lateForMs(5_500, 1_000), gate.lateForMs(6_000, 1_000)]).toEqual([false, 500, 0]);
    gate.late('two', 7_000);
    expect(gate.lateForMs(7_000, 1_000)).toBe(1_000);
  });

  it('is given up by nobody but its holder', () => {
    const gate = new ClaimGate();
    gate.taken(0);
    gate.release = () => Promise.resolve();
    gate.held(0);
    expect(gate.release).toBeDefined();
    gate.elsewhere(CLAIM);
    expect(gate.release).toBeUndefined();
  });
});
