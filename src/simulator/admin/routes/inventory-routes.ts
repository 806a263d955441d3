// GET /v1/inventory: machines, files and chains as they really are.
import type { AdminModule } from '../admin-route.ts';

export const inventoryRoutes: AdminModule = ({ world, describe }) => ({
  '/v1/inventory': { GET: () => describe(world) },
});
