// What isn't about one VM: events, roles, custom fields, specifications, hosts, datastores.
import { describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter, faultOf } from './harness.ts';
import { INSTANT, linkedClone } from './inventories.ts';

interface EventData {
  readonly $type: string;
  readonly key: number;
  readonly chainId: number;
  readonly createdTime: string;
  readonly vm?: { readonly name: string };
}

function query(vc: Vcenter, filter: object): readonly EventData[] {
  return vc.call(vc.manager('eventManager'), 'QueryEvents', { filter }) as EventData[];
}

describe('events', () => {
  it('rise by one and the latest can be read', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    const keys = query(vc, {}).map((event) => event.key);
    expect(keys).toEqual(keys.map((_key, index) => (keys[0] ?? 0) + index));
    expect(vc.get(vc.manager('eventManager'), 'latestEvent.key')).toBe(keys.at(-1));
  });

  it('of one operation share a chain with its task', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const task = vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent));
    await vc.ended(task);
    const chain = query(vc, { eventChainId: task.get('info.eventChainId') });
    expect(chain.map((event) => event.$type)).toEqual(['TaskEvent', 'VmBeingClonedEvent', 'VmClonedEvent']);
  });

  it('are found by entity, type, time and count, also when the VM is gone', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    await vc.advance(100);
    await vc.must(clone, 'PowerOnVM_Task');
    await vc.must(clone, 'PowerOffVM_Task');
    await vc.must(clone, 'Destroy_Task');
    const about = (recursion: string, entity: MoRef, type?: string[]): readonly string[] =>
      query(vc, { entity: { entity, recursion }, ...(type === undefined ? {} : { type }) }).map((event) => event.$type);
    expect(about('self', clone, ['VmEvent'])).toEqual([
      'VmClonedEvent',
      'VmPoweredOnEvent',
      'VmPoweredOffEvent',
      'VmRemovedEvent',
    ]);
    expect(about('all', vc.named('Folder', 'labs'), ['VmRemovedEvent'])).toEqual(['VmRemovedEvent']);
    expect(about('self', vc.named('Folder', 'labs'))).toEqual([]);
    expect(query(vc, { time: { beginTime: '2026-11-21T10:01:40Z' }, type: ['VmClonedEvent'] })).toEqual([]);
    expect(query(vc, { maxCount: 2 })).toHaveLength(2);
    expect(query(vc, { entity: { entity: clone, recursion: 'self' } }).at(-1)?.vm?.name).toBe('clone');
  });

  it('can be paged by a collector that keeps up', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const filter = { type: ['VmEvent'], entity: { entity: parent, recursion: 'self' } };
    const options = { session: vc.login() };
    const manager = vc.manager('eventManager');
    const collector = vc.call(manager, 'CreateCollectorForEvents', { filter }, options) as MoRef;
    for (let n = 0; n < 3; n++) await vc.must(parent, 'ReconfigVM_Task', { spec: { annotation: String(n) } });
    vc.call(collector, 'SetCollectorPageSize', { maxCount: 2 });
    expect(vc.get(collector, 'latestPage')).toHaveLength(2);
    vc.call(collector, 'RewindCollector');
    expect(vc.call(collector, 'ReadNextEvents', { maxCount: 2 })).toHaveLength(2);
    expect(vc.call(collector, 'ReadNextEvents', { maxCount: 2 })).toHaveLength(1);
    expect(vc.call(collector, 'ReadPreviousEvents', { maxCount: 10 })).toHaveLength(3);
    expect(faultOf(() => vc.call(collector, 'SetCollectorPageSize', { maxCount: 0 })).fault).toBe('InvalidArgument');
  });
});

