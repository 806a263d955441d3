// The one question of a preflight, and a second one where the first can't be answered as a whole: an object that may not be
// read, or is gone, fails the call for all. Asked twice at most, whatever the answer.
import { VSphereError } from '../../../vsphere/faults.ts';
import type { VSphereClient } from '../../../vsphere/client.ts';
import { isMoRef, moRefKey } from '../../../vsphere/mo-ref.ts';
import type { MoRef } from '../../../vsphere/mo-ref.ts';

/** Objects asked about. */
const MOST_ENTITIES = 500;

export interface Answer {
  /** By moRefKey, of the objects that could be asked about. */
  readonly held: ReadonlyMap<string, ReadonlySet<string>>;
  /** Objects that may not even be read. */
  readonly unreadable: readonly MoRef[];
  /** Why nothing is known of the others; undefined: they were answered for. */
  readonly failure: VSphereError | undefined;
}

/** Rejects when the connection fails: that is no answer. A reply that can't be used is a failure in the answer. */
export async function askHeld(
  client: Pick<VSphereClient, 'heldPrivileges'>,
  refs: readonly MoRef[],
  privilegeIds: readonly string[],
  signal: AbortSignal,
): Promise<Answer> {
  let wanted = [...new Map(refs.map((ref) => [moRefKey(ref), ref])).values()].slice(0, MOST_ENTITIES);
  const unreadable: MoRef[] = [];
  let failure: VSphereError | undefined;
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    try {
      const held = await client.heldPrivileges(wanted, privilegeIds, signal);
      return { held, unreadable, failure: undefined };
    } catch (error) {
      if (!(error instanceof VSphereError) || !isAnswer(error)) throw error;
      failure = error;
      const named = error.kind === 'notFound' ? error.detail['obj'] : error.detail['object'];
      const culprit = wanted.find((ref) => isMoRef(named) && moRefKey(ref) === moRefKey(named));
      if (culprit === undefined) break;
      if (error.kind === 'permission') unreadable.push(culprit);
      wanted = wanted.filter((ref) => ref !== culprit);
    }
  }
  return { held: new Map(), unreadable, failure };
}

/** A reply that is refused would be the same at every login: nothing else is to wait for it. */
function isAnswer({ kind, fault }: VSphereError): boolean {
  return ['permission', 'notFound', 'terminal'].includes(kind) || fault === 'BadReply';
}
