// GET /v1/stats: what was called how often, and who is logged in.
import type { AdminModule } from '../admin-route.ts';

export const statsRoutes: AdminModule = ({ world }) => ({
  '/v1/stats': {
    GET() {
      const sessions = world.sessions.list();
      return {
        ...world.stats.snapshot(),
        sessions: sessions.length,
        users: sessions.map((session) => session.userName),
      };
    },
  },
});
