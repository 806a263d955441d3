// CloneSpec, checked and resolved: where the clone goes, from which state of the source, and how each disk is made.
// Everything that is wrong with a call is found here, before a task exists. Rules: vSphere API reference, CloneVM_Task,
// VirtualMachineCloneSpec, VirtualMachineRelocateSpec and VirtualMachineRelocateDiskMoveOptions.
import type { MoRef } from '../../../vsphere/mo-ref.ts';
import type { SimObject } from '../../core/sim-object.ts';
import { VimFault, managedObjectNotFound } from '../../core/vim-fault.ts';
import type { Volume } from '../../disks/volume.ts';
import { refAt, sameRef } from '../../inventory/links.ts';
import type { Model } from '../../inventory/model-state.ts';
import type { Snapshot } from '../../snapshots/snapshot-tree.ts';
import { anyHost, demandSees, demandUsable } from '../host-placement.ts';
import { demandHost, hostOf, invalidArgument } from '../vm-call.ts';
import { isTemplate } from '../vm.ts';
import type { Vm } from '../vm.ts';
import { planDisks } from './disk-plan.ts';
import type { DiskPlan } from './disk-plan.ts';

export interface DiskLocator {
  readonly diskId: number;
  readonly datastore: MoRef;
  readonly diskMoveType?: string;
}

/** VirtualMachineRelocateSpec, as far as it is honoured. */
export interface RelocateSpec {
  readonly folder?: MoRef;
  readonly datastore?: MoRef;
  readonly diskMoveType?: string;
  readonly pool?: MoRef;
  readonly host?: MoRef;
  readonly disk?: readonly DiskLocator[];
  readonly deviceChange?: readonly Readonly<Record<string, unknown>>[];
}

/** VirtualMachineCloneSpec, as far as it is honoured. */
export interface CloneSpec {
  readonly location: RelocateSpec;
  readonly template: boolean;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly customization?: Readonly<Record<string, unknown>>;
  readonly powerOn: boolean;
  readonly snapshot?: MoRef;
}

export interface CloneArguments {
  readonly name: string;
  readonly spec: CloneSpec;
  readonly folder: SimObject;
  readonly pool: SimObject;
  readonly host: SimObject;
  readonly sourceHost: SimObject;
  readonly volume: Volume;
  readonly snapshot: Snapshot | undefined;
  readonly disks: readonly DiskPlan[];
}

const MAX_NAME = 80;

export interface CloneRequest {
  readonly source: Vm;
  readonly folder: MoRef;
  readonly name: string;
  readonly spec: CloneSpec;
  /** The fault plan wants a full copy whatever the call says. */
  readonly ignoreDiskMoveType: boolean;
}

/** Throws InvalidArgument, InvalidName, ManagedObjectNotFound, InvalidDatastore, InvalidHostState or HostNotConnected. */
export function cloneArguments(model: Model, request: CloneRequest): CloneArguments {
  const { registry } = model.world;
  const { source, spec } = request;
  const { location } = spec;
  const folder = registry.must(location.folder ?? request.folder);
  demandVmFolder(folder);
  demandName(request.name, folder);
  const snapshot = spec.snapshot === undefined ? undefined : snapshotOf(source, spec.snapshot);
  demandHost(model, source);
  const volume = location.datastore === undefined ? source.home.volume : model.volumes.of(location.datastore);
  const disks = planDisks(model, { source, spec, snapshot, volume, ignoreDiskMoveType: request.ignoreDiskMoveType });
  const pool = poolOf(model, source, location);
  const volumes = new Set([volume, ...disks.flatMap((disk) => disk.volumes)]);
  const host = destination(model, pool, location, [...volumes]);
  return { name: request.name, spec, folder, pool, host, sourceHost: hostOf(model, source), volume, snapshot, disks };
}

/** Throws InvalidArgument for a folder that doesn't hold virtual machines. */
export function demandVmFolder(folder: SimObject): void {
  const childTypes = (folder.get('childType') as readonly string[] | undefined) ?? [];
  if (!childTypes.includes('VirtualMachine')) throw invalidArgument('folder');
}

/** Throws InvalidName: empty, too long, or with a separator that isn't escaped. */
export function demandName(name: string, entity: SimObject): void {
  if (name !== '' && name.length <= MAX_NAME && !/[/\\]/.test(name)) return;
  throw new VimFault('InvalidName', { name, entity: entity.ref }, `The name '${name}' is invalid.`);
}

/** A snapshot of another VM doesn't exist for this one. */
function snapshotOf(source: Vm, ref: MoRef): Snapshot {
  const snapshot = source.snapshots.find(ref);
  if (snapshot === undefined) throw managedObjectNotFound(ref);
  return snapshot;
}

function poolOf(model: Model, source: Vm, location: RelocateSpec): SimObject {
  const { registry } = model.world;
  if (location.pool !== undefined) return registry.must(location.pool);
  const own = source.object.get('resourcePool') as MoRef | undefined;
  if (isTemplate(source) || own === undefined) throw invalidArgument('spec.location.pool');
  if (location.host === undefined) return registry.must(own);
  // A host of another cluster without a pool: that cluster's root pool.
  const compute = registry.must(refAt(registry.must(location.host), 'parent'));
  return sameRef(refAt(registry.must(own), 'owner'), compute.ref)
    ? registry.must(own)
    : registry.must(refAt(compute, 'resourcePool'));
}

function destination(model: Model, pool: SimObject, location: RelocateSpec, volumes: readonly Volume[]): SimObject {
  const compute = model.world.registry.must(refAt(pool, 'owner'));
  if (location.host === undefined) {
    const host = anyHost(model, compute, volumes);
    if (host !== undefined) return host;
    throw new VimFault(
      'InvalidDatastore',
      { datastore: volumes[0]?.ref, name: volumes[0]?.name },
      'No host of the resource pool is available and sees the datastore.',
    );
  }
  const host = model.world.registry.must(location.host);
  if (!sameRef(refAt(host, 'parent'), compute.ref)) throw invalidArgument('spec.location.pool');
  demandUsable(host);
  demandSees(model, host, volumes);
  return host;
}
