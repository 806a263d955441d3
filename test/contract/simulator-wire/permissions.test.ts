// Roles and permissions as a client with few rights meets them on the wire.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AccessLab,
  authorize,
  listed,
  permission,
  read,
  ref,
  refusalOf,
} from '../../unit/simulator/access/support/access-lab.ts';
import { find, findAll } from '../../unit/simulator/wire/support/soap-client.ts';
import type { Reply, SoapClient } from '../../unit/simulator/wire/support/soap-client.ts';

const CLONER = [
  'VirtualMachine.Provisioning.Clone',
  'VirtualMachine.Inventory.CreateFromExisting',
  'Resource.AssignVMToPool',
  'Datastore.AllocateSpace',
];
const ACCESS = `
roles:
  - { name: cloner, privileges: [${CLONER.join(', ')}] }
  - { name: taker, privileges: [${CLONER.filter((id) => !id.includes('CreateFromExisting')).join(', ')}] }
users:
  - { name: cloner@lab, password: simulator, role: cloner }
  - { name: taker@lab, password: simulator, role: taker }
  - { name: outsider@lab, password: simulator, role: ReadOnly }
  - { name: guest@lab, password: simulator }
  - { name: nobody@lab, password: simulator, role: NoAccess }
groups: [{ name: guests@lab, members: [guest@lab] }]
permissions:
  - { entity: /DC/vm/secret, user: outsider@lab, role: NoAccess }
  - { entity: /DC/vm/open, group: guests@lab, role: ReadOnly }
`;

let lab: AccessLab;
let admin: SoapClient;
let outsider: SoapClient;

beforeAll(async () => {
  lab = await AccessLab.start(ACCESS);
  admin = await lab.client();
  outsider = await lab.client('outsider@lab');
});
afterAll(() => lab.stop());

function clone(client: SoapClient, name: string, config = '', more = ''): Promise<Reply> {
  const parent = lab.at('/DC/vm/open/parent');
  return client.call(
    'CloneVM_Task',
    'VirtualMachine',
    parent.value,
    `${ref('folder', lab.at('/DC/vm/open'))}<name>${name}</name><spec><location>${ref('pool', lab.at('/DC/host/C/Resources'))}` +
      `</location><template>false</template>${config}${more}<powerOn>false</powerOn></spec>`,
  );
}

describe('CloneVM_Task', () => {
  it('is allowed with what it needs', async () => {
    expect((await clone(await lab.client('cloner@lab'), 'allowed')).fault).toBeUndefined();
  });

  it('is NoPermission without CreateFromExisting on the folder', async () => {
    const taker = await lab.client('taker@lab');
    const reply = await clone(taker, 'refused');
    expect([reply.status, refusalOf(reply)]).toEqual([
      500,
      ['VirtualMachine.Inventory.CreateFromExisting', lab.at('/DC/vm/open').value],
    ]);
    const missing = find(reply.body, 'detail', 'NoPermissionFault', 'missingPrivileges');
    expect(find(missing, 'privilegeIds')?.text).toBe('VirtualMachine.Inventory.CreateFromExisting');
  });

  it.each([
    ['annotation', '<config><annotation>x</annotation></config>', 'VirtualMachine.Config.Annotation'],
    ['instanceUuid', '<config><instanceUuid>a</instanceUuid></config>', 'VirtualMachine.Config.Settings'],
    [
      'extraConfig',
      '<config><extraConfig><key>a</key><value xsi:type="xsd:string">b</value></extraConfig></config>',
      'VirtualMachine.Config.AdvancedConfig',
    ],
    ['numCPUs', '<config><numCPUs>2</numCPUs></config>', 'VirtualMachine.Config.CPUCount'],
  ])('needs a privilege of its own for %s', async (_field, config, privilege) => {
    const reply = await clone(await lab.client('cloner@lab'), 'configured', config);
    expect(refusalOf(reply)).toEqual([privilege, lab.at('/DC/vm/open').value]);
  });
});

