// POST /v1/restart: the vCenter restarts. Sessions, collectors and tasks are gone, the inventory stays.
import { restartVCenter } from '../../core/restart-vcenter.ts';
import { BadRequest, notNegative, objectBody } from '../admin-route.ts';
import type { AdminModule } from '../admin-route.ts';

export const restartRoutes: AdminModule = ({ world }) => ({
  '/v1/restart': {
    POST(_query, body) {
      const { downSeconds, ...others } = objectBody(body ?? {});
      if (Object.keys(others).length > 0) throw new BadRequest('the body may have downSeconds');
      restartVCenter(world, notNegative('downSeconds', downSeconds ?? 0));
      return {};
    },
  },
});
