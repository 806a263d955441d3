// Everything the admin endpoint can do. Documented for users in docs/simulator.md.
import type { AdminModule, AdminRoutes, AdminScope } from './admin-route.ts';
import { checkpointRoutes } from './routes/checkpoint-routes.ts';
import { clockRoutes } from './routes/clock-routes.ts';
import { conditionRoutes } from './routes/condition-routes.ts';
import { faultRoutes } from './routes/fault-routes.ts';
import { inventoryRoutes } from './routes/inventory-routes.ts';
import { ledgerRoutes } from './routes/ledger-routes.ts';
import { restartRoutes } from './routes/restart-routes.ts';
import { statsRoutes } from './routes/stats-routes.ts';

const MODULES: readonly AdminModule[] = [
  statsRoutes,
  ledgerRoutes,
  inventoryRoutes,
  faultRoutes,
  clockRoutes,
  conditionRoutes,
  restartRoutes,
  checkpointRoutes,
];

/** By path. Two modules with the same path are a mistake of ours. */
export function adminRoutes(scope: AdminScope): ReadonlyMap<string, AdminRoutes[string]> {
  const routes = new Map<string, AdminRoutes[string]>();
  for (const module of MODULES) {
    for (const [path, methods] of Object.entries(module(scope))) {
      if (routes.has(path)) throw new Error(`two modules serve ${path}`);
      routes.set(path, methods);
    }
  }
  return routes;
}
