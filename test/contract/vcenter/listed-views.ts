// List views and inventory views: what is in them, and what a filter on them is told while they change.
import { expect } from '@jest/globals';
import { api, issue } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import { machine } from './support/machines.ts';
import type { Element, Ref } from './support/element.ts';
import type { Target } from './support/target.ts';
import { Watch, containerView, filterOfView, objectsOf } from './support/watching.ts';
import { el, ref } from './support/wire.ts';

// vcsim isn't asked to watch a list view: it can deadlock (vmware/govmomi#4109, fixed after v0.56.0).
const LIST = (what: string): string => `${api(`ListView: ${what}`)}; vcsim deadlocks (${issue('vmware/govmomi#4109')})`;
const INVENTORY = api(
  'InventoryView: a view begins with the root folder; OpenInventoryViewFolder: a datacenter comes with its implicit folders, and the view is expanded as needed',
);

async function made(target: Target, method: string, args = ''): Promise<Ref> {
  const [view] = (await target.must(method, target.manager('viewManager'), args)).values;
  if (view === undefined) throw new Error('no view');
  return view.ref;
}
const listView = (target: Target, ...objects: readonly Ref[]): Promise<Ref> =>
  made(target, 'CreateListView', objects.map((object) => ref('obj', object)).join(''));
const members = async (target: Target, view: Ref): Promise<readonly string[]> =>
  ((await target.value(view, 'view'))?.children ?? []).map((each) => each.text);

/** A watch on a view, past its first sets. */
async function watched(target: Target, view: Ref): Promise<Watch> {
  const watch = await Watch.open(target, filterOfView(view, ['name']));
  while ((await watch.next(0)) !== undefined);
  return watch;
}
const kinds = (set: Element | undefined): readonly unknown[] =>
  objectsOf(set).map((each) => [each.at('kind'), each.at('obj')]);

