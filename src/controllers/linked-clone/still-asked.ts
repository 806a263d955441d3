// Right before something is made for a clone, the object is read live: a cache may be of before a deletion that another leader
// has carried out, and what is made then has nobody. Destroying and powering off have looks of their own.
import { isDeepStrictEqual } from 'node:util';
import type { LinkedClone } from '../../api/types.generated.ts';
import { keyOf } from '../../kube/objects.ts';
import { LINKED_CLONES } from '../shared/resources.ts';
import type { CloneScope } from './scope.ts';

/** Whether the API server's object still asks for its stored intent to be carried out: it's there, stays, and has no machine. */
export async function isStillAsked({ runtime, clone }: CloneScope): Promise<boolean> {
  return asksFor(clone, await runtime.live.get(LINKED_CLONES, keyOf(clone)));
}

function asksFor({ metadata, status }: LinkedClone, live: LinkedClone | undefined): boolean {
  return (
    live?.metadata.uid === metadata.uid &&
    live.metadata.deletionTimestamp === undefined &&
    live.spec.paused !== true &&
    live.status?.vm === undefined &&
    isDeepStrictEqual(live.status?.operation, status?.operation)
  );
}
