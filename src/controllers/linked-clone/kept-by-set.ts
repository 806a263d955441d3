// Whether a clone's machine stays because its set says so, or was to let go of the clone. Deleted with --cascade=foreground
// (as Argo CD does), or with its namespace, a set can't let its clones go: Kubernetes deletes them before the set sees it,
// whatever `whenDeleted`, or a clone's mark to be detached, says.
import type { LinkedClone } from '../../api/types.generated.ts';
import { ANNOTATIONS, isFlagged } from '../../api/identifiers.ts';
import { MOST_SKEW_MS } from '../shared/clock-agreement.ts';
import { LINKED_CLONE_SETS, NAMESPACES } from '../shared/resources.ts';
import type { Runtime } from '../shared/runtime.ts';

/**
 * True for a clone that was deleted with or after its set, or its namespace, where the set has `whenDeleted: Retain` by the
 * API server's word; and for one that its set was to let go of and that was deleted with it in the foreground (with its
 * namespace it would go without a set, too). One that was deleted before goes by its own policy, if that was longer ago than
 * two API servers' clocks may differ. The set can't be gone by then: it waits for its clones.
 */
export async function isKeptBySet(runtime: Runtime, { metadata }: LinkedClone): Promise<boolean> {
  const owner = metadata.ownerReferences?.find(
    ({ controller, kind }) => controller === true && kind === 'LinkedCloneSet',
  );
  if (owner === undefined) return false;
  const namespace = metadata.namespace ?? '';
  const set = await runtime.live.get(LINKED_CLONE_SETS, { namespace, name: owner.name });
  if (set?.metadata.uid !== owner.uid) return false;
  const isWith = (deletedAt: string | undefined): boolean =>
    deletedAt !== undefined && Date.parse(deletedAt) - MOST_SKEW_MS <= Date.parse(metadata.deletionTimestamp ?? '');
  const isRetained = set.spec.retentionPolicy?.whenDeleted === 'Retain';
  const isDetached =
    isFlagged(metadata.annotations, ANNOTATIONS.detach) &&
    set.metadata.finalizers?.includes('foregroundDeletion') === true;
  if ((isRetained || isDetached) && isWith(set.metadata.deletionTimestamp)) return true;
  if (!isRetained) return false;
  return isWith((await runtime.live.get(NAMESPACES, { namespace: '', name: namespace }))?.metadata.deletionTimestamp);
}
