// Being refused for lack of a privilege, and what a refusal says.
import { expect } from '@jest/globals';
import { authorizationManager, newFolder, newRole, permission } from './support/access.ts';
import { api, guide, types } from './support/sources.ts';
import { deviates, room } from './support/expectation.ts';
import type { Expectation } from './support/expectation.ts';
import { CHILD, cloneArgs, machine, snapshot } from './support/machines.ts';
import type { Target } from './support/target.ts';
import { el, ref } from './support/wire.ts';
import type { Reply, Wire } from './support/wire.ts';

const UNENFORCED = 'no privilege is enforced';
const NO_PERMISSION = api('NoPermission: object, privilegeId');
const reader = (target: Target): Promise<Wire> => target.login('reader@vsphere.local', 'readers');

/** Privilege and object that a refusal names. */
function refusal(reply: Reply): readonly unknown[] {
  return [reply.status, reply.fault, reply.detail?.at('privilegeId'), reply.detail?.at('object')];
}

const onMachine: readonly (readonly [method: string, privilege: string, args: string])[] = [
  ['PowerOnVM_Task', 'VirtualMachine.Interact.PowerOn', ''],
  ['PowerOffVM_Task', 'VirtualMachine.Interact.PowerOff', ''],
  [
    'CreateSnapshot_Task',
    'VirtualMachine.State.CreateSnapshot',
    '<name>a</name><memory>false</memory><quiesce>false</quiesce>',
  ],
  ['RemoveAllSnapshots_Task', 'VirtualMachine.State.RemoveSnapshot', ''],
  ['MarkAsTemplate', 'VirtualMachine.Provisioning.MarkAsTemplate', ''],
  ['PromoteDisks_Task', 'VirtualMachine.Provisioning.PromoteDisks', '<unlink>true</unlink>'],
  ['UnregisterVM', 'VirtualMachine.Inventory.Unregister', ''],
  [
    'CustomizeVM_Task',
    'VirtualMachine.Provisioning.Customize',
    el(
      'spec',
      '<identity xsi:type="CustomizationLinuxPrep"><hostName xsi:type="CustomizationFixedName"><name>a</name></hostName><domain>b</domain></identity><globalIPSettings/>',
    ),
  ],
];
const dynamic: readonly (readonly [method: string, privilege: string, args: string])[] = [
  ['Destroy_Task', 'VirtualMachine.Inventory.Delete', ''],
  ['Rename_Task', 'VirtualMachine.Config.Rename', el('newName', 'refused')],
  ['ReconfigVM_Task', 'VirtualMachine.Config.Annotation', el('spec', el('annotation', 'a'))],
  ['ReconfigVM_Task', 'VirtualMachine.Config.CPUCount', el('spec', el('numCPUs', 2))],
  ['ReconfigVM_Task', 'VirtualMachine.Config.Memory', el('spec', el('memoryMB', 512))],
  [
    'ReconfigVM_Task',
    'VirtualMachine.Config.AdvancedConfig',
    el('spec', '<extraConfig><key>a</key><value xsi:type="xsd:string">b</value></extraConfig>'),
  ],
];
const refused = ([method, privilege, args]: readonly [string, string, string], source: string): Expectation =>
  deviates(`a reader’s ${method} lacks ${privilege} on the machine`, UNENFORCED, source, async (target) => {
    const vm = await machine(target);
    const reply = await (await reader(target)).call(method, vm, args);
    expect(refusal(reply)).toEqual([500, 'NoPermission', privilege, vm.value]);
  });

