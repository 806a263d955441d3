// The CloneVM call of a linked clone, pure. `createNewChildDiskBacking` stands on the spec *and* on every disk locator: a
// locator without it silently makes a full copy of that disk (kubernetes-sigs/cluster-api-provider-vsphere#1611).
// Identity travels inside the call, so there is no moment in which the VM exists without it.
import type { LinkedCloneHardware } from '../../api/types.generated.ts';
import { MARKER_KEY } from '../../api/identifiers.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Marker } from '../vcenter/marker.ts';
import { formatMarker } from '../vcenter/marker.ts';

export const LINKED = 'createNewChildDiskBacking';

export interface CloneSpecInput {
  readonly snapshot: MoRef;
  /** Device keys of the base's disks. */
  readonly diskKeys: readonly number[];
  readonly datastore: MoRef;
  readonly resourcePool: MoRef;
  readonly host: MoRef;
  readonly marker: Marker;
  readonly hardware: LinkedCloneHardware | undefined;
  readonly notes: string | undefined;
  /** A CustomizationSpec as vCenter gave it, with the host name already set. */
  readonly customization: Readonly<Record<string, unknown>> | undefined;
}

/** VirtualMachineCloneSpec (vSphere Web Services API). Powered on later, by a call of its own that holds another slot. */
export function cloneSpec(input: CloneSpecInput): Record<string, unknown> {
  const { cpus, coresPerSocket, memoryMiB } = input.hardware ?? {};
  return {
    location: {
      datastore: input.datastore,
      diskMoveType: LINKED,
      pool: input.resourcePool,
      host: input.host,
      disk: input.diskKeys.map((diskId) => ({ diskId, datastore: input.datastore, diskMoveType: LINKED })),
    },
    template: false,
    config: {
      instanceUuid: input.marker.instanceUuid,
      ...(input.notes === undefined ? {} : { annotation: input.notes }),
      ...(cpus === undefined ? {} : { numCPUs: cpus }),
      ...(coresPerSocket === undefined ? {} : { numCoresPerSocket: coresPerSocket }),
      ...(memoryMiB === undefined ? {} : { memoryMB: memoryMiB }),
      extraConfig: [markerOption(input.marker)],
    },
    ...(input.customization === undefined ? {} : { customization: input.customization }),
    powerOn: false,
    snapshot: input.snapshot,
  };
}

export function markerOption(marker: Marker): Record<string, unknown> {
  return { $type: 'OptionValue', key: MARKER_KEY, value: formatMarker(marker) };
}

/** A stored specification with a fixed host name in it; `windows` tells which rules the name must follow. */
export function withHostname(
  spec: Readonly<Record<string, unknown>>,
  hostname: string,
): { spec: Record<string, unknown>; windows: boolean } {
  const identity = (spec['identity'] ?? {}) as Record<string, unknown>;
  const fixed = { $type: 'CustomizationFixedName', name: hostname };
  if (identity['$type'] === 'CustomizationSysprep') {
    const userData = { ...(identity['userData'] as Record<string, unknown> | undefined), computerName: fixed };
    return { spec: { ...spec, identity: { ...identity, userData } }, windows: true };
  }
  if (identity['$type'] === 'CustomizationLinuxPrep')
    return { spec: { ...spec, identity: { ...identity, hostName: fixed } }, windows: false };
  // an answer file as text or cloud-init carries its own host name: nothing to set from outside
  return { spec: { ...spec }, windows: identity['$type'] === 'CustomizationSysprepText' };
}
