// A set that only fails is tried one clone at a time, with growing pauses, until one succeeds; and never waits for a clone
// that can't tell any more how it went.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FailureBreaker } from '../../../../src/controllers/vcenter/failure-breaker.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const PAUSE = 1000;

async function broken(failures: number): Promise<{ clock: FakeClock; breaker: FailureBreaker }> {
  const clock = new FakeClock();
  const breaker = new FailureBreaker(clock, PAUSE);
  for (let n = 0; n < failures; n += 1) breaker.failed('set', `clone-${n}`, 'clone', 5);
  return { clock, breaker };
}

describe('FailureBreaker', () => {
  it('lets all begin until so many have failed in a row', async () => {
    const { breaker } = await broken(4);
    expect([breaker.waitMs('set', 'a', 5), breaker.consecutive('set')]).toEqual([0, 4]);
    breaker.failed('set', 'a', 'clone', 5);
    expect(breaker.waitMs('set', 'b', 5)).toBe(PAUSE);
    expect(breaker.waitMs('another set', 'b', 5)).toBe(0);
  });

  it('lets one probe begin after the pause, and the others wait for it', async () => {
    const { clock, breaker } = await broken(5);
    await clock.advance(PAUSE);
    expect(breaker.waitMs('set', 'probe', 5)).toBe(0);
    expect(breaker.waitMs('set', 'probe', 5)).toBe(0); // asked again in the same life of it
    expect(breaker.waitMs('set', 'other', 5)).toBe(PAUSE);
  });

  it('lets the next probe begin at once when told that the cause may be over, and only that one', async () => {
    const { breaker } = await broken(5);
    breaker.hurry('set');
    breaker.hurry('another set');
    expect(breaker.waitMs('set', 'probe', 5)).toBe(0);
    expect(breaker.waitMs('set', 'other', 5)).toBe(PAUSE);
    expect(breaker.waitMs('another set', 'other', 5)).toBe(0);
    breaker.failed('set', 'probe', 'clone', 5);
    expect(breaker.waitMs('set', 'other', 5)).toBe(2 * PAUSE);
  });

  it('waits longer after each probe that failed, up to eight pauses', async () => {
    const { clock, breaker } = await broken(5);
    const waits: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      waits.push(breaker.waitMs('set', `probe-${n}`, 5));
      await clock.advance(waits.at(-1) ?? 0);
      expect(breaker.waitMs('set', `probe-${n}`, 5)).toBe(0);
      breaker.failed('set', `probe-${n}`, 'clone', 5);
    }
    expect(waits).toEqual([1, 2, 4, 8, 8, 8].map((times) => times * PAUSE));
  });

  it('lets all begin again after a success or a changed template', async () => {
    const { breaker } = await broken(9);
    breaker.reset('set');
    expect([breaker.waitMs('set', 'a', 5), breaker.consecutive('set')]).toEqual([0, 0]);
  });

  it('never stops a set that asks for that with 0', async () => {
    const { breaker } = await broken(50);
    expect(breaker.waitMs('set', 'a', 0)).toBe(0);
  });

  it('tells by a success whether a stopped set goes on: never one that is never stopped', async () => {
    for (const [failures, limit, goesOn] of [
      [0, 0, false],
      [50, 0, false],
      [0, 5, false],
      [4, 5, false],
      [5, 5, true],
    ] as const) {
      const { breaker } = await broken(failures);
      expect([failures, limit, breaker.succeeded('set', 'clone', limit)]).toEqual([failures, limit, goesOn]);
      expect(breaker.consecutive('set')).toBe(0);
    }
  });

  it('lets another probe begin when the first one is never heard of again', async () => {
    const { clock, breaker } = await broken(5);
    await clock.advance(PAUSE);
    expect(breaker.waitMs('set', 'deleted', 5)).toBe(0);
    let waited = PAUSE;
    for (; breaker.waitMs('set', 'next', 5) > 0 && waited < 100 * PAUSE; waited += PAUSE) await clock.advance(PAUSE);
    expect(breaker.waitMs('set', 'next', 5)).toBe(0);
    expect(waited).toBeGreaterThan(2 * PAUSE); // a clone takes its time
    expect(breaker.waitMs('set', 'third', 5)).toBeGreaterThan(0);
  });

  it('stops a set whose machines are all made and can not be powered on, and no other', async () => {
    const { breaker } = await broken(0);
    for (let n = 0; n < 5; n += 1) {
      breaker.failed('set', `clone-${n}`, 'powerOn', 5);
      expect(breaker.succeeded('set', 'clone', 5)).toBe(false);
    }
    expect([breaker.isStopped('set', 5), breaker.consecutive('set')]).toEqual([true, 5]);
    expect([breaker.waitMs('set', 'next', 5), breaker.waitMs('another set', 'next', 5)]).toEqual([PAUSE, 0]);
    expect(breaker.succeeded('set', 'powerOn', 5)).toBe(true);
    expect([breaker.isStopped('set', 5), breaker.waitMs('set', 'next', 5)]).toEqual([false, 0]);
  });

  it('counts the two apart', async () => {
    const { breaker } = await broken(4);
    for (let n = 0; n < 3; n += 1) breaker.failed('set', 'made', 'powerOn', 5);
    expect([breaker.isStopped('set', 5), breaker.consecutive('set')]).toEqual([false, 4]);
    expect(breaker.succeeded('set', 'powerOn', 5)).toBe(false);
    expect(breaker.consecutive('set')).toBe(4);
    breaker.failed('set', 'a', 'clone', 5);
    for (let n = 0; n < 5; n += 1) breaker.failed('set', 'made', 'powerOn', 5);
    expect(breaker.succeeded('set', 'clone', 5)).toBe(false);
    expect(breaker.succeeded('set', 'powerOn', 5)).toBe(true);
  });

  it('forgets the machines that could not be powered on once they are gone, and not the clones that failed', async () => {
    const { breaker } = await broken(4);
    for (const id of ['a', 'a', 'a', 'b', 'b']) breaker.failed('set', id, 'powerOn', 5);
    expect(breaker.isStopped('set', 5)).toBe(true);
    breaker.left('a');
    expect([breaker.isStopped('set', 5), breaker.consecutive('set')]).toEqual([false, 4]);
    breaker.failed('set', 'c', 'clone', 5);
    breaker.left('c');
    expect(breaker.isStopped('set', 5)).toBe(true);
  });

  it('waits until its probe, once it is made, could be powered on, longer each time', async () => {
    const { clock, breaker } = await broken(0);
    for (let n = 0; n < 5; n += 1) breaker.failed('set', `clone-${n}`, 'powerOn', 5);
    const waits: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      waits.push(breaker.waitMs('set', `probe-${n}`, 5));
      await clock.advance(waits.at(-1) ?? 0);
      expect(breaker.waitMs('set', `probe-${n}`, 5)).toBe(0);
      breaker.succeeded('set', 'clone', 5);
      expect(breaker.waitMs('set', 'other', 5)).toBe(PAUSE);
      breaker.failed('set', `probe-${n}`, 'powerOn', 5);
    }
    expect(waits).toEqual([1, 2, 4, 8, 8].map((times) => times * PAUSE));
  });

  it('does not put off the next probe for machines that are there and fail again and again', async () => {
    const { clock, breaker } = await broken(0);
    for (let n = 0; n < 5; n += 1) breaker.failed('set', `clone-${n}`, 'powerOn', 5);
    for (let n = 0; n < 4; n += 1) {
      await clock.advance(PAUSE / 4);
      breaker.failed('set', 'clone-1', 'powerOn', 5);
    }
    expect(breaker.waitMs('set', 'probe', 5)).toBe(0);
  });

  it('lets at most one begin at a time once it is open, whoever asks in whatever order', () => {
    const ask = fc.record({ id: fc.nat(4), ms: fc.nat(1500), fails: fc.boolean() });
    return fc.assert(
      fc.asyncProperty(fc.array(ask, { maxLength: 30 }), async (asks) => {
        const { clock, breaker } = await broken(5);
        let probe: number | undefined;
        let since = 0;
        for (const { id, ms, fails } of asks) {
          await clock.advance(ms);
          if (breaker.waitMs('set', `${id}`, 5) === 0) {
            expect(probe === undefined || probe === id || clock.monotonic() - since >= 8 * PAUSE).toBe(true);
            if (probe !== id) since = clock.monotonic();
            probe = id;
          }
          if (fails && probe !== undefined) {
            breaker.failed('set', `${probe}`, 'clone', 5);
            probe = undefined;
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
