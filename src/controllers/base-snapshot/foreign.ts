// Virtual machines of others that stand on a snapshot: any VM but the source whose disk chain, now or in one of its
// snapshots, contains a file of it. Where something can't be read the answer is "unknown", never "none".
import { hasVanished } from '../../vsphere/client.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { blindSpot } from '../vcenter/read-rights.ts';
import { titleOf } from '../vcenter/vm-view.ts';
import type { Device } from './disks.ts';
import { chainOf, devicesOf, disksOf } from './disks.ts';
import type { SnapshotInfo } from './snapshot-tree.ts';
import { flattenSnapshots } from './snapshot-tree.ts';

export interface ForeignChildren {
  readonly names: readonly string[];
  /** Why it can't be told; undefined: `names` is the whole truth. */
  readonly unknown?: string;
}

function filesOf(devices: readonly Device[] | undefined): string[] {
  return disksOf(devices).flatMap((disk) => chainOf(disk.backing).flatMap((backing) => backing.fileName ?? []));
}

/** Looks at every VM of the vCenter. Costs a read per 500 VMs: only done before a snapshot is removed. */
export async function foreignChildren(
  connection: VCenterConnection,
  source: MoRef,
  snapshot: MoRef,
  signal?: AbortSignal,
): Promise<ForeignChildren> {
  const base = await connection.client.read(snapshot, ['config.hardware.device'], signal);
  const files = new Set(disksOf(devicesOf(base)).flatMap((disk) => disk.backing?.fileName ?? []));
  if (files.size === 0) return { names: [], unknown: 'the files of the snapshot could not be read' };
  const blind = await blindSpot(connection);
  if (blind !== undefined)
    return { names: [], unknown: `whether other VMs stand on this snapshot can't be told: ${blind}` };
  const states = await connection.client.readTree(
    connection.client.content.rootFolder,
    { VirtualMachine: ['name', 'config.hardware.device', 'snapshot'] },
    signal,
  );
  const others = states.filter(
    (state) => state.ref.type === 'VirtualMachine' && moRefKey(state.ref) !== moRefKey(source) && !hasVanished(state),
  );
  const hidden = others.find(hidesDisks);
  if (hidden !== undefined) return hiddenDisks(titleOf(hidden));
  const names: string[] = [];
  for (const state of others) {
    const snapshots = await snapshotsOf(connection, state, signal);
    const unread = snapshots.find(hidesDisks);
    if (unread !== undefined) return hiddenDisks(`snapshot ${unread.ref.value} of ${titleOf(state)}`);
    if ([state, ...snapshots].some((one) => filesOf(devicesOf(one)).some((file) => files.has(file))))
      names.push(titleOf(state));
  }
  return { names };
}

function hidesDisks(state: ObjectState): boolean {
  return Object.keys(state.missing).length > 0 || devicesOf(state) === undefined;
}

function hiddenDisks(whose: string): ForeignChildren {
  return {
    names: [],
    unknown: `whether other VMs stand on this snapshot can't be told: the disks of ${whose} can't be read`,
  };
}

/** The VM's snapshots with their disks; one that was removed meanwhile is left out. */
async function snapshotsOf(
  connection: VCenterConnection,
  state: ObjectState,
  signal: AbortSignal | undefined,
): Promise<ObjectState[]> {
  const nodes = flattenSnapshots(state.properties['snapshot'] as SnapshotInfo | undefined);
  if (nodes.length === 0) return [];
  const configs = await connection.client.readMany(
    nodes.map((node) => node.ref),
    ['config.hardware.device'],
    signal,
  );
  return [...configs.values()].filter((config) => config !== undefined).filter((config) => !hasVanished(config));
}
