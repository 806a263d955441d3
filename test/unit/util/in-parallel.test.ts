// Work a few at a time: never more than the limit, every item once, in order of their beginning, errors after all.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inParallel } from '../../../src/util/in-parallel.ts';

describe('inParallel', () => {
  it('begins every item once, in order, and never has more than the limit at work', async () => {
    const turns = fc.array(fc.nat(3), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(turns, fc.integer({ min: 1, max: 5 }), async (items, limit) => {
        const begun: number[] = [];
        let atWork = 0;
        await inParallel([...items.keys()], limit, async (index) => {
          begun.push(index);
          atWork += 1;
          expect(atWork).toBeLessThanOrEqual(limit);
          for (let turn = 0; turn < (items[index] ?? 0); turn += 1) await Promise.resolve();
          atWork -= 1;
        });
        expect(begun).toEqual([...items.keys()]);
        expect(atWork).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('tries the rest when one fails, and throws the first error at the end', async () => {
    const done: string[] = [];
    const all = inParallel(['a', 'bad', 'b', 'worse', 'c'], 2, async (item) => {
      if (item.length > 1) throw new Error(item);
      done.push(item);
    });
    await expect(all).rejects.toThrow('bad');
    expect(done).toEqual(['a', 'b', 'c']);
  });
});
