// A clone whose machine is the source of a BaseSnapshot: the base's snapshot, and whatever clones stand on it or are about to,
// would go with the machine.
import type { BaseSnapshot } from '../../api/types.generated.ts';
import { formatKey, keyOf } from '../../kube/objects.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { BASE_SNAPSHOTS } from '../shared/resources.ts';
import { listManaged } from '../vcenter/dependents.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

/**
 * Why the machine has to stay for a base's sake. The API server is asked where the machine has a snapshot, without which it's
 * nobody's base yet, or where the cache knows of one.
 */
export async function whyChained(
  scope: CloneScope,
  ref: MoRef,
  instanceUuid: string | undefined,
  hasSnapshots: boolean,
): Promise<string | undefined> {
  const { runtime } = scope;
  const { connection } = requireConnection(scope);
  // several VCenters may be for one vCenter
  const isOn = ({ status }: BaseSnapshot): boolean =>
    status?.vCenter?.instanceUuid === connection.instanceUuid &&
    (status.source?.moRef === ref.value || status.source?.instanceUuid === instanceUuid);
  if (!hasSnapshots && !runtime.stores.bases.list().some(isOn)) return undefined;
  const base = (await listManaged(runtime, BASE_SNAPSHOTS)).find(isOn);
  if (base === undefined) return undefined;
  return `its virtual machine is the source of BaseSnapshot "${formatKey(keyOf(base))}": delete that one first, or release it, and this goes on`;
}
