// What can be made where, and whether it would work: the methods of EnvironmentBrowser and of the provisioning checker, and
// UpgradeVM_Task.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import { postVmEvent } from '../events/vm-events.ts';
import { hardwareOf } from '../inventory/build-compute.ts';
import { refsAt, sameRef } from '../inventory/links.ts';
import { modelOf } from '../inventory/model-state.ts';
import type { Model } from '../inventory/model-state.ts';
import { cloneArguments } from './clone/clone-arguments.ts';
import type { CloneSpec } from './clone/clone-arguments.ts';
import { NEWEST_VERSION, VERSIONS, configOption, configOptionDescriptors } from './config-option.ts';
import { demandConfigSpec } from './config-spec.ts';
import { touched } from './touch-config.ts';
import { demandHost, demandPowerState, exclusive, invalidArgument, originOf, vmCall } from './vm-call.ts';
import { nameOf } from './vm.ts';

type Args = Readonly<Record<string, unknown>>;

export const environmentMethods: MethodTable = {
  EnvironmentBrowser: {
    QueryConfigOptionDescriptor: () => configOptionDescriptors(),
    QueryConfigOption: (_context, args) => configOption(args['key'] as string | undefined),
    QueryConfigOptionEx(_context, args) {
      const spec = (args['spec'] ?? {}) as { readonly key?: string; readonly guestId?: readonly string[] };
      return configOption(spec.key, spec.guestId);
    },
    QueryTargetCapabilities: (context, args) =>
      hostOrFirst(context, args['host'] as MoRef | undefined)?.get('capability'),
    QueryConfigTarget: (context, args) => configTarget(context, args['host'] as MoRef | undefined),
  },
  VirtualMachineProvisioningChecker: { CheckClone_Task: checkCloneTask },
  VirtualMachine: { UpgradeVM_Task: upgradeTask },
};

/** Throws InvalidArgument for a host of another compute resource. */
function hostOrFirst(context: CallContext, wanted: MoRef | undefined): SimObject | undefined {
  const model = modelOf(context.world);
  const hosts = refsAt(computeOf(model, context.self), 'host');
  if (wanted !== undefined && !hosts.some((ref) => sameRef(ref, wanted))) throw invalidArgument('host');
  const ref = wanted ?? hosts[0];
  return ref === undefined ? undefined : model.world.registry.get(ref);
}

/** What a host, or the whole compute resource, offers to a VM. Throws InvalidArgument for a host of another. */
function configTarget(context: CallContext, wanted: MoRef | undefined): Record<string, unknown> {
  const model = modelOf(context.world);
  const { registry } = model.world;
  const compute = computeOf(model, context.self);
  const all = refsAt(compute, 'host').map((ref) => registry.must(ref));
  const hosts = wanted === undefined ? all : all.filter((host) => sameRef(host.ref, wanted));
  if (wanted !== undefined && hosts.length === 0) throw invalidArgument('host');
  const place = wanted === undefined ? compute : registry.must(wanted);
  const hardware = hosts.map(hardwareOf);
  const cores = Math.max(0, ...hardware.map((each) => each.cores));
  return {
    numCpus: cores * 2,
    numCpuCores: cores,
    numNumaNodes: 2,
    smcPresent: false,
    maxMemMBOptimalPerf: Math.floor(Math.max(0, ...hardware.map((each) => each.memorySize)) / 1024 ** 2),
    datastore: refsAt(place, 'datastore').map((ref) => datastoreInfo(registry.must(ref))),
    network: refsAt(place, 'network').map((ref) => {
      const network = registry.must(ref);
      return { name: String(network.get('name')), network: network.get('summary') };
    }),
  };
}

function datastoreInfo(datastore: SimObject): Record<string, unknown> {
  return {
    name: String(datastore.get('name')),
    datastore: datastore.get('summary'),
    capability: datastore.get('capability'),
    maxFileSize: datastore.get('info.maxFileSize'),
    mode: 'readWrite',
  };
}

function computeOf(model: Model, browser: SimObject): SimObject {
  for (const compute of model.world.registry.ofType('ComputeResource'))
    if (sameRef(compute.get('environmentBrowser') as MoRef | undefined, browser.ref)) return compute;
  throw new Error(`${browser.value} belongs to no compute resource`);
}

/** A clone that isn't made: the result tells what would be wrong with it. */
function checkCloneTask(context: CallContext, args: Args): MoRef {
  const model = modelOf(context.world);
  const source = model.vms.of(model.world.registry.must(args['vm'] as MoRef));
  const name = String(args['name']);
  const spec = args['spec'] as CloneSpec;
  return model.tasks.start(
    {
      kind: 'checkClone',
      entity: source.object,
      finish() {
        const result = { $type: 'CheckResult', vm: source.object.ref };
        try {
          const folder = args['folder'] as MoRef;
          const found = cloneArguments(model, { source, folder, name, spec, ignoreDiskMoveType: false });
          demandConfigSpec(spec.config ?? {}, 'spec.config.');
          model.names.demandFree(found.folder.ref, name);
          return [{ ...result, host: found.host.ref }];
        } catch (error) {
          if (!(error instanceof VimFault)) throw error;
          return [{ ...result, error: [error.toLocalized()] }];
        }
      },
    },
    originOf(context),
  );
}

/** To a version that is newer; without one to the newest. */
function upgradeTask(context: CallContext, args: Args): MoRef {
  const { model, vm, origin } = vmCall(context);
  const version = (args['version'] as string | undefined) ?? NEWEST_VERSION;
  const known = VERSIONS.map(([key]) => key);
  if (!known.includes(version)) throw invalidArgument('version');
  return model.tasks.start(
    {
      kind: 'upgrade',
      entity: vm.object,
      locks: exclusive(vm),
      begin(run) {
        demandHost(model, vm);
        demandPowerState(vm, 'poweredOff');
        const now = String(vm.object.get('config.version'));
        if (numberOf(version) <= numberOf(now))
          throw new VimFault('AlreadyUpgraded', {}, `The virtual machine has the hardware version ${now} already.`);
        const message = `Upgrading virtual hardware on ${nameOf(vm)} to version ${version}`;
        postVmEvent(model, vm, 'VmUpgradingEvent', run, message, { version });
      },
      finish(run) {
        vm.object.setMany({ 'config.version': version, ...touched(model) });
        const message = `Virtual hardware on ${nameOf(vm)} was upgraded to version ${version}`;
        postVmEvent(model, vm, 'VmUpgradeCompleteEvent', run, message, { version });
      },
    },
    origin,
  );
}

function numberOf(version: string): number {
  return Number(version.slice('vmx-'.length));
}
