// RegisterVM_Task: a VM whose files are on a datastore comes back into the inventory. Same disks, same instanceUuid, same
// snapshot ids and times, but a new managed object, and new ones for its snapshots.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import { fileNotFound } from '../disks/disk-store.ts';
import { postVmEvent } from '../events/vm-events.ts';
import { silentGuest } from '../guest/guest-info.ts';
import { refAt } from '../inventory/links.ts';
import { modelOf } from '../inventory/model-state.ts';
import type { Model } from '../inventory/model-state.ts';
import { createSnapshotObject } from '../snapshots/create-snapshot.ts';
import { publishSnapshots } from '../snapshots/publish-snapshots.ts';
import type { TaskRun } from '../tasks/task-work.ts';
import { demandName, demandVmFolder } from './clone/clone-arguments.ts';
import { chooseInstanceUuid } from './clone/clone-identity.ts';
import { enroll } from './enroll.ts';
import { anyHost, connectionStateOn, demandSees, demandUsable, volumesOf } from './host-placement.ts';
import { networkRefs } from './network-refs.ts';
import { otherDevices } from './other-devices.ts';
import { runtimeInfo } from './runtime-info.ts';
import { invalidArgument, originOf } from './vm-call.ts';
import { holdsOf } from './vm.ts';
import type { Vm } from './vm.ts';

interface RegisterArguments {
  readonly path: string;
  readonly name?: string;
  readonly asTemplate: boolean;
  readonly pool?: MoRef;
  readonly host?: MoRef;
}

/** The result is the VM. */
export function registerVmTask(context: CallContext, input: Record<string, unknown>): MoRef {
  const model = modelOf(context.world);
  const folder = context.self;
  const args = input as unknown as RegisterArguments;
  demandVmFolder(folder);
  if (args.name !== undefined) demandName(args.name, folder);
  if (args.pool === undefined && !args.asTemplate) throw invalidArgument('pool');
  return model.tasks.start(
    {
      kind: 'register',
      entity: folder,
      finish: (run) => register(model, folder, args, run).object.ref,
    },
    originOf(context),
  );
}

/** Throws FileNotFound, AlreadyExists, DuplicateName, InvalidArgument, InvalidDatastore …; then nothing has changed. */
function register(model: Model, folder: SimObject, args: RegisterArguments, run: TaskRun): Vm {
  const vm = vmAt(model, args.path);
  const { host, pool } = place(model, vm, args);
  const config = vm.object.get('config') as Readonly<Record<string, unknown>>;
  const name = args.name ?? String(config['name']);
  const identity = chooseInstanceUuid(model, String(config['instanceUuid']));
  const object = enroll(
    model,
    { folder, host, pool: args.asTemplate ? undefined : pool },
    {
      name,
      config: { ...config, name, instanceUuid: identity.uuid, template: args.asTemplate },
      runtime: {
        ...runtimeInfo(host.ref, connectionStateOn(host)),
        ...(vm.home.isSuspended ? { powerState: 'suspended' } : {}),
      },
      guest: silentGuest(vm.guest.tools, false, vm.object.get('guest.customizationInfo')),
      datastore: [...volumesOf(vm)].map((volume) => volume.ref),
      network: networkRefs(otherDevices(config)),
    },
  );
  vm.object = object;
  model.vms.add(vm);
  identity.announce(vm, run);
  for (const file of holdsOf(vm)) model.disks.hold(file);
  for (const snapshot of vm.snapshots.all())
    snapshot.object = createSnapshotObject(model, vm, snapshot.object.get('config'));
  publishSnapshots(model, vm);
  postVmEvent(model, vm, 'VmRegisteredEvent', run, `Registered ${name} on ${String(host.get('name'))}`);
  return vm;
}

function vmAt(model: Model, path: string): Vm {
  const { volume } = model.volumes.ofPath(path);
  const vm = model.vms.unregisteredAt(path);
  if (vm !== undefined) return vm;
  if (volume.get(path)?.kind !== 'config') throw fileNotFound(path);
  throw new VimFault('AlreadyExists', { name: path }, `The virtual machine of ${path} is registered already.`);
}

function place(model: Model, vm: Vm, args: RegisterArguments): { host: SimObject; pool: SimObject | undefined } {
  const { registry } = model.world;
  const pool = args.pool === undefined ? undefined : registry.must(args.pool);
  if (args.host !== undefined) {
    const host = registry.must(args.host);
    if (pool !== undefined && refAt(host, 'parent').value !== refAt(pool, 'owner').value) throw invalidArgument('pool');
    demandUsable(host);
    demandSees(model, host, volumesOf(vm));
    return { host, pool };
  }
  if (pool === undefined) throw invalidArgument('host');
  const host = anyHost(model, registry.must(refAt(pool, 'owner')), [...volumesOf(vm)]);
  if (host === undefined) throw invalidArgument('host');
  return { host, pool };
}
