// Folders: making, filling, deleting them. VMs in a folder that is destroyed are destroyed with it.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { EventCause } from '../events/vm-events.ts';
import { demandName } from '../vm/clone/clone-arguments.ts';
import { demandDestroyable, destroyVm, unregisterNow } from '../vm/destroy.ts';
import { registerVmTask } from '../vm/register.ts';
import { demandHost, exclusive, invalidArgument, notSupported, originOf } from '../vm/vm-call.ts';
import type { Vm } from '../vm/vm.ts';
import { createFolder } from './build-folders.ts';
import { refAt, refsAt, unlink } from './links.ts';
import { modelOf } from './model-state.ts';
import type { Model } from './model-state.ts';
import { moveEntity } from './move.ts';

export const folderMethods: MethodTable = {
  Folder: {
    CreateFolder(context, args) {
      const name = String(args['name']);
      demandName(name, context.self);
      const model = modelOf(context.world);
      const folder = createFolder(model, context.self, name);
      model.tasks.note('createFolder', context.self, context.user);
      return folder.ref;
    },
    MoveIntoFolder_Task: (context, args) => moveIntoTask(context, args['list'] as readonly MoRef[]),
    RegisterVM_Task: registerVmTask,
    Destroy_Task: (context) => destroyFolderTask(context, 'destroyFolder', destroyVm),
    UnregisterAndDestroy_Task: (context) => destroyFolderTask(context, 'unregisterAndDestroy', unregisterNow),
  },
};

function moveIntoTask(context: CallContext, list: readonly MoRef[]): MoRef {
  const model = modelOf(context.world);
  const folder = context.self;
  const entities = list.map((ref) => model.world.registry.must(ref));
  const childTypes = refsOrNames(folder);
  for (const entity of entities) if (!childTypes.includes(entity.type)) throw invalidArgument('list');
  const vms = entities.map((entity) => model.vms.get(entity.ref)).filter((vm) => vm !== undefined);
  return model.tasks.start(
    {
      kind: 'moveInto',
      entity: folder,
      locks: exclusive(...vms),
      finish() {
        for (const entity of entities) moveEntity(model, entity, folder);
      },
    },
    originOf(context),
  );
}

function refsOrNames(folder: SimObject): readonly string[] {
  return (folder.get('childType') as readonly string[] | undefined) ?? [];
}

/** `remove` takes each VM in it away. */
function destroyFolderTask(
  context: CallContext,
  kind: 'destroyFolder' | 'unregisterAndDestroy',
  remove: (model: Model, vm: Vm, cause: EventCause) => void,
): MoRef {
  const model = modelOf(context.world);
  const folder = context.self;
  // The folders that came with a datacenter go only with it.
  if (model.world.registry.get(refAt(folder, 'parent'))?.type !== 'Folder')
    throw notSupported('this folder belongs to its datacenter');
  const { vms, folders } = contentsOf(model, folder);
  return model.tasks.start(
    {
      kind,
      entity: folder,
      locks: exclusive(...vms),
      begin() {
        for (const vm of vms) {
          demandHost(model, vm);
          demandDestroyable(vm);
        }
      },
      finish(run) {
        const now = contentsOf(model, folder).vms;
        if (now.some((vm) => !vms.includes(vm)))
          throw new VimFault(
            'ResourceInUse',
            { type: 'Folder', name: String(folder.get('name')) },
            'The folder was filled meanwhile.',
          );
        for (const vm of now) remove(model, vm, run);
        for (const inner of folders.toReversed()) removeFolder(model, inner);
      },
    },
    originOf(context),
  );
}

/** Everything at any depth; a folder comes before those in it. Throws NotSupported for a folder of anything but VMs. */
function contentsOf(
  model: Model,
  folder: SimObject,
): { readonly vms: readonly Vm[]; readonly folders: readonly SimObject[] } {
  const vms: Vm[] = [];
  const folders: SimObject[] = [];
  function visit(at: SimObject): void {
    folders.push(at);
    for (const ref of refsAt(at, 'childEntity')) {
      const child = model.world.registry.must(ref);
      if (child.type === 'Folder') visit(child);
      else if (child.type === 'VirtualMachine') vms.push(model.vms.of(child));
      else throw notSupported('only folders of virtual machines can be destroyed');
    }
  }
  visit(folder);
  return { vms, folders };
}

function removeFolder(model: Model, folder: SimObject): void {
  const { registry } = model.world;
  const parent = registry.must(refAt(folder, 'parent'));
  unlink(parent, 'childEntity', folder.ref);
  model.names.release(parent.ref, String(folder.get('name')));
  model.names.forget(folder.ref);
  registry.remove(folder);
}
