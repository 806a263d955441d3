// Objects that a session may not see: they are in no list, no search and no view, and properties that it may not read are
// named in missingSet.
import { expect } from '@jest/globals';
import { api, guide, types } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import { machine } from './support/machines.ts';
import type { Element, Ref } from './support/element.ts';
import type { Target } from './support/target.ts';
import { el, ref } from './support/wire.ts';
import type { Wire } from './support/wire.ts';

const UNENFORCED = 'everybody sees everything';
const HIDDEN = guide('Authentication and Authorization: System.View is needed to see an object; No Access hides it');
const MISSING = api(
  'ObjectContent.missingSet: properties for which values could not be retrieved and the associated fault; MissingProperty.fault is a SecurityError without permission',
);

/** A reader, and a machine in a folder where that reader has no access. */
async function hidden(target: Target): Promise<{ wire: Wire; vm: Ref; folder: Ref }> {
  const [made] = (await target.must('CreateFolder', await target.path('/DC0/vm'), el('name', target.name('hidden'))))
    .values;
  if (made === undefined) throw new Error('no folder');
  const vm = await machine(target, { folder: made.ref });
  const permission =
    el('principal', 'reader@vsphere.local') + el('group', false) + el('roleId', -5) + el('propagate', true);
  const args = ref('entity', made.ref) + el('permission', permission);
  await target.must('SetEntityPermissions', target.manager('authorizationManager'), args);
  return { wire: await target.login('reader@vsphere.local', 'readers'), vm, folder: made.ref };
}
/** Somebody who was given one folder, deep in the inventory. */
const visitor = (target: Target): Promise<Wire> => target.login('visitor@vsphere.local', 'visitors');
const missing = (content: Element | undefined): readonly unknown[] =>
  (content?.all('missingSet') ?? []).map((each) => [each.at('path'), each.get('fault', 'fault')?.xsiType]);

