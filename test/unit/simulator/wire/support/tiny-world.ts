// The small inventory without a network: for tests of what happens inside.
import { createSimClock } from '../../../../../src/simulator/clock/simulated-clock.ts';
import { createWorld } from '../../../../../src/simulator/core/create-world.ts';
import type { CallContext, MethodTable } from '../../../../../src/simulator/core/call-context.ts';
import { mergeMethodTables } from '../../../../../src/simulator/core/call-context.ts';
import type { SimObject } from '../../../../../src/simulator/core/sim-object.ts';
import type { World } from '../../../../../src/simulator/core/world.ts';
import { withDefaults } from '../../../../../src/simulator/default-options.ts';
import type { Session } from '../../../../../src/simulator/sessions/session.ts';
import { resolveMethod } from '../../../../../src/simulator/wire/resolve-method.ts';
import { wireMethods } from '../../../../../src/simulator/wire/wire-methods.ts';
import { createLogger } from '../../../../../src/telemetry/logger.ts';
import { tinyModel } from './tiny-model.ts';

export interface TinyWorld {
  readonly world: World;
  readonly table: MethodTable;
  readonly session: Session;
  /** Calls a method as the session, without the wire in between. */
  call(object: SimObject, method: string, args?: Record<string, unknown>): unknown;
}

/** At a manual clock that starts at 2026-01-01. */
export function tinyWorld(machines: number): TinyWorld {
  const options = withDefaults({ logger: createLogger('silent') });
  const world = createWorld(options, createSimClock({ speed: 0, startAt: Date.UTC(2026, 0, 1) }));
  const table = mergeMethodTables(wireMethods(world), tinyModel.build(world, machines));
  const session = world.sessions.login(options.username, options.password, {
    locale: 'en',
    ipAddress: '',
    userAgent: 'test',
  });
  return {
    world,
    table,
    session,
    call(object, method, args = {}) {
      const { handler } = resolveMethod(table, object.ref, method);
      const context: CallContext = {
        world,
        session,
        user: session.userName,
        operationId: undefined,
        method,
        self: object,
        flags: new Set(),
      };
      return handler(context, args);
    },
  };
}
