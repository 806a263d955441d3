// A small inventory for tests of the wire: one datacenter with a cluster, two hosts, a pool, a datastore, a network and
// some machines, without any of the behaviour of the real model but a power switch and a task that a test ends.
import type { MethodTable } from '../../../../../src/simulator/core/call-context.ts';
import type { SimulatorModel } from '../../../../../src/simulator/core/model.ts';
import type { SimObject } from '../../../../../src/simulator/core/sim-object.ts';
import { VimFault } from '../../../../../src/simulator/core/vim-fault.ts';
import type { World } from '../../../../../src/simulator/core/world.ts';
import type { MoRef } from '../../../../../src/vsphere/mo-ref.ts';

export interface TinyInventory {
  readonly datacenter: SimObject;
  readonly vmFolder: SimObject;
  readonly hostFolder: SimObject;
  readonly cluster: SimObject;
  readonly hosts: readonly SimObject[];
  readonly pool: SimObject;
  readonly datastore: SimObject;
  readonly network: SimObject;
  readonly machines: SimObject[];
}

export function tinyInventory(world: World): TinyInventory {
  return world.extra.get('tiny') as TinyInventory;
}

function link(parent: SimObject, path: string, child: SimObject): void {
  parent.set(path, [...((parent.get(path) ?? []) as MoRef[]), child.ref]);
}

function folder(world: World, parent: SimObject, name: string, childType: string[]): SimObject {
  return world.registry.create('Folder', {
    name,
    parent: parent.ref,
    childType,
    childEntity: [],
    overallStatus: 'green',
  });
}

export function addMachine(world: World, name: string, parent?: SimObject): SimObject {
  const tiny = tinyInventory(world);
  const home = parent ?? tiny.vmFolder;
  const { machines, pool, datastore, network } = tiny;
  const host = tiny.hosts[machines.length % tiny.hosts.length] as SimObject;
  const number = String(machines.length).padStart(12, '0');
  const machine = world.registry.create('VirtualMachine', {
    name,
    parent: home.ref,
    resourcePool: pool.ref,
    datastore: [datastore.ref],
    network: [network.ref],
    overallStatus: 'green',
    runtime: {
      host: host.ref,
      connectionState: 'connected',
      powerState: 'poweredOff',
      toolsInstallerMounted: false,
      numMksConnections: 0,
    },
    guest: { toolsRunningStatus: 'guestToolsNotRunning', guestState: 'notRunning' },
    config: {
      name,
      uuid: `42000000-0000-0000-0000-${number}`,
      instanceUuid: `50000000-0000-0000-0000-${number}`,
      template: false,
      files: { vmPathName: `[store] ${name}/${name}.vmx` },
      hardware: { numCPU: 2, memoryMB: 4096, device: [disk(2000), card(4000, number)] },
      extraConfig: [{ $type: 'OptionValue', key: 'guestinfo.note', value: 'first' }],
    },
  });
  machines.push(machine);
  link(home, 'childEntity', machine);
  link(pool, 'vm', machine);
  link(host, 'vm', machine);
  link(datastore, 'vm', machine);
  return machine;
}

export function removeMachine(world: World, machine: SimObject): void {
  const tiny = tinyInventory(world);
  for (const [object, path] of [...tiny.hosts, tiny.pool, tiny.datastore].map((o) => [o, 'vm'] as const))
    unlink(object, path, machine);
  unlink(world.registry.must(machine.get('parent') as MoRef), 'childEntity', machine);
  tiny.machines.splice(tiny.machines.indexOf(machine), 1);
  world.registry.remove(machine);
}

function unlink(object: SimObject, path: string, child: SimObject): void {
  object.set(
    path,
    ((object.get(path) ?? []) as MoRef[]).filter((ref) => ref.value !== child.value),
  );
}

function disk(key: number): Record<string, unknown> {
  const backing = {
    $type: 'VirtualDiskFlatVer2BackingInfo',
    fileName: '[store] disk.vmdk',
    diskMode: 'persistent',
    thinProvisioned: true,
  };
  return { $type: 'VirtualDisk', key, backing, controllerKey: 1000, unitNumber: 0, capacityInKB: 1024 };
}

