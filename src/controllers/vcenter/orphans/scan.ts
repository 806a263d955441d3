// A look at all virtual machines of a vCenter for orphans: our marker, not let go, in a namespace that is ours to watch,
// and the API server says, asked now, that there is no such LinkedClone. Whatever can't be read is no orphan.
import type { LinkedClone } from '../../../api/types.generated.ts';
import { isNotFound } from '../../../kube/api-error.ts';
import { inParallel } from '../../../util/in-parallel.ts';
import { moRefKey } from '../../../vsphere/mo-ref.ts';
import { LINKED_CLONES, VCENTERS } from '../../shared/resources.ts';
import type { Runtime } from '../../shared/runtime.ts';
import { INDEX } from '../../shared/runtime.ts';
import type { VCenterConnection } from '../connection.ts';
import { listManaged } from '../dependents.ts';
import type { Marker } from '../marker.ts';
import type { VmView } from '../vm-view.ts';
import { MARKER_PATH, vmView } from '../vm-view.ts';
import type { FoundOrphan } from './ledger.ts';
import { releasedClones } from './tombstones.ts';

/** From so many suspects on they are looked up in one list. */
const MANY = 20;
const PARALLEL_READS = 4;

export interface MarkedVm {
  readonly vm: VmView;
  readonly marker: Marker;
}

export interface Scan {
  readonly orphans: readonly FoundOrphan[];
  /** Virtual machines with the marker of another cluster. */
  readonly otherClusters: number;
  /** Of this cluster, by UID of the LinkedClone: all that carry their own marker, those that were let go among them. */
  readonly marked: ReadonlyMap<string, MarkedVm>;
  /** UIDs of LinkedClones whose virtual machines, by the instanceUuid that each is made with, carry another's marker. */
  readonly takenOver: ReadonlySet<string>;
}

/** Rejects when the vCenter or the API server doesn't answer. `released`: UIDs of LinkedClones that were let go unmarked. */
export async function scanForOrphans(
  runtime: Runtime,
  connection: VCenterConnection,
  released: ReadonlySet<string>,
): Promise<Scan> {
  const { client } = connection;
  const states = await client.readTree(
    client.content.rootFolder,
    { VirtualMachine: ['config.instanceUuid', MARKER_PATH] },
    connection.signal,
  );
  const marked: MarkedVm[] = [];
  const takenOver = new Set<string>();
  let otherClusters = 0;
  for (const state of states) {
    if (Object.keys(state.missing).length > 0) continue; // hidden, or gone meanwhile: nothing is known
    const vm = vmView(state.ref, state.properties);
    const { marker } = vm;
    // a copy of the marker on somebody's clone of our clone says nothing about who owns that
    if (marker === undefined || marker.instanceUuid !== vm.instanceUuid) continue;
    if (marker.cluster === runtime.clusterId) marked.push({ vm, marker });
    else otherClusters += 1;
    if (marker.cluster !== runtime.clusterId || marker.uid !== vm.instanceUuid) takenOver.add(marker.instanceUuid);
  }
  const suspects = marked.filter(({ vm, marker }) => isSuspect(runtime, vm, marker, released));
  return {
    orphans: await stillThere(runtime, connection, await withoutClone(runtime, suspects)),
    otherClusters,
    marked: new Map(marked.map((one) => [one.marker.uid, one])),
    takenOver,
  };
}

/** No LinkedClone that is known here stands for it, and nobody let it go. */
export function isSuspect(
  { stores, config }: Runtime,
  vm: Pick<VmView, 'ref' | 'instanceUuid'>,
  marker: Marker,
  released: ReadonlySet<string>,
): boolean {
  const watched = config['watch-namespaces'];
  if (marker.state !== undefined || released.has(marker.uid)) return false;
  if (watched.length > 0 && !watched.includes(marker.namespace)) return false;
  if (stores.clones.byIndex(INDEX.uid, marker.uid).length > 0) return false;
  return stores.clones.byIndex(INDEX.instanceUuid, vm.instanceUuid ?? '').length === 0;
}

/** The suspects that the API server knows no LinkedClone of: none of the name, or another one. */
async function withoutClone(runtime: Runtime, suspects: readonly MarkedVm[]): Promise<FoundOrphan[]> {
  const found: FoundOrphan[] = [];
  const ask = suspects.length < MANY ? askOne(runtime) : await askAll(runtime);
  await inParallel(suspects, PARALLEL_READS, async ({ vm, marker }) => {
    const live = await ask(marker);
    if (live?.metadata.uid === marker.uid) return;
    found.push({ ref: vm.ref, name: vm.name, marker, why: live === undefined ? 'NotFound' : 'AnotherUid' });
  });
  return found;
}

/** Its clone may have gone, or let it go, after the machine was read: those that are still there as they were, read now. */
async function stillThere(
  runtime: Runtime,
  { client }: VCenterConnection,
  found: readonly FoundOrphan[],
): Promise<FoundOrphan[]> {
  if (found.length === 0) return [];
  const [states, vCenters] = await Promise.all([
    client.readMany(
      found.map(({ ref }) => ref),
      ['config.instanceUuid', MARKER_PATH],
    ),
    runtime.live.list(VCENTERS),
  ]);
  const released = releasedClones(vCenters);
  return found.filter(({ ref, marker: { uid } }) => {
    const vm = vmView(ref, states.get(moRefKey(ref))?.properties ?? {});
    return vm.marker?.uid === uid && isSuspect(runtime, vm, vm.marker, released);
  });
}

type Ask = (marker: Marker) => Promise<LinkedClone | undefined>;

function askOne({ live }: Runtime): Ask {
  return ({ namespace, name }) => live.get(LINKED_CLONES, { namespace, name });
}

async function askAll(runtime: Runtime): Promise<Ask> {
  const clones = await listManaged(runtime, LINKED_CLONES).catch((error: unknown) => {
    if (isNotFound(error)) return []; // the kind is gone with its CustomResourceDefinition
    throw error;
  });
  const byKey = new Map(clones.map((clone) => [`${clone.metadata.namespace}/${clone.metadata.name}`, clone]));
  return async ({ namespace, name }) => byKey.get(`${namespace}/${name}`);
}
