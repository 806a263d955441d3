// Methods on tasks and on their manager.
import { isMoRef } from '../../vsphere/mo-ref.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { managerRef } from '../core/service-content.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import { HistoryCollector } from '../events/history-collector.ts';
import { collectorOf, openCollector } from '../events/open-collector.ts';
import { modelOf } from '../inventory/model-state.ts';
import { isVisible } from '../wire/visibility.ts';
import { TASK_KINDS } from './task-kinds.ts';

interface TaskFilter {
  readonly entity?: { readonly entity: MoRef; readonly recursion: string };
  readonly state?: readonly string[];
  readonly userName?: { readonly userList?: readonly string[] };
}

type TaskInfo = Readonly<Record<string, unknown>>;

const MAX_COLLECTORS = 32;

export const taskMethods: MethodTable = {
  Task: {
    CancelTask(context) {
      modelOf(context.world).tasks.cancel(context.self);
    },
    UpdateProgress: refuse,
    SetTaskState: refuse,
    SetTaskDescription: refuse,
  },
  TaskManager: { CreateCollectorForTasks: createCollector },
  TaskHistoryCollector: {
    ReadNextTasks: (context, args) => collectorOf(context).readNext(Number(args['maxCount'])),
    ReadPreviousTasks: (context, args) => collectorOf(context).readPrevious(Number(args['maxCount'])),
  },
};

/** What clients read about tasks in general. */
export function describeTasks(world: World): void {
  const kinds = Object.values(TASK_KINDS);
  const states = ['queued', 'running', 'success', 'error'];
  world.registry.must(managerRef('taskManager')).setMany({
    maxCollector: MAX_COLLECTORS,
    description: {
      methodInfo: kinds.map((kind) => ({ label: kind.label, summary: kind.label, key: kind.descriptionId })),
      state: states.map((key) => ({ label: key, summary: key, key })),
      reason: ['TaskReasonUser', 'TaskReasonSystem', 'TaskReasonSchedule', 'TaskReasonAlarm'].map((key) => ({
        label: key,
        summary: key,
        key,
      })),
    },
  });
}

/** Only extensions may change tasks, and only their own. */
function refuse(): never {
  throw new VimFault('NotSupported', {}, 'The task was not created by an extension.');
}

function createCollector(context: CallContext, args: Readonly<Record<string, unknown>>): MoRef {
  const filter = (args['filter'] as TaskFilter | undefined) ?? {};
  const { registry } = context.world;
  function* matching(): Iterable<TaskInfo> {
    for (const task of registry.ofType('Task')) {
      const info = task.get('info') as TaskInfo | undefined;
      if (info === undefined || !isVisible(context.world, task, context.session)) continue;
      if (matches(context.world, info, filter)) yield info;
    }
  }
  const source = { items: () => [...matching()], data: (info: TaskInfo) => info };
  return openCollector(
    context,
    'TaskHistoryCollector',
    filter,
    (object: SimObject) => new HistoryCollector(object, source),
    (refresh) =>
      registry.subscribe((change) => {
        if (change.object.type === 'Task') refresh();
      }),
  );
}

function matches(world: World, info: TaskInfo, filter: TaskFilter): boolean {
  if (filter.state !== undefined && filter.state.length > 0 && !filter.state.includes(String(info['state'])))
    return false;
  const users = filter.userName?.userList ?? [];
  if (users.length > 0 && !users.includes(String((info['reason'] as TaskInfo)['userName']))) return false;
  return filter.entity === undefined || isBelow(world, info['entity'], filter.entity.entity, filter.entity.recursion);
}

function isBelow(world: World, entity: unknown, top: MoRef, recursion: string): boolean {
  if (!isMoRef(entity)) return false;
  if (entity.value === top.value) return recursion !== 'children';
  if (recursion === 'self') return false;
  let parent = world.registry.get(entity)?.get('parent');
  if (recursion === 'children') return isMoRef(parent) && parent.value === top.value;
  while (isMoRef(parent)) {
    if (parent.value === top.value) return true;
    parent = world.registry.get(parent)?.get('parent');
  }
  return false;
}
