// The methods that belong to the vCenter itself and not to its inventory: sessions, property collectors, views, search,
// settings. The model adds its own table.
import { optionMethods } from '../admin/option-methods.ts';
import { mergeMethodTables } from '../core/call-context.ts';
import type { MethodTable } from '../core/call-context.ts';
import type { World } from '../core/world.ts';
import { collectorMethods } from '../property-collector/collector-methods.ts';
import { retrievalMethods } from '../property-collector/retrieval.ts';
import { searchMethods } from '../search/search-methods.ts';
import { sessionMethods } from '../sessions/session-methods.ts';
import { viewMethods } from '../views/view-methods.ts';

/** Once for a world, before its inventory is built, so that the indexes grow with it. */
export function wireMethods(world: World): MethodTable {
  return mergeMethodTables(
    sessionMethods(world),
    retrievalMethods(world),
    collectorMethods(world),
    viewMethods(world),
    searchMethods(world),
    optionMethods(world),
  );
}
