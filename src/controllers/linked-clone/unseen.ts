// A VM that is to be destroyed or marked, and that its reference doesn't find: it's proven to be gone, or it's somewhere
// else. A deletion isn't held by either: gone, the object goes; registered again, status follows it and the deletion goes on.
import { NotReady } from '../shared/not-ready.ts';
import { observeVm } from './observe.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';
import { followVm } from './vm-record.ts';

/** Resolves when it's proven to be gone. Throws NotReady while that isn't sure, or where it has another reference now. */
export async function settleUnseen(scope: CloneScope): Promise<void> {
  const { clone, memory, uid, runtime } = scope;
  const soon = { requeueAfterMs: runtime.config['batch-window'] };
  if (clone.status?.vm === undefined) {
    // it came out of a clone task or a search a moment ago and was never recorded: only another search tells
    memory.result = undefined;
    memory.fresh = false;
    memory.vanished = true;
    requireConnection(scope).connection.operations.takeOutcome(uid, 'clone');
    const text = `the virtual machine that came out of the clone of "${scope.vmName}" is not there any more; looking for it`;
    throw new NotReady('Deleting', text, soon);
  }
  try {
    followVm(scope, await observeVm(scope, { unseen: true }));
  } catch (error) {
    if (error instanceof NotReady && error.reason === 'Lost') return;
    throw error;
  }
  throw new NotReady('Deleting', 'its virtual machine has another reference now and is looked at again', soon);
}
