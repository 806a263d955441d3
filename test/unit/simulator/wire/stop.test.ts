// A simulator that was stopped does nothing more: its time stands still, so no task of it ends and no timer fires.
import { expect, it } from '@jest/globals';
import { setTimeout as realMs } from 'node:timers/promises';
import { startTestVCenter } from './support/vcenter.ts';

it('lets no simulated time pass after its stop', async () => {
  const vcenter = await startTestVCenter(1, { speed: 1000 });
  const { clock } = vcenter.world;
  let fired = false;
  clock.schedule(10_000, () => (fired = true)); // ten real milliseconds
  await vcenter.stop();
  const [at, firedBefore] = [clock.now(), fired];
  await realMs(50);
  expect([clock.now(), fired]).toEqual([at, firedBefore]);
});
