// Watching: versions, updates, filters, views that change.
import { expect } from '@jest/globals';
import { api, guide } from './support/sources.ts';
import { common, deviates, room } from './support/expectation.ts';
import type { Expectation } from './support/expectation.ts';
import { machine, reconfigure, snapshot } from './support/machines.ts';
import type { Ref } from './support/element.ts';
import type { Target } from './support/target.ts';
import { Watch, filterOf, objectsOf } from './support/watching.ts';
import { el } from './support/wire.ts';

type Change = readonly [string, (target: Target, vm: Ref) => Promise<unknown>, string];
const changes = (found: readonly Change[], make: (change: Change, run: Expectation['run']) => Expectation) =>
  found.map((change) =>
    make(change, async (target) => {
      const [path, act] = change;
      const vm = await machine(target);
      const watch = await Watch.open(target, filterOf(vm, [path]));
      await watch.next();
      await act(target, vm);
      const object = await watch.until((each) =>
        each.all('changeSet').some((set) => set.at('name')?.startsWith(path) === true),
      );
      expect([path, object?.at('kind'), object?.at('obj')]).toEqual([path, 'modify', vm.value]);
    }),
  );
const sent: readonly Change[] = [
  ['name', (target, vm) => target.done('Rename_Task', vm, el('newName', target.name('new'))), ''],
  ['runtime.powerState', (target, vm) => target.done('PowerOnVM_Task', vm), ''],
  ['snapshot', (target, vm) => snapshot(target, vm), ''],
  [
    'config.extraConfig',
    (target, vm) =>
      reconfigure(target, vm, '<extraConfig><key>lab.x</key><value xsi:type="xsd:string">1</value></extraConfig>'),
    '',
  ],
];
const NONE = 'vcsim publishes few of a reconfiguration’s properties';
const unsent: readonly Change[] = [
  ['config.annotation', (target, vm) => reconfigure(target, vm, el('annotation', 'note')), NONE],
  ['config.hardware.numCPU', (target, vm) => reconfigure(target, vm, el('numCPUs', 4)), NONE],
  ['config.hardware.memoryMB', (target, vm) => reconfigure(target, vm, el('memoryMB', 4096)), NONE],
  ['config.template', (target, vm) => target.must('MarkAsTemplate', vm), 'MarkAsTemplate publishes nothing'],
  ['summary.config.annotation', (target, vm) => reconfigure(target, vm, el('annotation', 'note')), NONE],
];
const UPDATES = guide('PropertyCollector: WaitForUpdatesEx');
const nobody = { type: 'VirtualMachine', value: 'vm-99999' };

export const watchingRoom = room(
  'property collector: watching',
  ...changes(sent, ([path], run) => common(`${path} is updated`, run)),
  ...changes(unsent, ([path, , reason], run) => deviates(`${path} is updated`, reason, UPDATES, run)),
  common('the first set is what is: enter', async (target) => {
    const vm = await machine(target);
    const [object] = objectsOf(await (await Watch.open(target, filterOf(vm, ['name']))).next());
    expect([object?.at('kind'), object?.at('obj'), object?.at('changeSet', 'name')]).toEqual([
      'enter',
      vm.value,
      'name',
    ]);
    expect(object?.at('changeSet', 'op')).toBe('assign');
  }),
  common('a set has a version and its filter', async (target) => {
    const watch = await Watch.open(target, filterOf(await machine(target), ['name']));
    const set = await watch.next();
    expect([/\S/.test(set?.at('version') ?? ''), set?.get('filterSet', 'filter')?.refType]).toEqual([
      true,
      'PropertyFilter',
    ]);
  }),
  common('nothing new within maxWaitSeconds is no set', async (target) => {
    const watch = await Watch.open(target, filterOf(await machine(target), ['name']));
    await watch.next();
    expect(await watch.next(0)).toBeUndefined();
  }),
  deviates(
    'a filter on what isn’t there is ManagedObjectNotFound',
    'the filter is made',
    api('PropertyFilterSpec.reportMissingObjectsInResults'),
    async (target) => {
      expect(
        await target.fault(
          'CreateFilter',
          target.collector,
          el('spec', filterOf(nobody, ['name'])) + el('partialUpdates', false),
        ),
      ).toBe('ManagedObjectNotFound');
    },
  ),
  common('a filter can be destroyed', async (target) => {
    const watch = await Watch.open(target, filterOf(await machine(target), ['name']));
    const filter = await watch.add(filterOf(await machine(target), ['name']));
    await target.must('DestroyPropertyFilter', filter);
    expect(objectsOf(await watch.next())).toHaveLength(1);
  }),
  common('a destroyed collector is ManagedObjectNotFound', async (target) => {
    const watch = await Watch.open(target, filterOf(await machine(target), ['name']));
    await target.must('DestroyPropertyCollector', watch.collector);
    expect(await target.fault('WaitForUpdatesEx', watch.collector, '<version></version>')).toBe(
      'ManagedObjectNotFound',
    );
  }),
);
