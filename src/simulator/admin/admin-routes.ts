// What the admin endpoint can do, route by route. Documented for users in docs/simulator.md.
import type { World } from '../core/world.ts';
import { FaultRuleError, parseFaultRule } from '../faults/parse-fault-rule.ts';

/** The request can't be understood; the message says why. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

export type AdminRoute = (query: URLSearchParams, body: unknown) => unknown;
/** Path → HTTP method → route. */
export type AdminRoutes = ReadonlyMap<string, Readonly<Record<string, AdminRoute>>>;

export function adminRoutes(world: World, describe: (world: World) => unknown): AdminRoutes {
  return new Map<string, Readonly<Record<string, AdminRoute>>>([
    ['/v1/stats', { GET: () => stats(world) }],
    ['/v1/ledger', { GET: (query) => world.ledger.since(wholeNumber('since', query.get('since') ?? '0')) }],
    ['/v1/inventory', { GET: () => describe(world) }],
    [
      '/v1/faults',
      {
        GET: () => world.faults.list(),
        POST: (_query, body) => ({ id: addFault(world, body) }),
        DELETE: (query) => ({ removed: removeFaults(world, query.get('id')) }),
      },
    ],
    ['/v1/clock', { GET: () => clockNow(world), POST: (_query, body) => moveClock(world, body) }],
  ]);
}

function stats(world: World): unknown {
  const sessions = world.sessions.list();
  return { ...world.stats.snapshot(), sessions: sessions.length, users: sessions.map((session) => session.userName) };
}

function addFault(world: World, body: unknown): number {
  try {
    return world.faults.add(parseFaultRule(body));
  } catch (error) {
    if (error instanceof FaultRuleError) throw new BadRequest(error.message, { cause: error });
    throw error;
  }
}

function removeFaults(world: World, id: string | null): number {
  return world.faults.clear(id === null ? undefined : wholeNumber('id', id));
}

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

function notNegative(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new BadRequest(`${name} must be a number from 0 on`);
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new BadRequest(`${name} must be a whole number`);
}
