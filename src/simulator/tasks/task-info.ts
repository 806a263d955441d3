// TaskInfo of a task that has just been made.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { TaskKind } from './task-kinds.ts';
import type { TaskOrigin } from './task-work.ts';

export interface NewTask {
  readonly ref: MoRef;
  readonly kind: TaskKind;
  readonly entity: SimObject;
  readonly origin: TaskOrigin;
  /** ISO time. */
  readonly now: string;
  readonly chainId: number;
}

/** State `queued`; the engine moves it on. */
export function initialTaskInfo(task: NewTask): Record<string, unknown> {
  const name = task.entity.get('name');
  return {
    key: task.ref.value,
    task: task.ref,
    name: task.kind.method,
    descriptionId: task.kind.descriptionId,
    entity: task.entity.ref,
    ...(typeof name === 'string' ? { entityName: name } : {}),
    state: 'queued',
    cancelled: false,
    cancelable: task.kind.cancelable,
    reason: { $type: 'TaskReasonUser', userName: task.origin.user },
    queueTime: task.now,
    eventChainId: task.chainId,
    ...(task.origin.parentTask === undefined
      ? {}
      : { parentTaskKey: task.origin.parentTask, rootTaskKey: task.origin.parentTask }),
  };
}
