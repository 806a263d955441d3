// The trap of linked clones: vCenter frees a chain down to the first file that another *registered* VM uses, so with the
// base's machine unregistered the last clone's Destroy would delete the shared base (vSphere Web Services SDK, "Linked
// Virtual Machines"; vmware/vic#1383). A clone of ours never counts as the one that keeps it: all may go at once.
import { ANNOTATIONS } from '../../api/identifiers.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { oneLine } from '../../vsphere/fault-message.ts';
import type { Device } from '../base-snapshot/disks.ts';
import { chainOf, devicesOf, disksOf, labelOf } from '../base-snapshot/disks.ts';
import type { SnapshotInfo } from '../base-snapshot/snapshot-tree.ts';
import { findPinned } from '../base-snapshot/snapshot-tree.ts';
import { blindSpot } from '../vcenter/read-rights.ts';
import type { Holders } from './chain-holders.ts';
import { findForeignHolders } from './chain-holders.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';
import type { Sight } from './sight.ts';

const DISKS = ['config.hardware.device'] as const;

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

/** A file that a disk of the clone stands on and that isn't the clone's own: the first of its chain. */
export interface Below {
  /** Of the disk, for people. */
  readonly label: string;
  readonly file: string;
}

/** What the disks stand on outside `home`, the clone's folder; below that everything belongs to whoever has this file. */
export function belowOf(devices: readonly Device[], home: string): Below[] {
  return disksOf(devices).flatMap((disk) => {
    const file = chainOf(disk.backing).find(({ fileName }) => fileName?.startsWith(home) === false)?.fileName;
    return file === undefined ? [] : [{ label: labelOf(disk), file }];
  });
}

function filesOf(devices: readonly Device[] | undefined): Set<string> {
  return new Set(disksOf(devices).flatMap((disk) => chainOf(disk.backing).flatMap(({ fileName }) => fileName ?? [])));
}

export interface Unheld {
  readonly reason: 'BaseNotRegistered' | 'ForeignDisks';
  readonly message: string;
}

/**
 * Why Destroy could take along a file that `below` this clone isn't its own, because no machine that is registered is known
 * to hold it: the base's, when its machine isn't, or somebody's disk that a snapshot of the clone stands on. Undefined: each
 * is held, or there is none. `source` is what `sourceOf` refers to, read live. Adds to `sight` what it judged by.
 */
export async function whyUnheld(
  scope: CloneScope,
  ref: MoRef,
  below: readonly Below[],
  source: ObjectState | undefined,
  sight: Sight,
): Promise<Unheld | undefined> {
  if (below.length === 0) return undefined; // it stands on its own: nothing below to lose
  const { clone, uid } = scope;
  if (clone.metadata.annotations?.[ANNOTATIONS.deleteWithoutBase] === uid) return undefined;
  const pin = pinOf(scope);
  if (source !== undefined) sight.states.push(source);
  if (pin === undefined) {
    const open = source === undefined ? below : notHeldBy(below, source);
    return open.length === 0
      ? undefined
      : whyHeldByNobody(scope, source, await lookForHolders(scope, ref, open, sight), open);
  }
  const right = source?.properties['config.instanceUuid'] === pin.source.instanceUuid ? source : undefined;
  const holder = right !== undefined && holds(right, below, pin) ? right : await findAgain(scope, pin, sight);
  if (holder === undefined)
    return { reason: 'BaseNotRegistered', message: notRegistered(scope, pin.source.name, source) };
  const open = notHeldBy(below, holder);
  return open.length === 0 ? undefined : whyStrangers(scope, ref, open, holder, pin, sight);
}

function notHeldBy(below: readonly Below[], { properties }: ObjectState): Below[] {
  const files = filesOf(properties['config.hardware.device'] as readonly Device[] | undefined);
  return below.filter(({ file }) => !files.has(file));
}

/** The base's machine: it has the snapshot that the clone was made of, or all the files themselves. */
function holds(state: ObjectState, below: readonly Below[], pin: Pin): boolean {
  return snapshotOf(state, pin) !== undefined || notHeldBy(below, state).length === 0;
}

