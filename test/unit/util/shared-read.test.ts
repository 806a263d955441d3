// One read for many askers, each of whom gets what was read after it had asked.
import { describe, expect, it } from '@jest/globals';
import { SharedRead } from '../../../src/util/shared-read.ts';
import { settle } from '../../support/fake-clock.ts';

/** Reads that end when they are told to. */
function reads() {
  const begun: ((outcome: number | Error) => void)[] = [];
  const read = new SharedRead(
    () =>
      new Promise<number>((resolve, reject) =>
        begun.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome))),
      ),
  );
  return { begun, read };
}

describe('SharedRead', () => {
  it('answers all that asked before it began with one read', async () => {
    const { begun, read } = reads();
    const answers = Promise.all([read.get(), read.get(), read.get()]);
    await settle();
    expect(begun).toHaveLength(1);
    begun[0]?.(1);
    expect(await answers).toEqual([1, 1, 1]);
  });

  it('answers those that ask while one is under way with the next, which begins after it', async () => {
    const { begun, read } = reads();
    const first = read.get();
    await settle();
    const later = Promise.all([read.get(), read.get()]);
    await settle();
    expect(begun).toHaveLength(1);
    begun[0]?.(1);
    await settle();
    expect(begun).toHaveLength(2);
    begun[1]?.(2);
    expect([await first, await later]).toEqual([1, [2, 2]]);
  });

  it('tells an error those who shared that read, and reads again for the next', async () => {
    const { begun, read } = reads();
    const failing = Promise.allSettled([read.get(), read.get()]);
    await settle();
    const next = read.get();
    begun[0]?.(new Error('away'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await settle();
    begun[1]?.(2);
    expect(await next).toBe(2);
  });
});
