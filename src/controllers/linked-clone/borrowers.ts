// Other clones of ours that have a disk of a clone attached: Destroy would take it from them. They are known from looks at
// their disks; one that wasn't looked at on its VCenter's connection, after a start or a new login, is looked at first. All
// clones of the vCenter count, whichever VCenter they are pinned to; what no connection watches is looked at each time.
import { hasVanished, refuseMissing } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import { devicesOf } from '../base-snapshot/disks.ts';
import type { Device } from '../base-snapshot/disks.ts';
import type { Runtime } from '../shared/runtime.ts';
import { INDEX } from '../shared/runtime.ts';
import type { MachinesSeen } from '../vcenter/borrowed-disks.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { titleOf } from '../vcenter/vm-view.ts';
import { homeOf, leavesOf } from './linked.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

/** Takes note of what is attached to a clone's machine beside its own disks. */
export function noteBorrowed(
  { borrowed }: VCenterConnection,
  ref: MoRef,
  devices: readonly Device[],
  vmPathName: string,
): void {
  const home = homeOf(vmPathName);
  borrowed.note(ref, home === '' ? [] : leavesOf(devices).filter((file) => !file.startsWith(home)));
}

/** Why a clone with this folder can't go: another has one of its disks attached, or doesn't tell. */
export async function borrowerOf(scope: CloneScope, ref: MoRef, home: string): Promise<string | undefined> {
  const { connection } = requireConnection(scope);
  const watchers = watchersOf(scope.runtime, connection);
  for (const watcher of watchers) {
    const unknown = await watcher.borrowed.ensureAllSeen(
      scope.runtime.clock.monotonic(),
      () => machinesOf(scope.runtime, watcher, watchers),
      (other) => look(watcher, other),
    );
    if (unknown !== undefined) return unknown;
  }
  const noted = watchers.flatMap(({ borrowed }) => borrowed.from(home));
  for (const other of new Map(noted.map((one) => [moRefKey(one), one])).values()) {
    if (moRefKey(other) === moRefKey(ref)) continue;
    const state = await connection.victims.get(other);
    if (state === undefined) continue;
    refuseMissing(state);
    const devices = devicesOf(state);
    if (devices === undefined) return untold(titleOf(state));
    if (leavesOf(devices).some((file) => file.startsWith(home)))
      return `one of its disks is attached to ${titleOf(state)}`;
  }
  return undefined;
}

/** The connections on which it's told when a clone of this vCenter changes: several VCenters may be for one. Its own is first. */
function watchersOf({ connections }: Runtime, connection: VCenterConnection): VCenterConnection[] {
  const others = connections
    .all()
    .filter(
      (other) =>
        other !== connection &&
        other.instanceUuid === connection.instanceUuid &&
        other.client.away === undefined &&
        other.client.updates.failure === undefined,
    );
  return [connection, ...others];
}

/** The machines of the watcher's own clones, and of those clones of the vCenter that none of them watches. */
function machinesOf(
  { stores }: Runtime,
  watcher: VCenterConnection,
  watchers: readonly VCenterConnection[],
): MachinesSeen {
  const names = new Set(watchers.map(({ name }) => name));
  const clones = stores.clones.byIndex(INDEX.vCenterUuid, watcher.instanceUuid);
  const of = (isMeant: (name: string | undefined) => boolean): MoRef[] =>
    clones.flatMap(({ status }) =>
      status?.vm === undefined || !isMeant(status.vCenter?.name)
        ? []
        : { type: 'VirtualMachine', value: status.vm.moRef },
    );
  return { watched: of((name) => name === watcher.name), unwatched: of((name) => !names.has(name ?? '')) };
}

/** Notes what the machine has attached; why that can't be told. One that is gone has nothing. */
async function look(connection: VCenterConnection, ref: MoRef): Promise<string | undefined> {
  const state = await connection.client.readSoon(ref, ['name', 'config.files.vmPathName', 'config.hardware.device']);
  if (state === undefined || hasVanished(state)) {
    connection.borrowed.note(ref, []);
    return undefined;
  }
  refuseMissing(state);
  const devices = devicesOf(state);
  if (devices === undefined) return untold(titleOf(state));
  noteBorrowed(connection, ref, devices, String(state.properties['config.files.vmPathName'] ?? ''));
  return undefined;
}

function untold(title: string): string {
  return `whether one of its disks is attached to ${title} can't be told: that one's disks can't be read now`;
}
