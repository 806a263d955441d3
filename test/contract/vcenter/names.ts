// Names of machines, and how they leave the inventory and come back.
import { expect } from '@jest/globals';
import { api, guide, issue } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import { cloneArgs, machine } from './support/machines.ts';
import { POWERED_OFF } from './support/target.ts';
import { anyText, el, ref } from './support/wire.ts';

const EXTRA = '<extraConfig><key>lab.colour</key><value xsi:type="xsd:string">red</value></extraConfig>';
const NAMES = issue(
  'vSphere Virtual Machine Administration, “Select the Virtual Machine Name and Folder”: unique within the folder, at most 80 characters',
);

export const nameRoom = room(
  'VM names and ends',
  common('a name that is taken is DuplicateName', async (target) => {
    const name = target.name('twice');
    await machine(target, { name });
    expect(await target.fault('CloneVM_Task', await target.path(POWERED_OFF), await cloneArgs(target, { name }))).toBe(
      'DuplicateName',
    );
  }),
  common('DuplicateName names the name and its owner', async (target) => {
    const name = target.name('twice');
    const vm = await machine(target, { name });
    const failure = await target.failure(
      'CloneVM_Task',
      await target.path(POWERED_OFF),
      await cloneArgs(target, { name }),
    );
    expect([failure?.at('name'), failure?.at('object')]).toEqual([name, vm.value]);
  }),
  deviates('renaming to a name that is taken is DuplicateName', 'InvalidArgument', NAMES, async (target) => {
    const name = target.name('taken');
    await machine(target, { name });
    expect(await target.fault('Rename_Task', await machine(target), el('newName', name))).toBe('DuplicateName');
  }),
  deviates('a name of 81 characters is InvalidName', 'it is accepted', NAMES, async (target) => {
    const args = await cloneArgs(target, { name: 'n'.repeat(81) });
    expect(await target.fault('CloneVM_Task', await target.path(POWERED_OFF), args)).toBe('InvalidName');
  }),
  common('Rename changes the name', async (target) => {
    const [vm, name] = [await machine(target), target.name('renamed')];
    await target.done('Rename_Task', vm, el('newName', name));
    expect(await target.text(vm, 'name')).toBe(name);
  }),
  deviates(
    'Rename changes config.name',
    'it stays',
    api('VirtualMachineConfigInfo.name: the display name'),
    async (target) => {
      const [vm, name] = [await machine(target), target.name('renamed')];
      await target.done('Rename_Task', vm, el('newName', name));
      expect(await target.text(vm, 'config.name')).toBe(name);
    },
  ),
  common('Destroy takes the machine out of folder, pool and search', async (target) => {
    const name = target.name('end');
    const vm = await machine(target, { name });
    const pool = (await target.value(vm, 'resourcePool'))?.ref;
    await target.done('Destroy_Task', vm);
    expect(
      (await target.must('FindByInventoryPath', target.manager('searchIndex'), el('inventoryPath', `/DC0/vm/${name}`)))
        .values,
    ).toEqual([]);
    expect((await target.value(pool ?? vm, 'vm'))?.children.map((each) => each.text)).not.toContain(vm.value);
  }),
  common('a machine that runs isn’t destroyed', async (target) => {
    const vm = await machine(target);
    await target.done('PowerOnVM_Task', vm);
    expect(await target.fault('Destroy_Task', vm)).toBe('InvalidPowerState');
  }),
  common('a machine that runs isn’t unregistered', async (target) => {
    const vm = await machine(target);
    await target.done('PowerOnVM_Task', vm);
    expect(await target.fault('UnregisterVM', vm)).toBe('InvalidPowerState');
  }),
  common('an unregistered machine can be registered again', async (target) => {
    const name = target.name('back');
    const vm = await machine(target, { name });
    const [path, pool] = [
      await target.text(vm, 'config.files.vmPathName'),
      (await target.value(vm, 'resourcePool'))?.ref,
    ];
    await target.must('UnregisterVM', vm);
    const made = await target.done(
      'RegisterVM_Task',
      await target.path('/DC0/vm'),
      el('path', path) + el('name', name) + el('asTemplate', false) + ref('pool', pool),
    );
    expect((await target.path(`/DC0/vm/${name}`)).value).toBe(made?.text);
  }),
  vcenterOnly(
    '…with the same instanceUuid and another reference',
    guide(
      'Registering and Unregistering Virtual Machines: UnregisterVM leaves the files, RegisterVM_Task takes the path of the .vmx',
    ),
    async (target) => {
      const vm = await machine(target);
      const [path, uuid] = [
        await target.text(vm, 'config.files.vmPathName'),
        await target.text(vm, 'config.instanceUuid'),
      ];
      const pool = (await target.value(vm, 'resourcePool'))?.ref;
      await target.must('UnregisterVM', vm);
      const made = await target.done(
        'RegisterVM_Task',
        await target.path('/DC0/vm'),
        el('path', path) + el('asTemplate', false) + ref('pool', pool),
      );
      expect([
        made === undefined ? '' : await target.text(made.ref, 'config.instanceUuid'),
        made?.text === vm.value,
      ]).toEqual([uuid, false]);
    },
  ),
  vcenterOnly(
    'a clone has its source’s extraConfig and its own',
    api('VirtualMachineCloneSpec.config: changes to the source’s configuration'),
    async (target) => {
      const source = await machine(target, { config: EXTRA });
      const more = `<extraConfig>${el('key', 'lab.size')}${anyText('value', 'xl')}</extraConfig>`;
      const made = await target.done('CloneVM_Task', source, await cloneArgs(target, { config: more }));
      const keys =
        (await target.value(made?.ref ?? source, 'config.extraConfig'))?.children.map((option) => option.at('key')) ??
        [];
      expect(keys).toEqual(expect.arrayContaining(['lab.colour', 'lab.size']));
    },
  ),
);