export const listedViewRoom = room(
  'list and inventory views',
  common('a list view has what it was made with', async (target) => {
    const [one, two] = [await machine(target), await machine(target)];
    expect(await members(target, await listView(target, one, two))).toEqual([one.value, two.value]);
  }),
  deviates(
    'ModifyListView returns what there isn’t, and doesn’t take it',
    'it is taken',
    api('ListView.ModifyListView: a list of the objects that could not be resolved'),
    async (target) => {
      const view = await listView(target);
      const nobody = { type: 'VirtualMachine', value: 'vm-99999' };
      const { values } = await target.must('ModifyListView', view, ref('add', nobody));
      expect([values.map((each) => each.text), await members(target, view)]).toEqual([[nobody.value], []]);
    },
  ),
  common('ResetListView replaces everything', async (target) => {
    const [one, two] = [await machine(target), await machine(target)];
    const view = await listView(target, one);
    await target.must('ResetListView', view, ref('obj', two));
    expect(await members(target, view)).toEqual([two.value]);
  }),
  deviates(
    'an object that goes leaves a list view',
    'it stays',
    api('ManagedObjectView.view: the list of references to objects mapped by this view'),
    async (target) => {
      const [one, two] = [await machine(target), await machine(target)];
      const view = await listView(target, one, two);
      await target.done('Destroy_Task', one);
      expect(await members(target, view)).toEqual([two.value]);
    },
  ),
  deviates(
    'ResetListViewFromView takes what another view shows',
    'MethodNotFound',
    api('ListView.ResetListViewFromView: resets the list to the objects of another view'),
    async (target) => {
      const folder = await target.path('/DC0/vm');
      const view = await listView(target);
      await target.must('ResetListViewFromView', view, ref('view', await containerView(target, folder)));
      expect((await members(target, view)).length).toBeGreaterThan(3);
    },
  ),
  vcenterOnly('what is added to a watched list view enters the filter', LIST('ModifyListView'), async (target) => {
    const [one, two] = [await machine(target), await machine(target)];
    const view = await listView(target, one);
    const watch = await watched(target, view);
    await target.must('ModifyListView', view, ref('add', two));
    expect(kinds(await watch.next())).toEqual([['enter', two.value]]);
  }),
  vcenterOnly('what is removed leaves it', LIST('ModifyListView'), async (target) => {
    const [one, two] = [await machine(target), await machine(target)];
    const view = await listView(target, one, two);
    const watch = await watched(target, view);
    await target.must('ModifyListView', view, ref('remove', one));
    expect(kinds(await watch.next())).toEqual([['leave', one.value]]);
  }),
  vcenterOnly(
    'what is destroyed leaves it',
    LIST('an object that is deleted is removed from the view'),
    async (target) => {
      const [one, two] = [await machine(target), await machine(target)];
      const watch = await watched(target, await listView(target, one, two));
      await target.done('Destroy_Task', one);
      expect((await watch.until((each) => each.at('obj') === one.value))?.at('kind')).toBe('leave');
    },
  ),
  vcenterOnly('what stays in a list view that is reset isn’t sent again', LIST('ResetListView'), async (target) => {
    const [one, two, three] = [await machine(target), await machine(target), await machine(target)];
    const view = await listView(target, one, two);
    const watch = await watched(target, view);
    await target.must('ResetListView', view, ref('obj', two) + ref('obj', three));
    const sent = kinds(await watch.next());
    expect(sent).toHaveLength(2);
    expect(sent).toEqual(
      expect.arrayContaining([
        ['leave', one.value],
        ['enter', three.value],
      ]),
    );
  }),
  vcenterOnly(
    'a view that is destroyed takes its objects out of the filter',
    LIST('View.DestroyView'),
    async (target) => {
      const one = await machine(target);
      const view = await listView(target, one);
      const watch = await watched(target, view);
      await target.must('DestroyView', view);
      expect((await watch.until((each) => each.at('obj') === one.value))?.at('kind')).toBe('leave');
    },
  ),
  deviates('an inventory view begins with the root folder', 'MethodNotFound', INVENTORY, async (target) => {
    expect(await members(target, await made(target, 'CreateInventoryView'))).toEqual([
      target.manager('rootFolder').value,
    ]);
  }),
  deviates(
    'opening the root folder shows the datacenters with their folders of machines and hosts, closing it hides them',
    'MethodNotFound',
    INVENTORY,
    async (target) => {
      const view = await made(target, 'CreateInventoryView');
      const root = target.manager('rootFolder');
      const shown = await Promise.all(['/DC0', '/DC0/vm', '/DC0/host'].map((path) => target.path(path)));
      await target.must('OpenInventoryViewFolder', view, ref('entity', root));
      const opened = await members(target, view);
      await target.must('CloseInventoryViewFolder', view, ref('entity', root));
      expect(opened.toSorted()).toEqual([root, ...shown].map((each) => each.value).toSorted());
      expect(await members(target, view)).toEqual([root.value]);
    },
  ),
  deviates(
    'a folder is opened with the way to it; a machine that comes into it enters a filter on the view',
    'MethodNotFound',
    INVENTORY,
    async (target) => {
      const view = await made(target, 'CreateInventoryView');
      const [made1] = (await target.must('CreateFolder', await target.path('/DC0/vm'), el('name', target.name('open'))))
        .values;
      if (made1 === undefined) throw new Error('no folder');
      const folder = made1.ref;
      await target.must('OpenInventoryViewFolder', view, ref('entity', folder));
      const watch = await watched(target, view);
      const vm = await machine(target, { folder });
      expect(kinds(await watch.next())).toEqual([['enter', vm.value]]);
      await target.must('CloseInventoryViewFolder', view, ref('entity', folder));
      expect((await watch.until((each) => each.at('obj') === vm.value))?.at('kind')).toBe('leave');
    },
  ),
  deviates(
    'a container view of a folder loses what is moved out of it',
    'it stays',
    api('ContainerView: the server updates the view as the contents of the container change'),
    async (target) => {
      const folders = target.path('/DC0/vm');
      const [made1] = (await target.must('CreateFolder', await folders, el('name', target.name('left')))).values;
      if (made1 === undefined) throw new Error('no folder');
      const vm = await machine(target, { folder: made1.ref });
      const view = await containerView(target, made1.ref);
      const before = await members(target, view);
      await target.done('MoveIntoFolder_Task', await folders, ref('list', vm));
      expect([before, await members(target, view)]).toEqual([[vm.value], []]);
    },
  ),
  common('a container view that isn’t recursive shows one level', async (target) => {
    const args = ref('container', target.manager('rootFolder')) + el('recursive', false);
    const view = await made(target, 'CreateContainerView', args);
    expect(await members(target, view)).toEqual([(await target.path('/DC0')).value]);
  }),
);
