// The run of a reconcile's phases: in order, up to a stop or the first error; the earliest requeue wins, and only what may
// be retried is thrown as such.
import { describe, expect, it } from '@jest/globals';
import { NotReady } from '../../../../src/controllers/shared/not-ready.ts';
import type { Phase, PhaseResult } from '../../../../src/controllers/shared/phases.ts';
import { finish, runPhases } from '../../../../src/controllers/shared/phases.ts';
import { RequeueAfter, TerminalError } from '../../../../src/util/errors.ts';

async function run(
  ...results: (PhaseResult | Error)[]
): Promise<{ outcome: Awaited<ReturnType<typeof runPhases>>; ran: number[] }> {
  const ran: number[] = [];
  const phases: Phase<string>[] = results.map((result, index) => ({
    name: `phase ${index}`,
    run: (scope) => {
      expect(scope).toBe('scope');
      ran.push(index);
      if (result instanceof Error) throw result;
      return result;
    },
  }));
  return { outcome: await runPhases('scope', phases), ran };
}

const FAILURE = new Error('failed');

describe('runPhases', () => {
  it.each<[string, (PhaseResult | Error)[], number[], number | undefined, unknown[]]>([
    ['all in order', [undefined, undefined], [0, 1], undefined, []],
    [
      'the earliest requeue',
      [{ requeueAfterMs: 500 }, { requeueAfterMs: 100 }, { requeueAfterMs: 300 }],
      [0, 1, 2],
      100,
      [],
    ],
    ['up to a stop', [{ requeueAfterMs: 500 }, { stop: true }, { requeueAfterMs: 1 }], [0, 1], 500, []],
    [
      'up to an error, with the requeue from before',
      [{ requeueAfterMs: 500 }, FAILURE, undefined],
      [0, 1],
      500,
      [FAILURE],
    ],
    ['up to a wait, which is no error', [new RequeueAfter(50, 'later'), undefined], [0], 50, []],
  ])('runs %s', async (_, results, order, requeueAfterMs, errors) => {
    const { outcome, ran } = await run(...results);
    expect(ran).toEqual(order);
    expect(outcome).toEqual({ requeueAfterMs, errors });
  });

  it('waits for phases that are not done at once, and takes their rejections as errors', async () => {
    const steps: string[] = [];
    const outcome = await runPhases({}, [
      { name: 'slow', run: async () => void (await Promise.resolve(steps.push('slow'))) },
      { name: 'fails', run: () => Promise.reject(FAILURE) },
      { name: 'never', run: () => void steps.push('never') },
    ]);
    expect([steps, outcome.errors]).toEqual([['slow'], [FAILURE]]);
  });
});

describe('finish', () => {
  const terminal = new TerminalError('SecretNotFound', 'no Secret');

  it('comes again when the earliest phase asked for it', () => {
    expect(finish({ requeueAfterMs: 100, errors: [] }, undefined)).toEqual({ requeueAfterMs: 100 });
    expect(finish({ requeueAfterMs: undefined, errors: [] }, undefined)).toBeUndefined();
  });

  it.each<[string, unknown[], unknown, Error]>([
    ['an error', [FAILURE], undefined, FAILURE],
    ['a failed status write', [], FAILURE, FAILURE],
    ['what waits for a human, if there is nothing else', [terminal], undefined, terminal],
    ['what may be retried, before what waits for a human', [terminal], FAILURE, FAILURE],
  ])('throws %s', (_, errors, statusError, thrown) => {
    expect(() => finish({ requeueAfterMs: 5, errors }, statusError)).toThrow(thrown);
  });

  it('throws several as one', () => {
    expect(() => finish({ requeueAfterMs: undefined, errors: [new NotReady('A', 'a')] }, FAILURE)).toThrow(
      AggregateError,
    );
  });
});
