// Tasks and events: what TaskInfo says, where tasks are listed, what a person would look up later.
import { expect } from '@jest/globals';
import { api, issue } from './support/sources.ts';
import { common, deviates, room } from './support/expectation.ts';
import type { Expectation } from './support/expectation.ts';
import type { Element, Ref } from './support/element.ts';
import { cloneArgs, machine, snapshot } from './support/machines.ts';
import { POWERED_OFF } from './support/target.ts';
import type { Target } from './support/target.ts';
import { el, ref } from './support/wire.ts';

const NAMES = 'its own names for tasks';
const ids: readonly (readonly [string, string, string])[] = [
  ['PowerOnVM_Task', 'VirtualMachine.powerOn', ''],
  ['Destroy_Task', 'VirtualMachine.destroy', ''],
];
const described: readonly Expectation[] = ids.map(([method, id, args]) =>
  common(`${method} is ${id} in descriptionId`, async (target) => {
    expect((await target.info(method, await machine(target), args)).at('descriptionId')).toBe(id);
  }),
);

async function events(target: Target, vm: Ref, type?: string): Promise<readonly Element[]> {
  const filter = `<entity>${ref('entity', vm)}<recursion>self</recursion></entity>${el('eventTypeId', type)}`;
  return (await target.must('QueryEvents', target.manager('eventManager'), el('filter', filter))).values;
}
const told = (type: string, run: (target: Target, vm: Ref) => Promise<unknown>): Expectation =>
  common(`${type} is posted`, async (target) => {
    const vm = await machine(target);
    await run(target, vm);
    const [event] = await events(target, vm, type);
    expect([event?.xsiType, event?.at('vm', 'vm')]).toEqual([type, vm.value]);
  });

