// Waits that can be stopped: they end at their time or at once when the signal fires, and leave nothing behind.
import { describe, expect, it } from '@jest/globals';
import { abortReason, isAbort, sleep } from '../../../src/util/abort.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('sleep', () => {
  it('ends after its time and not before', async () => {
    const clock = new FakeClock();
    let ended = false;
    const slept = sleep(clock, 100).then(() => {
      ended = true;
    });
    await clock.advance(99);
    expect(ended).toBe(false);
    await clock.advance(1);
    await slept;
    expect(ended).toBe(true);
  });

  it('rejects at once when the signal fires, and cancels its timer', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const slept = sleep(clock, 100, stop.signal).catch((error: unknown) => error);
    stop.abort(new Error('shutting down'));
    expect(await slept).toEqual(new Error('shutting down'));
    expect(clock.pending).toBe(0);
  });

  it('rejects without a timer when the signal has fired already', async () => {
    const clock = new FakeClock();
    await expect(sleep(clock, 100, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    expect(clock.pending).toBe(0);
  });

  it('leaves no listener on a signal that lives longer', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const { signal } = stop;
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    const slept = sleep(clock, 10, signal);
    expect(listeners).toBe(1);
    await clock.advance(10);
    await slept;
    expect(listeners).toBe(0);
  });
});

describe('abortReason and isAbort', () => {
  it('gives the reason as an Error, whatever it is', () => {
    const reason = new Error('because');
    expect(abortReason(AbortSignal.abort(reason))).toBe(reason);
    expect(abortReason(AbortSignal.abort('text'))).toBeInstanceOf(Error);
  });

  it('knows an abort by its name', () => {
    expect(isAbort(AbortSignal.abort().reason)).toBe(true);
    expect(isAbort(new DOMException('late', 'TimeoutError'))).toBe(true);
    expect(isAbort(new Error('AbortError'))).toBe(false);
    expect(isAbort('AbortError')).toBe(false);
  });
});
