// What a person looks up afterwards: the events of what went well, of what didn't, and of who came and went.
import { describe, expect, it } from '@jest/globals';
import { modelOf } from '../../../../src/simulator/inventory/model-state.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter, faultOf } from './harness.ts';
import { INSTANT, fullClone, linkedClone } from './inventories.ts';
import { problemsOf } from './schema-check.ts';

type Event = Readonly<Record<string, unknown>>;

function events(vc: Vcenter, ...types: readonly string[]): readonly Event[] {
  const all = modelOf(vc.world).events.events.map((event) => event.data);
  return types.length === 0 ? all : all.filter((event) => types.includes(String(event['$type'])));
}

function login(vc: Vcenter, password = 'ca$hc0w'): ReturnType<typeof vc.world.sessions.login> {
  const about = { locale: 'en', ipAddress: '10.1.1.1', userAgent: 'tests' };
  return vc.world.sessions.login(vc.world.options.username, password, about);
}

describe('events of sessions', () => {
  it('tell of refused logins, of logouts and of those who were sent away', () => {
    const vc = new Vcenter(INSTANT);
    expect(faultOf(() => login(vc, 'wrong')).fault).toBe('InvalidLogin');
    vc.world.sessions.end(login(vc, vc.world.options.password));
    vc.world.sessions.terminate(login(vc, vc.world.options.password), 'root');
    expect(events(vc)).toMatchObject([
      { $type: 'BadUsernameSessionEvent', ipAddress: '10.1.1.1' },
      { $type: 'UserLogoutSessionEvent', userAgent: 'tests', userName: vc.world.options.username },
      { $type: 'SessionTerminatedEvent', userName: 'root', terminatedUsername: vc.world.options.username },
    ]);
  });

  it('are found under the root folder', () => {
    const vc = new Vcenter(INSTANT);
    expect(faultOf(() => login(vc, 'wrong')).fault).toBe('InvalidLogin');
    const found = (recursion: string, entity = vc.world.rootFolder.ref): unknown =>
      vc.call(vc.manager('eventManager'), 'QueryEvents', { filter: { entity: { entity, recursion } } });
    expect(found('all')).toHaveLength(1);
    expect(found('all', vc.named('Folder', 'labs'))).toEqual([]);
  });

  it('are not written when the vCenter itself goes', () => {
    const vc = new Vcenter(INSTANT);
    login(vc, vc.world.options.password);
    vc.world.restart.run();
    expect(events(vc)).toEqual([]);
  });
});

describe('events of failures', () => {
  it('say why a power operation failed', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    await vc.run(parent, 'PowerOffVM_Task');
    await vc.run(parent, 'ResetVM_Task');
    await vc.run(parent, 'SuspendVM_Task');
    await vc.must(parent, 'PowerOnVM_Task');
    await vc.run(parent, 'PowerOnVM_Task');
    const failed = [
      'VmFailedToPowerOffEvent',
      'VmFailedToResetEvent',
      'VmFailedToSuspendEvent',
      'VmFailedToPowerOnEvent',
    ];
    const found = events(vc, ...failed);
    expect(found.map((event) => event['$type'])).toEqual(failed);
    for (const event of found) expect(event['reason']).toMatchObject({ fault: { $type: 'InvalidPowerState' } });
  });

  it('say why a machine was not moved', async () => {
    const vc = new Vcenter(INSTANT);
    const spec = { datastore: vc.named('Datastore', 'ds-2') };
    const parent = vc.named('VirtualMachine', 'parent');
    const task = vc.start(parent, 'RelocateVM_Task', { spec });
    vc.call(task.ref, 'CancelTask');
    expect(events(vc, 'VmRelocateFailedEvent')).toMatchObject([{ reason: { fault: { $type: 'RequestCanceled' } } }]);
  });
});

describe('events of changes', () => {
  it('tell of custom fields that go or are called something else', () => {
    const vc = new Vcenter(INSTANT);
    const manager = vc.manager('customFieldsManager');
    const { key } = vc.call(manager, 'AddCustomFieldDef', { name: 'a' }) as { key: number };
    vc.call(manager, 'RenameCustomFieldDef', { key, name: 'b' });
    vc.call(manager, 'RemoveCustomFieldDef', { key });
    expect(events(vc)).toMatchObject([
      { $type: 'CustomFieldDefAddedEvent', fieldKey: key, name: 'a' },
      { $type: 'CustomFieldDefRenamedEvent', name: 'a', newName: 'b' },
      { $type: 'CustomFieldDefRemovedEvent', name: 'b' },
    ]);
  });

  it('tell of datacenters and datastores with another name', async () => {
    const vc = new Vcenter(INSTANT);
    await vc.must(vc.named('Datacenter', 'DC'), 'Rename_Task', { newName: 'DC2' });
    await vc.must(vc.named('Datastore', 'far'), 'Rename_Task', { newName: 'near' });
    expect(events(vc, 'DatacenterRenamedEvent', 'DatastoreRenamedEvent')).toMatchObject([
      { oldName: 'DC', newName: 'DC2' },
      { oldName: 'far', newName: 'near', datastore: { datastore: vc.named('Datastore', 'near') } },
    ]);
  });

  it('of what is done at once are those of a task that is over', () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    vc.call(parent, 'MarkAsTemplate');
    vc.call(parent, 'MarkAsVirtualMachine', { pool: vc.named('ResourcePool', 'labs') });
    vc.call(vc.named('Folder', 'labs'), 'CreateFolder', { name: 'inner' });
    vc.call(parent, 'UnregisterVM');
    expect(events(vc, 'TaskEvent').map((event) => (event['info'] as Event)['descriptionId'])).toEqual([
      'VirtualMachine.markAsTemplate',
      'VirtualMachine.markAsVirtualMachine',
      'Folder.createFolder',
      'VirtualMachine.unregister',
    ]);
    const [task] = vc.get(vc.manager('taskManager'), 'recentTask') as MoRef[];
    expect(task === undefined ? undefined : vc.get(task, 'info')).toMatchObject({
      state: 'success',
      entityName: 'parent',
      completeTime: '2026-11-21T10:00:00.000Z',
    });
  });
});

