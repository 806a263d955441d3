// A clone whose VM is recorded, as it is now: found where it was, followed where it went, or proven to be gone. Absence
// from the watch is a reason to look, never an answer.
import { keyOf } from '../../kube/objects.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Device } from '../base-snapshot/disks.ts';
import { NotReady } from '../shared/not-ready.ts';
import { UnreadableDisks } from '../vcenter/lookups.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { MARKER_PATH, WATCHED_VM_PATHS, vmView } from '../vcenter/vm-view.ts';
import { noteBorrowed } from './borrowers.ts';
import { gone } from './gone.ts';
import type { LinkEvidence } from './linked.ts';
import { linkEvidence } from './linked.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';
import { findByIdentity } from './search.ts';
import { followFiles } from './vm-record.ts';

/**
 * The VM of a clone that has one recorded. Throws NotReady when it's gone (Lost) or can't be told. `unseen`: vCenter was just
 * asked for it and didn't have it, whatever the watch told.
 */
export async function observeVm(scope: CloneScope, { unseen = false } = {}): Promise<VmView> {
  const { clone, draft } = scope;
  const { connection } = requireConnection(scope);
  const recorded = clone.status?.vm ?? draft.status.vm;
  if (recorded === undefined) throw new Error('no virtual machine is recorded');
  const ref: MoRef = { type: 'VirtualMachine', value: recorded.moRef };
  if (recorded.folder !== undefined)
    await connection.watchFolder({ type: 'Folder', value: recorded.folder }).catch(ignoreGoneFolder);
  const watched = unseen ? undefined : watchedVm(connection, ref);
  if (watched?.refused !== undefined) throw watched.refused; // hidden isn't off, and has no other name
  if (watched !== undefined) return refuseLetGo(scope, checkSame(scope, watched, recorded.instanceUuid));
  const state = await connection.client.readSoon(ref, WATCHED_VM_PATHS);
  if (state !== undefined) {
    const refused = Object.values(state.missing)[0];
    if (refused !== undefined) throw refused; // hidden isn't gone
    const moved = vmView(ref, state.properties);
    if (moved.parent !== undefined) await connection.watchFolder(moved.parent); // it was moved: watch it where it is now
    return refuseLetGo(scope, checkSame(scope, moved, recorded.instanceUuid));
  }
  connection.inventory.remove(ref); // what the watch couldn't look for is kept until somebody does
  const again = await findByIdentity(scope);
  if (again !== undefined) {
    if (again.parent !== undefined) await connection.watchFolder(again.parent);
    return refuseLetGo(scope, watchedVm(connection, again.ref) ?? again); // registered again under another reference
  }
  throw await gone(scope, recorded.name ?? recorded.moRef);
}

/**
 * As the watch told it. Undefined also where that is of an earlier session, as the reference may be another VM's in this one,
 * and where the watch couldn't look whether it's still there.
 */
function watchedVm({ client, inventory }: VCenterConnection, ref: MoRef): VmView | undefined {
  return client.updates.isCurrent(ref) ? inventory.get(ref) : undefined;
}

function checkSame(scope: CloneScope, vm: VmView, instanceUuid: string): VmView {
  // one that is just being made tells no configuration either: in a restored vCenter it may be somebody's
  if (vm.instanceUuid === undefined && vm.connectionState === 'connected')
    throw new NotReady(
      'Disconnected',
      `vCenter doesn't tell the configuration of "${vm.name}" (${vm.ref.value}), and with it whose it is: nothing is done until it does`,
      { requeueAfterMs: scope.runtime.config['conflict-retry'] },
    );
  if (vm.instanceUuid === undefined || vm.instanceUuid === instanceUuid) return checkMarker(scope, vm);
  throw new NotReady(
    'Ambiguous',
    `${vm.ref.value} is another virtual machine now: its instanceUuid is ${vm.instanceUuid}, recorded is ${instanceUuid}; it isn't touched`,
    {
      requeueAfterMs: scope.runtime.config['conflict-retry'],
    },
  );
}

/** A recorded reference is no proof: after a restored backup another object may have it, or may have taken the VM over. */
function checkMarker(scope: CloneScope, vm: VmView): VmView {
  const { uid, runtime } = scope;
  const { marker } = vm;
  if (marker === undefined || marker.instanceUuid !== vm.instanceUuid) return vm;
  if (marker.uid === uid) return vm;
  throw new NotReady(
    'NotOurs',
    `"${vm.name}" (${vm.ref.value}) carries the marker of another LinkedClone (UID ${marker.uid}); it isn't touched`,
    { requeueAfterMs: runtime.config['conflict-retry'] },
  );
}

/**
 * Passes a VM on unless its mark says that it was let go: that is nobody's, also when a backup has brought its object back. A
 * deletion has a look of its own. Throws NotReady.
 */
async function refuseLetGo(scope: CloneScope, vm: VmView): Promise<VmView> {
  if (vm.marker?.state === undefined || scope.clone.metadata.deletionTimestamp !== undefined) return vm;
  // who has just taken it over may not have been told of the new mark yet
  const now = await requireConnection(scope).connection.client.readSoon(vm.ref, ['config.instanceUuid', MARKER_PATH]);
  const { marker } = vmView(vm.ref, now?.properties ?? {});
  if (marker?.uid === scope.uid && marker.state === undefined) return vm;
  throw wasLetGo(scope, vm);
}

