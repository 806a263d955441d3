// How long a run has to be quiet in the end: as long as the operator's own timers ask for, whoever changes them.
import { describe, expect, it } from '@jest/globals';
import { FLAGS } from '../../../src/config-flags.ts';
import type { FlagDef } from '../../../src/config-flags.ts';
import { SHORT_TIMERS, SPEED, WITHOUT_WRITES, quietMs } from '../../campaigns/harness/timers.ts';
import { STORIES } from '../../campaigns/stories/stories.ts';

const TIMERS = Object.entries<FlagDef>(FLAGS).filter(([, { kind }]) => kind === 'seconds');
/** What a run costs: who lengthens a timer lengthens every run, or says why that leads to no write. */
const QUIET_MS = 1500;

describe('the quiet time', () => {
  it('is sixty seconds of the simulator at least, and twice the longest timer that can lead to a write', () => {
    expect(quietMs(SHORT_TIMERS)).toBe(QUIET_MS);
    expect(QUIET_MS * SPEED).toBeGreaterThanOrEqual(60_000);
    expect(quietMs({ 'resync-interval': 0.1 })).toBe(60_000 / SPEED);
    expect(quietMs({ ...SHORT_TIMERS, 'resync-interval': 4 })).toBe(8000);
    expect(quietMs({ ...SHORT_TIMERS, 'capacity-retry': 0.5 })).toBe(8000); // which doubles up to eight times that
    expect(quietMs({ ...SHORT_TIMERS, 'kube-request-timeout': 60, version: 'x', 'leader-elect': true })).toBe(QUIET_MS);
  });

  it('leaves out no timer of the operator without a reason: those that are not shortened are short enough', () => {
    const told = TIMERS.filter(([name]) => SHORT_TIMERS[name] === undefined && WITHOUT_WRITES[name] === undefined);
    const asTheyAre = Object.fromEntries(told.map(([name, { value }]) => [name, Number(value)]));
    expect(quietMs(asTheyAre)).toBeLessThanOrEqual(QUIET_MS);
    expect(Object.keys(WITHOUT_WRITES).filter((name) => !TIMERS.some(([timer]) => timer === name))).toEqual([]);
  });

  it('follows the timers that a story has of its own', () => {
    const longest = STORIES.map(({ name, operatorFlags }) => [name, quietMs({ ...SHORT_TIMERS, ...operatorFlags })]);
    expect(longest.filter(([, ms]) => ms !== QUIET_MS)).toEqual([
      ['orphan-found-twice', 6000],
      ['orphan-while-clocks-differ', 4000],
    ]);
  });
});
