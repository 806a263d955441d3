// The methods of a VM that are neither power, snapshots, clone, reconfigure nor customization, and those every entity has.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { modelOf } from '../inventory/model-state.ts';
import type { Model } from '../inventory/model-state.ts';
import { demandNewName, rename } from '../inventory/rename.ts';
import { entityArgument } from '../events/event-arguments.ts';
import { postVmEvent } from '../events/vm-events.ts';
import { demandName } from './clone/clone-arguments.ts';
import type { RelocateSpec } from './clone/clone-arguments.ts';
import { destroyVmTask, unregisterVm } from './destroy.ts';
import { promoteDisksTask } from './promote.ts';
import { relocateTask } from './relocate.ts';
import { refreshStorage } from './storage-info.ts';
import { markAsTemplate, markAsVirtualMachine } from './template.ts';
import { touched } from './touch-config.ts';
import { exclusive, notSupported, originOf, vmCall } from './vm-call.ts';
import { nameOf } from './vm.ts';

export const vmMethods: MethodTable = {
  VirtualMachine: {
    Destroy_Task: destroyVmTask,
    UnregisterVM: unregisterVm,
    MarkAsTemplate: markAsTemplate,
    MarkAsVirtualMachine: markAsVirtualMachine,
    PromoteDisks_Task: promoteDisksTask,
    RelocateVM_Task: (context, args) => relocateTask(context, 'relocate', args['spec'] as RelocateSpec),
    MigrateVM_Task(context, args) {
      const { pool, host } = args as { readonly pool?: MoRef; readonly host?: MoRef };
      return relocateTask(context, 'migrate', {
        ...(pool === undefined ? {} : { pool }),
        ...(host === undefined ? {} : { host }),
      });
    },
    RefreshStorageInfo(context) {
      const { model, vm } = vmCall(context);
      refreshStorage(model, vm);
    },
  },
  ManagedEntity: {
    Reload: () => undefined,
    Rename_Task: (context, args) => renameTask(context, String(args['newName'])),
    Destroy_Task() {
      throw notSupported('this simulator destroys virtual machines and their folders only');
    },
  },
};

function renameTask(context: CallContext, name: string): MoRef {
  const model = modelOf(context.world);
  const entity = context.self;
  demandName(name, entity);
  demandNewName(model, entity, name);
  const vm = model.vms.get(entity.ref);
  return model.tasks.start(
    {
      kind: 'rename',
      entity,
      ...(vm === undefined ? {} : { locks: exclusive(vm) }),
      finish(run) {
        const oldName = String(entity.get('name'));
        rename(model, entity, name);
        if (vm === undefined) {
          postRenamed(model, entity, oldName, run.user);
          return;
        }
        vm.object.setMany(touched(model));
        postVmEvent(model, vm, 'VmRenamedEvent', run, `Renamed ${oldName} from ${oldName} to ${nameOf(vm)}`, {
          oldName,
          newName: name,
        });
      },
    },
    originOf(context),
  );
}

/** Datacenters and datastores have events of their own for it; of the others only the task tells. */
function postRenamed(model: Model, entity: SimObject, oldName: string, user: string): void {
  const type = { Datacenter: 'DatacenterRenamedEvent', Datastore: 'DatastoreRenamedEvent' }[entity.type];
  if (type === undefined) return;
  const newName = String(entity.get('name'));
  const datastore = type === 'DatastoreRenamedEvent' ? { datastore: entityArgument(entity) } : {};
  const fields = { oldName, newName, ...datastore };
  model.events.post({ type, entity, user, message: `Renamed ${oldName} to ${newName}`, fields });
}
