// Clones of a machine that the inventory file made with a snapshot, started and not waited for.
import { CHILD, cloneArgs } from './machines.ts';
import type { Ref } from './element.ts';
import type { Target } from './target.ts';
import { el, ref } from './wire.ts';

/** The current snapshot of a machine. */
export async function currentSnapshot(target: Target, vm: Ref): Promise<Ref> {
  const found = await target.value(vm, 'snapshot.currentSnapshot');
  if (found === undefined) throw new Error('no snapshot');
  return found.ref;
}

/** The task of a linked clone. */
export async function startLinked(target: Target, parentPath: string, name: string, host?: Ref): Promise<Ref> {
  const parent = await target.path(parentPath);
  const location = el('diskMoveType', CHILD) + ref('host', host);
  const args = await cloneArgs(target, { name, location, snapshot: await currentSnapshot(target, parent) });
  const [task] = (await target.must('CloneVM_Task', parent, args)).values;
  if (task === undefined) throw new Error('no task');
  return task.ref;
}
