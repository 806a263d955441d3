// /v1/clock: the simulated time, and moving it.
import type { World } from '../../core/world.ts';
import { BadRequest, notNegative } from '../admin-route.ts';
import type { AdminModule } from '../admin-route.ts';

export const clockRoutes: AdminModule = ({ world }) => ({
  '/v1/clock': { GET: () => clockNow(world), POST: (_query, body) => moveClock(world, body) },
});

function clockNow(world: World): unknown {
  return { time: new Date(world.clock.now()).toISOString() };
}

async function moveClock(world: World, body: unknown): Promise<unknown> {
  const json = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const { advanceSeconds, speed, ...others } = json;
  if (Object.keys(others).length > 0 || (advanceSeconds === undefined && speed === undefined)) {
    throw new BadRequest('the body must have advanceSeconds or speed');
  }
  if (speed !== undefined) world.clock.setSpeed(notNegative('speed', speed));
  if (advanceSeconds !== undefined) await world.clock.advance(notNegative('advanceSeconds', advanceSeconds) * 1000);
  return clockNow(world);
}
