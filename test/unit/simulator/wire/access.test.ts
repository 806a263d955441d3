// Where rights are asked for: what may not be seen is hidden everywhere, what may not be done is NoPermission.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ALLOW_ALL } from '../../../../src/simulator/core/access.ts';
import type { SimObject } from '../../../../src/simulator/core/sim-object.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { find, findAll } from './support/soap-client.ts';
import type { Reply, SoapClient } from './support/soap-client.ts';
import { addMachine, tinyInventory } from './support/tiny-model.ts';
import { startTestVCenter } from './support/vcenter.ts';
import type { TestVCenter } from './support/vcenter.ts';

const USER = 'administrator@vsphere.local';

let vcenter: TestVCenter;
let client: SoapClient;
let hidden: SimObject;
let seen: SimObject;

beforeAll(async () => {
  vcenter = await startTestVCenter(2);
  client = await vcenter.client();
  [hidden, seen] = tinyInventory(vcenter.world).machines as [SimObject, SimObject];
});
afterAll(() => vcenter.stop());
beforeEach(() => {
  vcenter.world.access = ALLOW_ALL;
});

function hide(...objects: readonly SimObject[]): void {
  vcenter.world.access = {
    ...ALLOW_ALL,
    canSee: (principal, object) => principal !== USER || !objects.includes(object),
  };
}

function deny(privilege: string, from: SimObject): void {
  vcenter.world.access = {
    ...ALLOW_ALL,
    can: (_principal, wanted, object) => wanted !== privilege || object !== from,
  };
}

function read(object: SimObject, path: string, traversal = ''): Promise<Reply> {
  return client.call(
    'RetrieveProperties',
    'PropertyCollector',
    'propertyCollector',
    `<specSet><propSet><type>ManagedEntity</type><pathSet>${path}</pathSet></propSet>` +
      `<objectSet><obj type="${object.type}">${object.value}</obj>${traversal}</objectSet></specSet>`,
  );
}

function fromFolder(): Promise<Reply> {
  const folder = tinyInventory(vcenter.world).vmFolder;
  const select =
    '<selectSet xsi:type="TraversalSpec"><type>Folder</type><path>childEntity</path><skip>false</skip></selectSet>';
  return read(folder, 'name', `<skip>true</skip>${select}`);
}

const found = (reply: Reply): readonly (string | undefined)[] =>
  findAll(reply.body, 'returnval').map((content) => find(content, 'obj')?.text);

describe('what may not be seen', () => {
  it('is not found by its reference', async () => {
    hide(hidden);
    const reply = await client.call('PowerOnVM_Task', 'VirtualMachine', hidden.value);
    expect(reply.fault).toBe('ManagedObjectNotFound');
    expect((await read(hidden, 'name')).fault).toBe('ManagedObjectNotFound');
  });

  it('is left out of traversals', async () => {
    expect(found(await fromFolder())).toEqual([hidden.value, seen.value]);
    hide(hidden);
    expect(found(await fromFolder())).toEqual([seen.value]);
  });

  it('is left out of searches by path and by uuid', async () => {
    const search = (method: string, args: string): Promise<Reply> =>
      client.call(method, 'SearchIndex', 'SearchIndex', args);
    const byPath = '<inventoryPath>DC0/vm/vm0</inventoryPath>';
    const byUuid = `<uuid>${String(hidden.get('config.uuid'))}</uuid><vmSearch>true</vmSearch>`;
    const replies = async (): Promise<readonly (string | undefined)[]> =>
      (await Promise.all([search('FindByInventoryPath', byPath), search('FindByUuid', byUuid)])).map(
        (reply) => find(reply.body, 'returnval')?.text,
      );
    expect(await replies()).toEqual([hidden.value, hidden.value]);
    hide(hidden);
    expect(await replies()).toEqual([undefined, undefined]);
    hide(tinyInventory(vcenter.world).vmFolder);
    expect((await replies())[0]).toBeUndefined();
  });

  it('never becomes a member of a view, also when it comes later', async () => {
    const { world } = vcenter;
    const later = 'later';
    vcenter.world.access = {
      ...ALLOW_ALL,
      canSee: (_principal, object) => object !== hidden && object.get('name') !== later,
    };
    const reply = await client.call(
      'CreateContainerView',
      'ViewManager',
      'ViewManager',
      `<container type="Folder">${world.rootFolder.value}</container><type>VirtualMachine</type><recursive>true</recursive>`,
    );
    const view = world.registry.must({ type: 'ContainerView', value: find(reply.body, 'returnval')?.text ?? '' });
    addMachine(world, later);
    expect((view.get('view') as MoRef[]).map((ref) => ref.value)).toEqual([seen.value]);
  });
});

describe('what may not be done', () => {
  it('is NoPermission, which names object and privilege', async () => {
    deny('VirtualMachine.Interact.PowerOn', hidden);
    const reply = await client.call('PowerOnVM_Task', 'VirtualMachine', hidden.value);
    expect(reply.fault).toBe('NoPermission');
    const fault = find(reply.body, 'detail', 'NoPermissionFault');
    expect([find(fault, 'object')?.text, find(fault, 'privilegeId')?.text]).toEqual([
      hidden.value,
      'VirtualMachine.Interact.PowerOn',
    ]);
    expect((await client.call('PowerOnVM_Task', 'VirtualMachine', seen.value)).fault).toBeUndefined();
  });

  it('is asked of the objects that parameters refer to', async () => {
    const { pool } = tinyInventory(vcenter.world);
    deny('System.View', pool);
    const reply = await client.call(
      'CreateContainerView',
      'ViewManager',
      'ViewManager',
      `<container type="ResourcePool">${pool.value}</container><recursive>true</recursive>`,
    );
    expect(reply.fault).toBe('NoPermission');
    expect(find(reply.body, 'detail', 'NoPermissionFault', 'object')?.text).toBe(pool.value);
  });

  it('leaves a property in missingSet', async () => {
    deny('System.View', seen);
    const content = find((await read(seen, 'name')).body, 'returnval');
    expect(find(content, 'propSet')).toBeUndefined();
    expect(find(content, 'missingSet', 'path')?.text).toBe('name');
    expect(find(content, 'missingSet', 'fault', 'fault', 'privilegeId')?.text).toBe('System.View');
  });

  it('leaves a watched property in missingSet', async () => {
    deny('System.View', seen);
    await client.call(
      'CreateFilter',
      'PropertyCollector',
      'propertyCollector',
      '<spec><propSet><type>VirtualMachine</type><pathSet>name</pathSet></propSet>' +
        `<objectSet><obj type="VirtualMachine">${seen.value}</obj></objectSet></spec><partialUpdates>false</partialUpdates>`,
    );
    const reply = await client.call('CheckForUpdates', 'PropertyCollector', 'propertyCollector');
    const update = find(reply.body, 'returnval', 'filterSet', 'objectSet');
    expect([find(update, 'changeSet'), find(update, 'missingSet', 'path')?.text]).toEqual([undefined, 'name']);
  });
});
