// /v1/conditions: what is wrong with a host or a datastore, from POST until DELETE or until its time is over.
import { beginCondition, entityNamed } from '../../conditions/begin-condition.ts';
import { ConditionError } from '../../conditions/conditions.ts';
import type { ConditionJson } from '../../faults/fault-rule.ts';
import { condition as problemOf } from '../../faults/field-checks.ts';
import { BadRequest, objectBody } from '../admin-route.ts';
import type { AdminModule } from '../admin-route.ts';

export const conditionRoutes: AdminModule = ({ world }) => ({
  '/v1/conditions': {
    GET: () =>
      world.conditions.list().map(({ name, object, endsAt }) => ({
        condition: name,
        object: object.value,
        ...(endsAt === undefined ? {} : { endsAt: new Date(endsAt).toISOString() }),
      })),
    POST(_query, body) {
      const problem = problemOf('the body', objectBody(body));
      if (problem !== undefined) throw new BadRequest(problem.replace('the body.', ''));
      attempt(() => beginCondition(world, body as ConditionJson));
      return {};
    },
    DELETE: (query) => ({
      removed: attempt(() =>
        world.conditions.end(String(query.get('condition')), entityNamed(world, query.get('object'))),
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