describe('roles', () => {
  const inventory = `${INSTANT}
roles: [{ name: cloner, privileges: [VirtualMachine.Provisioning.Clone] }]
users: [{ name: Op@lab, password: secret, role: cloner }]
`;

  it('decide what a user is told about privileges; strangers have none', () => {
    const vc = new Vcenter(inventory);
    const entities = [vc.named('Folder', 'labs')];
    const fetch = (userName: string): unknown =>
      vc.call(vc.manager('authorizationManager'), 'FetchUserPrivilegeOnEntities', { entities, userName });
    expect(fetch('op@LAB')).toEqual([
      {
        entity: entities[0],
        privileges: ['System.Anonymous', 'System.View', 'System.Read', 'VirtualMachine.Provisioning.Clone'],
      },
    ]);
    expect(fetch('stranger@lab')).toEqual([{ entity: entities[0], privileges: [] }]);
    expect((fetch('administrator@vsphere.local') as { privileges: string[] }[])[0]?.privileges).toContain(
      'VirtualMachine.Inventory.Delete',
    );
    expect(vc.get(vc.manager('authorizationManager'), 'roleList')).toContainEqual(
      expect.objectContaining({ name: 'cloner', system: false }),
    );
  });

  it('are checked for the user of a session', () => {
    const vc = new Vcenter(inventory);
    const session = vc.world.sessions.login('op@lab', 'secret', { locale: 'en', ipAddress: '', userAgent: '' });
    const entity = vc.named('Folder', 'labs');
    const args = {
      entity: [entity],
      sessionId: session.key,
      privId: ['VirtualMachine.Provisioning.Clone', 'VirtualMachine.Inventory.Delete'],
    };
    expect(vc.call(vc.manager('authorizationManager'), 'HasPrivilegeOnEntities', args)).toEqual([
      {
        entity,
        privAvailability: [
          { privId: 'VirtualMachine.Provisioning.Clone', isGranted: true },
          { privId: 'VirtualMachine.Inventory.Delete', isGranted: false },
        ],
      },
    ]);
    expect(
      faultOf(() => vc.call(vc.manager('authorizationManager'), 'HasPrivilegeOnEntities', { ...args, sessionId: 'x' }))
        .fault,
    ).toBe('InvalidArgument');
  });
});

describe('custom fields', () => {
  it('are defined once, set on any entity with an update, and removed by an empty value', () => {
    const vc = new Vcenter(`${INSTANT}\ncustomFields: [Class]\n`);
    const manager = vc.manager('customFieldsManager');
    const root = vc.world.rootFolder.ref;
    expect(faultOf(() => vc.call(manager, 'AddCustomFieldDef', { name: 'Class' })).fault).toBe('DuplicateName');
    const { key } = vc.call(manager, 'AddCustomFieldDef', { name: 'Holder' }) as { key: number };
    const heard: string[] = [];
    vc.world.registry.subscribe((change) => heard.push(`${change.object.value}.${change.path}`));
    vc.call(manager, 'SetField', { entity: root, key, value: 'me' });
    expect(heard).toContain(`${root.value}.customValue`);
    expect(vc.get(root, 'customValue')).toEqual([{ $type: 'CustomFieldStringValue', key, value: 'me' }]);
    const vm = vc.named('VirtualMachine', 'parent');
    vc.call(vm, 'setCustomValue', { key: 'Class', value: 'Capture' });
    expect(vc.get(vm, 'summary.customValue')).toMatchObject([{ value: 'Capture' }]);
    expect(vc.get(vm, 'availableField')).toHaveLength(2);
    vc.call(manager, 'SetField', { entity: root, key, value: '' });
    expect(vc.get(root, 'customValue')).toEqual([]);
    expect(faultOf(() => vc.call(manager, 'SetField', { entity: root, key: 7, value: 'x' })).fault).toBe(
      'InvalidArgument',
    );
  });
});

describe('customization specifications', () => {
  it('are stored by name, with a version that guards against overwriting', () => {
    const vc = new Vcenter(INSTANT);
    const manager = vc.manager('customizationSpecManager');
    const item = vc.call(manager, 'GetCustomizationSpec', { name: 'linux' }) as {
      info: { name: string; changeVersion: string };
      spec: object;
    };
    expect(vc.call(manager, 'DoesCustomizationSpecExist', { name: 'linux' })).toBe(true);
    expect(vc.call(manager, 'DoesCustomizationSpecExist', { name: 'nothing' })).toBe(false);
    expect(faultOf(() => vc.call(manager, 'GetCustomizationSpec', { name: 'nothing' })).fault).toBe('NotFound');
    expect(faultOf(() => vc.call(manager, 'CreateCustomizationSpec', { item })).fault).toBe('AlreadyExists');
    vc.call(manager, 'OverwriteCustomizationSpec', { item });
    expect(faultOf(() => vc.call(manager, 'OverwriteCustomizationSpec', { item })).fault).toBe('ConcurrentAccess');
    vc.call(manager, 'RenameCustomizationSpec', { name: 'linux', newName: 'tux' });
    expect((vc.get(manager, 'info') as { name: string }[]).map((info) => info.name)).toEqual([
      'broken',
      'windows',
      'tux',
    ]);
  });
});

