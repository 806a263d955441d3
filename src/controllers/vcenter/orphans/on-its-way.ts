// What was asked of an orphan, by Destroy or PowerOff, may still be on its way when a LinkedClone takes the machine over: while
// nobody has answered, and after the reply got lost. So whoever takes one over asks here first, through whichever VCenter.
import type { MoRef } from '../../../vsphere/mo-ref.ts';
import type { LostCall } from '../../shared/lost-calls.ts';
import { requireNoneOnItsWay } from '../../shared/lost-calls.ts';
import type { Runtime } from '../../shared/runtime.ts';
import type { VCenterConnection } from '../connection.ts';
import type { OperationKind } from '../operations.ts';
import type { VmView } from '../vm-view.ts';

const KINDS: readonly OperationKind[] = ['powerOff', 'destroy'];

interface Call {
  isUnanswered: boolean;
  /** Its reply got lost, and it may still be on its way. */
  readonly memory: { lost?: LostCall | undefined };
}

/** The last of each machine, by its vCenter and reference. */
const calls = new WeakMap<Runtime, Map<string, Call>>();

function keyOf({ instanceUuid }: VCenterConnection, { value }: MoRef): string {
  return `${instanceUuid}/${value}`;
}

/** Follows a call until it's answered; where it isn't, `memory` says by then that it's lost. */
export async function followed<T>(
  runtime: Runtime,
  connection: VCenterConnection,
  machine: MoRef,
  memory: Call['memory'],
  answer: Promise<T>,
): Promise<T> {
  const call: Call = { isUnanswered: true, memory };
  const known = calls.get(runtime) ?? new Map<string, Call>();
  calls.set(runtime, known.set(keyOf(connection, machine), call));
  try {
    return await answer;
  } finally {
    call.isUnanswered = false;
    if (memory.lost === undefined) known.delete(keyOf(connection, machine));
  }
}

/**
 * To be asked before a machine is taken over. True while what was asked of it as an orphan isn't answered or is under way.
 * Throws NotReady while a call whose reply got lost may arrive.
 */
export async function isDeletedAsOrphan(
  runtime: Runtime,
  connection: VCenterConnection,
  { ref, marker }: Pick<VmView, 'ref' | 'marker'>,
): Promise<boolean> {
  const { instanceUuid } = connection;
  const uid = marker?.uid ?? '';
  const isTracked = runtime.connections
    .all()
    .some(
      (one) =>
        one.instanceUuid === instanceUuid && KINDS.some((kind) => one.operations.running(uid, kind) !== undefined),
    );
  const key = keyOf(connection, ref);
  const call = calls.get(runtime)?.get(key);
  if (call !== undefined && !call.isUnanswered) await requireNoneOnItsWay({ runtime, memory: call.memory });
  if (isTracked || call?.isUnanswered === true) return true;
  // one that arrived before its session ended may be queued
  if (call !== undefined && (await connection.sourceTasks.taskRuns(ref))) return true;
  calls.get(runtime)?.delete(key);
  return false;
}
