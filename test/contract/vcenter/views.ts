// Views that change while they are watched, versions, and how waiting ends.
import { expect } from '@jest/globals';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { api, guide, types } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import { machine, snapshot } from './support/machines.ts';
import { Watch, containerView, filterOf, filterOfView, objectsOf } from './support/watching.ts';
import { el, ref } from './support/wire.ts';

const UPDATES = guide('PropertyCollector: WaitForUpdatesEx');

export const viewRoom = room(
  'views and versions',
  common('a new machine enters a container view', async (target) => {
    const watch = await Watch.open(target, filterOfView(await containerView(target), ['name']));
    while ((await watch.next(0)) !== undefined);
    const vm = await machine(target);
    expect((await watch.until((each) => each.at('obj') === vm.value))?.at('kind')).toBe('enter');
  }),
  common('a destroyed one leaves it', async (target) => {
    const vm = await machine(target);
    const watch = await Watch.open(target, filterOfView(await containerView(target), ['name']));
    while ((await watch.next(0)) !== undefined);
    await target.done('Destroy_Task', vm);
    expect((await watch.until((each) => each.at('obj') === vm.value))?.at('kind')).toBe('leave');
  }),
  deviates('a new machine is sent alone', 'every object of the view is sent again', UPDATES, async (target) => {
    const watch = await Watch.open(target, filterOfView(await containerView(target), ['name']));
    while ((await watch.next(0)) !== undefined);
    const vm = await machine(target);
    const set = await watch.next();
    expect(objectsOf(set).map((each) => each.at('obj'))).toEqual([vm.value]);
  }),
  deviates(
    'a version can be asked for again after a lost reply',
    'versions are always "-"',
    api('WaitForUpdatesEx.version: the data version currently known to the client, as returned from an earlier call'),
    async (target) => {
      const vm = await machine(target);
      const watch = await Watch.open(target, filterOf(vm, ['name']));
      await watch.next();
      const version = watch.version;
      await target.done('Rename_Task', vm, el('newName', target.name('again')));
      const set = await watch.next();
      expect(objectsOf(await watch.next(1, version)).map((each) => each.at('obj'))).toEqual(
        objectsOf(set).map((each) => each.at('obj')),
      );
      expect(set).toBeDefined();
    },
  ),
  deviates(
    'a version that never was is InvalidCollectorVersion',
    'versions aren’t looked at',
    types('WaitForUpdatesEx: InvalidCollectorVersion'),
    async (target) => {
      const watch = await Watch.open(target, filterOf(await machine(target), ['name']));
      await watch.next();
      expect(
        await target.fault(
          'WaitForUpdatesEx',
          watch.collector,
          '<version>4242</version><options><maxWaitSeconds>0</maxWaitSeconds></options>',
        ),
      ).toBe('InvalidCollectorVersion');
    },
  ),
  deviates(
    'CheckForUpdates answers at once',
    'MethodNotFound',
    types('PropertyCollector.CheckForUpdates'),
    async (target) => {
      const watch = await Watch.open(target, filterOf(await machine(target), ['name']));
      expect(objectsOf((await target.must('CheckForUpdates', watch.collector)).values[0])).toHaveLength(1);
    },
  ),
  common('maxObjectUpdates truncates', async (target) => {
    const watch = await Watch.open(target, filterOfView(await containerView(target), ['name']));
    const set = await watch.next(5, '', el('maxObjectUpdates', 2));
    expect([set?.at('truncated'), objectsOf(set).length]).toEqual(['true', 2]);
  }),
  common('CancelWaitForUpdates ends a wait with RequestCanceled', async (target) => {
    const watch = await Watch.open(target, filterOf(await machine(target), ['name']));
    await watch.next();
    const waiting = target.fault(
      'WaitForUpdatesEx',
      watch.collector,
      el('version', watch.version) + el('options', el('maxWaitSeconds', 20)),
    );
    // A cancel that comes before the wait finds nothing to end.
    const outcome = { ended: false };
    void waiting.then(() => (outcome.ended = true));
    await waitUntil('the wait to end', async () => {
      await target.call('CancelWaitForUpdates', watch.collector);
      return outcome.ended;
    });
    expect(await waiting).toBe('RequestCanceled');
  }),
  common('a list view shows what it’s given', async (target) => {
    const [one, two] = [await machine(target), await machine(target)];
    const [view] = (await target.must('CreateListView', target.manager('viewManager'), ref('obj', one))).values;
    if (view === undefined) throw new Error('no view');
    await target.must('ModifyListView', view.ref, ref('add', two) + ref('remove', one));
    expect((await target.value(view.ref, 'view'))?.children.map((each) => each.text)).toEqual([two.value]);
  }),
  common('a destroyed view is ManagedObjectNotFound', async (target) => {
    const view = await containerView(target);
    await target.must('DestroyView', view);
    expect(await target.fault('DestroyView', view)).toBe('ManagedObjectNotFound');
  }),
  vcenterOnly(
    'storage figures send no update',
    api('VirtualMachine.storage: no property update notifications'),
    async (target) => {
      const vm = await machine(target);
      const watch = await Watch.open(target, filterOf(vm, ['storage', 'layoutEx']));
      await watch.next();
      await snapshot(target, vm);
      await target.must('RefreshStorageInfo', vm);
      expect(await watch.next(0)).toBeUndefined();
    },
  ),
);