export const hiddenRoom = room(
  'what a session may not see',
  deviates('its properties can’t be read: ManagedObjectNotFound', UNENFORCED, HIDDEN, async (target) => {
    const { wire, vm } = await hidden(target);
    const spec = `<specSet><propSet><type>VirtualMachine</type><pathSet>name</pathSet></propSet><objectSet>${ref('obj', vm)}</objectSet></specSet><options/>`;
    expect((await wire.call('RetrievePropertiesEx', target.collector, spec)).fault).toBe('ManagedObjectNotFound');
  }),
  deviates('its folder is in no childEntity', UNENFORCED, HIDDEN, async (target) => {
    const { wire, folder } = await hidden(target);
    const above = await target.content1(await target.path('/DC0/vm'), ['childEntity'], wire);
    expect(above?.get('propSet', 'val')?.children.map((each) => each.text)).not.toContain(folder.value);
  }),
  deviates('it is in no container view', UNENFORCED, HIDDEN, async (target) => {
    const { wire, vm } = await hidden(target);
    const args = ref('container', target.manager('rootFolder')) + el('type', 'VirtualMachine') + el('recursive', true);
    const [view] = (await wire.must('CreateContainerView', target.manager('viewManager'), args)).values;
    if (view === undefined) throw new Error('no view');
    const members = (await target.content1(view.ref, ['view'], wire))?.get('propSet', 'val')?.children ?? [];
    expect(members.length).toBeGreaterThan(0);
    expect(members.map((each) => each.text)).not.toContain(vm.value);
  }),
  deviates('FindByUuid finds nothing', UNENFORCED, HIDDEN, async (target) => {
    const { wire, vm } = await hidden(target);
    const uuid = await target.text(vm, 'config.instanceUuid');
    const args = el('uuid', uuid) + el('vmSearch', true) + el('instanceUuid', true);
    expect((await wire.must('FindByUuid', target.manager('searchIndex'), args)).values).toEqual([]);
  }),
  deviates('FindByInventoryPath finds nothing', UNENFORCED, HIDDEN, async (target) => {
    const { wire, vm, folder } = await hidden(target);
    const [within, name] = [await target.text(folder, 'name'), await target.text(vm, 'name')];
    const args = el('inventoryPath', `/DC0/vm/${within}/${name}`);
    expect((await wire.must('FindByInventoryPath', target.manager('searchIndex'), args)).values).toEqual([]);
  }),
  deviates('its host doesn’t list it', UNENFORCED, HIDDEN, async (target) => {
    const { wire, vm } = await hidden(target);
    const host = (await target.value(vm, 'runtime.host'))?.ref;
    if (host === undefined) throw new Error('no host');
    const listed = (await target.content1(host, ['vm'], wire))?.get('propSet', 'val')?.children ?? [];
    expect(listed.map((each) => each.text)).not.toContain(vm.value);
  }),
  deviates(
    'adding it to a list view is NoPermission: System.View on it',
    UNENFORCED,
    types('ListView.ModifyListView: System.View on each of add and remove'),
    async (target) => {
      const { wire, vm } = await hidden(target);
      const [view] = (await wire.must('CreateListView', target.manager('viewManager'))).values;
      if (view === undefined) throw new Error('no view');
      const reply = await wire.call('ModifyListView', view.ref, ref('add', vm));
      expect([reply.fault, reply.detail?.at('privilegeId'), reply.detail?.at('object')]).toEqual([
        'NoPermission',
        'System.View',
        vm.value,
      ]);
    },
  ),
  deviates('the way to what one may see has its name, and nothing else', UNENFORCED, MISSING, async (target) => {
    const content = await target.content1(
      await target.path('/DC0'),
      ['name', 'configStatus', 'datastore'],
      await visitor(target),
    );
    expect(content?.all('propSet').map((each) => each.at('name'))).toEqual(['name']);
    expect(missing(content)).toEqual([
      ['configStatus', 'NoPermission'],
      ['datastore', 'NoPermission'],
    ]);
  }),
  deviates('missingSet’s NoPermission names privilege and object', UNENFORCED, MISSING, async (target) => {
    const datacenter = await target.path('/DC0');
    const content = await target.content1(datacenter, ['configStatus'], await visitor(target));
    const fault = content?.get('missingSet', 'fault', 'fault');
    expect([fault?.at('object'), fault?.at('privilegeId')]).toEqual([datacenter.value, 'System.Read']);
  }),
  deviates('of the way only the step that leads on is listed', UNENFORCED, HIDDEN, async (target) => {
    const wire = await visitor(target);
    const children = (await target.content1(await target.path('/DC0/vm'), ['childEntity'], wire))?.get(
      'propSet',
      'val',
    )?.children;
    const empty = await target.path('/DC0/vm/Empty');
    expect((children ?? []).map((each) => each.text)).toEqual([empty.value]);
  }),
  common('without a session each property that was asked for is missing', async (target) => {
    const content = await target.content1(
      target.manager('rootFolder'),
      ['name', 'childEntity'],
      await target.stranger(),
    );
    expect(content?.get('propSet')).toBeUndefined();
    expect(missing(content)).toEqual([
      ['name', 'NotAuthenticated'],
      ['childEntity', 'NotAuthenticated'],
    ]);
  }),
  deviates(
    'missingSet’s NotAuthenticated names privilege and object',
    'it names System.Read for every property',
    types('ManagedEntity.name: System.View'),
    async (target) => {
      const root = target.manager('rootFolder');
      const content = await target.content1(root, ['name'], await target.stranger());
      const fault = content?.get('missingSet', 'fault', 'fault');
      expect([fault?.at('object'), fault?.at('privilegeId')]).toEqual([root.value, 'System.View']);
    },
  ),
  deviates(
    'the service instance’s content is read without a session',
    'it is missing',
    types('ServiceInstance.content: System.Anonymous'),
    async (target) => {
      const content = await target.content1(
        { type: 'ServiceInstance', value: 'ServiceInstance' },
        ['content'],
        await target.stranger(),
      );
      expect(content?.at('propSet', 'name')).toBe('content');
    },
  ),
  vcenterOnly(
    'a session that ends turns what it reads into missingSet',
    guide('PropertyCollector: a property that the session may not read is in missingSet'),
    async (target) => {
      const wire = await target.stranger(true);
      await wire.must('Logout', target.manager('sessionManager'));
      expect(missing(await target.content1(target.manager('rootFolder'), ['name'], wire))).toEqual([
        ['name', 'NotAuthenticated'],
      ]);
    },
  ),
);
