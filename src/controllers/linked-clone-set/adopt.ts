// Takes LinkedClones without an owner into a set that asks for it: the way back after `--cascade=orphan`, or from a backup
// tool that dropped owner references. Never more than the set wants, so that nothing it takes is deleted a moment later; set
// and clone are read live right before.
import type { LinkedClone, LinkedCloneSet } from '../../api/types.generated.ts';
import { ANNOTATIONS, API_VERSION, LABELS, isFlagged } from '../../api/identifiers.ts';
import { parseOrdinal } from '../../api/names.ts';
import { keyOf } from '../../kube/objects.ts';
import { baseKeyOf } from '../base-snapshot/dependents.ts';
import { LINKED_CLONES } from '../shared/resources.ts';
import type { Runtime } from '../shared/runtime.ts';
import { listOwned, liveSet, patchClone } from './children.ts';
import { ordinalOf } from './plan.ts';

const TRIES = 4;

/** Clones that the set may take, lowest ordinal first. Pure. */
export function adoptable(set: LinkedCloneSet, clones: readonly LinkedClone[]): LinkedClone[] {
  return clones.filter((clone) => isAdoptable(set, clone)).toSorted((a, b) => ordinalOf(set, a) - ordinalOf(set, b));
}

function isAdoptable(set: LinkedCloneSet, { metadata, spec }: LinkedClone): boolean {
  const { namespace, name } = set.metadata;
  return (
    set.spec.adopt === 'Ownerless' &&
    metadata.deletionTimestamp === undefined &&
    metadata.namespace === namespace &&
    metadata.ownerReferences?.some((owner) => owner.controller === true) !== true &&
    // one that the set let go itself has lost the label
    metadata.labels?.[LABELS.set] === name &&
    !isFlagged(metadata.annotations, ANNOTATIONS.detach) &&
    parseOrdinal(name, metadata.name) !== undefined &&
    baseKeyOf(spec.baseSnapshotRef, namespace) === baseKeyOf(set.spec.template.spec.baseSnapshotRef, namespace)
  );
}

/** How many were taken; the set goes on when the cache shows them. `owned`: how many it has by that. */
export async function adoptClones(runtime: Runtime, set: LinkedCloneSet, owned: number): Promise<number> {
  if (owned >= (set.spec.replicas ?? 1)) return 0;
  const candidates = adoptable(set, runtime.stores.clones.list(set.metadata.namespace ?? ''));
  if (candidates.length === 0) return 0;
  const live = await liveSet(runtime, set);
  if (live === undefined || live.metadata.deletionTimestamp !== undefined || live.spec.paused === true) return 0;
  // by what the API server has: what it wants less, or has already, would be deleted a moment later
  const missing = (live.spec.replicas ?? 1) - (await listOwned(runtime, live)).length;
  let taken = 0;
  for (const candidate of candidates.slice(0, Math.max(0, missing)))
    if (await adopt(runtime, live, candidate)) taken += 1;
  return taken;
}

/** False where it can't be taken any more. Throws where others go on changing it. */
async function adopt(runtime: Runtime, set: LinkedCloneSet, candidate: LinkedClone): Promise<boolean> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const clone = await runtime.live.get(LINKED_CLONES, keyOf(candidate));
    if (clone?.metadata.uid !== candidate.metadata.uid || !isAdoptable(set, clone)) return false;
    if (!(await patchClone(runtime, set, clone, { metadata: { ownerReferences: ownersWith(set, clone) } }))) continue;
    runtime.events.event(set, {
      type: 'Normal',
      reason: 'Adopted',
      action: 'Adopt',
      note: `took over LinkedClone "${clone.metadata.name}", which had no owner`,
    });
    return true;
  }
  // nothing else would wake the set: the clone isn't its own
  throw new Error(`LinkedClone "${candidate.metadata.name}" is to be taken over, and others go on changing it`);
}

function ownersWith({ metadata }: LinkedCloneSet, clone: LinkedClone): readonly unknown[] {
  const { name, uid } = metadata;
  const owner = {
    apiVersion: API_VERSION,
    kind: 'LinkedCloneSet',
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  return [...(clone.metadata.ownerReferences ?? []), owner];
}
