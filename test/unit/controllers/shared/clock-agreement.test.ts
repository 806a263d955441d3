// Time alone deletes nothing unless two clocks agree on it.
import { describe, expect, it } from '@jest/globals';
import { clockAgrees } from '../../../../src/controllers/shared/clock-agreement.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');

describe('clockAgrees', () => {
  it.each([
    ['the same time', NOW, true],
    ['60 s earlier', NOW - 60_000, true],
    ['60 s later', NOW + 60_000, true],
    ['more than 60 s earlier', NOW - 60_001, false],
    ['more than 60 s later', NOW + 60_001, false],
    ['nothing yet', undefined, false],
  ])('with an API server that says %s', (_, server, expected) => {
    expect(clockAgrees(server, NOW)).toBe(expected);
  });
});
