// Places under a limit that are given away before the cache shows them: counted once, whoever knows of them, and given
// back.
import { describe, expect, it } from '@jest/globals';
import { Admissions } from '../../../../src/controllers/vcenter/admissions.ts';

describe('Admissions', () => {
  it('counts those that the cache knows and those that were let in, each once, and not the one that asks', () => {
    const admissions = new Admissions();
    admissions.admit('base', 'a');
    admissions.admit('base', 'b');
    admissions.admit('another base', 'c');
    expect(admissions.count('base', ['a', 'd'], 'x')).toBe(3);
    expect(admissions.count('base', ['a', 'd'], 'b')).toBe(2);
    expect(admissions.count('empty', [], 'x')).toBe(0);
  });

  it('gives the places of one that is withdrawn back, under every limit', () => {
    const admissions = new Admissions();
    admissions.admit('base', 'a');
    admissions.admit('namespace', 'a');
    admissions.admit('namespace', 'b');
    admissions.withdraw('a');
    expect([admissions.count('base', [], 'x'), admissions.count('namespace', [], 'x')]).toEqual([0, 1]);
  });
});
