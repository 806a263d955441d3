// The trap of linked clones: vCenter frees a chain down to the first file that another *registered* VM uses, so with the
// base's machine unregistered the last clone's Destroy would delete the shared base (vSphere Web Services SDK, "Linked
// Virtual Machines"; vmware/vic#1383). A clone of ours never counts as the one that keeps it: all may go at once.
import { ANNOTATIONS } from '../../api/identifiers.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Device } from '../base-snapshot/disks.ts';
import { chainOf, disksOf } from '../base-snapshot/disks.ts';
import type { SnapshotInfo } from '../base-snapshot/snapshot-tree.ts';
import { findPinned } from '../base-snapshot/snapshot-tree.ts';
import { blindSpot } from '../vcenter/read-rights.ts';
import { findForeignHolders } from './chain-holders.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';
import type { Sight } from './sight.ts';

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

/** The base's machine by its last known reference. */
export function sourceOf(scope: CloneScope): MoRef | undefined {
  const value = pinOf(scope)?.source.moRef ?? scope.clone.status?.operation?.sourceVm;
  return value === undefined ? undefined : { type: 'VirtualMachine', value };
}

function hasSnapshot(state: ObjectState, pin: Pin): boolean {
  return findPinned(state.properties['snapshot'] as SnapshotInfo | undefined, pin.snapshot) !== undefined;
}

/**
 * Why the base's machine isn't known to be registered and to hold the files under this clone, which Destroy would then
 * take along; undefined: it is, or there is nothing below the clone. `source` is what `sourceOf` refers to, read live.
 * Adds to `sight` what it judged by.
 */
export async function whyBaseless(
  scope: CloneScope,
  ref: MoRef,
  devices: readonly Device[],
  source: ObjectState | undefined,
  sight: Sight,
): Promise<string | undefined> {
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
  const { connection } = requireConnection(scope);
  if (source !== undefined) sight.states.push(source);
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
  if (pin !== undefined) {
    const again = await connection.client.findAllByUuid(pin.source.instanceUuid, { instance: true });
    for (const candidate of again) {
      const state = await connection.victims.get(candidate);
      if (state === undefined || !hasSnapshot(state, pin)) continue;
      sight.states.push(state);
      return undefined;
    }
  } else {
    // nothing says what it was made of: any registered machine will do that holds the files and isn't ours
    const files = new Set(chains.flat());
    const holders = await sight.lookAround('base', files, () =>
      findForeignHolders(connection, ref, files, runtime.clusterId),
    );
    if (holders.unknown === undefined && holders.names.length > 0) return undefined;
    const blind = holders.unknown ?? (await blindSpot(connection));
    if (blind !== undefined)
      return `whether a machine that holds the base's disks is registered can't be told: ${blind}; destroying this clone could delete them${override(scope)}`;
  }
  const name = pin?.source.name ?? 'the source of its base';
  if (source !== undefined && source.properties['config.instanceUuid'] === undefined)
    return `what "${name}" holds can't be told: it is ${String(source.properties['runtime.connectionState'] ?? 'in an unknown state')}; destroying a clone could delete the base's disks: bring its host or its storage back, and this goes on${override(scope)}`;
  return `"${name}" isn't registered in the vCenter, so destroying a clone could delete the base's disks: register it again, and this goes on${override(scope)}`;
}

function override({ clone, namespace, uid }: CloneScope): string {
  if (clone.metadata.deletionTimestamp === undefined) return ''; // an orphan: there is no object to annotate
  return `; to delete this one all the same: kubectl annotate lclone -n ${namespace} ${clone.metadata.name} ${ANNOTATIONS.deleteWithoutBase}=${uid}`;
}