function card(key: number, number: string): Record<string, unknown> {
  return {
    $type: 'VirtualVmxnet3',
    key,
    controllerKey: 100,
    unitNumber: 7,
    addressType: 'assigned',
    macAddress: `00:50:56:${number.slice(-6, -4)}:${number.slice(-4, -2)}:${number.slice(-2)}`,
  };
}

function build(world: World, seed: unknown): MethodTable {
  const { registry, rootFolder } = world;
  const datacenter = registry.create('Datacenter', { name: 'DC0', parent: rootFolder.ref, overallStatus: 'green' });
  link(rootFolder, 'childEntity', datacenter);
  const [vmFolder, hostFolder] = [
    folder(world, datacenter, 'vm', ['Folder', 'VirtualMachine']),
    folder(world, datacenter, 'host', ['Folder', 'ComputeResource']),
  ];
  const [datastoreFolder, networkFolder] = [
    folder(world, datacenter, 'datastore', ['Folder', 'Datastore']),
    folder(world, datacenter, 'network', ['Folder', 'Network']),
  ];
  datacenter.setMany({
    vmFolder: vmFolder.ref,
    hostFolder: hostFolder.ref,
    datastoreFolder: datastoreFolder.ref,
    networkFolder: networkFolder.ref,
  });
  const cluster = registry.create('ClusterComputeResource', { name: 'lab', parent: hostFolder.ref });
  link(hostFolder, 'childEntity', cluster);
  const hosts = ['host-a', 'host-b'].map((name) =>
    registry.create('HostSystem', { name, parent: cluster.ref, vm: [] }),
  );
  const pool = registry.create('ResourcePool', {
    name: 'Resources',
    parent: cluster.ref,
    owner: cluster.ref,
    vm: [],
    resourcePool: [],
  });
  cluster.setMany({ host: hosts.map((host) => host.ref), resourcePool: pool.ref });
  const datastore = registry.create('Datastore', { name: 'store', parent: datastoreFolder.ref, vm: [] });
  link(datastoreFolder, 'childEntity', datastore);
  const network = registry.create('Network', { name: 'VM Network', parent: networkFolder.ref });
  link(networkFolder, 'childEntity', network);
  world.extra.set('tiny', { datacenter, vmFolder, hostFolder, cluster, hosts, pool, datastore, network, machines: [] });
  for (let i = 0; i < (seed as number); i++) addMachine(world, `vm${i}`);
  return methods(world);
}

function methods(world: World): MethodTable {
  return {
    VirtualMachine: {
      PowerOnVM_Task(context) {
        if (context.self.get('runtime.powerState') === 'poweredOn') {
          throw new VimFault(
            'InvalidPowerState',
            { requestedState: 'poweredOn', existingState: 'poweredOn' },
            'The attempted operation cannot be performed in the current state (Powered on).',
          );
        }
        const task = world.registry.create('Task', { info: { key: 'task', name: context.method, state: 'running' } });
        world.clock.schedule(0, () => {
          if (context.taskFault === undefined) context.self.set('runtime.powerState', 'poweredOn');
          const failed = context.taskFault?.toLocalized();
          task.set('info', {
            ...(task.get('info') as object),
            state: failed === undefined ? 'success' : 'error',
            ...(failed === undefined ? {} : { error: failed }),
          });
          world.ledger.end({ task: task.value, fault: context.taskFault?.fault });
        });
        return task.ref;
      },
      MarkAsTemplate(context) {
        context.self.set('config.template', true);
      },
      CloneVM_Task(context) {
        return world.registry.create('Task', {
          info: {
            key: 'task',
            name: context.method,
            state: 'running',
            ...(context.flags.has('ignoreDiskMoveType') ? { descriptionId: 'full' } : {}),
          },
        }).ref;
      },
    },
    ManagedEntity: {
      Reload: () => undefined,
    },
  };
}

/** `inventory` is the number of machines. */
export const tinyModel: SimulatorModel = {
  parse: (text) => Number(text),
  build,
  describe: (world) => ({ vms: tinyInventory(world).machines.map((machine) => machine.value) }),
};
