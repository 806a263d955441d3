// Errors as text and as one: causes and parts are said on one line, the kind of a single error is kept.
import { describe, expect, it } from '@jest/globals';
import { RequeueAfter, TerminalError, aggregate, errorMessage, toError } from '../../../src/util/errors.ts';

describe('errorMessage', () => {
  it.each([
    ['an error', new Error('it broke'), 'it broke'],
    [
      'its causes',
      new Error('it broke', { cause: new Error('no power', { cause: new Error('cut') }) }),
      'it broke: no power: cut',
    ],
    ['a text that was thrown', 'just text', 'just text'],
    ['nothing', undefined, 'undefined'],
    ['many', new AggregateError([new Error('a'), new Error('b')], 'both failed'), 'both failed; a; b'],
    ['many without a title', new AggregateError([new Error('a'), new Error('b')]), 'a; b'],
  ])('says %s', (_, error, expected) => {
    expect(errorMessage(error)).toBe(expected);
  });
});

describe('aggregate', () => {
  it('is nothing for none, the error itself for one, all of them for many', () => {
    const [a, b] = [new TerminalError('NoSuchThing', 'a'), new Error('b')];
    expect(aggregate([], 'failed')).toBeUndefined();
    expect(aggregate([a], 'failed')).toBe(a);
    const both = aggregate([a, b], 'failed');
    expect(both).toBeInstanceOf(AggregateError);
    expect((both as AggregateError).errors).toEqual([a, b]);
  });

  it('makes an Error of whatever was thrown', () => {
    expect(aggregate(['text'], 'failed')).toEqual(new Error('text'));
    expect(toError(42)).toEqual(new Error('42'));
  });
});

describe('TerminalError and RequeueAfter', () => {
  it('carry the reason and the delay', () => {
    const cause = new Error('why');
    const terminal = new TerminalError('SecretNotFound', 'no Secret', { cause });
    expect([terminal.reason, terminal.name, terminal.cause]).toEqual(['SecretNotFound', 'TerminalError', cause]);
    const later = new RequeueAfter(1500, 'later');
    expect([later.delayMs, later.name, later.message]).toEqual([1500, 'RequeueAfter', 'later']);
  });
});