describe('hosts', () => {
  it('enter maintenance only when nothing runs on them, and the cluster counts', async () => {
    const vc = new Vcenter(INSTANT);
    const [host, cluster, parent] = [
      vc.named('HostSystem', 'h1'),
      vc.named('ClusterComputeResource', 'C1'),
      vc.named('VirtualMachine', 'parent'),
    ];
    await vc.must(parent, 'PowerOnVM_Task');
    expect((await vc.run(host, 'EnterMaintenanceMode_Task')).fault).toBe('InvalidState');
    await vc.must(parent, 'PowerOffVM_Task');
    await vc.must(host, 'EnterMaintenanceMode_Task');
    expect([vc.get(host, 'summary.runtime.inMaintenanceMode'), vc.get(cluster, 'summary.numEffectiveHosts')]).toEqual([
      true,
      2,
    ]);
    await vc.must(host, 'ExitMaintenanceMode_Task');
    expect(vc.get(cluster, 'summary.numEffectiveHosts')).toBe(3);
  });

  it('say what hardware they are and what they can', () => {
    const vc = new Vcenter(INSTANT);
    const host = vc.named('HostSystem', 'h1');
    expect(vc.get(host, 'summary')).toMatchObject({
      host,
      config: { name: 'h1', product: { apiType: 'HostAgent' } },
      hardware: { numCpuCores: 32 },
    });
    expect(vc.get(host, 'capability')).toMatchObject({
      cloneFromSnapshotSupported: true,
      deltaDiskBackingsSupported: true,
    });
  });
});

describe('datastores', () => {
  it('can be searched: files with their sizes, folders, and FileNotFound for a folder that is not there', async () => {
    const vc = new Vcenter(INSTANT);
    const browser = vc.get(vc.named('Datastore', 'ds-1'), 'browser') as MoRef;
    const found = await vc.run(browser, 'SearchDatastore_Task', {
      datastorePath: '[ds-1] parent',
      searchSpec: { matchPattern: ['*.vm?'] },
    });
    expect((found.result as { file: { path: string }[] }).file.map((file) => file.path)).toEqual(['parent.vmx']);
    const root = await vc.run(browser, 'SearchDatastore_Task', { datastorePath: '[ds-1]' });
    expect((root.result as { file: { path: string }[] }).file.map((file) => file.path)).toEqual(['parent', 'master']);
    expect((await vc.run(browser, 'SearchDatastore_Task', { datastorePath: '[ds-1] nobody' })).fault).toBe(
      'FileNotFound',
    );
    const deep = await vc.run(browser, 'SearchDatastoreSubFolders_Task', { datastorePath: '[ds-1]' });
    expect(deep.result).toHaveLength(2);
    expect(faultOf(() => vc.call(browser, 'SearchDatastore_Task', { datastorePath: 'ds-1' })).fault).toBe(
      'InvalidDatastorePath',
    );
  });

  it('list the hosts that see them', () => {
    const vc = new Vcenter(INSTANT);
    const mounts = vc.get(vc.named('Datastore', 'ds-1'), 'host') as {
      key: MoRef;
      mountInfo: { accessible: boolean };
    }[];
    expect(mounts.map((mount) => mount.key)).toEqual(['h1', 'h2', 'h3'].map((name) => vc.named('HostSystem', name)));
    expect(vc.get(vc.named('HostSystem', 'h1'), 'datastore')).toHaveLength(2);
  });
});

describe('a generated inventory', () => {
  it('has the wanted number of running linked clones, in every list', () => {
    const vc = new Vcenter('generate: { vms: 50, hosts: 4 }');
    const { vms } = vc.describe();
    const clones = vms.filter((vm) => vm.name.startsWith('vm-'));
    expect(clones).toHaveLength(50);
    expect(clones[49]).toMatchObject({ power: 'poweredOn', ipAddress: expect.any(String) });
    expect(clones[0]?.disks[0]?.chain).toHaveLength(2);
    expect(vc.get(vc.named('Folder', 'Generated'), 'childEntity')).toHaveLength(51);
    expect(vc.get(vc.named('HostSystem', 'generated-host-001'), 'vm')).toHaveLength(14);
    expect(new Set(vms.flatMap((vm) => vm.macAddresses)).size).toBe(51);
  });
});
