// Roles and permissions: making, changing, reading and removing them.
import { expect } from '@jest/globals';
import { authorizationManager as manager, newFolder, newRole, permission } from './support/access.ts';
import { api, types } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import { el, ref } from './support/wire.ts';

export const roleRoom = room(
  'roles and permissions',
  common('the system’s roles have the ids that vCenter gives them', async (target) => {
    const list = (await target.value(manager(target), 'roleList'))?.children ?? [];
    const ids = new Map(list.map((role) => [role.at('name'), role.at('roleId')]));
    expect(['Admin', 'ReadOnly', 'NoAccess'].map((name) => ids.get(name))).toEqual(['-1', '-2', '-5']);
  }),
  deviates(
    'a role that is made is listed with its privileges',
    'the first role’s id is 0 and other roles have it too',
    api('AuthorizationRole.privilege: privileges provided by this role, by privilege identifier'),
    async (target) => {
      const id = await newRole(target, 'VirtualMachine.Interact.PowerOn');
      const list = (await target.value(manager(target), 'roleList'))?.children ?? [];
      const role = list.find((each) => each.at('roleId') === id);
      expect(role?.all('privilege').map((each) => each.text)).toContain('VirtualMachine.Interact.PowerOn');
      expect(role?.at('system')).toBe('false');
    },
  ),
  common('a role is updated, renamed and removed', async (target) => {
    const id = await newRole(target, 'VirtualMachine.Interact.PowerOn');
    const name = target.name('renamed');
    const args = el('roleId', id) + el('newName', name) + el('privIds', 'VirtualMachine.Interact.PowerOff');
    await target.must('UpdateAuthorizationRole', manager(target), args);
    const find = async () =>
      ((await target.value(manager(target), 'roleList'))?.children ?? []).find((each) => each.at('roleId') === id);
    const updated = await find();
    expect(updated?.at('name')).toBe(name);
    expect(updated?.all('privilege').map((each) => each.text)).not.toContain('VirtualMachine.Interact.PowerOn');
    await target.must('RemoveAuthorizationRole', manager(target), el('roleId', id) + el('failIfUsed', true));
    expect(await find()).toBeUndefined();
  }),
  common('a role’s name is taken once: AlreadyExists', async (target) => {
    const args = el('name', target.name('role'));
    await target.must('AddAuthorizationRole', manager(target), args);
    expect(await target.fault('AddAuthorizationRole', manager(target), args)).toBe('AlreadyExists');
  }),
  common('a role that isn’t there is NotFound', async (target) => {
    const args = el('roleId', 99_999) + el('failIfUsed', false);
    expect(await target.fault('RemoveAuthorizationRole', manager(target), args)).toBe('NotFound');
  }),
  deviates(
    'a permission that is set is read back',
    'entity is left out',
    api(
      'Permission.entity: managed entity the permission is defined on; left unset only when it is specified implicitly',
    ),
    async (target) => {
      const folder = await newFolder(target);
      const role = await newRole(target);
      await target.must(
        'SetEntityPermissions',
        manager(target),
        ref('entity', folder) + permission('reader@vsphere.local', role),
      );
      const args = ref('entity', folder) + el('inherited', false);
      const { values } = await target.must('RetrieveEntityPermissions', manager(target), args);
      expect(values.map((each) => [each.at('entity'), each.at('roleId'), each.at('propagate')])).toEqual([
        [folder.value, role, 'true'],
      ]);
    },
  ),
  common('inherited permissions come along when they are asked for', async (target) => {
    const folder = await newFolder(target);
    const args = ref('entity', folder) + el('inherited', true);
    const { values } = await target.must('RetrieveEntityPermissions', manager(target), args);
    expect(values.map((each) => each.at('entity'))).toContain(target.manager('rootFolder').value);
  }),
  common('a permission that is removed is gone', async (target) => {
    const folder = await newFolder(target);
    const role = await newRole(target);
    await target.must(
      'SetEntityPermissions',
      manager(target),
      ref('entity', folder) + permission('reader@vsphere.local', role),
    );
    const [set] = (
      await target.must('RetrieveEntityPermissions', manager(target), ref('entity', folder) + el('inherited', false))
    ).values;
    const args = ref('entity', folder) + el('user', set?.at('principal')) + el('isGroup', false);
    await target.must('RemoveEntityPermission', manager(target), args);
    const { values } = await target.must(
      'RetrieveEntityPermissions',
      manager(target),
      ref('entity', folder) + el('inherited', false),
    );
    expect(values).toEqual([]);
  }),
  vcenterOnly(
    'a principal that nobody knows is UserNotFound',
    types('AuthorizationManager.SetEntityPermissions: UserNotFound'),
    async (target) => {
      const args = ref('entity', await newFolder(target)) + permission('nobody@vsphere.local', '-2');
      expect(await target.fault('SetEntityPermissions', manager(target), args)).toBe('UserNotFound');
    },
  ),
);
