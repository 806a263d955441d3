// Compute resources: clusters are made, changed and deleted, hosts come into them or stand alone, and a cluster recommends
// where a VM should go.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import { entityArgument } from '../events/event-arguments.ts';
import { demandName } from '../vm/clone/clone-arguments.ts';
import { placeVm } from '../vm/place-vm.ts';
import { invalidArgument, originOf } from '../vm/vm-call.ts';
import { addHost, demandConnectable } from './add-host.ts';
import type { HostConnectSpec } from './add-host.ts';
import { DAS, DRS, buildEmptyCluster, buildStandalone } from './build-compute.ts';
import { refsAt } from './links.ts';
import { modelOf } from './model-state.ts';
import type { Model } from './model-state.ts';
import { rulesFor, updatedLists } from './cluster-lists.ts';
import { moveHostsTask } from './move-host.ts';
import { removeCompute } from './remove-host.ts';

type Args = Readonly<Record<string, unknown>>;

export const clusterMethods: MethodTable = {
  Folder: { CreateClusterEx: createCluster, AddStandaloneHost_Task: addStandaloneHost },
  ComputeResource: { Destroy_Task: destroyTask, ReconfigureComputeResource_Task: reconfigureTask },
  ClusterComputeResource: {
    AddHost_Task: addHostTask,
    PlaceVm: placeVm,
    MoveInto_Task: moveHostsTask,
    MoveHostInto_Task: moveHostsTask,
    ReconfigureCluster_Task: reconfigureTask,
    FindRulesForVm: (context, args) => rulesFor(context.self, args['vm'] as MoRef),
  },
};

interface Settings {
  readonly dasConfig?: Readonly<Record<string, unknown>>;
  readonly drsConfig?: Readonly<Record<string, unknown>>;
}

function createCluster(context: CallContext, args: Args): MoRef {
  const model = modelOf(context.world);
  const folder = context.self;
  const name = String(args['name']);
  demandName(name, folder);
  demandHostFolder(folder);
  const { dasConfig, drsConfig } = args['spec'] as Settings;
  const { cluster } = buildEmptyCluster(model, folder, name, {
    dasConfig: merged(DAS, dasConfig),
    // Nobody is moved by a cluster that wasn't told to.
    drsConfig: merged({ ...DRS, enabled: false }, drsConfig),
  });
  post(model, cluster, 'ClusterCreatedEvent', context.user, `Created cluster ${name}`, {
    parent: entityArgument(folder),
  });
  return cluster.ref;
}

function reconfigureTask(context: CallContext, args: Args): MoRef {
  const model = modelOf(context.world);
  const compute = context.self;
  const { dasConfig, drsConfig } = args['spec'] as Settings;
  return model.tasks.start(
    {
      kind: 'reconfigureCompute',
      entity: compute,
      finish(run) {
        if (compute.type === 'ClusterComputeResource') {
          const before = compute.get('configuration') as Required<Settings>;
          const settings = {
            dasConfig: merged(before.dasConfig, dasConfig),
            drsConfig: merged(before.drsConfig, drsConfig),
          };
          const lists = updatedLists(model, compute, args['spec'] as Args);
          const extended = { ...(compute.get('configurationEx') as object), ...settings, ...lists.extended };
          compute.setMany({ configuration: { ...settings, ...lists.old }, configurationEx: extended });
        }
        post(
          model,
          compute,
          'ClusterReconfiguredEvent',
          run.user,
          `Reconfigured cluster ${String(compute.get('name'))}`,
        );
      },
    },
    originOf(context),
  );
}

/** Hosts have to go first. */
function destroyTask(context: CallContext): MoRef {
  const model = modelOf(context.world);
  const compute = context.self;
  return model.tasks.start(
    {
      kind: 'destroyCompute',
      entity: compute,
      finish(run) {
        const name = String(compute.get('name'));
        if (refsAt(compute, 'host').length > 0)
          throw new VimFault('ResourceInUse', { type: compute.type, name }, `${name} still has hosts.`);
        post(model, compute, 'ClusterDestroyedEvent', run.user, `Removed cluster ${name}`);
        removeCompute(model, compute);
      },
    },
    originOf(context),
  );
}

/** The result is the host. */
function addHostTask(context: CallContext, args: Args): MoRef {
  const model = modelOf(context.world);
  const cluster = context.self;
  const spec = args['spec'] as HostConnectSpec;
  return model.tasks.start(
    {
      kind: 'addHost',
      entity: cluster,
      finish: (run) =>
        addHost(
          model,
          {
            name: demandConnectable(model, spec),
            compute: cluster,
            pool: objectAt(model, args['resourcePool']),
            vmFolder: objectAt(model, spec.vmFolder),
            isConnected: args['asConnected'] === true,
          },
          run,
        ).ref,
    },
    originOf(context),
  );
}

/** The result is the compute resource of the host. */
function addStandaloneHost(context: CallContext, args: Args): MoRef {
  const model = modelOf(context.world);
  const folder = context.self;
  const spec = args['spec'] as HostConnectSpec;
  demandHostFolder(folder);
  return model.tasks.start(
    {
      kind: 'addStandaloneHost',
      entity: folder,
      finish(run) {
        const name = demandConnectable(model, spec);
        const compute = buildStandalone(model, folder, name);
        const vmFolder = objectAt(model, spec.vmFolder);
        addHost(model, { name, compute, pool: undefined, vmFolder, isConnected: args['addConnected'] === true }, run);
        return compute.ref;
      },
    },
    originOf(context),
  );
}

function objectAt(model: Model, ref: unknown): SimObject | undefined {
  return ref === undefined ? undefined : model.world.registry.must(ref as MoRef);
}

function demandHostFolder(folder: SimObject): void {
  const types = (folder.get('childType') as readonly string[] | undefined) ?? [];
  if (!types.includes('ComputeResource')) throw invalidArgument('this');
}

/** What is given over what was there. */
function merged(before: Args, given: Args | undefined): Args {
  return { ...before, ...Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined)) };
}

function post(model: Model, entity: SimObject, type: string, user: string, message: string, fields: Args = {}): void {
  model.events.post({ type, entity, user, message, fields });
}