/** What is said of a VM whose mark says so. */
export function wasLetGo({ runtime }: CloneScope, { name, ref, marker }: VmView): NotReady {
  return new NotReady(
    'NotOurs',
    `"${name}" (${ref.value}) was ${marker?.state ?? 'let go'} before this object came back: it isn't touched, and stays when this object is deleted; a LinkedClone with spec.adopt.instanceUuid ${marker?.instanceUuid ?? ''} takes it over`,
    { requeueAfterMs: runtime.config['conflict-retry'] },
  );
}

/** Passes every error on but that there is no such folder. */
export function ignoreGoneFolder(error: unknown): void {
  // the folder may have been removed with a VM moved out of it before: the look-ups below find the VM anyway
  if (!(error instanceof VSphereError) || error.kind !== 'notFound') throw error;
}

/** Looks at the disks again when the VM's configuration changed: a storage vMotion or a promotion takes the link away. */
export async function recheckLink(scope: CloneScope, vm: VmView): Promise<void> {
  const { memory, clone, draft, runtime } = scope;
  const { connection } = requireConnection(scope);
  const { changeVersion } = vm;
  // what another connection was told of the disks isn't known to this one
  if (changeVersion === undefined || (memory.checked?.version === changeVersion && memory.checked.on === connection))
    return;
  const seen = await readDisks(scope, vm);
  if (seen === undefined) return; // unreadable for now: the next change or resync asks again
  const { devices, vmPathName } = seen;
  noteBorrowed(connection, vm.ref, { ...seen, vmPathName: vmPathName ?? clone.status?.vm?.vmPathName ?? '' });
  await followFiles(scope, devices, vmPathName);
  const base = await pinnedDisks(scope);
  if (base === undefined) return;
  let evidence: LinkEvidence | undefined = linkEvidence(devices, base);
  if (!evidence.linked) evidence = await lookAnew(scope, vm);
  if (evidence === undefined) return;
  scope.lookedAt = { version: changeVersion, on: connection };
  if (evidence.linked) {
    draft.set('Linked', true, evidence.reason, evidence.message);
    draft.status.chainDepth = evidence.depth;
    return;
  }
  const text = `it no longer stands on its base: ${evidence.message}`;
  if (draft.find('Linked')?.reason !== 'Detached')
    runtime.events.event(clone, { type: 'Warning', reason: 'Detached', action: 'Observe', note: text });
  draft.set('Linked', false, 'Detached', text);
  draft.status.chainDepth = evidence.depth;
}

const DISK_PATHS = ['config.hardware.device', 'config.files.vmPathName', 'config.changeVersion'] as const;

interface SeenDisks {
  readonly devices: readonly Device[];
  readonly vmPathName: string | undefined;
  readonly changeVersion: string | undefined;
}

/** Undefined while vCenter doesn't tell them. */
async function readDisks(scope: CloneScope, { ref }: VmView): Promise<SeenDisks | undefined> {
  const { client } = requireConnection(scope).connection;
  const state = await client.readSoon(ref, DISK_PATHS);
  const devices = state?.properties['config.hardware.device'] as readonly Device[] | undefined;
  if (devices === undefined) return undefined;
  return {
    devices,
    vmPathName: state?.properties['config.files.vmPathName'] as string | undefined,
    changeVersion: state?.properties['config.changeVersion'] as string | undefined,
  };
}

/**
 * Before the link is called lost both are read again: what is remembered of the base's files may be older than a new name of
 * their datastore, and nothing tells of that. Undefined while they can't be read.
 */
async function lookAnew(scope: CloneScope, vm: VmView): Promise<LinkEvidence | undefined> {
  requireConnection(scope).connection.forgetSnapshotDisks();
  const base = await pinnedDisks(scope);
  const seen = await readDisks(scope, vm);
  return base === undefined || seen === undefined ? undefined : linkEvidence(seen.devices, base);
}

/** Disks of the base's snapshot; undefined while they can't be read. */
async function pinnedDisks(scope: CloneScope): Promise<readonly Device[] | undefined> {
  try {
    return await baseDisks(scope, scope.base?.status?.snapshot?.moRef);
  } catch (error) {
    if (error instanceof UnreadableDisks) return undefined;
    throw error;
  }
}

/** Disks of the base's snapshot; none when that is gone: a clone that exists is looked after without it. */
export async function baseDisks(scope: CloneScope, snapshot: string | undefined): Promise<readonly Device[]> {
  const { connection } = requireConnection(scope);
  if (snapshot === undefined) return [];
  try {
    return await connection.snapshotDisks({ type: 'VirtualMachineSnapshot', value: snapshot });
  } catch (error) {
    if (error instanceof VSphereError && error.kind === 'notFound') return [];
    throw error;
  }
}

/** Wakes the clone when one of our operations on it ended; used by those who start one. */
export function ownerOf(scope: CloneScope): {
  readonly controller: 'linked-clone';
  readonly key: ReturnType<typeof keyOf>;
  readonly uid: string;
} {
  return { controller: 'linked-clone', key: keyOf(scope.clone), uid: scope.uid };
}