describe('a folder', () => {
  it('can go with its machines staying on their datastores', async () => {
    const vc = new Vcenter(INSTANT);
    const labs = vc.named('Folder', 'labs');
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    const path = vc.get(clone, 'config.files.vmPathName');
    await vc.must(labs, 'UnregisterAndDestroy_Task');
    expect([vc.world.registry.get(labs), vc.world.registry.get(clone)]).toEqual([undefined, undefined]);
    const folder = vc.get(vc.named('Datacenter', 'DC'), 'vmFolder') as MoRef;
    const pool = vc.named('ResourcePool', 'labs');
    await vc.must(folder, 'RegisterVM_Task', { path, asTemplate: false, pool });
    expect(vc.named('VirtualMachine', 'clone')).toBeDefined();
  });
});

describe('every event', () => {
  it('is what its type says', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const host = vc.named('HostSystem', 'h1');
    login(vc, vc.world.options.password);
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    await vc.must(clone, 'PowerOnVM_Task');
    await vc.run(clone, 'PowerOnVM_Task');
    await vc.must(clone, 'ResetVM_Task');
    await vc.must(parent, 'UpgradeVM_Task', {});
    const far = vc.get(vc.named('ClusterComputeResource', 'C1'), 'resourcePool') as MoRef;
    await vc.must(vc.named('Folder', 'labs'), 'CreateVM_Task', {
      config: { name: 'new', files: { vmPathName: '[ds-1]' } },
      pool: far,
    });
    const allocation = { cpuAllocation: {}, memoryAllocation: {} };
    const pool = vc.call(far, 'CreateResourcePool', { name: 'p', spec: allocation }) as MoRef;
    vc.call(pool, 'MoveIntoResourcePool', { list: [clone] });
    await vc.must(pool, 'Destroy_Task');
    await vc.must(host, 'DisconnectHost_Task');
    await vc.must(host, 'Destroy_Task');
    const sslThumbprint = modelOf(vc.world).outside.thumbprintOf('h1');
    const spec = { hostName: 'h1', userName: 'root', password: 'x', sslThumbprint, force: false };
    await vc.must(vc.named('ClusterComputeResource', 'C1'), 'AddHost_Task', { spec, asConnected: true });
    vc.call(vc.world.rootFolder.ref, 'CreateDatacenter', { name: 'second' });
    const problems = events(vc).flatMap((event) =>
      problemsOf(event, { type: 'Event', list: false }, String(event['$type'])),
    );
    expect(problems).toEqual([]);
    expect(new Set(events(vc).map((event) => event['$type'])).size).toBeGreaterThan(20);
  });
});

