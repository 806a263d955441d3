// Which changes of a clone's status are worth a write at once. A thousand clones that are being made pass through a dozen
// steps each; what a reader acts on is the intent, the VM, Ready, and anything that went wrong. Steps in between are
// written when a clone stays in one of them. Pure.
import { findCondition } from '../../api/conditions.ts';
import type { LinkedCloneStatus } from '../../api/types.generated.ts';
import { jsonEqual } from '../../kube/json-equal.ts';
import { withoutTask } from './recorded-task.ts';

/** Steps of a clone on its way to Ready, and of one on its way out, that are no news for a while. */
const STEPS = new Set([
  'Pending',
  'Cloning',
  'WaitingForSlot',
  'PoweringOn',
  'Booting',
  'Customizing',
  'Deleting',
  'PoweringOff',
]);

/**
 * 0: write now (nothing is sent when nothing changed). Otherwise: look again after so many milliseconds; Infinity: no need.
 * `quietMs`: how long a step may last unwritten.
 */
export function worthWriting(
  stored: LinkedCloneStatus | undefined,
  next: LinkedCloneStatus,
  deleting: boolean,
  sinceWriteMs: number | undefined,
  quietMs: number,
): number {
  const before = findCondition(stored?.conditions, 'Ready');
  const after = findCondition(next.conditions, 'Ready');
  if (stored?.operation !== undefined && sameButTask(stored, next)) return Number.POSITIVE_INFINITY;
  const records = stored?.vm?.moRef !== next.vm?.moRef || !jsonEqual(taskless(stored), taskless(next));
  if (records) return 0;
  if (after === undefined) return Number.POSITIVE_INFINITY; // it waits, and nothing can be said of it yet
  if (before === undefined || after.status === 'True') return 0;
  if (!STEPS.has(after.reason)) return 0;
  if (!deleting && (before.status === 'True' || !STEPS.has(before.reason))) return 0;
  if (deleting && before.reason === after.reason) return 0;
  return Math.max(0, quietMs - (sinceWriteMs ?? 0));
}

/** A task's id is no reason for a write: it rides on the next one. */
function sameButTask(stored: LinkedCloneStatus, next: LinkedCloneStatus): boolean {
  if (stored.operation?.taskMoRef === next.operation?.taskMoRef) return false;
  return jsonEqual({ ...stored, operation: taskless(stored) }, { ...next, operation: taskless(next) });
}

function taskless(status: LinkedCloneStatus | undefined): LinkedCloneStatus['operation'] {
  return status?.operation === undefined ? undefined : withoutTask(status.operation);
}
