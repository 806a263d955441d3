// What is begun only while the vCenter answers: nobody takes a slot for a call that would be refused, and whoever waits says
// one thing for as long as the outage lasts. Everybody is woken when it's over.
import { errorMessage } from '../../util/errors.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { NotReady } from './not-ready.ts';
import type { Runtime } from './runtime.ts';

/** `failure`: how it showed that the vCenter is away. */
export function awayMessage(failure: unknown): string {
  return `the vCenter does not answer: ${errorMessage(failure)}; this goes on when it does`;
}

/** Throws NotReady while the vCenter is away. */
export function requireAnswering({ config }: Pick<Runtime, 'config'>, { client }: VCenterConnection): void {
  if (client.away === undefined) return;
  throw new NotReady('VCenterNotReady', awayMessage(client.away), { requeueAfterMs: config['conflict-retry'] });
}
