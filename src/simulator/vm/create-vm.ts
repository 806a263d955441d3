// CreateVM_Task: a VM from nothing. Its files are made when the task begins, it enters the inventory when the task ends;
// whatever goes wrong, nothing of it is left.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { Volume } from '../disks/volume.ts';
import { entityArgument, eventArguments } from '../events/event-arguments.ts';
import { postVmEvent } from '../events/vm-events.ts';
import { silentGuest } from '../guest/guest-info.ts';
import { releaseAddresses } from '../guest/guest-network.ts';
import { newGuest } from '../guest/guest-profile.ts';
import { refAt, sameRef } from '../inventory/links.ts';
import { modelOf } from '../inventory/model-state.ts';
import type { Model } from '../inventory/model-state.ts';
import { SnapshotTree } from '../snapshots/snapshot-tree.ts';
import type { TaskRun } from '../tasks/task-work.ts';
import { demandName, demandVmFolder } from './clone/clone-arguments.ts';
import { chooseInstanceUuid } from './clone/clone-identity.ts';
import { demandConfigSpec } from './config-spec.ts';
import type { ConfigSpec } from './config-spec.ts';
import { newVmConfig } from './create-vm-config.ts';
import type { DeviceChange, DeviceEdit } from './device-draft.ts';
import { isNetworkCard } from './devices.ts';
import { editDevices } from './edit-devices.ts';
import { enroll } from './enroll.ts';
import { anyHost, chainVolumes, connectionStateOn, demandSees, demandUsable } from './host-placement.ts';
import { claimName } from './name-claim.ts';
import { networkRefs } from './network-refs.ts';
import { runtimeInfo } from './runtime-info.ts';
import { refreshStorage } from './storage-info.ts';
import { invalidArgument, originOf } from './vm-call.ts';
import { VmHome } from './vm-home.ts';
import type { Vm } from './vm.ts';

interface CreateArguments {
  readonly name: string;
  readonly folder: SimObject;
  readonly pool: SimObject;
  readonly host: SimObject;
  readonly volume: Volume;
  /** Of the .vmx file; undefined: a folder of its own, named after the VM. */
  readonly place: { readonly folder: string; readonly stem: string } | undefined;
  readonly spec: ConfigSpec;
}

interface Parts {
  readonly home: VmHome;
  readonly edit: DeviceEdit;
}

/** The result is the VM. */
export function createVmTask(context: CallContext, input: Record<string, unknown>): MoRef {
  const model = modelOf(context.world);
  const args = createArguments(model, context.self, input);
  const claim = claimName(model, args.folder, args.name);
  let parts: Parts | undefined;
  return model.tasks.start(
    {
      kind: 'createVm',
      entity: args.folder,
      begin(run) {
        demandUsable(args.host);
        parts = makeParts(model, args);
        postBeingCreated(model, args, run);
      },
      finish(run) {
        claim.release();
        if (parts === undefined) throw new Error('a VM was finished before it was begun');
        const vm = enrollNew(model, args, parts, run);
        parts = undefined;
        return vm.object.ref;
      },
      undo() {
        if (parts !== undefined) discard(model, parts);
      },
      ended: () => claim.release(),
    },
    originOf(context),
  );
}

/** Throws InvalidName, InvalidArgument, InvalidDatastorePath, InvalidDatastore, InvalidHostState or HostNotConnected. */
function createArguments(model: Model, folder: SimObject, input: Readonly<Record<string, unknown>>): CreateArguments {
  const { registry } = model.world;
  const spec = input['config'] as ConfigSpec;
  demandVmFolder(folder);
  const name = String(spec['name'] ?? '');
  demandName(name, folder);
  demandConfigSpec(spec, 'config.');
  const path = (spec['files'] as { readonly vmPathName?: string } | undefined)?.vmPathName;
  if (path === undefined || path === '') throw invalidArgument('config.files');
  const { volume, inner } = model.volumes.ofPath(path);
  const pool = registry.must(input['pool'] as MoRef);
  const compute = registry.must(refAt(pool, 'owner'));
  const wanted = input['host'] as MoRef | undefined;
  const host = wanted === undefined ? anyHost(model, compute, [volume]) : registry.must(wanted);
  if (host === undefined) throw invalidArgument('host');
  if (!sameRef(refAt(host, 'parent'), compute.ref)) throw invalidArgument('pool');
  demandUsable(host);
  demandSees(model, host, [volume]);
  return { name, folder, pool, host, volume, place: placeOf(inner, name), spec };
}

