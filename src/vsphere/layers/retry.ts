// Repeats what is safe to repeat: reads that failed on the connection. Bounded and short, so that a glitch isn't seen by
// anybody and an outage is seen soon. What may have changed something is never repeated here.
import { sleep } from '../../util/abort.ts';
import { backoffDelay } from '../../util/backoff.ts';
import type { BackoffOptions } from '../../util/backoff.ts';
import type { Clock } from '../../util/clock.ts';
import { VSphereError } from '../faults.ts';
import { methodKind } from '../method-kinds.ts';
import type { SendCall } from './call.ts';

const RETRIES = 2;

export function withRetry(send: SendCall, clock: Clock, pauses: BackoffOptions): SendCall {
  return async function sendWithRetry(call) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await send(call);
      } catch (error) {
        if (attempt >= RETRIES || methodKind(call.method) !== 'read' || !isGlitch(error)) throw error;
        await sleep(clock, backoffDelay(attempt, pauses), call.signal);
      }
    }
  };
}

/** A connection that broke or wasn't made, or a vCenter that says it is starting (503). A timeout already took its time. */
function isGlitch(error: unknown): boolean {
  if (!(error instanceof VSphereError)) return false;
  return error.fault === 'Transport' || (error.fault === 'Http' && error.status === 503);
}
