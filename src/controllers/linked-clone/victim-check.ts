// The last look before a VM is powered off or destroyed, live, many victims in one read: is it ours, may it go, and would
// it take something along? vCenter frees a chain down to the first file that another *registered* VM uses, so with the
// base's source unregistered the last clone's Destroy would delete the shared base (vSphere Web Services SDK, "Linked
// Virtual Machines"; vmware/vic#1383). Every doubt holds the deletion.
import { findAllHolders, findForeignHolders } from './chain-holders.ts';
import { ANNOTATIONS } from '../../api/identifiers.ts';
import { keyOf } from '../../kube/objects.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import { oneLine } from '../../vsphere/fault-message.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Device } from '../base-snapshot/disks.ts';
import { chainOf, disksOf } from '../base-snapshot/disks.ts';
import type { SnapshotInfo } from '../base-snapshot/snapshot-tree.ts';
import { findPinned, flattenSnapshots } from '../base-snapshot/snapshot-tree.ts';
import { LINKED_CLONES } from '../shared/resources.ts';
import { ownershipOf } from '../vcenter/marker.ts';
import { vmView } from '../vcenter/vm-view.ts';
import { foreignDisks } from './linked.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';
import { settleUnseen } from './unseen.ts';

/** `gone`: the VM is; `unasked`: the object that asked for its deletion is, and nothing is to be done any more. */
export type Verdict =
  | { readonly state: 'gone' | 'unasked' | 'poweredOn' | 'poweredOff' }
  | { readonly state: 'hold'; readonly reason: string; readonly message: string };

function hold(reason: string, message: string): Verdict {
  return { state: 'hold', reason, message };
}

/** Throws when something can't be read, when it isn't certain that an unseen VM is gone, or when it's somewhere else now. */
export async function checkVictim(scope: CloneScope, ref: MoRef): Promise<Verdict> {
  const { runtime, clone, uid } = scope;
  const { connection } = requireConnection(scope);
  const live = await runtime.live.get(LINKED_CLONES, keyOf(clone));
  if (live === undefined || live.metadata.uid !== uid) return { state: 'unasked' };
  if (live.metadata.deletionTimestamp === undefined)
    return hold('NotOurs', 'the object that asked for this deletion is not there any more as it was');
  if (live.spec.deletionPolicy !== clone.spec.deletionPolicy || live.spec.paused === true)
    return hold('Paused', 'the object was changed a moment ago; looking again');
  const sourceRef = sourceOf(scope);
  const [state, source] = await Promise.all([
    connection.victims.get(ref),
    sourceRef === undefined ? undefined : connection.victims.get(sourceRef),
  ]);
  if (state === undefined) {
    await settleUnseen(scope);
    return { state: 'gone' };
  }
  const refused = Object.values(state.missing)[0];
  if (refused !== undefined) return hold('NoPermission', refused.message);
  const vm = vmView(ref, state.properties);
  if (ownershipOf(vm, runtime.clusterId, uid) !== 'ours') {
    return hold(
      'NotOurs',
      `${ref.value} ("${vm.name}") doesn't carry this clone's marker and identity: instanceUuid ${vm.instanceUuid ?? 'none'}, marker of ${vm.marker?.uid ?? 'nobody'}; it isn't touched`,
    );
  }
  const twins = connection.inventory
    .withMarkerUid(uid)
    .filter((other) => other.ref.value !== ref.value && ownershipOf(other, runtime.clusterId, uid) === 'ours');
  if (twins.length > 0)
    return hold(
      'Ambiguous',
      `${twins.map((twin) => `"${twin.name}" (${twin.ref.value})`).join(', ')} is this clone's, too; remove all but one by hand`,
    );
  if (vm.connectionState !== 'connected')
    return hold(
      'NotConnected',
      `"${vm.name}" is ${vm.connectionState ?? 'in an unknown state'}; it goes when its host is back`,
    );
  const devices = (state.properties['config.hardware.device'] as readonly Device[] | undefined) ?? [];
  const attached = foreignDisks(devices, String(state.properties['config.files.vmPathName'] ?? ''));
  if (attached.length > 0)
    return hold(
      'ForeignDisks',
      `disks that aren't its own are attached: ${oneLine(attached.join(', '))}; Destroy would delete them: detach them, and it goes`,
    );
  const inUse = await othersOnIt(scope, ref, state, devices);
  if (inUse !== undefined) return inUse;
  const baseless = await checkBaseHeld(scope, ref, devices, source);
  if (baseless !== undefined) return baseless;
  return { state: vm.powerState === 'poweredOff' ? 'poweredOff' : 'poweredOn' };
}