describe('methods whose privileges depend on the call', () => {
  it.each([
    ['Destroy_Task', '/DC/vm/open/seen', '', 'VirtualMachine.Inventory.Delete'],
    ['Destroy_Task', '/DC/vm/open', '', 'Folder.Delete'],
    ['Rename_Task', '/DC/vm/open/seen', '<newName>a</newName>', 'VirtualMachine.Config.Rename'],
    ['Rename_Task', '/DC', '<newName>a</newName>', 'Datacenter.Rename'],
    ['ReconfigVM_Task', '/DC/vm/open/seen', '<spec><memoryMB>512</memoryMB></spec>', 'VirtualMachine.Config.Memory'],
    ['RelocateVM_Task', '/DC/vm/open/seen', '<spec/>', 'Resource.ColdMigrate'],
    ['setCustomValue', '/DC/vm/open/seen', '<key>a</key><value>b</value>', 'Global.SetCustomField'],
    ['PowerOnVM_Task', '/DC/vm/open/seen', '', 'VirtualMachine.Interact.PowerOn'],
  ])('%s on %s', async (method, path, args, privilege) => {
    const target = lab.at(path);
    expect(refusalOf(await outsider.call(method, target.type, target.value, args))).toEqual([privilege, target.value]);
  });

  it('MoveIntoFolder_Task asks for what is moved and for both folders', async () => {
    const folder = lab.at('/DC/vm/open');
    const args = ref('list', lab.at('/DC/vm/open/seen'));
    const reply = await outsider.call('MoveIntoFolder_Task', 'Folder', folder.value, args);
    expect(refusalOf(reply)?.[0]).toBe('VirtualMachine.Inventory.Move');
  });

  it('SearchDatastore_Task asks for browsing the datastore', async () => {
    const datastore = lab.at('/DC/datastore/ds');
    const browser = (datastore.get('browser') as { value: string }).value;
    const reply = await outsider.call(
      'SearchDatastore_Task',
      'HostDatastoreBrowser',
      browser,
      '<datastorePath>[ds]</datastorePath>',
    );
    expect(refusalOf(reply)).toEqual(['Datastore.Browse', datastore.value]);
  });
});

describe('a folder without access', () => {
  it('is in no list of references, and nor is what is in it', async () => {
    const folder = lab.at('/DC/vm');
    const hidden = lab.at('/DC/vm/secret').value;
    expect(listed(await read(admin, folder, 'childEntity'))).toContain(hidden);
    expect(listed(await read(outsider, folder, 'childEntity'))).not.toContain(hidden);
    expect(listed(await read(outsider, lab.at('/DC/datastore/ds'), 'vm'))).toEqual([
      lab.at('/DC/vm/open/parent').value,
      lab.at('/DC/vm/open/seen').value,
      ...listed(await read(admin, lab.at('/DC/vm/open'), 'childEntity')).slice(2),
    ]);
  });

  it('is found by no search, no view and no call', async () => {
    const unseen = lab.at('/DC/vm/secret/unseen');
    const search = await outsider.call(
      'FindByInventoryPath',
      'SearchIndex',
      'SearchIndex',
      '<inventoryPath>DC/vm/secret/unseen</inventoryPath>',
    );
    expect(find(search.body, 'returnval')).toBeUndefined();
    const root = lab.simulator.world.rootFolder;
    const view = await outsider.call(
      'CreateContainerView',
      'ViewManager',
      'ViewManager',
      `${ref('container', root)}<type>VirtualMachine</type><recursive>true</recursive>`,
    );
    const members = lab.simulator.world.registry.must({
      type: 'ContainerView',
      value: find(view.body, 'returnval')?.text ?? '',
    });
    const values = (members.get('view') as { value: string }[]).map(({ value }) => value);
    expect(values).toContain(lab.at('/DC/vm/open/seen').value);
    expect(values).not.toContain(unseen.value);
    expect((await read(outsider, unseen, 'name')).fault).toBe('ManagedObjectNotFound');
  });

  it('has events and tasks that only others read', async () => {
    const unseen = lab.at('/DC/vm/secret/unseen');
    const started = await admin.call('PowerOnVM_Task', 'VirtualMachine', unseen.value);
    const task = find(started.body, 'returnval')?.text ?? '';
    const manager = lab.simulator.world.registry.must({ type: 'TaskManager', value: 'TaskManager' });
    expect(listed(await read(admin, manager, 'recentTask'))).toContain(task);
    expect(listed(await read(outsider, manager, 'recentTask'))).not.toContain(task);
    const aboutUnseen = async (client: SoapClient): Promise<number> => {
      const reply = await client.call('QueryEvents', 'EventManager', 'EventManager', '<filter/>');
      return findAll(reply.body, 'returnval').filter((event) => find(event, 'vm', 'vm')?.text === unseen.value).length;
    };
    expect(await aboutUnseen(admin)).toBeGreaterThan(0);
    expect(await aboutUnseen(outsider)).toBe(0);
  });
});

