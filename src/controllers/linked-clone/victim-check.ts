// The last look before a VM is powered off or destroyed, live, many victims in one read: is it ours, may it go, and would
// it take something along? Every doubt holds the deletion.
import type { LinkedClone } from '../../api/types.generated.ts';
import { ANNOTATIONS } from '../../api/identifiers.ts';
import { borrowerOf, noteBorrowed, pathAndVersion } from './borrowers.ts';
import { findAllHolders } from './chain-holders.ts';
import { keyOf } from '../../kube/objects.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import { oneLine } from '../../vsphere/fault-message.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { hasVanished } from '../../vsphere/client.ts';
import type { Device } from '../base-snapshot/disks.ts';
import { chainOf, devicesOf, disksOf } from '../base-snapshot/disks.ts';
import type { SnapshotInfo } from '../base-snapshot/snapshot-tree.ts';
import { flattenSnapshots } from '../base-snapshot/snapshot-tree.ts';
import { LINKED_CLONES } from '../shared/resources.ts';
import { ownershipOf } from '../vcenter/marker.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { vmView } from '../vcenter/vm-view.ts';
import type { Below } from './base-held.ts';
import { belowOf, sourceOf, whyUnheld } from './base-held.ts';
import { whyChained } from './chained-base.ts';
import { foreignDisks, homeOf } from './linked.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';
import { Sight } from './sight.ts';
import { settleUnseen } from './unseen.ts';

/** How old what a VM was judged by may be when it's powered off or destroyed, milliseconds. */
export const MAX_SEEN_MS = 2_000;

/** `gone`: the VM is; `unasked`: the object that asked for its deletion is, and nothing is to be done any more. */
export type Verdict =
  | { readonly state: 'gone' | 'unasked' }
  | {
      readonly state: 'poweredOn' | 'poweredOff';
      /** Live answers that say so: it holds for as long as none of them is too old. */
      readonly seen: readonly ObjectState[];
    }
  | { readonly state: 'hold'; readonly reason: string; readonly message: string }
  /** Its mark says that it was let go, as before the objects were restored from a backup: it's nobody's, and stays. */
  | { readonly state: 'letGo'; readonly message: string };

function hold(reason: string, message: string): Verdict {
  return { state: 'hold', reason, message };
}

/** Throws when something can't be read, when it isn't certain that an unseen VM is gone, or when it's somewhere else now. */
export async function checkVictim(scope: CloneScope, ref: MoRef): Promise<Verdict> {
  return judgeTwice((sight) => judge(scope, ref, sight));
}

/** Judges once more where that took long: what was read before is read again if it's too old by then. */
export async function judgeTwice(judgement: (sight: Sight) => Promise<Verdict>): Promise<Verdict> {
  const sight = new Sight();
  const verdict = await judgement(sight);
  if (!sight.tookLong || !('seen' in verdict)) return verdict;
  sight.states = [];
  return judgement(sight);
}

async function judge(scope: CloneScope, ref: MoRef, sight: Sight): Promise<Verdict> {
  const { runtime, clone, uid } = scope;
  const { connection } = requireConnection(scope);
  const live = await runtime.live.get(LINKED_CLONES, keyOf(clone));
  if (live === undefined || live.metadata.uid !== uid) return { state: 'unasked' };
  if (live.metadata.deletionTimestamp === undefined)
    return hold('NotOurs', 'the object that asked for this deletion is not there any more as it was');
  if (live.spec.deletionPolicy !== clone.spec.deletionPolicy || live.spec.paused === true || !sameWord(live, clone))
    return hold('Paused', 'the object was changed a moment ago; looking again');
  const sourceRef = sourceOf(scope);
  const [state, source] = await Promise.all([
    connection.victims.get(ref),
    sourceRef === undefined ? undefined : connection.victims.getShared(sourceRef),
  ]);
  if (state === undefined) {
    await settleUnseen(scope);
    return { state: 'gone' };
  }
  return judgeMachine(scope, ref, state, source, sight);
}

/** What people said about this deletion is what the cache shows: not released since, nor a permission withdrawn. */
function sameWord(live: LinkedClone, cached: LinkedClone): boolean {
  return [ANNOTATIONS.release, ANNOTATIONS.deleteWithoutBase].every(
    (name) => live.metadata.annotations?.[name] === cached.metadata.annotations?.[name],
  );
}

