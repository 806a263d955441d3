// The clone task in the stored intent: it rides on a write that has another reason, so it's there at times. A later life
// of this process asks vCenter for it before it searches: a task that is still known tells what came of the call.
import type { LinkedCloneStatusOperation } from '../../api/types.generated.ts';
import { keyOf } from '../../kube/objects.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { NotReady } from '../shared/not-ready.ts';
import { cloningMessage } from './intent.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

/** Puts the task that runs into the draft's intent, for whatever write comes next. */
export function noteTask({ draft, memory }: CloneScope, intent: LinkedCloneStatusOperation, task: MoRef): void {
  memory.followedTask = task.value;
  draft.status.operation = { ...intent, taskMoRef: task.value };
}

/** The intent without a task that has ended. */
export function withoutTask(intent: LinkedCloneStatusOperation): LinkedCloneStatusOperation {
  const { taskMoRef: _, ...rest } = intent;
  return rest;
}

/** Follows the recorded task of another life, once: throws NotReady until its outcome is there, also where it's forgotten. */
export function followRecordedTask(scope: CloneScope): void {
  const { clone, memory, uid } = scope;
  const { connection } = requireConnection(scope);
  const intent = clone.status?.operation;
  if (intent?.taskMoRef === undefined || memory.followedTask === intent.taskMoRef) return;
  memory.followedTask = intent.taskMoRef;
  const task: MoRef = { type: 'Task', value: intent.taskMoRef };
  if (connection.operations.isTracked(task)) return; // its reference was given out again, for a call of this process
  const source: MoRef | undefined =
    intent.sourceVm === undefined ? undefined : { type: 'VirtualMachine', value: intent.sourceVm };
  if (source !== undefined) connection.slots.adoptClone(uid, source, connection.sourceHost(source)); // its share until it ends
  connection.track({ controller: 'linked-clone', key: keyOf(clone), uid }, 'clone', task, source);
  throw new NotReady('Cloning', cloningMessage(scope));
}
