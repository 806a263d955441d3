// Datacenters: made in a folder of them, deleted once nothing is in them, and powering on many of their VMs in one call.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import { entityArgument } from '../events/event-arguments.ts';
import { powerOnTask } from '../guest/power-methods.ts';
import { demandName } from '../vm/clone/clone-arguments.ts';
import { invalidArgument, originOf } from '../vm/vm-call.ts';
import { demandConnectable, datacenterOf } from './add-host.ts';
import type { HostConnectSpec } from './add-host.ts';
import { buildDatacenter } from './build-folders.ts';
import { outsideConnectInfo } from './host-connect-info.ts';
import { refAt, refsAt, unlink } from './links.ts';
import { modelOf } from './model-state.ts';
import type { Model } from './model-state.ts';

export const datacenterMethods: MethodTable = {
  Folder: { CreateDatacenter: createDatacenter },
  Datacenter: {
    Destroy_Task: destroyTask,
    PowerOnMultiVM_Task: powerOnMany,
    QueryConnectionInfo(context, args) {
      const { hostname, username, password, sslThumbprint } = args as Readonly<Record<string, string | undefined>>;
      const spec = { hostName: hostname, userName: username, password, sslThumbprint } as HostConnectSpec;
      const model = modelOf(context.world);
      return outsideConnectInfo(model, demandConnectable(model, spec));
    },
  },
};

function createDatacenter(context: CallContext, args: Readonly<Record<string, unknown>>): MoRef {
  const model = modelOf(context.world);
  const folder = context.self;
  const name = String(args['name']);
  demandName(name, folder);
  if (!((folder.get('childType') as readonly string[] | undefined) ?? []).includes('Datacenter'))
    throw invalidArgument('this');
  const { datacenter } = buildDatacenter(model, name, folder);
  model.events.post({
    type: 'DatacenterCreatedEvent',
    entity: datacenter,
    user: context.user,
    message: `Created datacenter ${name}`,
    fields: { parent: entityArgument(folder) },
  });
  return datacenter.ref;
}

/** Hosts, datastores and machines have to go first: this simulator doesn't guess what becomes of them. */
function destroyTask(context: CallContext): MoRef {
  const model = modelOf(context.world);
  const datacenter = context.self;
  return model.tasks.start(
    {
      kind: 'destroyDatacenter',
      entity: datacenter,
      finish() {
        const { registry } = model.world;
        const folders = ['vmFolder', 'hostFolder', 'datastoreFolder', 'networkFolder'].map((property) =>
          registry.must(refAt(datacenter, property)),
        );
        if (folders.some((folder) => refsAt(folder, 'childEntity').length > 0)) {
          const name = String(datacenter.get('name'));
          throw new VimFault('ResourceInUse', { type: 'Datacenter', name }, `The datacenter ${name} isn't empty.`);
        }
        for (const folder of folders) {
          model.names.forget(folder.ref);
          registry.remove(folder);
        }
        const parent = registry.must(refAt(datacenter, 'parent'));
        unlink(parent, 'childEntity', datacenter.ref);
        model.names.release(parent.ref, String(datacenter.get('name')));
        registry.remove(datacenter);
      },
    },
    originOf(context),
  );
}

/** The result tells which VMs are being powered on by a task of their own, and why others aren't. */
function powerOnMany(context: CallContext, args: Readonly<Record<string, unknown>>): MoRef {
  const model = modelOf(context.world);
  const objects = (args['vm'] as readonly MoRef[]).map((ref) => model.world.registry.must(ref));
  if (objects.some((vm) => !isIn(model, vm, context.self))) throw invalidArgument('vm');
  return model.tasks.start(
    {
      kind: 'powerOnMany',
      entity: context.self,
      finish(run) {
        const attempted: Record<string, unknown>[] = [];
        const notAttempted: Record<string, unknown>[] = [];
        for (const { ref } of objects) {
          try {
            const vm = model.vms.of(model.world.registry.must(ref));
            const task = powerOnTask(model, vm, { user: run.user, parentTask: run.ref.value });
            attempted.push({ vm: ref, task });
          } catch (error) {
            if (!(error instanceof VimFault)) throw error;
            notAttempted.push({ vm: ref, fault: error.toLocalized() });
          }
        }
        return { $type: 'ClusterPowerOnVmResult', attempted, notAttempted };
      },
    },
    originOf(context),
  );
}

function isIn(model: Model, vm: SimObject, datacenter: SimObject): boolean {
  return vm.type === 'VirtualMachine' && datacenterOf(model, vm) === datacenter;
}
