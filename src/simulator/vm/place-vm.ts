// PlaceVm: where DRS would put a VM that is to be made, cloned or moved. One recommendation: the host with the fewest VMs of
// those that see the datastore, and the datastore with the most room unless the call says which.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { Volume } from '../disks/volume.ts';
import { refAt, refsAt } from '../inventory/links.ts';
import { modelOf } from '../inventory/model-state.ts';
import type { Model } from '../inventory/model-state.ts';
import type { RelocateSpec } from './clone/clone-arguments.ts';
import { volumesOf } from './host-placement.ts';
import { invalidArgument } from './vm-call.ts';

/** PlacementSpec, as far as it is honoured. */
interface PlacementSpec {
  readonly placementType?: string;
  readonly vm?: MoRef;
  readonly cloneSpec?: { readonly location?: RelocateSpec };
  readonly relocateSpec?: RelocateSpec;
  readonly configSpec?: unknown;
  readonly hosts?: readonly MoRef[];
  readonly datastores?: readonly MoRef[];
}

/** PlacementResult; without recommendations when nothing fits. Throws InvalidArgument. */
export function placeVm(context: CallContext, args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const model = modelOf(context.world);
  const cluster = context.self;
  const spec = args['placementSpec'] as PlacementSpec;
  const type = spec.placementType ?? 'relocate';
  if (type === 'create' ? spec.configSpec === undefined : spec.vm === undefined)
    throw invalidArgument(`placementSpec.${type === 'create' ? 'configSpec' : 'vm'}`);
  const location = spec.cloneSpec?.location ?? spec.relocateSpec ?? {};
  const found = best(model, cluster, spec, location);
  if (found === undefined) return { recommendations: [] };
  const { host, volume } = found;
  const relocateSpec = {
    ...location,
    host: host.ref,
    datastore: volume.ref,
    pool: location.pool ?? refAt(cluster, 'resourcePool'),
  };
  const action = {
    $type: 'PlacementAction',
    type: 'PlacementV1',
    target: host.ref,
    targetHost: host.ref,
    ...(spec.vm === undefined ? {} : { vm: spec.vm }),
    relocateSpec,
  };
  const recommendation = {
    key: '1',
    type: 'V1',
    time: new Date(model.world.clock.now()).toISOString(),
    rating: 1,
    reason: 'xvmotionPlacement',
    reasonText: 'Place this virtual machine on a host with room for it',
    target: host.ref,
    action: [action],
  };
  return { recommendations: [recommendation] };
}

function best(
  model: Model,
  cluster: SimObject,
  spec: PlacementSpec,
  location: RelocateSpec,
): { readonly host: SimObject; readonly volume: Volume } | undefined {
  const { registry } = model.world;
  const needed = sharedVolumes(model, spec, location);
  const hosts = refsAt(cluster, 'host')
    .filter((ref) => isWanted(location.host === undefined ? spec.hosts : [location.host], ref))
    .map((ref) => registry.must(ref))
    .filter((host) => isUsable(host) && needed.every((volume) => model.volumes.isSeenBy(volume, host.ref)))
    .toSorted((a, b) => refsAt(a, 'vm').length - refsAt(b, 'vm').length);
  const volumes = refsAt(cluster, 'datastore')
    .filter((ref) => isWanted(location.datastore === undefined ? spec.datastores : [location.datastore], ref))
    .map((ref) => model.volumes.of(ref))
    .toSorted((a, b) => b.freeBytes - a.freeBytes);
  for (const host of hosts) {
    const volume = volumes.find((candidate) => model.volumes.isSeenBy(candidate, host.ref));
    if (volume !== undefined) return { host, volume };
  }
  return undefined;
}

/** A linked clone needs a host that sees what it shares. */
function sharedVolumes(model: Model, { vm }: PlacementSpec, location: RelocateSpec): readonly Volume[] {
  if (vm === undefined || location.diskMoveType !== 'createNewChildDiskBacking') return [];
  return [...volumesOf(model.vms.of(model.world.registry.must(vm)))];
}

function isUsable(host: SimObject): boolean {
  return host.get('runtime.connectionState') === 'connected' && host.get('runtime.inMaintenanceMode') !== true;
}

function isWanted(wanted: readonly MoRef[] | undefined, ref: MoRef): boolean {
  return wanted === undefined || wanted.length === 0 || wanted.some((other) => other.value === ref.value);
}
