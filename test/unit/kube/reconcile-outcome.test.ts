// The table of what a reconcile's result or error becomes.
import { describe, expect, it } from '@jest/globals';
import { outcomeOfError, outcomeOfResult } from '../../../src/kube/reconcile-outcome.ts';
import { RequeueAfter, TerminalError } from '../../../src/util/errors.ts';

const terminal = new TerminalError('SourceNotFound', 'there is no such parent');
const wait = (ms: number): RequeueAfter => new RequeueAfter(ms, 'waiting');
const plain = new Error('broken');

describe('reconcile outcome', () => {
  const results = [
    { result: undefined, expected: { name: 'success' } },
    { result: {}, expected: { name: 'success' } },
    { result: { requeueAfterMs: 0 }, expected: { name: 'requeue_after', delayMs: 0 } },
    { result: { requeueAfterMs: 250 }, expected: { name: 'requeue_after', delayMs: 250 } },
    { result: { requeueAfterMs: -5 }, expected: { name: 'requeue_after', delayMs: 0 } },
  ];
  it.each(results)('of the result $result', ({ result, expected }) => {
    expect(outcomeOfResult(result)).toEqual(expected);
  });

  const errors: { name: string; error: unknown; expected: unknown }[] = [
    { name: 'any error', error: plain, expected: { name: 'error' } },
    { name: 'a thrown string', error: 'text', expected: { name: 'error' } },
    { name: 'TerminalError', error: terminal, expected: { name: 'terminal' } },
    { name: 'RequeueAfter', error: wait(70), expected: { name: 'requeue_after', delayMs: 70 } },
    {
      name: 'several waits',
      error: new AggregateError([wait(70), wait(30)]),
      expected: { name: 'requeue_after', delayMs: 30 },
    },
    { name: 'a wait and a failure', error: new AggregateError([wait(70), plain]), expected: { name: 'error' } },
    { name: 'a terminal one and a failure', error: new AggregateError([terminal, plain]), expected: { name: 'error' } },
    {
      name: 'a terminal one and a wait',
      error: new AggregateError([terminal, wait(9)]),
      expected: { name: 'requeue_after', delayMs: 9 },
    },
    { name: 'only terminal ones', error: new AggregateError([terminal, terminal]), expected: { name: 'terminal' } },
    {
      name: 'nested aggregates',
      error: new AggregateError([terminal, new AggregateError([plain])]),
      expected: { name: 'error' },
    },
    { name: 'an empty aggregate', error: new AggregateError([]), expected: { name: 'error' } },
  ];
  it.each(errors)('of $name', ({ error, expected }) => {
    expect(outcomeOfError(error)).toEqual(expected);
  });
});
