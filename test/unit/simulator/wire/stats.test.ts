// Counters: a client may send any method name, and must not make the table of counters grow by it.
import { expect, it } from '@jest/globals';
import { Stats } from '../../../../src/simulator/core/stats.ts';

it('counts methods of vim25 by name, and all others together', () => {
  const stats = new Stats();
  for (const name of ['Login', 'Fetch', 'CloneVM_Task', 'CloneVM_Task', 'a', 'b', 'constructor', '__proto__'])
    stats.count(name);
  expect(stats.snapshot().calls).toEqual({ Login: 1, Fetch: 1, CloneVM_Task: 2, other: 4 });
});
