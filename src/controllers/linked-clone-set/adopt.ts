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
import { liveSet, patchClone } from './children.ts';
import { ordinalOf } from './plan.ts';

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

/** How many were taken; the set goes on when the cache shows them. `owned`: how many it has. */
export async function adoptClones(runtime: Runtime, set: LinkedCloneSet, owned: number): Promise<number> {
  const missing = (set.spec.replicas ?? 1) - owned;
  const candidates = adoptable(set, runtime.stores.clones.list(set.metadata.namespace ?? '')).slice(
    0,
    Math.max(0, missing),
  );
  if (candidates.length === 0) return 0;
  const live = await liveSet(runtime, set);
  if (live === undefined || live.metadata.deletionTimestamp !== undefined || live.spec.paused === true) return 0;
  let taken = 0;
  for (const candidate of candidates) {
    const clone = await runtime.live.get(LINKED_CLONES, keyOf(candidate));
    if (clone?.metadata.uid !== candidate.metadata.uid || !isAdoptable(live, clone)) continue;
    await patchClone(runtime, live, clone, { metadata: { ownerReferences: ownersWith(live, clone) } });
    runtime.events.event(live, {
      type: 'Normal',
      reason: 'Adopted',
      action: 'Adopt',
      note: `took over LinkedClone "${clone.metadata.name}", which had no owner`,
    });
    taken += 1;
  }
  return taken;
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