export const permissionRoom = room(
  'refused for lack of a privilege',
  ...onMachine.map((each) => refused(each, types(`VirtualMachine.${each[0]}: ${each[1]}`))),
  ...dynamic.map((each) => refused(each, api(`VirtualMachine.${each[0]}, required privileges: dynamic; ${each[1]}`))),
  deviates(
    'a reader’s RemoveSnapshot_Task lacks the privilege on the snapshot’s machine',
    UNENFORCED,
    types('VirtualMachineSnapshot.RemoveSnapshot_Task: VirtualMachine.State.RemoveSnapshot'),
    async (target) => {
      const vm = await machine(target);
      const taken = await snapshot(target, vm);
      const reply = await (await reader(target)).call('RemoveSnapshot_Task', taken, el('removeChildren', false));
      expect([reply.fault, reply.detail?.at('privilegeId')]).toEqual([
        'NoPermission',
        'VirtualMachine.State.RemoveSnapshot',
      ]);
    },
  ),
  deviates(
    'who may clone the source but not make anything in the folder lacks that privilege on the folder',
    UNENFORCED,
    api('CloneVM_Task: VirtualMachine.Inventory.CreateFromExisting is required on the folder'),
    async (target) => {
      const vm = await machine(target);
      const from = await snapshot(target, vm);
      const role = await newRole(target, 'VirtualMachine.Provisioning.Clone');
      await target.must(
        'SetEntityPermissions',
        authorizationManager(target),
        ref('entity', vm) + permission('reader@vsphere.local', role),
      );
      const args = await cloneArgs(target, { location: el('diskMoveType', CHILD), snapshot: from });
      const reply = await (await reader(target)).call('CloneVM_Task', vm, args);
      const folder = await target.path('/DC0/vm');
      expect(refusal(reply)).toEqual([
        500,
        'NoPermission',
        'VirtualMachine.Inventory.CreateFromExisting',
        folder.value,
      ]);
    },
  ),
  deviates(
    'a refusal lists everything that is missing',
    UNENFORCED,
    api('NoPermission.missingPrivileges, since 7.0.3.2: list of entities and missing privileges for each entity'),
    async (target) => {
      const vm = await machine(target);
      const { detail } = await (await reader(target)).call('PowerOnVM_Task', vm);
      const missing = detail?.get('missingPrivileges');
      expect([missing?.at('entity'), missing?.at('privilegeIds')]).toEqual([
        vm.value,
        'VirtualMachine.Interact.PowerOn',
      ]);
    },
  ),
  deviates('a refused call starts no task', UNENFORCED, NO_PERMISSION, async (target) => {
    const vm = await machine(target);
    await (await reader(target)).call('PowerOnVM_Task', vm);
    expect(await target.text(vm, 'runtime.powerState')).toBe('poweredOff');
  }),
  deviates(
    'a permission on a folder counts for what is in it, from then on',
    UNENFORCED,
    guide('Authentication and Authorization: permissions propagate down the inventory'),
    async (target) => {
      const folder = await newFolder(target);
      const vm = await machine(target, { folder });
      const wire = await reader(target);
      const refusedOnce = await wire.call('PowerOnVM_Task', vm);
      const role = await newRole(target, 'VirtualMachine.Interact.PowerOn');
      await target.must(
        'SetEntityPermissions',
        authorizationManager(target),
        ref('entity', folder) + permission('reader@vsphere.local', role),
      );
      const allowed = await wire.call('PowerOnVM_Task', vm);
      expect([refusedOnce.fault, allowed.status]).toEqual(['NoPermission', 200]);
    },
  ),
  deviates(
    'one that doesn’t propagate counts on the folder only',
    UNENFORCED,
    api('Permission.propagate: whether or not this permission propagates down the hierarchy to sub-entities'),
    async (target) => {
      const folder = await newFolder(target);
      const vm = await machine(target, { folder });
      const role = await newRole(target, 'VirtualMachine.Interact.PowerOn');
      const args = ref('entity', folder) + permission('reader@vsphere.local', role, false);
      await target.must('SetEntityPermissions', authorizationManager(target), args);
      expect((await (await reader(target)).call('PowerOnVM_Task', vm)).fault).toBe('NoPermission');
    },
  ),
  deviates(
    'HasPrivilegeOnEntities tells what a session may do',
    'everything is granted',
    api('AuthorizationManager.HasPrivilegeOnEntities: checks whether a session holds privileges on entities'),
    async (target) => {
      const vm = await machine(target);
      const wire = await reader(target);
      const own = await wire.must(
        'RetrievePropertiesEx',
        target.collector,
        `<specSet><propSet><type>SessionManager</type><pathSet>currentSession</pathSet></propSet><objectSet>${ref('obj', target.manager('sessionManager'))}</objectSet></specSet><options/>`,
      );
      const session = own.values[0]?.get('objects', 'propSet', 'val')?.at('key');
      const privileges = ['System.Read', 'VirtualMachine.Interact.PowerOn'];
      const args = ref('entity', vm) + el('sessionId', session) + privileges.map((id) => el('privId', id)).join('');
      const [answer] = (await target.must('HasPrivilegeOnEntities', authorizationManager(target), args)).values;
      expect(answer?.all('privAvailability').map((each) => [each.at('privId'), each.at('isGranted')])).toEqual([
        ['System.Read', 'true'],
        ['VirtualMachine.Interact.PowerOn', 'false'],
      ]);
    },
  ),
  deviates(
    'effectiveRole is the role that the session has on the object',
    'everybody is Admin',
    api('ManagedEntity.effectiveRole: access rights the current session has to this entity'),
    async (target) => {
      const vm = await machine(target);
      const wire = await reader(target);
      const content = await target.content1(vm, ['effectiveRole'], wire);
      expect(content?.get('propSet', 'val')?.children.map((each) => each.text)).toEqual(['-2']);
    },
  ),
);
