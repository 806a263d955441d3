// Other clones of ours that have a disk of a clone attached: Destroy would take it from them. They are known from looks at
// their disks; one that wasn't looked at on this connection, after a start or a new login of its VCenter, is looked at first.
import { hasVanished, refuseMissing } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import { devicesOf } from '../base-snapshot/disks.ts';
import type { Device } from '../base-snapshot/disks.ts';
import { INDEX } from '../shared/runtime.ts';
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
  const unknown = await connection.borrowed.ensureAllSeen(
    scope.runtime.clock.monotonic(),
    () => machinesOf(scope),
    (other) => look(connection, other),
  );
  if (unknown !== undefined) return unknown;
  for (const other of connection.borrowed.from(home)) {
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

/** The machines of all clones of the vCenter. */
function machinesOf(scope: CloneScope): MoRef[] {
  const clones = scope.runtime.stores.clones.byIndex(INDEX.vCenter, requireConnection(scope).connection.name);
  return clones.flatMap(({ status }) =>
    status?.vm === undefined ? [] : { type: 'VirtualMachine', value: status.vm.moRef },
  );
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
