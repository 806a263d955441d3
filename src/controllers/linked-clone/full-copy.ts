// What becomes of a clone that isn't linked. It's removed by itself only where it's certain that nobody has used it: that it
// is off now says nothing of the time in which no operator looked. Anything else is kept, also later, and said.
import { NotReady } from '../shared/not-ready.ts';
import type { VmView } from '../vcenter/vm-view.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

/** True when the clone came out as a full copy, whatever became of that. */
export function isFullCopy({ draft }: CloneScope): boolean {
  const reason = draft.find('Linked')?.reason;
  return reason === 'FullCopy' || reason === 'FullCopyKept';
}

/** Why the full copy isn't removed; undefined: nobody can have used it. Rejects when that can't be told yet. */
export async function whyKept(scope: CloneScope, vm: VmView): Promise<string | undefined> {
  const { memory, draft } = scope;
  if (draft.find('Linked')?.reason === 'FullCopyKept') return 'was in use, or may have been';
  if (vm.powerState !== 'poweredOff') return 'runs';
  const isFromOwnTask = memory.called && memory.resultOfTask;
  if (isFromOwnTask && !isFullCopy(scope)) return undefined; // made a moment ago
  const used = await requireConnection(scope).connection.history.wasUsed(vm.ref);
  if (used === false) return undefined;
  // once it was found out, its removal may have had to wait; the events of its making may be a moment late
  if (used === undefined && isFromOwnTask) throw untold(scope);
  return "was powered on or moved, or vCenter's events don't tell that it wasn't";
}

function untold({ vmName, runtime }: CloneScope): NotReady {
  const text = `"${vmName}" came out as a full copy; it's removed once vCenter's events tell that nobody has used it: delete this object to remove it in any case`;
  return new NotReady('NotLinked', text, { requeueAfterMs: runtime.config['conflict-retry'] });
}

/** Says that it's kept. What is thrown. */
export function kept(scope: CloneScope, evidence: string, why: string): NotReady {
  const { draft, runtime, clone } = scope;
  const text = `"${scope.vmName}" is a full copy (${evidence}) and ${why}; it isn't touched: delete this object to remove it, with deletionPolicy Retain to keep it`;
  if (draft.find('Linked')?.reason === 'FullCopyKept') return new NotReady('NotLinked', readyMessage(scope) ?? text);
  runtime.events.event(clone, { type: 'Warning', reason: 'NotLinked', action: 'Clone', note: text });
  draft.set('Linked', false, 'FullCopyKept', evidence);
  return new NotReady('NotLinked', text);
}

/** What it said when it was found out. */
function readyMessage({ draft }: CloneScope): string | undefined {
  const ready = draft.find('Ready');
  return ready?.reason === 'NotLinked' ? ready.message : undefined;
}
