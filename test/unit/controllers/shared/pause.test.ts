// The pause after a task that failed: the object says the same until its end, other actions go on.
import { describe, expect, it } from '@jest/globals';
import { keepPause, pauseAfter } from '../../../../src/controllers/shared/pause.ts';
import type { PauseScope } from '../../../../src/controllers/shared/pause.ts';
import { NotReady } from '../../../../src/controllers/shared/not-ready.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function rig() {
  const clock = new FakeClock();
  const scope: PauseScope = { memory: {}, runtime: { clock } };
  const said = (action: string): NotReady | undefined => {
    try {
      keepPause(scope, action);
    } catch (error) {
      return error as NotReady;
    }
    return undefined;
  };
  return { clock, scope, said };
}

describe('a pause', () => {
  it('repeats what was said, with the time that is left, and then ends', async () => {
    const { clock, scope, said } = rig();
    expect(said('powerOn')).toBeUndefined();
    const problem = pauseAfter(scope, 'powerOn', 'PowerFailed', 'powering on failed', 1000);
    expect(problem).toBeInstanceOf(NotReady);
    expect(problem).toMatchObject({ reason: 'PowerFailed', message: 'powering on failed', requeueAfterMs: 1000 });
    await clock.advance(400);
    expect(said('powerOn')).toMatchObject({
      reason: 'PowerFailed',
      message: 'powering on failed',
      requeueAfterMs: 600,
    });
    await clock.advance(600);
    expect(said('powerOn')).toBeUndefined();
  });

  it('holds up no other action', () => {
    const { scope, said } = rig();
    pauseAfter(scope, 'powerOn', 'PowerFailed', 'failed', 1000);
    expect(said('powerOff')).toBeUndefined();
  });
});
