// POST /v1/restart: the vCenter restarts. Sessions, collectors and tasks are gone, the inventory stays.
import type { AdminModule } from '../admin-route.ts';

export const restartRoutes: AdminModule = ({ world }) => ({
  '/v1/restart': {
    POST() {
      world.restart.run();
      return {};
    },
  },
});
