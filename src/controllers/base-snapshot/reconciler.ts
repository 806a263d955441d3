// Reconciles a BaseSnapshot: finds or takes the snapshot, pins it for good, says whether clones may be made of it, and
// stays until nothing stands on it. It never touches a clone.
import type { BaseSnapshot, BaseSnapshotStatus } from '../../api/types.generated.ts';
import { FINALIZERS } from '../../api/identifiers.ts';
import type { ReconcileContext, ReconcileResult } from '../../kube/controller.ts';
import { addFinalizer, hasFinalizer } from '../../kube/finalizers.ts';
import type { ObjectKey } from '../../kube/objects.ts';
import { patchStatus } from '../../kube/status-patch.ts';
import { currentObject } from '../shared/current.ts';
import { KnownUids } from '../shared/known-uids.ts';
import { reportProblem } from '../shared/problems.ts';
import { finish, runPhases } from '../shared/phases.ts';
import type { Runtime } from '../shared/runtime.ts';
import { BASE_SNAPSHOTS } from '../shared/resources.ts';
import { StatusDraft } from '../shared/status-draft.ts';
import { deleteBase } from './delete.ts';
import { PHASES, countPhase } from './phases.ts';
import type { BaseMemory, BaseScope } from './scope.ts';

export class BaseSnapshotReconciler {
  readonly #runtime: Runtime;
  readonly #memory = new Map<string, BaseMemory>();
  readonly #known = new KnownUids();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async reconcile(key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> {
    const runtime = this.#runtime;
    const base = await currentObject(runtime.live, runtime.stores.bases, BASE_SNAPSHOTS, key, context);
    const gone = this.#known.note(key, base?.metadata.uid);
    if (gone !== undefined) this.#forget(gone);
    if (base === undefined) return undefined;
    const deleting = base.metadata.deletionTimestamp !== undefined;
    if (!deleting && !hasFinalizer(base, FINALIZERS.dependents)) {
      await addFinalizer(runtime.rest, BASE_SNAPSHOTS, base, FINALIZERS.dependents);
      return undefined; // woken with it, or by what became of the object
    }
    const scope = this.#scope(base, context);
    const outcome = deleting
      ? await runPhases(scope, [{ name: 'delete', run: deletePhase }])
      : await runPhases(scope, PHASES);
    for (const connection of runtime.connections.all()) connection.releaseUnused(base.metadata.uid, scope.asked);
    if (deleting && outcome.errors.length === 0 && outcome.requeueAfterMs === undefined) {
      this.#forget(base.metadata.uid);
      return undefined;
    }
    const { requeueAfterMs, errors } = reportProblem(runtime, base, scope.draft, outcome);
    countPhase(scope);
    const wait = await this.#writeStatus(scope);
    return finish(
      { requeueAfterMs: minimum(requeueAfterMs, wait, runtime.config['resync-interval']), errors },
      undefined,
    );
  }

  #scope(base: BaseSnapshot, context: ReconcileContext): BaseScope {
    const memory = this.#memory.get(base.metadata.uid) ?? {};
    this.#memory.set(base.metadata.uid, memory);
    return {
      runtime: this.#runtime,
      base,
      draft: new StatusDraft<BaseSnapshotStatus>(base.status, base.metadata.generation, this.#runtime.clock),
      context,
      memory,
      asked: new Set(),
    };
  }

  #forget(uid: string): void {
    this.#memory.delete(uid);
    this.#runtime.grace.clear(uid);
    this.#runtime.writes.forget(uid);
    // a snapshot operation that nobody wants any more would keep clones of its source from being made
    for (const connection of this.#runtime.connections.all()) connection.forget(uid);
  }

  /** Pins and intents are written at once and only onto what was read; figures at most once an interval. */
  async #writeStatus({ runtime, base, draft }: BaseScope): Promise<number | undefined> {
    const pins =
      base.status?.snapshot?.moRef !== draft.status.snapshot?.moRef ||
      JSON.stringify(base.status?.operation) !== JSON.stringify(draft.status.operation);
    const what = draft.isResult(base.status) ? 'result' : 'step';
    const wait = pins ? 0 : runtime.writes.waitMs(base.metadata.uid, what);
    if (wait > 0) return wait;
    const written = await patchStatus(runtime.rest, BASE_SNAPSHOTS, base, draft.status, { withResourceVersion: pins });
    if (written !== undefined) runtime.writes.wrote(base.metadata.uid);
    return undefined;
  }
}

async function deletePhase(scope: BaseScope): Promise<{ requeueAfterMs?: number } | undefined> {
  return (await deleteBase(scope)) ?? undefined;
}

function minimum(...values: readonly (number | undefined)[]): number {
  return Math.min(...values.map((value) => value ?? Number.POSITIVE_INFINITY));
}