describe('who has rights somewhere below only', () => {
  it('sees the way there and nothing beside it', async () => {
    const guest = await lab.client('guest@lab');
    const folder = lab.at('/DC/vm');
    expect(listed(await read(guest, folder, 'childEntity'))).toEqual([lab.at('/DC/vm/open').value]);
    const role = await read(guest, folder, 'effectiveRole');
    expect(findAll(find(role.body, 'returnval', 'propSet', 'val'), 'int').map((id) => id.text)).toEqual(['-3']);
    const host = await read(guest, lab.at('/DC/vm/open/seen'), 'runtime.host');
    expect(find(host.body, 'returnval', 'propSet')).toBeUndefined();
    const runtime = await read(guest, lab.at('/DC/vm/open/seen'), 'runtime');
    expect(find(runtime.body, 'returnval', 'propSet', 'val', 'powerState')?.text).toBe('poweredOff');
  });

  it('may not read what sight alone is not enough for', async () => {
    const guest = await lab.client('guest@lab');
    const reply = await read(guest, lab.at('/DC/vm'), 'overallStatus');
    const missing = find(reply.body, 'returnval', 'missingSet');
    expect(find(missing, 'fault', 'fault', 'privilegeId')?.text).toBe('System.Read');
  });
});

describe('login', () => {
  it('is NoPermission for who may see nothing', async () => {
    const client = await lab.client('guest@lab');
    await client.call('Logout', 'SessionManager', 'SessionManager');
    expect(refusalOf(await client.login('nobody@lab', 'simulator'))).toEqual(['System.View', 'group-d1']);
  });
});

