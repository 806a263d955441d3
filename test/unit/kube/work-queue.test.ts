// client-go's guarantees of a work queue, as tables and as a property over random schedules.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WorkQueue } from '../../../src/kube/work-queue.ts';
import type { WorkQueueOptions } from '../../../src/kube/work-queue.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

const NO_JITTER = { initialMs: 5, maxMs: 60_000, jitter: 0 };

function setUp(options: Partial<WorkQueueOptions> = {}): { clock: FakeClock; queue: WorkQueue } {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ clock, backoff: NO_JITTER, ...options }) };
}

/** Takes what is ready now, in order, and marks each done. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) {
    const entry = await queue.get();
    if (entry === undefined) break;
    keys.push(entry.key);
    queue.done(entry.key);
  }
  return keys;
}

describe('WorkQueue', () => {
  const orders: { name: string; act: (queue: WorkQueue) => void; expected: string[] }[] = [
    { name: 'first in, first out', act: (q) => ['b', 'a', 'c'].forEach((k) => q.add(k)), expected: ['b', 'a', 'c'] },
    { name: 'a key waits only once', act: (q) => ['a', 'b', 'a', 'a'].forEach((k) => q.add(k)), expected: ['a', 'b'] },
    {
      name: 'higher priority first',
      act: (q) => {
        q.add('low', { priority: -100 });
        q.add('normal');
        q.add('high', { priority: 10 });
      },
      expected: ['high', 'normal', 'low'],
    },
    {
      name: 'adding again keeps the higher priority',
      act: (q) => {
        q.add('a');
        q.add('b', { priority: 10 });
        q.add('b', { priority: -100 });
        q.add('c', { priority: 20 });
        q.add('a', { priority: 30 });
      },
      expected: ['a', 'c', 'b'],
    },
    {
      name: 'a delayed key is not ready',
      act: (q) => {
        q.addAfter('later', 10);
        q.add('now');
      },
      expected: ['now'],
    },
    {
      name: 'adding at once makes a delayed key ready',
      act: (q) => {
        q.addAfter('a', 10_000);
        q.add('a');
      },
      expected: ['a'],
    },
  ];
  it.each(orders)('$name', async ({ act, expected }) => {
    const { queue } = setUp();
    act(queue);
    expect(await drain(queue)).toEqual(expected);
  });

  it('merges delays to the shortest and priorities to the highest', async () => {
    const { clock, queue } = setUp();
    queue.addAfter('a', 1_000, { priority: 5 });
    queue.addAfter('a', 100);
    queue.addAfter('a', 5_000);
    queue.addAfter('b', 100, { priority: 1 });
    await clock.advance(99);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(await drain(queue)).toEqual(['a', 'b']);
    await clock.advance(10_000);
    expect(queue.depth).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('does not let a key starve behind more urgent ones for ever', async () => {
    const { clock, queue } = setUp({ headStartMs: 100 });
    queue.add('patient', { priority: -10 });
    await clock.advance(999);
    queue.add('urgent-1');
    await clock.advance(2);
    queue.add('urgent-2');
    expect(await drain(queue)).toEqual(['urgent-1', 'patient', 'urgent-2']);
  });

  it('hands out a key that was added while worked on only after done, once', async () => {
    const { queue } = setUp();
    queue.add('a');
    expect(await queue.get()).toEqual({ key: 'a', priority: 0 });
    queue.add('a');
    queue.add('a', { priority: 7 });
    const next = queue.get();
    let taken: unknown = 'nothing yet';
    void next.then((entry) => (taken = entry));
    await settle();
    expect(taken).toBe('nothing yet');
    queue.done('a');
    expect(await next).toEqual({ key: 'a', priority: 7 });
    queue.done('a');
    expect(queue.size).toBe(0);
  });

  it('keeps a delay that was asked for while the key was worked on', async () => {
    const { clock, queue } = setUp();
    queue.add('a');
    await queue.get();
    queue.addAfter('a', 50);
    queue.done('a');
    expect(queue.depth).toBe(0);
    await clock.advance(50);
    expect(await drain(queue)).toEqual(['a']);
  });

  it('doubles the rate-limited delay up to the cap, and starts over after forget', async () => {
    const { clock, queue } = setUp({ backoff: { initialMs: 5, maxMs: 40, jitter: 0 } });
    const delays: number[] = [];
    const measure = async (): Promise<void> => {
      const start = clock.monotonic();
      queue.addRateLimited('a');
      while (queue.depth === 0) await clock.advance(1);
      delays.push(clock.monotonic() - start);
      await drain(queue);
    };
    for (let i = 0; i < 5; i += 1) await measure();
    expect(queue.failures('a')).toBe(5);
    queue.forget('a');
    await measure();
    expect(delays).toEqual([5, 10, 20, 40, 40, 5]);
  });

  it('spreads rate-limited delays', async () => {
    const { clock, queue } = setUp({ backoff: { initialMs: 100, maxMs: 100, jitter: 0.5, random: () => 0.6 } });
    queue.addRateLimited('a');
    await clock.advance(69);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(queue.depth).toBe(1);
  });

  it('hands waiting takers their keys in the order in which they came', async () => {
    const { queue } = setUp();
    const first = queue.get();
    const second = queue.get();
    queue.add('a');
    queue.add('b');
    expect([(await first)?.key, (await second)?.key]).toEqual(['a', 'b']);
  });

  it('ends everything at shutdown', async () => {
    const { clock, queue } = setUp();
    const waiting = queue.get();
    queue.addAfter('later', 10);
    queue.shutdown();
    queue.add('ignored');
    expect(await waiting).toBeUndefined();
    expect(await queue.get()).toBeUndefined();
    expect(clock.pending).toBe(0);
    expect(queue.size).toBe(0);
  });

  it('reports depth, waiting and working times', async () => {
    const seen: [string, number][] = [];
    const { clock, queue } = setUp({
      metrics: {
        depth: (keys) => seen.push(['depth', keys]),
        waited: (seconds) => seen.push(['waited', seconds]),
        worked: (seconds) => seen.push(['worked', seconds]),
      },
    });
    queue.add('a');
    await clock.advance(2_000);
    await queue.get();
    await clock.advance(500);
    queue.done('a');
    expect(seen).toEqual([
      ['depth', 1],
      ['waited', 2],
      ['depth', 0],
      ['worked', 0.5],
    ]);
  });

  it('tells at any time how long each key has been worked on', async () => {
    let ages = (): readonly number[] => [];
    const { clock, queue } = setUp({ metrics: { working: (tell) => (ages = tell) } });
    expect(ages()).toEqual([]);
    queue.add('a');
    queue.add('b');
    await queue.get();
    await clock.advance(2_000);
    await queue.get();
    await clock.advance(500);
    expect(ages()).toEqual([2.5, 0.5]);
    queue.done('a');
    expect(ages()).toEqual([0.5]);
  });

  it('never loses a key and never hands one out twice at a time, whatever is done', async () => {
    const step = fc.oneof(
      fc.record({
        op: fc.constant('add' as const),
        key: fc.integer({ min: 0, max: 5 }),
        n: fc.integer({ min: 0, max: 30 }),
      }),
      fc.record({ op: fc.constant('take' as const), key: fc.constant(0), n: fc.constant(0) }),
      fc.record({ op: fc.constant('done' as const), key: fc.integer({ min: 0, max: 5 }), n: fc.constant(0) }),
      fc.record({ op: fc.constant('wait' as const), key: fc.constant(0), n: fc.integer({ min: 1, max: 20 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, queue } = setUp();
        const working = new Set<string>();
        const owed = new Set<string>();
        const take = async (): Promise<void> => {
          const entry = await queue.get();
          if (entry === undefined) throw new Error('the queue ended');
          expect(working).not.toContain(entry.key);
          working.add(entry.key);
          owed.delete(entry.key);
        };
        for (const { op, key, n } of steps) {
          if (op === 'add') {
            queue.addAfter(`k${key}`, n, { priority: n % 3 });
            owed.add(`k${key}`);
          } else if (op === 'take' && queue.depth > 0) await take();
          else if (op === 'done' && working.delete(`k${key}`)) queue.done(`k${key}`);
          else if (op === 'wait') await clock.advance(n);
        }
        for (const key of working) queue.done(key);
        working.clear();
        await clock.advance(100);
        while (queue.depth > 0) await take();
        expect([...owed]).toEqual([]);
        expect(queue.size).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
