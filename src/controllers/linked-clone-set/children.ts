// The writes of a set to its clones. Creates are deterministic by name and start slowly; deletes are decided on live
// reads only and carry the UID and resourceVersion that were looked at.
import type { LinkedClone, LinkedCloneSet } from '../../api/types.generated.ts';
import { LABELS } from '../../api/identifiers.ts';
import type { ApiError } from '../../kube/api-error.ts';
import { keyOf } from '../../kube/objects.ts';
import { LINKED_CLONES, LINKED_CLONE_SETS } from '../shared/resources.ts';
import type { Runtime } from '../shared/runtime.ts';
import { newClone } from './template.ts';
import { errorMessage } from '../../util/errors.ts';

function namespaceOf(set: LinkedCloneSet): string {
  return set.metadata.namespace ?? '';
}

/** The set's clones by owner UID, live. */
export async function listOwned(runtime: Runtime, set: LinkedCloneSet): Promise<LinkedClone[]> {
  const all = await runtime.rest.listAll(LINKED_CLONES, { namespace: namespaceOf(set) });
  return all.filter((clone) => isOwned(clone, set));
}

export function isOwned(clone: LinkedClone, set: LinkedCloneSet): boolean {
  return (
    clone.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === set.metadata.uid) ===
    true
  );
}

/** The set as the API server has it now; undefined when it's gone, another one, or being orphaned. */
export async function liveSet(runtime: Runtime, set: LinkedCloneSet): Promise<LinkedCloneSet | undefined> {
  const live = await runtime.live.get(LINKED_CLONE_SETS, keyOf(set));
  if (live === undefined || live.metadata.uid !== set.metadata.uid) return undefined;
  return (live.metadata.finalizers ?? []).includes('orphan') ? undefined : live;
}

/** Creates clones in batches of 1, 2, 4, …: what fails for all fails for one. Stops at the first error. */
export async function createClones(
  runtime: Runtime,
  set: LinkedCloneSet,
  ordinals: readonly number[],
  revision: string,
): Promise<void> {
  let batch = 1;
  for (let at = 0; at < ordinals.length; batch *= 2) {
    const now = ordinals.slice(at, at + batch);
    const results = await Promise.allSettled(now.map((ordinal) => createOne(runtime, set, ordinal, revision)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    at += batch;
  }
}

async function createOne(runtime: Runtime, set: LinkedCloneSet, ordinal: number, revision: string): Promise<void> {
  const body = newClone(set, ordinal);
  const labels = { ...body.metadata.labels, [LABELS.revision]: revision };
  runtime.guard.mayChange(); // the set may have been scaled down under another leader
  try {
    const created = await runtime.rest.create(LINKED_CLONES, namespaceOf(set), {
      ...body,
      metadata: { ...body.metadata, labels },
    });
    runtime.gates.setClones.record(keyOf(set), created.metadata.resourceVersion);
  } catch (error) {
    if ((error as ApiError).alreadyExists) return; // somebody has the name: the next look at the cache says who
    throw error;
  }
}

/** Deletes what was looked at and nothing else: another UID or a newer version is left alone. */
export async function deleteClone(runtime: Runtime, set: LinkedCloneSet, clone: LinkedClone): Promise<void> {
  const { uid, resourceVersion } = clone.metadata;
  runtime.plannedDeletions.add(uid); // before the cache shows it: the breaker counts what nobody planned
  try {
    const deleted = await runtime.rest.delete(LINKED_CLONES, keyOf(clone), {
      uid,
      resourceVersion,
      propagationPolicy: 'Background',
    });
    if (deleted?.metadata?.resourceVersion !== undefined)
      runtime.gates.setClones.record(keyOf(set), deleted.metadata.resourceVersion);
  } catch (error) {
    const { notFound, conflict, code, sent } = error as ApiError;
    const wasAnswered = sent === false || (code > 0 && code < 500);
    // an answer that got lost: it was carried out where the clone is on its way out
    if (wasAnswered || !(await isGoing(runtime, clone))) runtime.plannedDeletions.delete(uid);
    if (!notFound && !conflict) throw error;
  }
}

/** By the API server's word; without an answer it counts as one that isn't, so that the breaker rather counts it than not. */
async function isGoing({ live, logger }: Runtime, clone: LinkedClone): Promise<boolean> {
  try {
    const now = await live.get(LINKED_CLONES, keyOf(clone));
    return now?.metadata.uid === clone.metadata.uid && now.metadata.deletionTimestamp !== undefined;
  } catch (error) {
    logger.debug({ clone: clone.metadata.name, err: errorMessage(error) }, 'whether it was deleted could not be read');
    return false;
  }
}

/** Lets a clone go: it stays, without an owner, and its ordinal stays taken. */
export async function orphanClone(runtime: Runtime, set: LinkedCloneSet, clone: LinkedClone): Promise<void> {
  const others = (clone.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== set.metadata.uid);
  const patch = {
    metadata: {
      uid: clone.metadata.uid,
      resourceVersion: clone.metadata.resourceVersion,
      ownerReferences: others,
      labels: { [LABELS.set]: null },
    },
  };
  const patched = await runtime.rest.patch(LINKED_CLONES, keyOf(clone), patch, { type: 'merge' });
  runtime.gates.setClones.record(keyOf(set), patched.metadata.resourceVersion);
}

/** Patches what was looked at; false: a newer version is left alone, and wakes the set by itself. */
export async function patchClone(
  runtime: Runtime,
  set: LinkedCloneSet,
  clone: LinkedClone,
  patch: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const metadata = {
    ...(patch['metadata'] as Record<string, unknown> | undefined),
    uid: clone.metadata.uid,
    resourceVersion: clone.metadata.resourceVersion,
  };
  try {
    const patched = await runtime.rest.patch(LINKED_CLONES, keyOf(clone), { ...patch, metadata }, { type: 'merge' });
    runtime.gates.setClones.record(keyOf(set), patched.metadata.resourceVersion);
    return true;
  } catch (error) {
    const { notFound, conflict } = error as ApiError;
    if (!notFound && !conflict) throw error;
    return false;
  }
}
