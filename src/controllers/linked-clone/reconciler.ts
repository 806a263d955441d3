// Reconciles a LinkedClone: intent, clone, proof that it's linked, power, readiness; and the way back. One status patch at
// the end; while a clone is being made its steps are told by /progress, not by writes (see worthWriting).
import type { LinkedClone, LinkedCloneStatus } from '../../api/types.generated.ts';
import { findCondition } from '../../api/conditions.ts';
import { FINALIZERS } from '../../api/identifiers.ts';
import type { ReconcileContext, ReconcileResult } from '../../kube/controller.ts';
import { addFinalizer, hasFinalizer } from '../../kube/finalizers.ts';
import type { ObjectKey } from '../../kube/objects.ts';
import { patchStatus } from '../../kube/status-patch.ts';
import { currentObject } from '../shared/current.ts';
import { KnownUids } from '../shared/known-uids.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { Phase, PhaseResult } from '../shared/phases.ts';
import { finish, runPhases } from '../shared/phases.ts';
import { reportProblem } from '../shared/problems.ts';
import { requireValidSpec } from '../shared/spec-check.ts';
import type { Runtime } from '../shared/runtime.ts';
import { INDEX } from '../shared/runtime.ts';
import { LINKED_CLONES } from '../shared/resources.ts';
import { StatusDraft } from '../shared/status-draft.ts';
import { adoptPhase } from './adopt.ts';
import { cloningPhase } from './cloning.ts';
import { deleteClone } from './delete.ts';
import { intentPhase } from './intent.ts';
import { PAUSED, readyPhase } from './ready.ts';
import { answeringPhase, basePhase, vCenterPhase } from './references.ts';
import type { CloneMemory, CloneScope } from './scope.ts';
import { newMemory } from './scope.ts';
import { notLinkedPhase, verifyPhase } from './verify.ts';
import { worthWriting } from './write-policy.ts';

const PHASES: readonly Phase<CloneScope>[] = [
  { name: 'spec', run: specPhase },
  { name: 'paused', run: pausedPhase },
  { name: 'base', run: basePhase },
  { name: 'vcenter', run: vCenterPhase },
  { name: 'answering', run: answeringPhase },
  { name: 'not-linked', run: notLinkedPhase },
  { name: 'adopt', run: adoptPhase },
  { name: 'intent', run: intentPhase },
  { name: 'cloning', run: cloningPhase },
  { name: 'verify', run: verifyPhase },
  { name: 'ready', run: readyPhase },
];

const DELETE: readonly Phase<CloneScope>[] = [{ name: 'delete', run: deleteClone }];

export class LinkedCloneReconciler {
  readonly #runtime: Runtime;
  readonly #memory = new Map<string, CloneMemory>();
  readonly #known = new KnownUids();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async reconcile(key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> {
    const runtime = this.#runtime;
    const clone = await currentObject(runtime.live, runtime.stores.clones, LINKED_CLONES, key, context);
    const gone = this.#known.note(key, clone?.metadata.uid);
    if (gone !== undefined) this.#forget(gone);
    if (clone === undefined) return undefined;
    const deleting = clone.metadata.deletionTimestamp !== undefined;
    if (deleting && !hasFinalizer(clone, FINALIZERS.vm)) {
      // somebody else's finalizer keeps it: what it waits for is for others
      for (const connection of runtime.connections.all()) connection.releaseUnused(clone.metadata.uid, new Set());
      return undefined;
    }
    if (!deleting && !hasFinalizer(clone, FINALIZERS.vm)) {
      await addFinalizer(runtime.rest, LINKED_CLONES, clone, FINALIZERS.vm);
      return undefined; // woken with it, or by what became of the object
    }

    const scope = this.#scope(clone, context);
    const outcome = await runPhases(scope, deleting ? DELETE : PHASES);
    for (const connection of runtime.connections.all()) connection.releaseUnused(scope.uid, scope.asked);
    if (deleting && outcome.errors.length === 0)
      return outcome.requeueAfterMs === undefined ? undefined : { requeueAfterMs: outcome.requeueAfterMs };
    const { requeueAfterMs, errors } = reportProblem(runtime, clone, scope.draft, outcome);
    const again = await this.#writeStatus(scope, deleting);
    return finish(
      {
        requeueAfterMs: Math.min(requeueAfterMs ?? Number.POSITIVE_INFINITY, again, runtime.config['resync-interval']),
        errors,
      },
      undefined,
    );
  }

  #scope(clone: LinkedClone, context: ReconcileContext): CloneScope {
    const runtime = this.#runtime;
    const { uid, namespace, name } = clone.metadata;
    const memory = this.#memory.get(uid) ?? newMemory();
    this.#memory.set(uid, memory);
    const ownerUid = clone.metadata.ownerReferences?.find(
      (owner) => owner.controller === true && owner.kind === 'LinkedCloneSet',
    )?.uid;
    const set = ownerUid === undefined ? undefined : runtime.stores.sets.byIndex(INDEX.uid, ownerUid)[0];
    return {
      runtime,
      clone,
      uid,
      namespace,
      vmName: clone.status?.operation?.vmName ?? clone.spec.vmName ?? adoptedName(clone) ?? name,
      set,
      group: ownerUid ?? uid,
      draft: new StatusDraft<LinkedCloneStatus>(clone.status, clone.metadata.generation, runtime.clock),
      context,
      memory,
      asked: new Set(),
    };
  }

  #forget(uid: string): void {
    this.#memory.delete(uid);
    this.#runtime.grace.clear(uid);
    this.#runtime.plannedDeletions.delete(uid);
    for (const connection of this.#runtime.connections.all()) connection.forget(uid);
  }

  /** Writes what is worth it; milliseconds after which what wasn't should be looked at again. */
  async #writeStatus(scope: CloneScope, deleting: boolean): Promise<number> {
    const { runtime, clone, draft, memory } = scope;
    const now = runtime.clock.monotonic();
    // a verdict that isn't stored yet, or whose write is refused, is come to again
    const { lookedAt = memory.checked } = scope;
    if (saysSameLink(clone.status, draft.status)) memory.checked = lookedAt;
    const quietMs = worthWriting(
      clone.status,
      draft.status,
      deleting,
      memory.writtenAt === undefined ? undefined : now - memory.writtenAt,
      runtime.config['step-quiet'],
    );
    if (quietMs > 0) return quietMs;
    const written = await patchStatus(runtime.rest, LINKED_CLONES, clone, draft.status, { withResourceVersion: true });
    memory.checked = lookedAt;
    if (written !== undefined) {
      memory.writtenAt = runtime.clock.monotonic();
      scope.onStored?.();
    }
    return Number.POSITIVE_INFINITY;
  }
}

/** One that was taken over keeps its name where none was asked for. */
function adoptedName({ spec, status }: LinkedClone): string | undefined {
  return spec.adopt === undefined ? undefined : status?.vm?.name;
}

function saysSameLink(stored: LinkedCloneStatus | undefined, next: LinkedCloneStatus): boolean {
  const [before, after] = [stored, next].map((status) => findCondition(status?.conditions, 'Linked'));
  return before?.reason === after?.reason && stored?.chainDepth === next.chainDepth;
}

function specPhase({ clone }: CloneScope): PhaseResult {
  requireValidSpec('LinkedClone', clone);
  return undefined;
}

/** Nothing is begun. A machine that is there is still looked at, so that what is said about it stays true. */
function pausedPhase({ clone }: CloneScope): PhaseResult {
  if (clone.spec.paused !== true) return undefined;
  if (clone.status?.vm !== undefined) return undefined;
  throw new NotReady('Paused', PAUSED);
}
