// The batcher with a clock that the test drives: company within the window, answers that are never older than the
// question, equal questions asked once, errors that reach everybody who waits.
import { describe, expect, it } from '@jest/globals';
import { Batcher } from '../../../src/util/batcher.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

interface Rig {
  readonly clock: FakeClock;
  readonly batcher: Batcher<string, string>;
  /** The keys of each load, in order. */
  readonly loads: (readonly string[])[];
}

function rig(
  answer: (keys: readonly string[], load: number) => Promise<ReadonlyMap<string, string>>,
  options: { windowMs?: number; maxBatch?: number; maxAtOnce?: number } = {},
): Rig {
  const clock = new FakeClock();
  const loads: (readonly string[])[] = [];
  const batcher = new Batcher<string, string>({
    clock,
    windowMs: options.windowMs ?? 25,
    maxBatch: options.maxBatch ?? 100,
    ...(options.maxAtOnce === undefined ? {} : { maxAtOnce: options.maxAtOnce }),
    idOf: (key) => key.toLowerCase(),
    load: (keys) => {
      loads.push(keys);
      return answer(keys, loads.length);
    },
  });
  return { clock, batcher, loads };
}

async function echo(keys: readonly string[], load: number): Promise<ReadonlyMap<string, string>> {
  return new Map(keys.map((key) => [key.toLowerCase(), `${key} of load ${load}`]));
}

describe('Batcher', () => {
  it('sends what was asked within the window in one load', async () => {
    const { clock, batcher, loads } = rig(echo);
    const a = batcher.get('a');
    await clock.advance(24);
    const b = batcher.get('b');
    expect(loads).toEqual([]);
    await clock.advance(1);
    expect(loads).toEqual([['a', 'b']]);
    await expect(Promise.all([a, b])).resolves.toEqual(['a of load 1', 'b of load 1']);
    expect(clock.pending).toBe(0);
  });

  it('answers a question that comes while a load is under way with a later load', async () => {
    const answers: ((value: ReadonlyMap<string, string>) => void)[] = [];
    const { clock, batcher, loads } = rig(() => new Promise((resolve) => answers.push(resolve)));
    const early = batcher.get('vm');
    await clock.advance(25);
    const late = batcher.get('vm');
    answers[0]?.(new Map([['vm', 'before the change']]));
    await clock.advance(25);
    answers[1]?.(new Map([['vm', 'after the change']]));
    await expect(Promise.all([early, late])).resolves.toEqual(['before the change', 'after the change']);
    expect(loads).toHaveLength(2);
  });

  it('keeps no answer: the same question later is a load of its own', async () => {
    const { clock, batcher, loads } = rig(echo);
    const first = batcher.get('a');
    await clock.advance(25);
    const second = batcher.get('a');
    await clock.advance(25);
    await expect(Promise.all([first, second])).resolves.toEqual(['a of load 1', 'a of load 2']);
    expect(loads).toHaveLength(2);
  });

  it('asks for nothing again that was asked for before', async () => {
    const { clock, batcher, loads } = rig(echo);
    for (const key of ['a', 'b']) {
      const answer = batcher.get(key);
      await clock.advance(25);
      await answer;
    }
    expect(loads).toEqual([['a'], ['b']]);
  });

  it('asks equal questions once and answers each of them', async () => {
    const { clock, batcher, loads } = rig(echo);
    const all = Promise.all([batcher.get('a'), batcher.get('A'), batcher.get('b')]);
    await clock.advance(25);
    expect(loads).toEqual([['a', 'b']]);
    await expect(all).resolves.toEqual(['a of load 1', 'a of load 1', 'b of load 1']);
  });

  it('splits what is more than the largest batch, counting distinct keys', async () => {
    const { clock, batcher, loads } = rig(echo, { maxBatch: 2 });
    const all = Promise.all(['a', 'b', 'a', 'c', 'd', 'e'].map((key) => batcher.get(key)));
    await clock.advance(25);
    expect(loads).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    await expect(all).resolves.toHaveLength(6);
  });

  it('gathers what is asked while as many loads run as may run at once', async () => {
    const answers: ((value: ReadonlyMap<string, string>) => void)[] = [];
    const { clock, batcher, loads } = rig(() => new Promise((resolve) => answers.push(resolve)), { maxAtOnce: 1 });
    const first = batcher.get('a');
    await clock.advance(25);
    const later = Promise.all([batcher.get('b'), batcher.get('a')]);
    await clock.advance(25);
    expect(loads).toEqual([['a']]);
    answers[0]?.(new Map([['a', 'before']]));
    await expect(first).resolves.toBe('before');
    await settle();
    expect(loads).toEqual([['a'], ['b', 'a']]);
    answers[1]?.(
      new Map([
        ['a', 'after'],
        ['b', 'b'],
      ]),
    );
    await expect(later).resolves.toEqual(['b', 'after']);
    expect(clock.pending).toBe(0);
  });

  it('goes on after a load that failed while others waited for it', async () => {
    const { clock, batcher, loads } = rig(
      async (keys, load) => {
        if (load === 1) throw new Error('vCenter is away');
        return echo(keys, load);
      },
      { maxAtOnce: 1, maxBatch: 1 },
    );
    const all = Promise.allSettled([batcher.get('a'), batcher.get('b')]);
    await clock.advance(25);
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(loads).toEqual([['a'], ['b']]);
  });

  it('tells an error to everybody of its load and to nobody else', async () => {
    const { clock, batcher } = rig(
      async (keys, load) => {
        if (keys.includes('bad')) throw new Error('vCenter is away');
        return echo(keys, load);
      },
      { maxBatch: 2 },
    );
    const all = Promise.allSettled(['bad', 'bad', 'with-it', 'good'].map((key) => batcher.get(key)));
    await clock.advance(25);
    const results = await all;
    expect(results.map((result) => (result.status === 'rejected' ? String(result.reason) : result.value))).toEqual([
      'Error: vCenter is away',
      'Error: vCenter is away',
      'Error: vCenter is away',
      'good of load 2',
    ]);
  });

  it('takes a load that throws at once as a load that failed', async () => {
    const { clock, batcher } = rig(() => {
      throw new Error('not even begun');
    });
    const failed = batcher.get('a').catch((error: unknown) => error);
    await clock.advance(25);
    expect(await failed).toEqual(new Error('not even begun'));
  });

  it('rejects who gets no answer: nothing is not "not there"', async () => {
    const { clock, batcher } = rig(async () => new Map([['a', 'there']]));
    const a = batcher.get('a');
    const failed = batcher.get('b').catch((error: unknown) => error);
    await clock.advance(25);
    expect(await failed).toEqual(new Error('no answer for b'));
    await expect(a).resolves.toBe('there');
  });

  it('takes undefined as an answer where the load gives it', async () => {
    const clock = new FakeClock();
    const batcher = new Batcher<string, string | undefined>({
      clock,
      windowMs: 0,
      maxBatch: 1,
      idOf: (key) => key,
      load: async ([key]) => new Map([[key ?? '', undefined]]),
    });
    const answer = batcher.get('gone');
    await clock.advance(0);
    await settle();
    await expect(answer).resolves.toBeUndefined();
  });
});
