// /v1/faults: what shall go wrong, call by call.
import { checkCondition } from '../../conditions/begin-condition.ts';
import { ConditionError } from '../../conditions/conditions.ts';
import type { World } from '../../core/world.ts';
import type { ListedRule, RuleCounts } from '../../faults/fault-plan.ts';
import { FaultRuleError, parseFaultRule } from '../../faults/parse-fault-rule.ts';
import { BadRequest, wholeNumber } from '../admin-route.ts';
import type { AdminModule } from '../admin-route.ts';

export const faultRoutes: AdminModule = ({ world }) => ({
  '/v1/faults': {
    GET: (query) => faultsOf(world, query.get('id')),
    POST: (_query, body) => ({ id: addFault(world, body) }),
    DELETE: (query) => ({ removed: removeFaults(world, query.get('id')) }),
  },
});

function addFault(world: World, body: unknown): number {
  try {
    const rule = parseFaultRule(body);
    if (rule.action.condition !== undefined) checkCondition(world, rule.action.condition);
    return world.faults.add(rule);
  } catch (error) {
    if (error instanceof ConditionError) throw new BadRequest(`action.condition: ${error.message}`, { cause: error });
    if (error instanceof FaultRuleError) throw new BadRequest(error.message, { cause: error });
    throw error;
  }
}

function faultsOf(world: World, id: string | null): RuleCounts | readonly ListedRule[] {
  if (id === null) return world.faults.list();
  const counts = world.faults.counts(wholeNumber('id', id));
  if (counts === undefined) throw new BadRequest(`id: there was no rule ${id}`);
  return counts;
}

function removeFaults(world: World, id: string | null): number {
  return world.faults.clear(id === null ? undefined : wholeNumber('id', id));
}
