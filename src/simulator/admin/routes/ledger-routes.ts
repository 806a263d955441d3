// GET /v1/ledger: every change, in order.
import { wholeNumber } from '../admin-route.ts';
import type { AdminModule } from '../admin-route.ts';

export const ledgerRoutes: AdminModule = ({ world }) => ({
  '/v1/ledger': { GET: (query) => world.ledger.since(wholeNumber('since', query.get('since') ?? '0')) },
});
