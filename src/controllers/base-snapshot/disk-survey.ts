// The disks of every machine of a vCenter and of its snapshots, read live: what tells who stands on a snapshot. It costs a read
// per 500 machines, so bases that are deleted together share it.
import { SharedRead } from '../../util/shared-read.ts';
import { hasVanished } from '../../vsphere/client.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { blindSpot } from '../vcenter/read-rights.ts';
import { titleOf } from '../vcenter/vm-view.ts';
import { chainOf, devicesOf, disksOf } from './disks.ts';
import type { SnapshotInfo } from './snapshot-tree.ts';
import { flattenSnapshots } from './snapshot-tree.ts';

export interface SurveyedMachine {
  readonly ref: MoRef;
  /** For people. */
  readonly title: string;
  /** All files of its disks' chains, and of those of its snapshots. */
  readonly files: ReadonlySet<string>;
  /** Whose disks can't be read, where that is so; for people. */
  readonly hidden: string | undefined;
}

/** A text: why there may be machines that aren't seen. */
export type DiskSurvey = readonly SurveyedMachine[] | string;

const DISKS = ['config.hardware.device'] as const;
const shared = new WeakMap<VCenterConnection, SharedRead<DiskSurvey>>();

/** Of a read that begins after this call. */
export function surveyDisks(connection: VCenterConnection): Promise<DiskSurvey> {
  const read = shared.get(connection) ?? new SharedRead(() => survey(connection));
  shared.set(connection, read);
  return read.get();
}

async function survey(connection: VCenterConnection): Promise<DiskSurvey> {
  const { client, signal } = connection;
  const blind = await blindSpot(connection);
  if (blind !== undefined) return blind;
  const paths = { VirtualMachine: ['name', ...DISKS, 'snapshot'] };
  const states = (await client.readTree(client.content.rootFolder, paths, signal)).filter(
    (state) => state.ref.type === 'VirtualMachine' && !hasVanished(state),
  );
  const snapshots = states.flatMap(snapshotsOf);
  const configs = snapshots.length === 0 ? new Map() : await client.readMany(snapshots, DISKS, signal);
  return states.map((state) => machineOf(state, configs));
}

function machineOf(state: ObjectState, configs: ReadonlyMap<string, ObjectState | undefined>): SurveyedMachine {
  const { ref } = state;
  const title = titleOf(state);
  // one that was removed meanwhile is left out
  const snapshots = snapshotsOf(state)
    .flatMap((snapshot) => configs.get(moRefKey(snapshot)) ?? [])
    .filter((config) => !hasVanished(config));
  const unread = snapshots.find(hidesDisks);
  const hidden = hidesDisks(state)
    ? title
    : unread === undefined
      ? undefined
      : `snapshot ${unread.ref.value} of ${title}`;
  return { ref, title, files: new Set([state, ...snapshots].flatMap(filesOf)), hidden };
}

function snapshotsOf({ properties }: ObjectState): MoRef[] {
  return flattenSnapshots(properties['snapshot'] as SnapshotInfo | undefined).map((node) => node.ref);
}

function filesOf(state: ObjectState): string[] {
  return disksOf(devicesOf(state)).flatMap((disk) => chainOf(disk.backing).flatMap(({ fileName }) => fileName ?? []));
}

function hidesDisks(state: ObjectState): boolean {
  return Object.keys(state.missing).length > 0 || devicesOf(state) === undefined;
}
