// May this clone take over that machine? Asked live, before the intent is stored and again before the marker is written:
// it exists once, it's a linked clone of the base, nobody else has it or wants it, and the access rules allow it where it is.
import type { LinkedCloneAdopt } from '../../api/types.generated.ts';
import { refuseMissing } from '../../vsphere/client.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import { oneLine } from '../../vsphere/fault-message.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Device } from '../base-snapshot/disks.ts';
import { disksOf } from '../base-snapshot/disks.ts';
import { NotReady } from '../shared/not-ready.ts';
import { LINKED_CLONES } from '../shared/resources.ts';
import { INDEX } from '../shared/runtime.ts';
import type { Marker } from '../vcenter/marker.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { vmView } from '../vcenter/vm-view.ts';
import { checkAdoptionAccess } from './access-check.ts';
import type { LinkEvidence } from './linked.ts';
import { foreignDisks, linkEvidence } from './linked.ts';
import { baseDisks } from './observe.ts';
import { checkBaseUsable } from './references.ts';
import type { CloneScope } from './scope.ts';
import { requireBase, requireConnection, requireInventory } from './scope.ts';
import { VERIFY_PATHS } from './verify.ts';

export interface Adoptable {
  readonly vm: VmView;
  readonly state: ObjectState;
  readonly evidence: LinkEvidence;
}

/** The machine, as it is now. Throws NotReady with what keeps it from being taken over. */
export async function checkAdoptable(scope: CloneScope, adopt: LinkedCloneAdopt): Promise<Adoptable> {
  const { runtime } = scope;
  const { connection } = requireConnection(scope);
  const base = requireBase(scope);
  checkBaseUsable(runtime, scope, base);
  requireInventory(scope);
  const ref = await theOnly(scope, adopt.instanceUuid);
  const state = await connection.client.readSoon(ref, VERIFY_PATHS);
  if (state === undefined) throw notThere(adopt.instanceUuid);
  refuseMissing(state); // hidden isn't unmarked
  const vm = vmView(ref, state.properties);
  const what = `"${oneLine(vm.name)}" (${ref.value})`;
  if (vm.connectionState !== 'connected')
    throw new NotReady(
      'Disconnected',
      `${what} is ${vm.connectionState ?? 'in an unknown state'}: nothing is concluded`,
      {
        requeueAfterMs: runtime.config['conflict-retry'],
      },
    );
  const why = whyNobodys(scope, ref, vm) ?? (await whyAnothers(scope, vm, adopt));
  if (why !== undefined) throw refused(`${what} ${why}`);
  await checkAdoptionAccess(scope, {
    folder: vm.parent?.value,
    resourcePool: (state.properties['resourcePool'] as MoRef | undefined)?.value,
    datastore: datastoreOf(state)?.value,
  });
  const devices = (state.properties['config.hardware.device'] as readonly Device[] | undefined) ?? [];
  const evidence = linkEvidence(devices, await disksOfBase(scope));
  if (!evidence.linked) throw refused(`${what} isn't a linked clone of this base: ${evidence.message}`);
  const attached = foreignDisks(devices, String(state.properties['config.files.vmPathName'] ?? ''));
  if (attached.length > 0)
    throw refused(`${what} has disks that aren't its own: ${oneLine(attached.join(', '))}; detach them first`);
  return { vm, state, evidence };
}

function refused(message: string): NotReady {
  return new NotReady('AdoptRefused', `${message}; it isn't touched`);
}

function notThere(uuid: string): NotReady {
  return new NotReady('AdoptNotFound', `vCenter has no virtual machine with instanceUuid ${uuid}`);
}

async function theOnly(scope: CloneScope, uuid: string): Promise<MoRef> {
  const found = await requireConnection(scope).connection.client.findAllByUuid(uuid, { instance: true });
  const [only, other] = found;
  if (only === undefined) throw notThere(uuid);
  if (other === undefined) return only;
  const names = found.map(({ value }) => value).join(', ');
  throw new NotReady(
    'Ambiguous',
    `${found.length} virtual machines have instanceUuid ${uuid}: ${names}; none is touched`,
    {
      requeueAfterMs: scope.runtime.config['conflict-retry'],
    },
  );
}

/** What it is that makes it no clone to take over, or who has it already. */
function whyNobodys(scope: CloneScope, ref: MoRef, vm: VmView): string | undefined {
  const { runtime, uid } = scope;
  const { connection } = requireConnection(scope);
  if (vm.template) return 'is a template';
  const isSource = runtime.stores.bases.list().some(
    ({ status }) =>
      status?.vCenter?.instanceUuid === connection.instanceUuid && // references of another one say nothing here
      (status.source?.moRef === ref.value || status.source?.instanceUuid === vm.instanceUuid),
  );
  if (isSource) return 'is the source of a BaseSnapshot';
  const holder = runtime.stores.clones
    .byIndex(INDEX.instanceUuid, vm.instanceUuid ?? '')
    .find(
      ({ metadata, status }) =>
        metadata.uid !== uid && (status?.vm !== undefined || status?.operation?.type === 'Adopt'),
    );
  if (holder !== undefined) return 'belongs to another LinkedClone, or is being taken over by one';
  return undefined;
}

/** Whose it is by its marker. A copied marker, on a machine with another identity, says nothing. */
async function whyAnothers(scope: CloneScope, vm: VmView, adopt: LinkedCloneAdopt): Promise<string | undefined> {
  const { runtime, uid } = scope;
  const { marker } = vm;
  if (marker === undefined || marker.instanceUuid !== vm.instanceUuid) return undefined;
  const why = whyByMarker(marker, { cluster: runtime.clusterId, namespace: scope.namespace, uid }, adopt);
  if (why !== undefined || marker.cluster !== runtime.clusterId || marker.uid === uid) return why;
  const { namespace, name } = marker;
  const live = await runtime.live.get(LINKED_CLONES, { namespace, name });
  const known = runtime.stores.clones.byIndex(INDEX.uid, marker.uid).length > 0;
  if (live?.metadata.uid !== marker.uid && !known) return undefined;
  return `belongs to LinkedClone "${name}": let that one go first, with deletionPolicy Retain`;
}

/** What the marker alone forbids. Pure. */
export function whyByMarker(
  marker: Marker,
  own: Pick<Marker, 'cluster' | 'namespace' | 'uid'>,
  { clusterId }: LinkedCloneAdopt,
): string | undefined {
  if (marker.cluster !== own.cluster) {
    if (clusterId === marker.cluster) return undefined;
    return `was made by another cluster, ${oneLine(marker.cluster)}: where nobody there looks after it any more, say so by spec.adopt.clusterId`;
  }
  if (marker.uid !== own.uid && marker.namespace !== own.namespace) return 'was made for another namespace';
  return undefined;
}

async function disksOfBase(scope: CloneScope): Promise<readonly Device[]> {
  const devices = await baseDisks(scope, requireBase(scope).status?.snapshot?.moRef);
  if (disksOf(devices).length > 0) return devices;
  throw new NotReady('BaseSnapshotNotReady', "the disks of the base's snapshot can't be read now", {
    requeueAfterMs: scope.runtime.config['conflict-retry'],
  });
}

function datastoreOf({ properties }: ObjectState): MoRef | undefined {
  const devices = properties['config.hardware.device'] as readonly Device[] | undefined;
  return disksOf(devices)[0]?.backing?.datastore ?? (properties['datastore'] as readonly MoRef[] | undefined)?.[0];
}
