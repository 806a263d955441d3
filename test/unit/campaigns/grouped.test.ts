// Entries of long lists by their keys: what is added to a list after it was looked up counts, too.
import { expect, it } from '@jest/globals';
import { grouped } from '../../campaigns/harness/grouped.ts';

it('gives the entries by their keys, each list and each key apart, also those that came later', () => {
  const initial = (word: string): string => word.slice(0, 1);
  const size = (word: string): string => String(word.length);
  const words = ['set', 'snapshot', 'vm'];
  expect(grouped(words, initial).get('s')).toEqual(['set', 'snapshot']);
  expect(grouped(words, size).get('3')).toEqual(['set']);
  words.push('seed');
  expect(grouped(words, initial).get('s')).toEqual(['set', 'snapshot', 'seed']);
  expect(grouped(['a'], initial).get('s')).toBeUndefined();
});
