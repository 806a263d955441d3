// Hosts that leave the inventory and come back, hosts that are new, clusters and datacenters around them.
import { describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { modelOf } from '../../../../src/simulator/inventory/model-state.ts';
import { Vcenter, faultOf } from './harness.ts';
import type { Args } from './harness.ts';
import { INSTANT, SMALL, linkedClone } from './inventories.ts';

function connectSpec(vc: Vcenter, hostName: string, more: Args = {}): Args {
  const sslThumbprint = modelOf(vc.world).outside.thumbprintOf(hostName);
  return { hostName, userName: 'root', password: 'x', force: false, sslThumbprint, ...more };
}

function cluster(vc: Vcenter): MoRef {
  return vc.named('ClusterComputeResource', 'C1');
}

async function remove(vc: Vcenter, name: string): Promise<void> {
  const host = vc.named('HostSystem', name);
  await vc.must(host, 'DisconnectHost_Task');
  await vc.must(host, 'Destroy_Task');
}

async function add(vc: Vcenter, name: string, more: Args = {}): Promise<MoRef> {
  return vc.must(cluster(vc), 'AddHost_Task', { spec: connectSpec(vc, name), asConnected: true, ...more });
}

function eventsSince(vc: Vcenter, count: number): readonly string[] {
  return vc
    .eventTypes()
    .slice(count)
    .filter((type) => type !== 'TaskEvent');
}

describe('a host that is removed and added again', () => {
  it('takes its machines out of the inventory and brings the same ones back under new references', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(
      parent,
      'CloneVM_Task',
      linkedClone(vc, parent, { location: { host: vc.named('HostSystem', 'h1') } }),
    );
    await vc.must(clone, 'PowerOnVM_Task');
    await vc.advance(5);
    const [before, free] = [vc.vm(clone), vc.freeBytes('ds-1')];
    const snapshot = vc.snapshot(parent, 'base');
    const host = vc.named('HostSystem', 'h1');
    await remove(vc, 'h1');
    expect([host, parent, clone, snapshot].map((ref) => vc.world.registry.get(ref))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(vc.describe().vms.map((vm) => vm.name)).toEqual(['master']);
    expect(vc.get(cluster(vc), 'summary.numHosts')).toBe(2);
    expect(vc.get(cluster(vc), 'datastore')).toEqual([vc.named('Datastore', 'ds-1')]);
    expect(vc.freeBytes('ds-1')).toBe(free);
    expect(vc.get(vc.named('Datastore', 'ds-1'), 'vm')).toEqual([vc.named('VirtualMachine', 'master')]);

    const back = await add(vc, 'h1');
    expect(back).not.toEqual(host);
    const again = vc.named('VirtualMachine', 'clone');
    expect(again).not.toEqual(clone);
    const { moRef: _old, folder: _was, ...same } = before;
    expect(vc.vm(again)).toMatchObject({ ...same, resourcePool: vc.get(cluster(vc), 'resourcePool.value') });
    expect(vc.vm(again)).toMatchObject({ folder: '/DC/vm/Discovered virtual machine', power: 'poweredOn' });
    const parentAgain = vc.named('VirtualMachine', 'parent');
    expect(vc.snapshot(parentAgain, 'base')).not.toEqual(snapshot);
    expect(vc.get(parentAgain, 'snapshot.currentSnapshot')).toEqual(vc.snapshot(parentAgain, 'base'));
    expect(vc.get(cluster(vc), 'summary.numHosts')).toBe(3);
    expect(vc.get(back, 'summary.hardware.numCpuCores')).toBe(32);
    expect((vc.get(vc.named('Datastore', 'ds-2'), 'host') as { key: MoRef }[]).map((mount) => mount.key)).toEqual([
      back,
    ]);
    // It can be worked with as before.
    await vc.must(again, 'PowerOffVM_Task');
    await vc.must(again, 'Destroy_Task');
    await vc.must(parentAgain, 'CloneVM_Task', linkedClone(vc, parentAgain, { name: 'another' }));
  });

  it('tells about it in events', async () => {
    const vc = new Vcenter(INSTANT);
    const count = vc.eventTypes().length;
    await remove(vc, 'h1');
    expect(eventsSince(vc, count)).toEqual([
      'HostDisconnectedEvent',
      'VmDisconnectedEvent',
      'VmRemovedEvent',
      'HostRemovedEvent',
    ]);
    const later = vc.eventTypes().length;
    await add(vc, 'h1');
    expect(eventsSince(vc, later)).toEqual([
      'HostAddedEvent',
      'VmDiscoveredEvent',
      'HostConnectedEvent',
      'VmConnectedEvent',
    ]);
  });

  it('lets guests go on meanwhile: what they did is seen when they are back', async () => {
    const vc = new Vcenter(SMALL);
    const parent = vc.named('VirtualMachine', 'parent');
    await vc.must(parent, 'PowerOnVM_Task');
    vc.call(parent, 'ShutdownGuest');
    await vc.must(vc.named('HostSystem', 'h1'), 'DisconnectHost_Task');
    await vc.must(vc.named('HostSystem', 'h1'), 'Destroy_Task');
    await vc.advance(600);
    await add(vc, 'h1');
    expect(vc.vm(vc.named('VirtualMachine', 'parent')).power).toBe('poweredOff');
  });

  it('gives machines another name when theirs was taken, and another instanceUuid', async () => {
    const vc = new Vcenter(INSTANT);
    const folder = vc.named('Folder', 'labs');
    const parent = vc.named('VirtualMachine', 'parent');
    const instanceUuid = vc.get(parent, 'config.instanceUuid');
    await remove(vc, 'h1');
    const master = vc.named('VirtualMachine', 'master');
    const spec = {
      location: { pool: vc.named('ResourcePool', 'labs') },
      config: { instanceUuid },
      template: false,
      powerOn: false,
    };
    await vc.must(master, 'CloneVM_Task', { folder, name: 'parent', spec });
    await add(vc, 'h1', { spec: connectSpec(vc, 'h1', { vmFolder: folder }) });
    const back = vc.named('VirtualMachine', 'parent (1)');
    expect(vc.get(back, 'parent')).toEqual(folder);
    expect(vc.get(back, 'config.instanceUuid')).not.toBe(instanceUuid);
    expect(vc.eventTypes()).toContain('VmAutoRenameEvent');
  });

  it('brings its machines when it is connected, if it was added without', async () => {
    const vc = new Vcenter(INSTANT);
    await remove(vc, 'h1');
    const host = await add(vc, 'h1', { asConnected: false });
    expect(vc.get(host, 'runtime.connectionState')).toBe('disconnected');
    expect(vc.describe().vms).toHaveLength(1);
    await vc.must(host, 'ReconnectHost_Task');
    expect(vc.describe().vms).toHaveLength(2);
  });

  it('comes back alone, in a compute resource of its own that goes with it', async () => {
    const vc = new Vcenter(INSTANT);
    await remove(vc, 'h1');
    const hostFolder = vc.get(vc.named('Datacenter', 'DC'), 'hostFolder') as MoRef;
    const compute = await vc.must(hostFolder, 'AddStandaloneHost_Task', {
      spec: connectSpec(vc, 'h1'),
      addConnected: true,
    });
    expect(vc.get(compute, 'name')).toBe('h1');
    expect(vc.get(compute, 'summary')).toMatchObject({ $type: 'ComputeResourceSummary', numHosts: 1 });
    const parent = vc.named('VirtualMachine', 'parent');
    expect(vc.get(parent, 'resourcePool')).toEqual(vc.get(compute, 'resourcePool'));
    await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    await vc.must(vc.named('HostSystem', 'h1'), 'Destroy_Task');
    expect(faultOf(() => vc.object(compute)).fault).toBe('ManagedObjectNotFound');
    expect(vc.get(hostFolder, 'childEntity')).toHaveLength(2);
  });
});

describe('removing a host', () => {
  it('of a cluster needs it disconnected or in maintenance mode, and nothing under way on it', async () => {
    const vc = new Vcenter(SMALL);
    const host = vc.named('HostSystem', 'h1');
    expect((await vc.run(host, 'Destroy_Task')).fault).toBe('InvalidState');
    await vc.must(host, 'EnterMaintenanceMode_Task', { timeout: 0 });
    const parent = vc.named('VirtualMachine', 'parent');
    const task = vc.start(parent, 'ReconfigVM_Task', { spec: { annotation: 'x' } });
    expect(faultOf(() => vc.call(host, 'Destroy_Task')).fault).toBe('TaskInProgress');
    await vc.ended(task);
    await vc.must(host, 'Destroy_Task');
    expect(vc.get(await add(vc, 'h1'), 'runtime.inMaintenanceMode')).toBe(true);
  });

  it('fails a clone that was on its way there', async () => {
    const vc = new Vcenter(SMALL);
    const master = vc.named('VirtualMachine', 'master');
    const location = { host: vc.named('HostSystem', 'h3'), pool: vc.named('ResourcePool', 'labs') };
    const clone = vc.start(master, 'CloneVM_Task', linkedClone(vc, master, { location }));
    const free = vc.freeBytes('ds-1');
    await remove(vc, 'h3');
    expect((await vc.ended(clone)).fault).toBe('ManagedObjectNotFound');
    expect(vc.freeBytes('ds-1')).toBeGreaterThanOrEqual(free);
    expect(vc.describe().datastores[0]?.files.some((file) => file.file.includes('clone'))).toBe(false);
  });
});

describe('adding a host', () => {
  it('asks for a thumbprint that was seen, a login, and a name that is not in use', async () => {
    const vc = new Vcenter(INSTANT);
    const tried = async (spec: Args): Promise<unknown> => {
      const end = await vc.run(cluster(vc), 'AddHost_Task', { spec, asConnected: true });
      return [end.fault, end.faultFields['thumbprint']];
    };
    const { sslThumbprint, ...unseen } = connectSpec(vc, 'new-1');
    expect(await tried(unseen)).toEqual(['SSLVerifyFault', sslThumbprint]);
    expect(await tried({ ...unseen, password: '' })).toEqual(['InvalidLogin', undefined]);
    expect(await tried(connectSpec(vc, 'H1'))).toEqual(['AlreadyConnected', undefined]);
    expect(await tried({})).toEqual(['InvalidArgument', undefined]);
  });

  it('of any other name gives one without machines, on the networks of the datacenter', async () => {
    const vc = new Vcenter(INSTANT);
    const host = await add(vc, 'new-1');
    expect([vc.get(host, 'vm'), vc.get(host, 'datastore')]).toEqual([[], []]);
    expect(vc.get(host, 'network')).toHaveLength(2);
    const info = vc.call(host, 'QueryHostConnectionInfo') as { host: { config: { name: string } }; vm: unknown[] };
    expect([info.host.config.name, info.vm]).toEqual(['new-1', []]);
  });

  it('can be looked at before', async () => {
    const vc = new Vcenter(INSTANT);
    await remove(vc, 'h1');
    const { hostName: hostname, userName: username, password, sslThumbprint } = connectSpec(vc, 'h1');
    const datacenter = vc.named('Datacenter', 'DC');
    const info = vc.call(datacenter, 'QueryConnectionInfo', { hostname, port: 443, username, password, sslThumbprint });
    expect(info).toMatchObject({
      vm: [{ config: { name: 'parent' } }],
      datastore: [{ summary: { name: 'ds-1' } }, { summary: { name: 'ds-2' } }],
    });
    expect(
      faultOf(() => vc.call(datacenter, 'QueryConnectionInfo', { hostname, port: 443, username, password })).fault,
    ).toBe('SSLVerifyFault');
  });
});

describe('hosts that change', () => {
  it('say so in events, once', async () => {
    const vc = new Vcenter(INSTANT);
    const host = vc.named('HostSystem', 'h3');
    const count = vc.eventTypes().length;
    await vc.must(host, 'EnterMaintenanceMode_Task', { timeout: 0 });
    await vc.must(host, 'ExitMaintenanceMode_Task', { timeout: 0 });
    vc.world.conditions.begin('hostDisconnected', vc.object(host));
    vc.world.conditions.end('hostDisconnected', vc.object(host));
    await vc.must(host, 'ReconnectHost_Task');
    expect(eventsSince(vc, count)).toEqual([
      'EnteringMaintenanceModeEvent',
      'EnteredMaintenanceModeEvent',
      'ExitMaintenanceModeEvent',
      'HostConnectionLostEvent',
      'HostConnectedEvent',
    ]);
  });
});

describe('a datacenter from nothing', () => {
  it('gets a cluster, a host and machines, and goes when it is empty', async () => {
    const vc = new Vcenter(INSTANT);
    const root = vc.world.rootFolder.ref;
    const datacenter = vc.call(root, 'CreateDatacenter', { name: 'Second' }) as MoRef;
    expect(faultOf(() => vc.call(root, 'CreateDatacenter', { name: 'second' })).fault).toBe('DuplicateName');
    expect(faultOf(() => vc.call(vc.named('Folder', 'labs'), 'CreateDatacenter', { name: 'x' })).fault).toBe(
      'InvalidArgument',
    );
    const folder = vc.get(datacenter, 'hostFolder') as MoRef;
    const made = vc.call(folder, 'CreateClusterEx', { name: 'New', spec: { drsConfig: { enabled: true } } }) as MoRef;
    expect(vc.get(made, 'configurationEx')).toMatchObject({
      drsConfig: { enabled: true },
      dasConfig: { enabled: false },
    });
    await vc.must(made, 'ReconfigureComputeResource_Task', { spec: { dasConfig: { enabled: true } }, modify: true });
    expect(vc.get(made, 'configuration')).toMatchObject({ drsConfig: { enabled: true }, dasConfig: { enabled: true } });
    const host = await vc.must(made, 'AddHost_Task', { spec: connectSpec(vc, 'n1'), asConnected: true });
    expect((await vc.run(made, 'Destroy_Task')).fault).toBe('ResourceInUse');
    expect((await vc.run(datacenter, 'Destroy_Task')).fault).toBe('ResourceInUse');
    await vc.must(host, 'EnterMaintenanceMode_Task', { timeout: 0 });
    await vc.must(host, 'Destroy_Task');
    await vc.must(made, 'Destroy_Task');
    await vc.must(datacenter, 'Destroy_Task');
    expect(vc.get(root, 'childEntity')).toEqual([vc.named('Datacenter', 'DC')]);
    const types = vc.eventTypes();
    for (const type of [
      'DatacenterCreatedEvent',
      'ClusterCreatedEvent',
      'ClusterReconfiguredEvent',
      'ClusterDestroyedEvent',
    ])
      expect(types).toContain(type);
  });
});
