// Folders, moving, renaming, custom fields.
import { expect } from '@jest/globals';
import { api } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import type { Ref } from './support/element.ts';
import { machine } from './support/machines.ts';
import type { Target } from './support/target.ts';
import { el, ref } from './support/wire.ts';

const fields = (target: Target) => target.manager('customFieldsManager');
async function folder(target: Target, within?: Ref, name = target.name('folder')): Promise<Ref> {
  const [made] = (await target.must('CreateFolder', within ?? (await target.path('/DC0/vm')), el('name', name))).values;
  if (made === undefined) throw new Error('no folder');
  return made.ref;
}
const children = async (target: Target, of: Ref) =>
  (await target.value(of, 'childEntity'))?.children.map((each) => each.text) ?? [];
async function field(target: Target, name = target.name('field'), type = 'VirtualMachine') {
  const [made] = (await target.must('AddCustomFieldDef', fields(target), el('name', name) + el('moType', type))).values;
  return { name, key: made?.at('key') ?? '', made };
}
async function valueOf(target: Target, vm: Ref, key: string): Promise<string | undefined> {
  const all = (await target.value(vm, 'customValue'))?.children ?? [];
  return all.find((each) => each.at('key') === key)?.at('value');
}

export const folderRoom = room(
  'folders, move, rename, fields',
  common('CreateFolder makes one below', async (target) => {
    const parent = await target.path('/DC0/vm');
    const made = await folder(target);
    expect([made.type, await target.text(made, 'parent')]).toEqual(['Folder', parent.value]);
    expect(await children(target, parent)).toContain(made.value);
  }),
  common('a folder below takes the same types', async (target) => {
    const types = async (of: Ref) =>
      (await target.value(of, 'childType'))?.children.map((each) => each.text).toSorted();
    expect(await types(await folder(target))).toEqual(await types(await target.path('/DC0/vm')));
  }),
  common('two folders of one name are DuplicateName', async (target) => {
    const name = target.name('twice');
    const first = await folder(target, undefined, name);
    const failure = await target.failure('CreateFolder', await target.path('/DC0/vm'), el('name', name));
    expect([failure?.xsiType, failure?.at('name'), failure?.at('object')]).toEqual([
      'DuplicateName',
      name,
      first.value,
    ]);
  }),
  common('one name in two folders is fine', async (target) => {
    const [one, two] = [await folder(target), await folder(target)];
    await folder(target, one, 'same');
    expect((await folder(target, two, 'same')).type).toBe('Folder');
  }),
  common('a clone can be made in a folder', async (target) => {
    const into = await folder(target);
    const vm = await machine(target, { folder: into });
    expect([await target.text(vm, 'parent'), await children(target, into)]).toEqual([into.value, [vm.value]]);
  }),
  common('one name in two folders is fine for machines', async (target) => {
    const name = target.name('same');
    await machine(target, { folder: await folder(target), name });
    expect((await machine(target, { folder: await folder(target), name })).type).toBe('VirtualMachine');
  }),
  common('MoveIntoFolder moves a machine', async (target) => {
    const [into, vm] = [await folder(target), await machine(target)];
    await target.done('MoveIntoFolder_Task', into, ref('list', vm));
    expect([await target.text(vm, 'parent'), await children(target, into)]).toEqual([into.value, [vm.value]]);
    expect(await children(target, await target.path('/DC0/vm'))).not.toContain(vm.value);
  }),
  common('MoveIntoFolder moves a folder', async (target) => {
    const [into, what] = [await folder(target), await folder(target)];
    await target.done('MoveIntoFolder_Task', into, ref('list', what));
    expect(await target.text(what, 'parent')).toBe(into.value);
  }),
  deviates(
    'a name that is taken there stops a move',
    'it moves',
    api('Folder.MoveIntoFolder_Task: DuplicateName'),
    async (target) => {
      const [into, name] = [await folder(target), target.name('same')];
      await machine(target, { folder: into, name });
      const vm = await machine(target, { name });
      expect(await target.fault('MoveIntoFolder_Task', into, ref('list', vm))).toBe('DuplicateName');
    },
  ),
  common('Rename changes a folder’s name', async (target) => {
    const [made, name] = [await folder(target), target.name('new')];
    await target.done('Rename_Task', made, el('newName', name));
    expect([await target.text(made, 'name'), (await target.path(`/DC0/vm/${name}`)).value]).toEqual([name, made.value]);
  }),
  common('an empty folder can be destroyed', async (target) => {
    const made = await folder(target);
    await target.done('Destroy_Task', made);
    expect(await target.fault('CreateFolder', made, el('name', 'x'))).toBe('ManagedObjectNotFound');
  }),
  deviates(
    'destroying a folder destroys its machines',
    'they stay as orphans',
    api('Folder.Destroy_Task: recursively deletes all child entities'),
    async (target) => {
      const into = await folder(target);
      const vm = await machine(target, { folder: into });
      await target.done('Destroy_Task', into);
      expect(await target.fault('PowerOnVM_Task', vm)).toBe('ManagedObjectNotFound');
    },
  ),
  common('AddCustomFieldDef answers with the definition', async (target) => {
    const { made, name } = await field(target);
    expect([made?.at('name'), made?.at('type'), made?.at('managedObjectType')]).toEqual([
      name,
      expect.any(String),
      'VirtualMachine',
    ]);
  }),
  common('the manager lists definitions', async (target) => {
    const { name } = await field(target);
    expect((await target.value(fields(target), 'field'))?.children.map((each) => each.at('name'))).toContain(name);
  }),
  common('a field of the same name is DuplicateName', async (target) => {
    const { name } = await field(target);
    expect(
      await target.fault('AddCustomFieldDef', fields(target), el('name', name) + el('moType', 'VirtualMachine')),
    ).toBe('DuplicateName');
  }),
  common('SetField sets a value', async (target) => {
    const [{ key }, vm] = [await field(target), await machine(target)];
    await target.must('SetField', fields(target), ref('entity', vm) + el('key', key) + el('value', 'red'));
    expect(await valueOf(target, vm, key)).toBe('red');
  }),
  common('SetField sets another value', async (target) => {
    const [{ key }, vm] = [await field(target), await machine(target)];
    for (const value of ['red', 'blue'])
      await target.must('SetField', fields(target), ref('entity', vm) + el('key', key) + el('value', value));
    expect(await valueOf(target, vm, key)).toBe('blue');
  }),
  common('setCustomValue sets by name', async (target) => {
    const [{ key, name }, vm] = [await field(target), await machine(target)];
    await target.must('setCustomValue', vm, el('key', name) + el('value', 'green'));
    expect(await valueOf(target, vm, key)).toBe('green');
  }),
  common('RenameCustomFieldDef', async (target) => {
    const [{ key }, name] = [await field(target), target.name('field')];
    await target.must('RenameCustomFieldDef', fields(target), el('key', key) + el('name', name));
    const all = (await target.value(fields(target), 'field'))?.children ?? [];
    expect(all.find((each) => each.at('key') === key)?.at('name')).toBe(name);
  }),
  common('RemoveCustomFieldDef', async (target) => {
    const { key } = await field(target);
    await target.must('RemoveCustomFieldDef', fields(target), el('key', key));
    expect((await target.value(fields(target), 'field'))?.children.map((each) => each.at('key'))).not.toContain(key);
  }),
  vcenterOnly(
    'a field that isn’t there is InvalidArgument',
    api('CustomFieldsManager.SetField: InvalidArgument if the key does not exist'),
    async (target) => {
      const args = ref('entity', await machine(target)) + el('key', 99_999) + el('value', 'x');
      expect(await target.fault('SetField', fields(target), args)).toBe('InvalidArgument');
    },
  ),
);
