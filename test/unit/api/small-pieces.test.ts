// Selectors, notes, sizes and flags: small pure functions, each by a table.
import { describe, expect, it } from '@jest/globals';
import { formatBytes } from '../../../src/api/bytes.ts';
import { ANNOTATIONS, isFlagged } from '../../../src/api/identifiers.ts';
import { matchesSelector } from '../../../src/api/label-selector.ts';
import { fillNotes } from '../../../src/api/notes.ts';
import type { LabelSelector } from '../../../src/api/types.generated.ts';

describe('matchesSelector', () => {
  const labels = { team: 'qa', env: 'lab' };
  const expression = (
    key: string,
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
    values?: string[],
  ): LabelSelector => ({
    matchExpressions: [values === undefined ? { key, operator } : { key, operator, values }],
  });

  it.each<[string, LabelSelector | undefined, boolean]>([
    ['nothing', undefined, false],
    ['an empty selector', {}, true],
    ['a label', { matchLabels: { team: 'qa' } }, true],
    ['another value', { matchLabels: { team: 'dev' } }, false],
    ['one of two labels', { matchLabels: { team: 'qa', room: '1' } }, false],
    ['In', expression('team', 'In', ['dev', 'qa']), true],
    ['In, not there', expression('room', 'In', ['1']), false],
    ['NotIn', expression('team', 'NotIn', ['qa']), false],
    ['NotIn, not there', expression('room', 'NotIn', ['1']), true],
    ['Exists', expression('env', 'Exists'), true],
    ['Exists, not there', expression('room', 'Exists'), false],
    ['DoesNotExist', expression('env', 'DoesNotExist'), false],
    ['DoesNotExist, not there', expression('room', 'DoesNotExist'), true],
    ['a label and an expression', { matchLabels: { team: 'qa' }, ...expression('env', 'In', ['prod']) }, false],
  ])('%s: %s', (_, selector, fits) => {
    expect(matchesSelector(selector, labels)).toBe(fits);
  });
});

describe('fillNotes', () => {
  const values = { base: 'win-11', snapshot: '{base} $& x', createdAt: '2026-11-21T12:00:00Z', assignedTo: '' };

  it.each([
    ['of {base}/{snapshot} at {createdAt}', 'of win-11/{base} $& x at 2026-11-21T12:00:00Z'],
    ['[{assignedTo}]', '[]'],
    ['{unknown} {toString} { base }', '{unknown} {toString} { base }'],
    ['{base}{base}', 'win-11win-11'],
  ])('%s is %s', (text, filled) => {
    expect(fillNotes(text, values)).toBe(filled);
  });

  it('puts U+FFFD where the name of a snapshot has what no request can carry', () => {
    const snapshot = 'a\u0085b\u0000\uFFFE\tc';
    expect(fillNotes('{snapshot}', { ...values, snapshot })).toBe('a\uFFFDb\uFFFD\uFFFD\tc');
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [139_586_437, '133 MiB'],
    [2 ** 30 - 1, '1.0 GiB'],
    [1.3 * 2 ** 30, '1.3 GiB'],
    [9.96 * 2 ** 30, '10 GiB'],
    [675 * 2 ** 30, '675 GiB'],
    [2 ** 60, '1024 PiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('isFlagged', () => {
  it.each<[string, Record<string, string> | undefined, boolean]>([
    ['no annotations', undefined, false],
    ['another one', { other: 'true' }, false],
    ['true', { [ANNOTATIONS.protect]: 'true' }, true],
    ['empty', { [ANNOTATIONS.protect]: '' }, true],
    ['false', { [ANNOTATIONS.protect]: 'false' }, false],
  ])('%s', (_, annotations, flagged) => {
    expect(isFlagged(annotations, ANNOTATIONS.protect)).toBe(flagged);
  });
});
