// Clones that were let go while their virtual machines could not be marked: their UIDs stay with the VCenter, so that no
// scan takes the machines for orphans, until a scan finds them and they carry the mark themselves, or that of who took them over.
import type { LinkedClone, VCenter } from '../../../api/types.generated.ts';
import { ApiError } from '../../../kube/api-error.ts';
import { patchStatus } from '../../../kube/status-patch.ts';
import { markerOption } from '../../linked-clone/clone-spec.ts';
import { VCENTERS } from '../../shared/resources.ts';
import type { Runtime } from '../../shared/runtime.ts';
import type { VCenterConnection } from '../connection.ts';
import { ownershipOf } from '../marker.ts';
import type { VCenterScope } from '../reconciler.ts';
import { MARKER_PATH, vmView } from '../vm-view.ts';
import type { OrphanWatch } from './watch.ts';

/** As many as the schema allows. */
const MOST = 256;
const TRIES = 5;

/** UIDs of the clones that were let go unmarked, whichever VCenter remembers them: several may be for one vCenter. */
export function releasedClones(vCenters: readonly VCenter[]): ReadonlySet<string> {
  return new Set(vCenters.flatMap(({ status }) => status?.releasedClones ?? []));
}

/** `noVCenter`: no VCenter object is there to remember it; `full`: none that is there has room. */
export type Remembered = 'done' | 'noVCenter' | 'full';

/** Remembers that the clone was let go unmarked. Rejects when the API server doesn't take it. */
export async function rememberRelease(runtime: Runtime, clone: LinkedClone): Promise<Remembered> {
  const pin = clone.status?.vCenter;
  const others = runtime.stores.vCenters.list().filter(({ status }) => status?.instanceUuid === pin?.instanceUuid);
  let answer: Remembered = 'noVCenter';
  for (const name of pin === undefined ? [] : new Set([pin.name, ...others.map(({ metadata }) => metadata.name)])) {
    const remembered = await rememberIn(runtime, name, clone);
    if (remembered === 'done') return 'done';
    if (remembered === 'full') answer = 'full';
  }
  return answer;
}

async function rememberIn({ rest, live }: Runtime, name: string, clone: LinkedClone): Promise<Remembered> {
  for (let attempt = 1; ; attempt += 1) {
    const vCenter = await live.get<VCenter>(VCENTERS, { namespace: '', name });
    if (vCenter === undefined) return 'noVCenter';
    const known = vCenter.status?.releasedClones ?? [];
    if (known.includes(clone.metadata.uid)) return 'done';
    if (known.length >= MOST) return 'full';
    const status = { ...vCenter.status, releasedClones: [...known, clone.metadata.uid] };
    try {
      await patchStatus(rest, VCENTERS, vCenter, status, { withResourceVersion: true });
      return 'done';
    } catch (error) {
      // the VCenter's own reconciler writes, too
      if (!(error instanceof ApiError) || !error.conflict || attempt >= TRIES) throw error;
    }
  }
}

/** Marks what the last scan found of the released; those that carry the mark, or another clone's, are forgotten. */
export async function markReleased(
  { runtime, vCenter, draft }: VCenterScope,
  connection: VCenterConnection,
  watch: OrphanWatch,
): Promise<void> {
  const released = vCenter.status?.releasedClones ?? [];
  const left = released.filter(
    (uid) => watch.released.get(uid)?.marker.state === undefined && !watch.takenOver.has(uid),
  );
  if (left.length < released.length) draft.status.releasedClones = left;
  for (const uid of released) connection.operations.takeOutcome(uid, 'mark'); // what came of it the next scan tells
  for (const uid of left) {
    const found = watch.released.get(uid);
    if (found === undefined || watch.postponed.has(uid)) continue;
    watch.postponed.add(uid); // until the next scan
    const { ref } = found.vm;
    const state = await connection.client.readSoon(ref, ['config.instanceUuid', 'config.changeVersion', MARKER_PATH]);
    const vm = state === undefined ? undefined : vmView(ref, state.properties);
    if (vm?.marker === undefined || vm.marker.state !== undefined) continue; // the next scan says so, too
    if (ownershipOf(vm, runtime.clusterId, uid) !== 'ours') continue;
    runtime.guard.mayChange();
    const task = await connection.client.reconfigure(ref, {
      // who takes it over in this moment is not to be overwritten
      ...(vm.changeVersion === undefined ? {} : { changeVersion: vm.changeVersion }),
      extraConfig: [markerOption({ ...vm.marker, state: 'released' })],
    });
    connection.track({ controller: 'vcenter', key: { namespace: '', name: connection.name }, uid }, 'mark', task, ref);
  }
}