interface Pin {
  readonly source: { readonly moRef: string; readonly instanceUuid: string; readonly name: string };
  readonly snapshot: { readonly moRef: string; readonly id: number; readonly createTime: string };
}

/** What the clone was made of: the base's pin, whose references follow a re-registration; without a base its own. */
function pinOf({ base, clone }: CloneScope): Pin | undefined {
  const { source, snapshot } = base?.status ?? {};
  if (source !== undefined && snapshot !== undefined) return { source, snapshot };
  const own = clone.status?.source;
  return own === undefined ? undefined : { source: own, snapshot: own.snapshot };
}

function sourceOf(scope: CloneScope): MoRef | undefined {
  const value = pinOf(scope)?.source.moRef ?? scope.clone.status?.operation?.sourceVm;
  return value === undefined ? undefined : { type: 'VirtualMachine', value };
}

/** A clone with snapshots of its own may be somebody's base. */
async function othersOnIt(
  scope: CloneScope,
  ref: MoRef,
  state: ObjectState,
  devices: readonly Device[],
): Promise<Verdict | undefined> {
  const own = flattenSnapshots(state.properties['snapshot'] as SnapshotInfo | undefined);
  if (own.length === 0) return undefined;
  const home = String(state.properties['config.files.vmPathName'] ?? '').replace(/[^/]*$/, '');
  const files = new Set(
    disksOf(devices).flatMap((disk) =>
      chainOf(disk.backing).flatMap((backing) => (backing.fileName?.startsWith(home) === true ? backing.fileName : [])),
    ),
  );
  const { connection } = requireConnection(scope);
  const holders = await findAllHolders(connection, ref, files);
  if (holders.unknown !== undefined) return hold('DisksInUse', holders.unknown);
  if (holders.names.length === 0) return undefined;
  return hold(
    'DisksInUse',
    `${holders.names.length} other virtual machines stand on its disks: ${oneLine(holders.names.slice(0, 5).join(', '))}`,
  );
}

function hasSnapshot(state: ObjectState, pin: Pin): boolean {
  return findPinned(state.properties['snapshot'] as SnapshotInfo | undefined, pin.snapshot) !== undefined;
}

/** The base's source must be registered and hold the files under this clone, or Destroy would take them along. */
async function checkBaseHeld(
  scope: CloneScope,
  ref: MoRef,
  devices: readonly Device[],
  source: ObjectState | undefined,
): Promise<Verdict | undefined> {
  const chains = disksOf(devices)
    .map((disk) =>
      chainOf(disk.backing)
        .slice(1)
        .flatMap((backing) => backing.fileName ?? []),
    )
    .filter((files) => files.length > 0);
  if (chains.length === 0) return undefined; // it stands on its own: nothing below to lose
  const { clone, uid, runtime } = scope;
  if (clone.metadata.annotations?.[ANNOTATIONS.deleteWithoutBase] === uid) return undefined;
  const pin = pinOf(scope);
  if (
    source !== undefined &&
    (pin === undefined || source.properties['config.instanceUuid'] === pin.source.instanceUuid)
  ) {
    if (pin !== undefined && hasSnapshot(source, pin)) return undefined;
    const held = new Set(
      disksOf(source.properties['config.hardware.device'] as readonly Device[] | undefined).flatMap((disk) =>
        chainOf(disk.backing).flatMap((backing) => backing.fileName ?? []),
      ),
    );
    if (chains.every((files) => files.some((file) => held.has(file)))) return undefined;
  }
  const { connection } = requireConnection(scope);
  if (pin !== undefined) {
    const again = await connection.client.findAllByUuid(pin.source.instanceUuid, { instance: true });
    for (const candidate of again) {
      const state = await connection.victims.get(candidate);
      if (state !== undefined && hasSnapshot(state, pin)) return undefined;
    }
  } else {
    // nothing says what it was made of: any registered machine will do that holds the files and isn't ours
    const holders = await findForeignHolders(connection, ref, new Set(chains.flat()), runtime.clusterId);
    if (holders.unknown === undefined && holders.names.length > 0) return undefined;
  }
  const name = pin?.source.name ?? 'the source of its base';
  return hold(
    'BaseNotRegistered',
    `"${name}" isn't registered in the vCenter, so destroying a clone could delete the base's disks: register it again, and this goes on; to delete this one all the same: kubectl annotate linkedclone -n ${scope.namespace} ${clone.metadata.name} ${ANNOTATIONS.deleteWithoutBase}=${uid}`,
  );
}