function snapshotOf(state: ObjectState, pin: Pin): MoRef | undefined {
  return findPinned(state.properties['snapshot'] as SnapshotInfo | undefined, pin.snapshot)?.ref;
}

/** The base's machine under another reference. */
async function findAgain(scope: CloneScope, pin: Pin, sight: Sight): Promise<ObjectState | undefined> {
  const { connection } = requireConnection(scope);
  for (const candidate of await connection.client.findAllByUuid(pin.source.instanceUuid, { instance: true })) {
    const state = await connection.victims.get(candidate);
    if (state === undefined || snapshotOf(state, pin) === undefined) continue;
    sight.states.push(state);
    return state;
  }
  return undefined;
}

/** Files that the base's machine doesn't use now: its snapshot's, or those of somebody else, who must be registered. */
async function whyStrangers(
  scope: CloneScope,
  ref: MoRef,
  below: readonly Below[],
  base: ObjectState,
  pin: Pin,
  sight: Sight,
): Promise<Unheld | undefined> {
  const { connection } = requireConnection(scope);
  const snapshot = snapshotOf(base, pin);
  const frozen = snapshot === undefined ? undefined : await connection.client.readSoon(snapshot, DISKS);
  const files = filesOf(frozen === undefined ? undefined : devicesOf(frozen));
  const open = below.filter(({ file }) => !files.has(file));
  if (open.length === 0) return undefined;
  const { held, unknown } = await lookForHolders(scope, ref, open, sight);
  const strangers = open.filter(({ file }) => !held.has(file));
  if (strangers.length === 0) return undefined;
  const disks = oneLine(strangers.map(({ label, file }) => `"${label}" (${file})`).join(', '));
  return {
    reason: 'ForeignDisks',
    message: `it has disks, or snapshots with disks, on files that are neither its own nor its base's, and which no other machine is known to use: ${disks}${unknown === undefined ? '' : ` (${unknown})`}; Destroy would delete them: remove its snapshots and detach those disks, or register the machine that they belong to, and it goes`,
  };
}

/** Registered machines that this cluster didn't make; looked up once for one verdict. */
function lookForHolders(scope: CloneScope, ref: MoRef, below: readonly Below[], sight: Sight): Promise<Holders> {
  const { connection } = requireConnection(scope);
  const files = new Set(below.map(({ file }) => file));
  return sight.lookAround('below', files, () => findForeignHolders(connection, ref, files, scope.runtime.clusterId));
}

/** Nothing says what it was made of: any registered machine will do that holds the files and isn't ours. */
async function whyHeldByNobody(
  scope: CloneScope,
  source: ObjectState | undefined,
  { held, unknown }: Holders,
  open: readonly Below[],
): Promise<Unheld | undefined> {
  if (unknown === undefined && open.every(({ file }) => held.has(file))) return undefined;
  const blind = unknown ?? (await blindSpot(requireConnection(scope).connection));
  const message =
    blind === undefined
      ? notRegistered(scope, 'the source of its base', source)
      : `whether a machine that holds the base's disks is registered can't be told: ${blind}; destroying this clone could delete them${override(scope)}`;
  return { reason: 'BaseNotRegistered', message };
}

function notRegistered(scope: CloneScope, name: string, source: ObjectState | undefined): string {
  return source !== undefined && source.properties['config.instanceUuid'] === undefined
    ? `what "${name}" holds can't be told: it is ${String(source.properties['runtime.connectionState'] ?? 'in an unknown state')}; destroying a clone could delete the base's disks: bring its host or its storage back, and this goes on${override(scope)}`
    : `"${name}" isn't registered in the vCenter, so destroying a clone could delete the base's disks: register it again, and this goes on${override(scope)}`;
}

function override({ clone, namespace, uid }: CloneScope): string {
  if (clone.metadata.deletionTimestamp === undefined) return ''; // an orphan: there is no object to annotate
  return `; to delete this one all the same: kubectl annotate lclone -n ${namespace} ${clone.metadata.name} ${ANNOTATIONS.deleteWithoutBase}=${uid}`;
}
