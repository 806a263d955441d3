// Plans that set a clock are left out only where that was asked for; where they can't be run, nothing is begun.
import { describe, expect, it } from '@jest/globals';
import { DEFECTS } from '../../campaigns/defects/defects.ts';
import { faketimeLibrary, lacksFaketime, setsClock } from '../../campaigns/split-brain/faketime.ts';
import { SPLIT_BRAIN } from '../../campaigns/split-brain/split-brain.ts';

const CLOCK =
  '{"story":"scale-down","duplicateName":"start","seed":1,"faults":[],"more":{"kind":"still-clock","read":2}}';
const OTHER = '{"story":"scale-down","duplicateName":"start","seed":1,"faults":[],"more":{"leaseDownAt":2}}';
const NEEDED = faketimeLibrary() === undefined ? expect.stringContaining('apt-get install faketime') : undefined;

describe('plans that set a clock', () => {
  it('are told by their kind', () => {
    expect([CLOCK, OTHER, '{"defect":"breaker-off"}'].map(setsClock)).toEqual([true, false, false]);
  });

  it('are needed unless somebody said that they are to be left out', () => {
    expect(lacksFaketime(undefined)).toEqual(NEEDED);
    expect(lacksFaketime(true)).toBeUndefined();
  });

  it.each([
    [undefined, NEEDED],
    [CLOCK, NEEDED],
    [OTHER, undefined],
  ])('keep split-brain from beginning where they are asked for: %s', (plan, lacking) => {
    expect(SPLIT_BRAIN.lacks?.({ plan })).toEqual(lacking);
    expect(SPLIT_BRAIN.lacks?.({ plan, withoutFaketime: true })).toBeUndefined();
  });

  it.each([
    ['live-lease-not-read', NEEDED],
    ['breaker-off', undefined],
  ])('keep the defect %s from being tried', (defect, lacking) => {
    expect(DEFECTS.lacks?.({ plan: JSON.stringify({ defect }) })).toEqual(lacking);
  });
});