/** Of a VM as it was read: is it this clone's, and would nothing else go with it? `source`: the base's, read as well. */
export async function judgeMachine(
  scope: CloneScope,
  ref: MoRef,
  state: ObjectState,
  source: ObjectState | undefined,
  sight: Sight,
): Promise<Verdict> {
  const { runtime, uid } = scope;
  const { connection } = requireConnection(scope);
  sight.states.push(state);
  const refused = Object.values(state.missing)[0];
  if (refused !== undefined) return hold('NoPermission', refused.message);
  const vm = vmView(ref, state.properties);
  if (vm.instanceUuid === undefined && vm.connectionState !== 'connected')
    return hold('NotConnected', notConnected(vm));
  if (ownershipOf(vm, runtime.clusterId, uid) !== 'ours') {
    return hold(
      'NotOurs',
      `${ref.value} ("${vm.name}") doesn't carry this clone's marker and identity: instanceUuid ${vm.instanceUuid ?? 'none'}, marker of ${vm.marker?.uid ?? 'nobody'}; it isn't touched`,
    );
  }
  const { state: letGo } = vm.marker ?? {};
  if (letGo !== undefined)
    return { state: 'letGo', message: `"${vm.name}" (${ref.value}) was ${letGo} before: it stays` };
  const twins = connection.inventory
    .withMarkerUid(uid)
    .filter((other) => other.ref.value !== ref.value && ownershipOf(other, runtime.clusterId, uid) === 'ours');
  if (twins.length > 0)
    return hold(
      'Ambiguous',
      `${twins.map((twin) => `"${twin.name}" (${twin.ref.value})`).join(', ')} is this clone's, too; remove all but one by hand`,
    );
  if (vm.connectionState !== 'connected') return hold('NotConnected', notConnected(vm));
  const devices = devicesOf(state);
  if (devices === undefined)
    return hold('NotConnected', `vCenter doesn't tell the disks of "${vm.name}" now; it goes when they can be read`);
  const read = { devices, ...pathAndVersion(state.properties) };
  const { vmPathName } = read;
  noteBorrowed(connection, ref, read);
  const attached = foreignDisks(devices, vmPathName);
  if (attached.length > 0)
    return hold(
      'ForeignDisks',
      `disks that aren't its own are attached: ${oneLine(attached.join(', '))}; Destroy would delete them: detach them, and it goes`,
    );
  const own = flattenSnapshots(state.properties['snapshot'] as SnapshotInfo | undefined);
  const chained = await whyChained(scope, ref, vm.instanceUuid, own.length > 0);
  if (chained !== undefined) return hold('DependentsExist', chained);
  const inUse = await othersOnIt(scope, ref, state, sight);
  if (inUse !== undefined) return inUse;
  const below = await belowAll(scope, state, devices, homeOf(vmPathName));
  if (below === undefined)
    return hold(
      'NotConnected',
      `vCenter doesn't tell the disks of the snapshots of "${vm.name}" now; it goes when they can be read`,
    );
  const unheld = await whyUnheld(scope, ref, below, source, sight);
  if (unheld !== undefined)
    return hold(unheld.reason === 'ForeignDisks' ? 'ForeignDisks' : 'BaseNotRegistered', unheld.message);
  return { state: vm.powerState === 'poweredOff' ? 'poweredOff' : 'poweredOn', seen: sight.states };
}

/** What its disks and those of its own snapshots stand on: Destroy takes both. Undefined: a snapshot's can't be read. */
async function belowAll(
  scope: CloneScope,
  state: ObjectState,
  devices: readonly Device[],
  home: string,
): Promise<readonly Below[] | undefined> {
  const { client } = requireConnection(scope).connection;
  const own = flattenSnapshots(state.properties['snapshot'] as SnapshotInfo | undefined);
  const read = await Promise.all(own.map(({ ref }) => client.readSoon(ref, ['config.hardware.device'])));
  // one that was removed meanwhile holds nothing
  const frozen = read.flatMap((snapshot) =>
    snapshot === undefined || hasVanished(snapshot) ? [] : [devicesOf(snapshot)],
  );
  const known = frozen.filter((one) => one !== undefined);
  return known.length < frozen.length ? undefined : [devices, ...known].flatMap((each) => belowOf(each, home));
}

function notConnected({ name, connectionState }: VmView): string {
  return connectionState === 'inaccessible' || connectionState === 'invalid'
    ? `"${name}" is ${connectionState}: its files can't be read; it goes when they can`
    : `"${name}" is ${connectionState ?? 'in an unknown state'}; it goes when its host is back`;
}

/**
 * Other VMs that use its files. A clone with snapshots of its own may be somebody's base, so then all VMs are looked at;
 * without one, only a clone of ours to which one of its disks was attached is known of.
 */
async function othersOnIt(
  scope: CloneScope,
  ref: MoRef,
  state: ObjectState,
  sight: Sight,
): Promise<Verdict | undefined> {
  const { connection } = requireConnection(scope);
  const home = homeOf(String(state.properties['config.files.vmPathName'] ?? ''));
  const borrower = await borrowerOf(scope, ref, home);
  if (borrower !== undefined) return hold('DisksInUse', borrower);
  const own = flattenSnapshots(state.properties['snapshot'] as SnapshotInfo | undefined);
  if (own.length === 0) return undefined;
  const files = new Set(
    disksOf(devicesOf(state)).flatMap((disk) =>
      chainOf(disk.backing).flatMap((backing) => (backing.fileName?.startsWith(home) === true ? backing.fileName : [])),
    ),
  );
  const holders = await sight.lookAround('own', files, () => findAllHolders(connection, ref, files));
  if (holders.unknown !== undefined) return hold('DisksInUse', holders.unknown);
  if (holders.names.length === 0) return undefined;
  return hold(
    'DisksInUse',
    `${holders.names.length} other virtual machines stand on its disks: ${oneLine(holders.names.slice(0, 5).join(', '))}`,
  );
}
