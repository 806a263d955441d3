// When the latest event of a vCenter is looked at.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { EventCheck } from '../../../../src/controllers/vcenter/event-check.ts';

const PACE = { intervalMs: 60_000, quietMs: 2_000 };

let check: EventCheck;

beforeEach(() => {
  check = new EventCheck({ name: 'vc', login: () => 1, ask: () => undefined, uncheckedRetryMs: 1, stoppedRetryMs: 1 });
  check.checked(0, 0, 1);
});

describe('nextInMs', () => {
  it('is nothing where nothing was changed', () => {
    expect(check.nextInMs(100_000, false, PACE)).toBeUndefined();
  });

  it('is the interval after the last look while operations run', () => {
    check.changed(10_000);
    expect(check.nextInMs(20_000, true, PACE)).toBe(40_000);
    expect(check.nextInMs(70_000, true, PACE)).toBe(0);
  });

  it('is soon after the last change where none runs', () => {
    check.changed(10_000);
    check.changed(11_000);
    expect(check.nextInMs(11_500, false, PACE)).toBe(1_500);
    expect(check.nextInMs(14_000, false, PACE)).toBe(0);
  });

  it('is due again where a change came during a look', () => {
    check.changed(10_000);
    check.changed(11_000);
    check.checked(13_000, 1, 1);
    expect(check.nextInMs(13_000, false, PACE)).toBe(0);
    check.checked(13_000, 1, 1);
    expect(check.nextInMs(13_000, false, PACE)).toBeUndefined();
  });
});
