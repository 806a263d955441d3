// A call whose reply got lost may still be on its way: a vCenter that is too slow for us, or somebody between, carries it out
// when nobody waits for it any more. Whoever finds nothing of it would make a second one, or let its object go, a moment
// before it arrives. So before anything is concluded from finding nothing, the session that it was sent in ends: vCenter
// looks at the session when a call arrives, and turns that one away. A new session costs a login and a look at everything, so
// a vCenter that loses each call gets one only now and then.
import { errorMessage } from '../../util/errors.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import type { VSphereClient } from '../../vsphere/client.ts';
import { NotReady } from './not-ready.ts';
import type { Runtime } from './runtime.ts';

export interface LostCall {
  readonly method: string;
  readonly client: VSphereClient;
  /** Of the session that it was sent in, or a later one. */
  readonly generation: number;
}

/** To be noted when the reply has got lost. */
export function lostCall(client: VSphereClient, method: string): LostCall {
  return { method, client, generation: client.generation };
}

/** True when the failed call may be carried out all the same: it went out, and no answer came. */
export function mayArrive(error: unknown): boolean {
  return (
    error instanceof VSphereError && error.sent && (error.kind === 'connection' || error.kind === 'unknownOutcome')
  );
}

/**
 * Before an object is let go, or something is made again because there is none. Resolves when what `memory` has noted as lost
 * can't arrive any more. Throws NotReady while it may.
 */
export async function requireNoneOnItsWay({
  runtime,
  memory,
}: {
  readonly runtime: Pick<Runtime, 'config' | 'clock'>;
  readonly memory: { lost?: LostCall | undefined };
}): Promise<void> {
  if (memory.lost === undefined) return;
  await requireArrived(runtime, memory.lost);
  memory.lost = undefined;
}

/** Monotonic time of the last replacement. */
const replacedAt = new WeakMap<VSphereClient, number>();

/** Resolves when the call can't arrive any more. Throws NotReady while it may. */
export async function requireArrived(
  { config, clock }: Pick<Runtime, 'config' | 'clock'>,
  lost: LostCall,
): Promise<void> {
  const { method, client, generation } = lost;
  // that session has ended, or its client did, which logged out as far as it could: nothing can end it any more
  if (client.generation !== generation || client.ended) return;
  const dueMs = (replacedAt.get(client) ?? Number.NEGATIVE_INFINITY) + config['retry-max'] / 4 - clock.monotonic();
  if (dueMs > 0)
    throw new NotReady(
      'OutcomeUnknown',
      `the reply to ${method} got lost again; before it is called once more the session has to end, which happens only now and then`,
      { requeueAfterMs: dueMs },
    );
  replacedAt.set(client, clock.monotonic());
  try {
    await client.replaceSession(generation);
  } catch (error) {
    throw new NotReady(
      'OutcomeUnknown',
      `${method}, whose reply got lost, may still arrive at the vCenter, because the session that it was sent in could not be ended (${errorMessage(error)})`,
      { requeueAfterMs: config['conflict-retry'], cause: error },
    );
  }
}
