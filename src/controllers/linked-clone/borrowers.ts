// Other clones of ours that have a disk of a clone attached: Destroy would take it from them. They are known from looks at
// their disks. A look holds for as long as the machine's configuration has the version that it had then: as a watch tells, or,
// where none does, as is asked before each deletion. All clones of the vCenter count, whichever VCenter they are pinned to,
// and whatever becomes of their own objects: nobody else may look at the machine of one that is paused or held.
import { hasVanished, refuseMissing } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import { devicesOf } from '../base-snapshot/disks.ts';
import type { Device } from '../base-snapshot/disks.ts';
import type { Runtime } from '../shared/runtime.ts';
import { INDEX } from '../shared/runtime.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { titleOf } from '../vcenter/vm-view.ts';
import { homeOf, leavesOf } from './linked.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

const VERSION_PATH = 'config.changeVersion';

/** What was read of a machine, in one answer. */
export interface DisksRead {
  readonly devices: readonly Device[];
  readonly vmPathName: string;
  readonly changeVersion: string | undefined;
}

/** Takes note of what is attached to a clone's machine beside its own disks: all, where its own folder isn't known. */
export function noteBorrowed(
  { borrowed }: VCenterConnection,
  ref: MoRef,
  { devices, vmPathName, changeVersion }: DisksRead,
): void {
  const home = homeOf(vmPathName);
  const files = leavesOf(devices).filter((file) => home === '' || !file.startsWith(home));
  borrowed.note(ref, files, changeVersion);
}

/** Why a clone with this folder can't go: another has one of its disks attached, or doesn't tell. */
export async function borrowerOf(scope: CloneScope, ref: MoRef, home: string): Promise<string | undefined> {
  const { runtime } = scope;
  const { connection } = requireConnection(scope);
  const all = connectionsTo(runtime, connection);
  const unknown = await connection.borrowed.ensureAllSeen(
    () => runtime.clock.monotonic(),
    () => unseenMachines(runtime, connection.instanceUuid, all),
    // by the account that is told of it: another one may not see it
    (other) => look(all.find((one) => tellsOf(one, other)) ?? connection, all, other),
  );
  if (unknown !== undefined) return unknown;
  const noted = all.flatMap(({ borrowed }) => borrowed.from(home));
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

/** Those that are for the same vCenter: several VCenters may be. */
function connectionsTo({ connections }: Runtime, connection: VCenterConnection): VCenterConnection[] {
  const others = connections
    .all()
    .filter((other) => other !== connection && other.instanceUuid === connection.instanceUuid);
  return [connection, ...others];
}

/** The machines of the vCenter's clones that have to be looked at: the last look at them may not be true any more. */
function unseenMachines({ stores }: Runtime, instanceUuid: string, all: readonly VCenterConnection[]): MoRef[] {
  const clones = stores.clones.byIndex(INDEX.vCenterUuid, instanceUuid);
  const machines = clones.flatMap(({ status }) =>
    status?.vm === undefined ? [] : { type: 'VirtualMachine', value: status.vm.moRef },
  );
  for (const { borrowed } of all) borrowed.forgetOthers(machines);
  return machines.filter((ref) => !isSeen(all, ref));
}

function isSeen(all: readonly VCenterConnection[], ref: MoRef): boolean {
  const told = toldVersions(all, ref);
  if (told.length > 0) return told.every((version) => isNoted(all, ref, version));
  return all.some(({ borrowed, client }) => borrowed.isGone(ref, client.generation));
}

/**
 * The machine's version by each watch that tells of it, as it was told last; undefined by one that was never told any. A watch
 * that broke, or isn't set up in the present session yet, tells of nothing.
 */
function toldVersions(all: readonly VCenterConnection[], ref: MoRef): (string | undefined)[] {
  return all.filter((one) => tellsOf(one, ref)).map(({ inventory }) => inventory.versionOf(ref));
}

function tellsOf({ client, inventory }: VCenterConnection, ref: MoRef): boolean {
  const isTold = client.away === undefined && client.updates.isDelivering && client.updates.isCurrent(ref);
  return isTold && inventory.get(ref) !== undefined;
}

function isNoted(all: readonly VCenterConnection[], ref: MoRef, version: unknown): boolean {
  return version !== undefined && all.some(({ borrowed }) => borrowed.versionOf(ref) === version);
}

/**
 * Notes what the machine has attached; why that can't be told. One that is gone has nothing. Of one that no watch tells of
 * only the version is asked for while that is the noted one: hundreds of these fit one answer, and few machines' disks.
 */
async function look(
  connection: VCenterConnection,
  all: readonly VCenterConnection[],
  ref: MoRef,
): Promise<string | undefined> {
  const { client, borrowed } = connection;
  const login = client.generation;
  if (toldVersions(all, ref).length === 0 && all.some((one) => one.borrowed.versionOf(ref) !== undefined)) {
    const now = await client.readSoon(ref, [VERSION_PATH]);
    if (isNoted(all, ref, now?.properties[VERSION_PATH])) return undefined;
  }
  const state = await client.readSoon(ref, ['name', VERSION_PATH, 'config.files.vmPathName', 'config.hardware.device']);
  if (state === undefined || hasVanished(state)) {
    borrowed.noteGone(ref, login);
    return undefined;
  }
  refuseMissing(state);
  const devices = devicesOf(state);
  if (devices === undefined) return untold(titleOf(state));
  noteBorrowed(connection, ref, { devices, ...pathAndVersion(state.properties) });
  return undefined;
}

/** Both as they are in that answer. */
export function pathAndVersion(properties: Readonly<Record<string, unknown>>): Omit<DisksRead, 'devices'> {
  return {
    vmPathName: String(properties['config.files.vmPathName'] ?? ''),
    changeVersion: properties[VERSION_PATH] as string | undefined,
  };
}

function untold(title: string): string {
  return `whether one of its disks is attached to ${title} can't be told: that one's disks can't be read now`;
}
