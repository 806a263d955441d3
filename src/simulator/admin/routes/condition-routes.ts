// /v1/conditions: what is wrong with a host or a datastore, from POST until DELETE.
import { ConditionError } from '../../conditions/conditions.ts';
import type { SimObject } from '../../core/sim-object.ts';
import type { World } from '../../core/world.ts';
import { BadRequest, objectBody } from '../admin-route.ts';
import type { AdminModule } from '../admin-route.ts';

export const conditionRoutes: AdminModule = ({ world }) => ({
  '/v1/conditions': {
    GET: () => world.conditions.list().map(({ name, object }) => ({ condition: name, object: object.value })),
    POST(_query, body) {
      const { condition, object, ...others } = objectBody(body);
      if (Object.keys(others).length > 0) throw new BadRequest('the body must have condition and object');
      attempt(() => world.conditions.begin(String(condition), objectNamed(world, object)));
      return {};
    },
    DELETE: (query) => ({
      removed: attempt(() =>
        world.conditions.end(String(query.get('condition')), objectNamed(world, query.get('object'))),
      ),
    }),
  },
});

function attempt<T>(change: () => T): T {
  try {
    return change();
  } catch (error) {
    if (error instanceof ConditionError) throw new BadRequest(error.message, { cause: error });
    throw error;
  }
}

/** By MoRef value or by name. */
function objectNamed(world: World, name: unknown): SimObject {
  for (const object of world.registry.ofType('ManagedEntity'))
    if (object.value === name || object.get('name') === name) return object;
  throw new BadRequest('object must be the name of an entity or the value of its reference');
}