export const taskRoom = room(
  'tasks and events',
  ...described,
  deviates(
    'ReconfigVM_Task is VirtualMachine.reconfigure in descriptionId',
    'VirtualMachine.reconfigVm',
    issue('vmware/govmomi, simulator/vpx/task_manager.go: a vCenter’s own descriptions'),
    async (target) => {
      expect((await target.info('ReconfigVM_Task', await machine(target), '<spec/>')).at('descriptionId')).toBe(
        'VirtualMachine.reconfigure',
      );
    },
  ),
  deviates(
    'a clone is VirtualMachine.clone in descriptionId',
    'VirtualMachine.cloneVm',
    issue(
      'vmware-tanzu/vm-operator, pkg/providers/vsphere/constants: description ids of tasks, as VirtualMachine.clone',
    ),
    async (target) => {
      const info = await target.info('CloneVM_Task', await target.path(POWERED_OFF), await cloneArgs(target));
      expect(info.at('descriptionId')).toBe('VirtualMachine.clone');
    },
  ),
  deviates(
    'a task is named after its method',
    NAMES,
    api('TaskInfo.name: the name of the operation'),
    async (target) => {
      const info = await target.info('CloneVM_Task', await target.path(POWERED_OFF), await cloneArgs(target));
      expect(info.at('name')).toBe('CloneVM_Task');
    },
  ),
  deviates(
    'entityName is the entity’s name',
    'it is its reference',
    api('TaskInfo.entityName: the name of the managed entity'),
    async (target) => {
      const info = await target.info('CloneVM_Task', await target.path(POWERED_OFF), await cloneArgs(target));
      expect(info.at('entityName')).toBe('DC0_C0_RP0_VM0');
    },
  ),
  common('a clone’s entity is its source', async (target) => {
    const source = await target.path(POWERED_OFF);
    expect((await target.info('CloneVM_Task', source, await cloneArgs(target))).at('entity')).toBe(source.value);
  }),
  common('a clone’s result is the machine', async (target) => {
    const info = await target.info('CloneVM_Task', await target.path(POWERED_OFF), await cloneArgs(target));
    expect([info.get('result')?.refType, info.get('result')?.xsiType]).toEqual([
      'VirtualMachine',
      'ManagedObjectReference',
    ]);
  }),
  ...[
    'key',
    'task',
    'state',
    'queueTime',
    'startTime',
    'completeTime',
    'eventChainId',
    'reason',
    'cancelable',
    'cancelled',
  ].map((field) =>
    common(`TaskInfo has ${field}`, async (target) => {
      const info = await target.info('ReconfigVM_Task', await machine(target), '<spec/>');
      expect(info.get(field)).toBeDefined();
    }),
  ),
  common('a task’s reason is the user who started it', async (target) => {
    const info = await target.info('ReconfigVM_Task', await machine(target), '<spec/>');
    expect(info.get('reason')?.xsiType).toBe('TaskReasonUser');
  }),
  common('a task ends after it began', async (target) => {
    const info = await target.info('ReconfigVM_Task', await machine(target), '<spec/>');
    const [queued, begun, ended] = ['queueTime', 'startTime', 'completeTime'].map((field) =>
      Date.parse(info.at(field) ?? ''),
    );
    expect([(queued ?? 1) <= (begun ?? 0), (begun ?? 1) <= (ended ?? 0)]).toEqual([true, true]);
  }),
  common('a task that failed has a typed fault and a message', async (target) => {
    const info = await target.info('PowerOffVM_Task', await machine(target));
    expect([info.at('state'), info.get('error', 'fault')?.xsiType]).toEqual(['error', 'InvalidPowerState']);
    expect(info.at('error', 'localizedMessage')).toMatch(/\S/);
  }),
  common('a machine lists its recent tasks', async (target) => {
    const vm = await machine(target);
    const [task] = (await target.must('ReconfigVM_Task', vm, '<spec/>')).values;
    expect((await target.value(vm, 'recentTask'))?.children.map((each) => each.text)).toContain(task?.text);
  }),
  common('the task manager lists recent tasks', async (target) => {
    const [task] = (await target.must('ReconfigVM_Task', await machine(target), '<spec/>')).values;
    const listed = await target.value(target.manager('taskManager'), 'recentTask');
    expect(listed?.children.map((each) => each.text)).toContain(task?.text);
  }),
  common('a collector finds the tasks of an entity', async (target) => {
    const vm = await machine(target);
    const info = await target.info('ReconfigVM_Task', vm, '<spec/>');
    const filter = `<filter><entity>${ref('entity', vm)}<recursion>self</recursion></entity></filter>`;
    const [collector] = (await target.must('CreateCollectorForTasks', target.manager('taskManager'), filter)).values;
    if (collector === undefined) throw new Error('no collector');
    const { values } = await target.must('ReadNextTasks', collector.ref, el('maxCount', 10));
    expect(values.map((each) => each.at('key'))).toContain(info.at('key'));
    await target.must('DestroyCollector', collector.ref);
    expect(await target.fault('ReadNextTasks', collector.ref, el('maxCount', 1))).toBe('ManagedObjectNotFound');
  }),
  common('a task that ended can’t be cancelled', async (target) => {
    const [task] = (await target.must('ReconfigVM_Task', await machine(target), '<spec/>')).values;
    if (task === undefined) throw new Error('no task');
    await target.ended(task.ref);
    expect(await target.fault('CancelTask', task.ref)).toMatch(/^(InvalidState|NotSupported)$/);
  }),
  told('VmPoweredOnEvent', (target, vm) => target.done('PowerOnVM_Task', vm)),
  told('VmReconfiguredEvent', (target, vm) => target.done('ReconfigVM_Task', vm, '<spec/>')),
  deviates(
    'VmRenamedEvent is posted',
    'never posted',
    api('VmRenamedEvent: records the renaming of a virtual machine'),
    async (target) => {
      const vm = await machine(target);
      await target.done('Rename_Task', vm, el('newName', target.name('told')));
      expect((await events(target, vm, 'VmRenamedEvent')).map((event) => event.at('vm', 'vm'))).toEqual([vm.value]);
    },
  ),
  told('VmPoweredOffEvent', async (target, vm) => {
    await target.done('PowerOnVM_Task', vm);
    await target.done('PowerOffVM_Task', vm);
  }),
  told('VmClonedEvent', async () => undefined),
  common('events have keys that grow', async (target) => {
    const vm = await machine(target);
    await snapshot(target, vm);
    await target.done('PowerOnVM_Task', vm);
    const keys = (await events(target, vm)).map((event) => event.number('key'));
    expect(keys.length).toBeGreaterThan(1);
    expect(new Set(keys).size).toBe(keys.length);
  }),
  deviates(
    'latestEvent is the latest',
    'it is never set',
    api('EventManager.latestEvent: the latest event that happened on the server'),
    async (target) => {
      const vm = await machine(target);
      await target.done('PowerOnVM_Task', vm);
      const latest = await target.value(target.manager('eventManager'), 'latestEvent');
      const own = await events(target, vm);
      expect(latest?.number('key') ?? -1).toBeGreaterThanOrEqual(Math.max(...own.map((event) => event.number('key'))));
    },
  ),
  common('an event has a message, a time and a user', async (target) => {
    const [event] = await events(target, await machine(target), 'VmClonedEvent');
    expect(event?.at('fullFormattedMessage')).toMatch(/\S/);
    expect(event?.at('createdTime')).toMatch(/^\d{4}-/);
    expect(event?.get('userName')).toBeDefined();
  }),
  deviates(
    'a failed clone is VmCloneFailedEvent',
    'never posted',
    api('VmCloneFailedEvent: records a failure to clone a virtual machine'),
    async (target) => {
      const name = target.name('failed');
      const vm = await machine(target);
      const wrong =
        '<customization><options xsi:type="CustomizationLinuxOptions"/><identity xsi:type="CustomizationLinuxPrep"><hostName xsi:type="CustomizationFixedName"><name>x</name></hostName><domain>lab</domain></identity><globalIPSettings/></customization>';
      expect(await target.fault('CloneVM_Task', vm, await cloneArgs(target, { name, customization: wrong }))).toBe(
        'NicSettingMismatch',
      );
      expect(await events(target, vm, 'VmCloneFailedEvent')).toHaveLength(1);
    },
  ),
);