/** `lab/vm.vmx` is the file itself, `lab` a folder for it. */
function placeOf(inner: string, name: string): CreateArguments['place'] {
  if (inner === '') return undefined;
  if (!inner.endsWith('.vmx')) return { folder: inner, stem: name };
  const slash = inner.lastIndexOf('/');
  if (slash <= 0) throw new VimFault('UnsupportedVmxLocation', {}, 'The location of the .vmx file is not supported.');
  return { folder: inner.slice(0, slash), stem: inner.slice(slash + 1, -'.vmx'.length) };
}

/** Throws FileAlreadyExists, NoDiskSpace, InvalidDeviceSpec and its kin, leaving nothing behind. */
function makeParts(model: Model, { name, volume, place, spec }: CreateArguments): Parts {
  const home = VmHome.create(volume, name, place);
  try {
    const changes = (spec['deviceChange'] as readonly DeviceChange[] | undefined) ?? [];
    const state = { home, disks: [], others: [], hasScsi: false, hasSnapshots: false };
    const edit = editDevices(model, state, changes);
    for (const disk of edit.disks) model.disks.hold(disk.file);
    return { home, edit };
  } catch (error) {
    home.remove();
    throw error;
  }
}

/** Disks that were there before stay. */
function discard(model: Model, { home, edit }: Parts): void {
  for (const disk of edit.disks) model.disks.release(disk.file);
  for (const file of edit.created) model.disks.deleteUnused(file);
  home.remove();
  releaseAddresses(model, edit.others.filter(isNetworkCard));
}

/** Throws DuplicateName or ManagedObjectNotFound (the folder went meanwhile), changing nothing. */
function enrollNew(model: Model, args: CreateArguments, { home, edit }: Parts, run: TaskRun): Vm {
  const { name, host, pool, spec } = args;
  const folder = model.world.registry.must(args.folder.ref);
  const identity = chooseInstanceUuid(model, spec['instanceUuid'] as string | undefined);
  const config = newVmConfig(model, { name, home, edit, spec, instanceUuid: identity.uuid });
  const volumes = chainVolumes(
    home,
    edit.disks.map((disk) => disk.file),
  );
  const object = enroll(
    model,
    { folder, host, pool },
    {
      name,
      config,
      runtime: runtimeInfo(host.ref, connectionStateOn(host)),
      guest: silentGuest(false, false, undefined),
      datastore: [...volumes].map((volume) => volume.ref),
      network: networkRefs(edit.others),
    },
  );
  const vm: Vm = {
    object,
    registered: true,
    home,
    disks: edit.disks,
    snapshots: new SnapshotTree(),
    customization: undefined,
    firstBoot: { bytes: 0, done: true },
    guest: newGuest(name, false),
    rollback: undefined,
  };
  model.vms.add(vm);
  const message = `Created virtual machine ${name} on ${String(host.get('name'))}`;
  postVmEvent(model, vm, 'VmCreatedEvent', run, message);
  identity.announce(vm, run);
  refreshStorage(model, vm);
  return vm;
}

/** There is no VM yet that it could be about. */
function postBeingCreated(model: Model, { name, folder, host, spec }: CreateArguments, run: TaskRun): void {
  const { host: _host, ...inDatacenter } = eventArguments(model.world.registry, host);
  model.events.post({
    type: 'VmBeingCreatedEvent',
    entity: folder,
    user: run.user,
    chainId: run.chainId,
    message: `Creating ${name} on host ${String(host.get('name'))}`,
    fields: { ...inDatacenter, host: entityArgument(host), template: false, configSpec: spec },
  });
}
