// Methods on tasks and on their manager.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { managerRef } from '../core/service-content.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { World } from '../core/world.ts';
import { HistoryCollector } from '../events/history-collector.ts';
import { collectorOf, openCollector } from '../events/open-collector.ts';
import { mayReadEvent } from '../events/visible-events.ts';
import { modelOf } from '../inventory/model-state.ts';
import { MAX_HISTORY_COLLECTORS } from '../sessions/owned-object.ts';
import { matchesTask } from './task-filter.ts';
import type { TaskFilterSpec } from './task-filter.ts';
import type { TaskRecord } from './task-history.ts';
import { TASK_KINDS } from './task-kinds.ts';

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
    maxCollector: MAX_HISTORY_COLLECTORS,
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
  const filter = (args['filter'] as TaskFilterSpec | undefined) ?? {};
  const { history } = modelOf(context.world).tasks;
  const source = {
    log: history.log,
    matches: (record: TaskRecord) => matchesTask(record, filter) && mayRead(context, record),
    data: (record: TaskRecord) => record.info,
  };
  return openCollector(
    context,
    'TaskHistoryCollector',
    filter,
    (object) => new HistoryCollector(object, source),
    (collector) => history.subscribe((number, record) => collector.changed(number, record)),
  );
}

function mayRead({ world, session }: CallContext, record: TaskRecord): boolean {
  return session === undefined || mayReadEvent(world, session.userName, record);
}
