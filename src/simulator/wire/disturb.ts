// What the fault plan does around a call: before it has an effect, instead of it, and to its reply. All times are real:
// they belong to the network.
import { randomBytes } from 'node:crypto';
import { setTimeout as realDelay } from 'node:timers/promises';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import { beginCondition } from '../conditions/begin-condition.ts';
import type { Disturbance } from '../faults/disturbance.ts';
import type { BodyFault } from '../faults/fault-rule.ts';
import type { Session } from '../sessions/session.ts';
import { faultReply } from './call-outcome.ts';
import type { CallOutcome, Peer } from './call-outcome.ts';

interface DisturbedCall {
  readonly self: SimObject;
  readonly session: Session | undefined;
  readonly peer: Peer;
}

/** `apply` runs the call, unless the disturbance keeps it from having an effect. */
export async function disturb(
  world: World,
  call: DisturbedCall,
  disturbance: Disturbance,
  apply: () => Promise<CallOutcome>,
): Promise<CallOutcome> {
  if (disturbance.delayMs > 0) await realDelay(disturbance.delayMs);
  if (disturbance.eventFlood !== undefined) world.eventFlood.run(call.self, disturbance.eventFlood);
  for (const condition of disturbance.conditions ?? []) beginCondition(world, condition);
  if (disturbance.hangSeconds !== undefined) {
    await silence(disturbance.hangSeconds, call.peer.signal);
    return { kind: 'cut' };
  }
  if (disturbance.reset === 'before') return { kind: 'cut' };
  if (disturbance.http !== undefined) return spoil({ kind: 'http', status: disturbance.http }, disturbance);
  const outcome =
    disturbance.killSession === true && call.session !== undefined
      ? killed(world, call.self, call.session)
      : await apply();
  return disturbance.reset === 'after' ? { kind: 'cut' } : spoil(outcome, disturbance);
}

function killed(world: World, self: SimObject, session: Session): CallOutcome {
  world.sessions.end(session);
  const fields = { object: self.ref, privilegeId: 'System.View' };
  return faultReply(new VimFault('NotAuthenticated', fields, 'The session is not authenticated.'));
}

/** Until the time is over or the client is gone. */
async function silence(seconds: number, signal: AbortSignal): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const over = new AbortController();
  await Promise.race([gone, realDelay(seconds * 1000, undefined, { signal: over.signal })]);
  over.abort();
}

function spoil(outcome: CallOutcome, { body, contentType }: Disturbance): CallOutcome {
  if (outcome.kind === 'cut') return outcome;
  return {
    ...outcome,
    ...(body === undefined ? {} : { body: spoilt(Buffer.from(outcome.body ?? ''), body) }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}

function spoilt(body: Buffer, fault: BodyFault): Buffer {
  if ('truncateAt' in fault) return body.subarray(0, fault.truncateAt);
  return fault.garbage === true ? randomBytes(body.length) : Buffer.from(fault.garbage);
}
