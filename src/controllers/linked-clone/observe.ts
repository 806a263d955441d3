// A clone whose VM is recorded, as it is now: found where it was, followed where it went, or proven to be gone. Absence
// from the watch is a reason to look, never an answer.
import { keyOf } from '../../kube/objects.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Device } from '../base-snapshot/disks.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { WATCHED_VM_PATHS, vmView } from '../vcenter/vm-view.ts';
import { findByIdentity } from './search.ts';
import { linkEvidence } from './linked.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

/** The VM of a clone that has one recorded. Throws NotReady when it's gone (Lost) or can't be told. */
export async function observeVm(scope: CloneScope): Promise<VmView> {
  const { clone, draft } = scope;
  const { connection } = requireConnection(scope);
  const recorded = clone.status?.vm ?? draft.status.vm;
  if (recorded === undefined) throw new Error('no virtual machine is recorded');
  const ref: MoRef = { type: 'VirtualMachine', value: recorded.moRef };
  if (recorded.folder !== undefined)
    await connection
      .watchFolder({ type: 'Folder', value: recorded.folder })
      .catch((error: unknown) => ignoreGoneFolder(error));
  const watched = connection.inventory.get(ref);
  if (watched !== undefined) return checkSame(scope, watched, recorded.instanceUuid);
  const state = (await connection.client.readMany([ref], WATCHED_VM_PATHS)).get(`VirtualMachine:${ref.value}`);
  if (state !== undefined) {
    const refused = Object.values(state.missing)[0];
    if (refused !== undefined) throw refused; // hidden isn't gone
    const moved = vmView(ref, state.properties);
    if (moved.parent !== undefined) await connection.watchFolder(moved.parent); // it was moved: watch it where it is now
    return checkSame(scope, moved, recorded.instanceUuid);
  }
  const again = await findByIdentity(scope);
  if (again !== undefined) {
    if (again.parent !== undefined) await connection.watchFolder(again.parent);
    return connection.inventory.get(again.ref) ?? again; // registered again under another reference
  }
  throw await gone(scope, recorded.name ?? recorded.moRef);
}

/**
 * What to throw for a VM that was there, and that neither its reference nor its identity finds any more: Lost when that is
 * proven. Also for one that came out of the clone and vanished before it was recorded: there is no second one for it.
 */
export async function gone(scope: CloneScope, name: string): Promise<NotReady> {
  await proveGone(scope);
  return lost(scope, name);
}

function checkSame(scope: CloneScope, vm: VmView, instanceUuid: string): VmView {
  if (vm.instanceUuid === undefined || vm.instanceUuid === instanceUuid) return vm;
  throw new NotReady(
    'Ambiguous',
    `${vm.ref.value} is another virtual machine now: its instanceUuid is ${vm.instanceUuid}, recorded is ${instanceUuid}; it isn't touched`,
    {
      requeueAfterMs: scope.runtime.config['conflict-retry'],
    },
  );
}

function ignoreGoneFolder(error: unknown): void {
  // the folder may have been removed with a VM moved out of it before: the look-ups below find the VM anyway
  if (!(error instanceof VSphereError) || error.kind !== 'notFound') throw error;
}

/**
 * The reference is gone and nothing has the identity. That still isn't proof: a hidden host, an unreachable datastore, a
 * clone under way or a restored vCenter look the same. Throws NotReady while one of them can't be ruled out.
 */
async function proveGone(scope: CloneScope): Promise<void> {
  const { clone, runtime } = scope;
  const { connection } = requireConnection(scope);
  const vm = clone.status?.vm ?? clone.status?.operation;
  const host = vm?.host ?? connection.grantedHosts.get(scope.uid)?.value;
  const later = { requeueAfterMs: runtime.config['conflict-retry'] };
  if (connection.held !== undefined) throw new NotReady('InventoryRewound', connection.held);
  const refs: MoRef[] = [];
  if (host !== undefined) refs.push({ type: 'HostSystem', value: host });
  if (vm?.datastore !== undefined) refs.push({ type: 'Datastore', value: vm.datastore });
  if (vm?.folder !== undefined) refs.push({ type: 'Folder', value: vm.folder });
  for (const ref of refs) {
    const path =
      ref.type === 'HostSystem' ? 'runtime.connectionState' : ref.type === 'Datastore' ? 'summary.accessible' : 'name';
    const state = (await connection.client.readMany([ref], [path])).get(`${ref.type}:${ref.value}`);
    const value = state?.properties[path];
    const fine =
      ref.type === 'HostSystem'
        ? value === 'connected'
        : ref.type === 'Datastore'
          ? value === true
          : value !== undefined;
    if (!fine)
      throw new NotReady(
        'Disconnected',
        `its virtual machine isn't seen, and ${ref.type} ${ref.value} can't be relied on (${String(value ?? 'not there')}): nothing is concluded`,
        later,
      );
  }
  const source = scope.base?.status?.source?.moRef;
  if (source === undefined) return;
  const running = await connection.sourceTasks
    .lookAt({ type: 'VirtualMachine', value: source })
    .catch((error: unknown) => {
      if (error instanceof VSphereError && error.kind === 'notFound') return 0; // no source, no clone task on it
      throw error;
    });
  if (running > 0)
    throw new NotReady(
      'OutcomeUnknown',
      `its virtual machine isn't seen while ${running} unknown clone tasks run`,
      later,
    );
}

function lost(scope: CloneScope, name: string): NotReady {
  const { draft, runtime, clone } = scope;
  const text = `virtual machine "${name}" was destroyed or unregistered by someone else`;
  if (!draft.isTrue('Lost'))
    runtime.events.event(clone, { type: 'Warning', reason: 'Lost', action: 'Observe', note: text });
  draft.set('Lost', true, 'VirtualMachineGone', text);
  draft.set('PoweredOn', false, 'NotCloned', 'its virtual machine is gone');
  delete draft.status.powerState;
  return new NotReady('Lost', `${text}; its set makes another after ${runtime.config['lost-after'] / 1000} s`, {
    requeueAfterMs: runtime.config['resync-interval'],
  });
}

/** Looks at the disks again when the VM's configuration changed: a storage vMotion or a promotion takes the link away. */
export async function recheckLink(scope: CloneScope, vm: VmView): Promise<void> {
  const { memory, clone, draft, runtime } = scope;
  const { connection } = requireConnection(scope);
  if (vm.changeVersion === undefined || memory.checkedVersion === vm.changeVersion) return;
  const state = await connection.client.readSoon(vm.ref, ['config.hardware.device']);
  const devices = state?.properties['config.hardware.device'] as readonly Device[] | undefined;
  if (devices === undefined) return; // unreadable for now: the next change or resync asks again
  const evidence = linkEvidence(devices, await baseDisks(scope));
  memory.checkedVersion = vm.changeVersion;
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

/** Disks of the base's snapshot; none when that is gone: a clone that exists is looked after without it. */
async function baseDisks(scope: CloneScope): Promise<readonly Device[]> {
  const { connection } = requireConnection(scope);
  const snapshot = scope.base?.status?.snapshot?.moRef;
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
