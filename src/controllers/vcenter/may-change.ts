// The last question before a call that changes vCenter goes out, asked where no wait is left: the call may have waited for a
// login, or for one of a pool's sockets, and since whoever makes it has looked a hold may have been found.
import { RequeueAfter } from '../../util/errors.ts';
import type { Runtime } from '../shared/runtime.ts';

/** What the claim on the vCenter is written with: until it's there nothing else is done. */
const CLAIM_METHODS = new Set(['AddCustomFieldDef', 'SetField']);

type Asked = Pick<Runtime, 'guard' | 'clock' | 'config' | 'connections'>;

/** Throws when this process doesn't lead, or where something stands against the method on that vCenter. */
export function mayChange(runtime: Asked, vCenter: string, method: string): void {
  const connection = runtime.connections.get(vCenter);
  if (method === 'SetField' && connection?.holds.claim.isGivenUp === true) runtime.guard.mayGiveUp();
  else runtime.guard.mayChange();
  const againMs = runtime.config['status-interval'];
  // who still has a session that is being closed doesn't hear of holds any more
  if (connection === undefined) throw new RequeueAfter(againMs, `the connection to VCenter "${vCenter}" is closed`);
  const { holds, events } = connection;
  if (method === 'SetField') holds.claim.requireFreshRead(runtime.clock.monotonic());
  if (CLAIM_METHODS.has(method)) return;
  // after a login that the call itself brought about the events come first: it may be a restored vCenter
  events.require();
  holds.claim.require(runtime.clock.monotonic());
  const held = holds.against(method);
  // the reconcile that comes next says why
  if (held !== undefined) throw new RequeueAfter(againMs, held);
}