describe('AuthorizationManager', () => {
  it('lists the system roles as a vCenter does', async () => {
    const manager = lab.simulator.world.registry.must({ type: 'AuthorizationManager', value: 'AuthorizationManager' });
    const reply = await read(admin, manager, 'roleList');
    const roles = findAll(find(reply.body, 'returnval', 'propSet', 'val'), 'AuthorizationRole');
    const shown = roles.map((role) => [
      find(role, 'roleId')?.text,
      find(role, 'name')?.text,
      find(role, 'info', 'label')?.text,
    ]);
    expect(shown).toEqual([
      ['-5', 'NoAccess', 'No access'],
      ['-4', 'Anonymous', 'Anonymous'],
      ['-3', 'View', 'View'],
      ['-2', 'ReadOnly', 'Read-only'],
      ['-1', 'Admin', 'Administrator'],
      ['1001', 'cloner', 'cloner'],
      ['1002', 'taker', 'taker'],
    ]);
  });

  it('adds, changes and removes roles', async () => {
    const added = await authorize(
      admin,
      'AddAuthorizationRole',
      '<name>temp</name><privIds>VirtualMachine.Interact.PowerOn</privIds>',
    );
    const id = find(added.body, 'returnval')?.text ?? '';
    expect((await authorize(admin, 'AddAuthorizationRole', '<name>temp</name>')).fault).toBe('AlreadyExists');
    const unknown = '<name>other</name><privIds>VirtualMachine.Fly</privIds>';
    expect((await authorize(admin, 'AddAuthorizationRole', unknown)).fault).toBe('InvalidArgument');
    const renamed = await authorize(admin, 'UpdateAuthorizationRole', `<roleId>${id}</roleId><newName>temp2</newName>`);
    expect(renamed.fault).toBeUndefined();
    const folder = lab.at('/DC/vm/open');
    await authorize(admin, 'SetEntityPermissions', permission(folder, 'taker@lab', Number(id)));
    const remove = (isStrict: boolean): Promise<Reply> =>
      authorize(admin, 'RemoveAuthorizationRole', `<roleId>${id}</roleId><failIfUsed>${isStrict}</failIfUsed>`);
    expect((await remove(true)).fault).toBe('RemoveFailed');
    expect((await remove(false)).fault).toBeUndefined();
    expect((await remove(false)).fault).toBe('NotFound');
    expect(
      (await authorize(admin, 'RemoveAuthorizationRole', '<roleId>-1</roleId><failIfUsed>true</failIfUsed>')).fault,
    ).toBe('InvalidArgument');
  });

  it('sets, shows and removes permissions', async () => {
    const folder = lab.at('/DC/vm/secret');
    const names = async (client: SoapClient, inherited: boolean): Promise<readonly (string | undefined)[]> => {
      const args = `${ref('entity', folder)}<inherited>${inherited}</inherited>`;
      const reply = await authorize(client, 'RetrieveEntityPermissions', args);
      return findAll(reply.body, 'returnval').map((item) => find(item, 'principal')?.text);
    };
    expect(await names(admin, false)).toEqual(['LAB\\outsider']);
    await authorize(admin, 'SetEntityPermissions', permission(folder, 'LAB\\TAKER', -2));
    expect(await names(admin, false)).toEqual(['LAB\\outsider', 'LAB\\TAKER']);
    expect(await names(admin, true)).toContain('VSPHERE.LOCAL\\Administrators');
    const property = await read(admin, folder, 'permission');
    expect(findAll(find(property.body, 'returnval', 'propSet', 'val'), 'Permission')).toHaveLength(2);
    const remove = `${ref('entity', folder)}<user>taker@lab</user><isGroup>false</isGroup>`;
    expect((await authorize(admin, 'RemoveEntityPermission', remove)).fault).toBeUndefined();
    expect((await authorize(admin, 'RemoveEntityPermission', remove)).fault).toBe('NotFound');
    const stranger = await authorize(admin, 'SetEntityPermissions', permission(folder, 'stranger@lab', -2));
    expect([stranger.fault, find(stranger.body, 'detail', 'UserNotFoundFault', 'principal')?.text]).toEqual([
      'UserNotFound',
      'stranger@lab',
    ]);
    expect((await authorize(admin, 'SetEntityPermissions', permission(folder, 'taker@lab', 77))).fault).toBe(
      'NotFound',
    );
    expect((await authorize(admin, 'SetEntityPermissions', permission(folder, 'taker@lab', -3))).fault).toBe(
      'InvalidArgument',
    );
  });

  it('never leaves the root folder without an administrator', async () => {
    const root = lab.simulator.world.rootFolder;
    const reply = await authorize(admin, 'ResetEntityPermissions', permission(root, 'taker@lab', -2));
    expect(reply.fault).toBe('AuthMinimumAdminPermission');
  });

  it('lets only those change permissions who may', async () => {
    const folder = lab.at('/DC/vm/open');
    expect(refusalOf(await authorize(outsider, 'SetEntityPermissions', permission(folder, 'taker@lab', -1)))).toEqual([
      'Authorization.ModifyPermissions',
      folder.value,
    ]);
    expect(refusalOf(await authorize(outsider, 'AddAuthorizationRole', '<name>mine</name>'))?.[0]).toBe(
      'Authorization.ModifyRoles',
    );
  });
});

describe('UserDirectory', () => {
  it('finds users and groups by name, domain and membership', async () => {
    const search = async (args: string): Promise<readonly (string | undefined)[]> => {
      const reply = await admin.call('RetrieveUserGroups', 'UserDirectory', 'UserDirectory', args);
      return reply.fault === undefined
        ? findAll(reply.body, 'returnval').map((found) => find(found, 'principal')?.text)
        : [reply.fault];
    };
    const both = '<findUsers>true</findUsers><findGroups>true</findGroups>';
    expect(
      await search(`<domain>lab</domain><searchStr>guest</searchStr><exactMatch>false</exactMatch>${both}`),
    ).toEqual(['LAB\\guest', 'LAB\\guests']);
    expect(await search(`<searchStr>guest</searchStr><exactMatch>true</exactMatch>${both}`)).toEqual(['LAB\\guest']);
    expect(
      await search(`<searchStr/><belongsToGroup>guests@lab</belongsToGroup><exactMatch>false</exactMatch>${both}`),
    ).toEqual(['LAB\\guest']);
    expect(await search(`<domain>far</domain><searchStr/><exactMatch>false</exactMatch>${both}`)).toEqual(['NotFound']);
  });
});