describe('what can be made', () => {
  it('fits its types', () => {
    const vc = new Vcenter(INSTANT);
    const browser = vc.get(vc.named('ClusterComputeResource', 'C1'), 'environmentBrowser') as MoRef;
    const check = (method: string, type: string, list: boolean, args = {}): readonly string[] =>
      problemsOf(vc.call(browser, method, args), { type, list }, method);
    expect(check('QueryConfigOptionDescriptor', 'VirtualMachineConfigOptionDescriptor', true)).toEqual([]);
    expect(check('QueryConfigOption', 'VirtualMachineConfigOption', false)).toEqual([]);
    expect(check('QueryConfigTarget', 'ConfigTarget', false)).toEqual([]);
    expect(
      check('QueryConfigOptionEx', 'VirtualMachineConfigOption', false, { spec: { guestId: ['ubuntu64Guest'] } }),
    ).toEqual([]);
    const host = vc.named('HostSystem', 'h1');
    expect(
      problemsOf(vc.call(host, 'QueryHostConnectionInfo'), { type: 'HostConnectInfo', list: false }, 'host'),
    ).toEqual([]);
  });

  it('names datastores and networks of one host or of all, and guests by id', () => {
    const vc = new Vcenter(INSTANT);
    const browser = vc.get(vc.named('ClusterComputeResource', 'C1'), 'environmentBrowser') as MoRef;
    const names = (host?: MoRef): unknown =>
      (vc.call(browser, 'QueryConfigTarget', { host }) as { datastore: { name: string }[] }).datastore.map(
        (each) => each.name,
      );
    expect([names(), names(vc.named('HostSystem', 'h2'))]).toEqual([['ds-1', 'ds-2'], ['ds-1']]);
    expect(faultOf(() => names(vc.named('HostSystem', 'other'))).fault).toBe('InvalidArgument');
    const spec = { key: 'vmx-21', guestId: ['windows9_64Guest'] };
    expect(vc.call(browser, 'QueryConfigOptionEx', { spec })).toMatchObject({
      version: 'vmx-21',
      guestOSDescriptor: [{ fullName: 'Microsoft Windows 10 (64-bit)' }],
    });
    expect(faultOf(() => vc.call(browser, 'QueryConfigOption', { key: 'vmx-1' })).fault).toBe('InvalidArgument');
  });

  it('is checked before it is made', async () => {
    const vc = new Vcenter(INSTANT);
    const vm = vc.named('VirtualMachine', 'parent');
    const before = vc.describe();
    const checked = async (args: object): Promise<unknown> =>
      (await vc.run(vc.manager('vmProvisioningChecker'), 'CheckClone_Task', { vm, ...args })).result;
    expect(await checked(linkedClone(vc, vm))).toMatchObject([{ vm, host: { type: 'HostSystem' } }]);
    expect(await checked(linkedClone(vc, vm, { spec: { snapshot: undefined } }))).toMatchObject([
      { error: [{ fault: { $type: 'InvalidArgument', invalidProperty: 'spec.snapshot' } }] },
    ]);
    const folder = vc.get(vc.named('Datacenter', 'DC'), 'vmFolder');
    expect(await checked({ ...fullClone(vc, { name: 'parent' }), folder })).toMatchObject([
      { error: [{ fault: { $type: 'DuplicateName' } }] },
    ]);
    expect(vc.describe()).toEqual(before);
  });

  it('is put where there is room', async () => {
    const vc = new Vcenter(INSTANT);
    const [cluster, vm] = [vc.named('ClusterComputeResource', 'C1'), vc.named('VirtualMachine', 'parent')];
    const place = (placementSpec: object): { host: MoRef; datastore: MoRef } | undefined => {
      const result = vc.call(cluster, 'PlaceVm', { placementSpec });
      expect(problemsOf(result, { type: 'PlacementResult', list: false }, 'PlaceVm')).toEqual([]);
      const { recommendations } = result as {
        recommendations: { action: { relocateSpec: { host: MoRef; datastore: MoRef } }[] }[];
      };
      return recommendations[0]?.action[0]?.relocateSpec;
    };
    const cloneSpec = { location: { diskMoveType: 'createNewChildDiskBacking' }, template: false, powerOn: false };
    expect(place({ placementType: 'clone', vm, cloneSpec })).toMatchObject({
      host: vc.named('HostSystem', 'h3'),
      datastore: vc.named('Datastore', 'ds-1'),
    });
    expect(
      place({ placementType: 'create', configSpec: {}, datastores: [vc.named('Datastore', 'ds-2')] }),
    ).toMatchObject({
      host: vc.named('HostSystem', 'h1'),
    });
    expect(
      place({ placementType: 'create', configSpec: {}, datastores: [vc.named('Datastore', 'far')] }),
    ).toBeUndefined();
    expect(faultOf(() => place({ placementType: 'clone' })).fault).toBe('InvalidArgument');
  });
});

describe('many at once', () => {
  it('are powered on by a task each; the result says which are not, and why', async () => {
    const vc = new Vcenter(INSTANT);
    const [parent, master] = [vc.named('VirtualMachine', 'parent'), vc.named('VirtualMachine', 'master')];
    const end = await vc.run(vc.named('Datacenter', 'DC'), 'PowerOnMultiVM_Task', { vm: [parent, master] });
    expect(end.result).toMatchObject({
      attempted: [{ vm: parent, task: { type: 'Task' } }],
      notAttempted: [{ vm: master, fault: { fault: { $type: 'NotSupported' } } }],
    });
    await vc.advance(1);
    expect(vc.vm(parent).power).toBe('poweredOn');
  });
});

describe('the hardware version', () => {
  it('goes up when the VM is off, and never down', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    expect((await vc.run(parent, 'UpgradeVM_Task', { version: 'vmx-18' })).fault).toBe('AlreadyUpgraded');
    expect(faultOf(() => vc.call(parent, 'UpgradeVM_Task', { version: 'vmx-99' })).fault).toBe('InvalidArgument');
    await vc.must(parent, 'UpgradeVM_Task', {});
    expect(vc.get(parent, 'config.version')).toBe('vmx-21');
    expect(events(vc, 'VmUpgradingEvent', 'VmUpgradeCompleteEvent')).toHaveLength(2);
    const master = await vc.must(parent, 'CloneVM_Task', fullClone(vc));
    await vc.must(master, 'PowerOnVM_Task');
    expect((await vc.run(master, 'UpgradeVM_Task', {})).fault).toBe('InvalidPowerState');
  });
});
