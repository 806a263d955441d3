// Notes are changed in place when the spec's notes did. Which ones are on the VM is stamped in status, so that what was
// changed while the VM couldn't be reached isn't forgotten by a restart.
import { createHash } from 'node:crypto';
import { fillNotes } from '../../api/notes.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import { checkStandingAccess } from './access-check.ts';
import { isReconfigured, reconfigure } from './hardware.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

/** Names a text of spec.notes. */
export function notesStamp(notes: string): string {
  return createHash('sha256').update(notes).digest('hex').slice(0, 16);
}

/**
 * Puts the spec's notes on the VM when the spec was changed, and tries again until they are. Milliseconds until the next
 * try, when one failed. What a user of vCenter writes there meanwhile stays until the spec changes again.
 */
export async function applyNotes(scope: CloneScope, vm: VmView): Promise<number | undefined> {
  const { clone, draft, uid } = scope;
  const { notes: wanted } = clone.spec;
  if (wanted === undefined) delete draft.status.appliedNotes;
  if (wanted === undefined || clone.status?.vm === undefined) return undefined;
  const stamp = notesStamp(wanted);
  if (draft.status.appliedNotes === stamp) return undefined;
  const { operations, client, holds } = requireConnection(scope).connection;
  if ((holds.claimed ?? holds.rewound) !== undefined) return scope.runtime.config['conflict-retry'];
  if (isReconfigured(operations, uid)) return undefined;
  const ended = operations.takeOutcome(uid, 'notes');
  if (ended?.state === 'error') return notesFailed(scope, vm, ended.error);
  const notes = fillNotes(wanted, {
    base: clone.spec.baseSnapshotRef.name,
    snapshot: scope.base?.status?.snapshot?.name ?? '',
    createdAt: clone.metadata.creationTimestamp,
    assignedTo: '',
  });
  const state = await client.readSoon(vm.ref, ['config.annotation']);
  if (state?.properties['config.annotation'] === notes) {
    draft.status.appliedNotes = stamp;
    return undefined;
  }
  try {
    await checkStandingAccess(scope);
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    return notesFailed(scope, vm, error);
  }
  const refused = await reconfigure(scope, vm, 'notes', { annotation: notes });
  return refused === undefined ? undefined : notesFailed(scope, vm, refused);
}

/** Notes are no reason to call a clone not ready: an event says it. */
function notesFailed({ runtime, clone }: CloneScope, vm: VmView, error: Error): number {
  const note = `writing the notes of "${vm.name}" failed: ${error.message}; tried again`;
  runtime.events.event(clone, { type: 'Warning', reason: 'NotesFailed', action: 'Reconfigure', note });
  return runtime.config['retry-max'] / 4;
}
