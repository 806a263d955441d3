// Reconciles a LinkedCloneSet: as many clones as wanted, named by ordinal, and the sum of what they say. It never talks to
// vCenter; it creates, patches and deletes LinkedClones, and waits for them.
import type { BaseSnapshot, LinkedClone, LinkedCloneSet, LinkedCloneSetStatus } from '../../api/types.generated.ts';
import { findCondition, needsPerson } from '../../api/conditions.ts';
import { FINALIZERS } from '../../api/identifiers.ts';
import { findReason } from '../../api/reasons.ts';
import { refusedForGood } from '../../kube/api-error.ts';
import type { ReconcileContext, ReconcileResult } from '../../kube/controller.ts';
import { addFinalizer, hasFinalizer, removeFinalizer } from '../../kube/finalizers.ts';
import type { ObjectKey } from '../../kube/objects.ts';
import { parseKey } from '../../kube/objects.ts';
import { patchStatus } from '../../kube/status-patch.ts';
import { allowsNamespace, notAllowedMessage } from '../base-snapshot/allowed-namespaces.ts';
import { baseKeyOf } from '../base-snapshot/dependents.ts';
import { missingBase } from '../base-snapshot/missing-base.ts';
import { toError } from '../../util/errors.ts';
import { connectionOf } from '../shared/pinned-to.ts';
import { LINKED_CLONE_SETS } from '../shared/resources.ts';
import type { FailureBreaker } from '../vcenter/failure-breaker.ts';
import { stopAfterFailures } from '../vcenter/failure-breaker.ts';
import { invalidSpec, specProblem } from '../shared/spec-check.ts';
import type { Runtime } from '../shared/runtime.ts';
import { INDEX } from '../shared/runtime.ts';
import { clockAgrees } from '../shared/clock-agreement.ts';
import { currentObject } from '../shared/current.ts';
import { KnownUids } from '../shared/known-uids.ts';
import { StatusDraft } from '../shared/status-draft.ts';
import { adoptClones } from './adopt.ts';
import { createClones, deleteClone, listOwned, liveSet, orphanClone, patchClone } from './children.ts';
import { NameConflicts } from './conflicts.ts';
import { CreatePace } from './create-pace.ts';
import { FinalStretch } from './final-stretch.ts';
import type { SetPlan } from './plan.ts';
import { isDeleting, nextLostDueMs, planSet } from './plan.ts';
import { areDeletedAnyway, detachMarked, inTurns, removeAndReplace, thoseInPolicy } from './removal.ts';
import { ensureRevision } from './revision.ts';
import type { BaseProblem } from './status.ts';
import { countClones, describeSet, progressLeftMs, waitsForGuests } from './status.ts';
import { inPlacePatch } from './template.ts';

function sameClones(cached: readonly LinkedClone[], live: readonly LinkedClone[]): boolean {
  const known = new Set(cached.map(({ metadata }) => metadata.uid));
  return known.size === live.length && live.every(({ metadata }) => known.has(metadata.uid));
}

interface SetScope {
  readonly set: LinkedCloneSet;
  readonly base: BaseSnapshot | undefined;
  readonly problem: BaseProblem | undefined;
  readonly draft: StatusDraft<LinkedCloneSetStatus>;
  readonly context: ReconcileContext;
  owned: readonly LinkedClone[];
}

export class LinkedCloneSetReconciler {
  readonly #runtime: Runtime;
  /** Sets whose clones were listed live since this process started, and found to be those of the cache. */
  readonly #listed = new Set<string>();
  readonly #known = new KnownUids();
  /** Clones (as cached) that are in line with their set's template of that generation and revision. */
  readonly #inLine = new WeakMap<LinkedClone, string>();
  readonly #conflicts: NameConflicts;
  readonly #pace: CreatePace;
  readonly #stretch: FinalStretch;

  constructor(runtime: Runtime) {
    const { clock, config } = runtime;
    this.#runtime = runtime;
    this.#stretch = new FinalStretch(clock, config['status-interval']);
    this.#pace = new CreatePace({ clock, rate: config['create-rate'], burst: config['create-burst'] });
    this.#conflicts = new NameConflicts(runtime);
  }

  async reconcile(key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> {
    const runtime = this.#runtime;
    const set = await currentObject(runtime.live, runtime.stores.sets, LINKED_CLONE_SETS, key, context);
    const gone = this.#known.note(key, set?.metadata.uid);
    if (gone !== undefined) this.#forget(gone);
    if (set === undefined) return undefined;
    this.#pace.forget(set.metadata.uid); // until this look finds something to make
    const deleting = set.metadata.deletionTimestamp !== undefined;
    if (!deleting && !hasFinalizer(set, FINALIZERS.clones)) {
      await addFinalizer(runtime.rest, LINKED_CLONE_SETS, set, FINALIZERS.clones);
      return undefined; // woken with it, or by what became of the set
    }
    const owned = runtime.stores.clones.byIndex(INDEX.owner, set.metadata.uid);
    const draft = new StatusDraft<LinkedCloneSetStatus>(set.status, set.metadata.generation, runtime.clock);
    const invalid = specProblem('LinkedCloneSet', set);
    if (invalid !== undefined) {
      const isEmpty = deleting && owned.length === 0 && (await listOwned(runtime, set)).length === 0;
      return isEmpty ? this.#letGo(set) : this.#refuse(set, draft, invalid);
    }
    const base = runtime.stores.bases.get(
      parseKey(baseKeyOf(set.spec.template.spec.baseSnapshotRef, set.metadata.namespace)),
    );
    const scope: SetScope = { set, base, problem: this.#describeBase(set, base, draft), draft, context, owned };
    if (deleting) return this.#delete(scope);

    // those that wait for a slot count on the set's maxConcurrent as it is at their turn
    if (set.status?.observedGeneration !== set.metadata.generation)
      for (const connection of runtime.connections.all()) connection.slots.clone.pump();
    let failure: Error | undefined;
    let plan: SetPlan | undefined;
    let revision = set.status?.updateRevision;
    try {
      if (base?.status?.snapshot !== undefined) revision = await ensureRevision(runtime, set, base);
      // a changed template deserves a fresh start: what failed before may work now
      if (revision !== set.status?.updateRevision) this.#breakerOf(base)?.reset(set.metadata.uid);
      plan = await this.#apply(scope, revision);
    } catch (error) {
      failure = toError(error);
    }
    const now = runtime.clock.now();
    const counts = countClones(set, scope.owned, revision, now);
    draft.status.consecutiveFailures = this.#breakerOf(base)?.consecutive(set.metadata.uid) ?? 0;
    describeSet(draft, {
      set,
      owned: scope.owned,
      counts,
      base,
      problem: scope.problem,
      refused: refusedForGood(failure),
      protectedCount: plan?.protectedCount ?? 0,
      stoppedAfter: this.#stoppedAfter(set, base),
      revision,
      datastoreOf: (clone) => this.#datastoreOf(clone),
      now,
    });
    const nearMs = this.#stretch.waitMs(set.metadata.uid, waitsForGuests(counts, scope.owned));
    const wait = await this.#writeStatus(scope, nearMs);
    if (failure !== undefined) throw failure;
    const live = scope.owned.filter((clone) => !isDeleting(clone));
    return {
      requeueAfterMs: Math.min(
        wait ?? Infinity,
        this.#pace.waitMs(set.metadata.uid) ?? Infinity,
        counts.nextAvailableMs ?? Infinity,
        progressLeftMs(set, draft.status, now) ?? Infinity,
        nextLostDueMs(live, now, runtime.config['lost-after']) ?? Infinity,
        (plan?.postponed.length ?? 0) > 0 ? runtime.config['conflict-retry'] : Infinity,
        this.#graceLeft(scope),
        runtime.config['resync-interval'],
      ),
    };
  }

  /** Its clones stay as they are, deletion included: what is to become of them is in the spec. */
  async #refuse(
    set: LinkedCloneSet,
    draft: StatusDraft<LinkedCloneSetStatus>,
    problem: string,
  ): Promise<ReconcileResult> {
    draft.status.summary = 'InvalidSpec';
    draft.summarize('Stalled', 'InvalidSpec', invalidSpec(problem));
    const wait = await this.#writeStatus({ set, draft });
    return { requeueAfterMs: wait ?? this.#runtime.config['resync-interval'] };
  }

  /** How many failures in a row it stopped after; undefined while it hasn't. */
  #stoppedAfter(set: LinkedCloneSet, base: BaseSnapshot | undefined): number | undefined {
    const limit = stopAfterFailures(set.spec.provisioning);
    return this.#breakerOf(base)?.isStopped(set.metadata.uid, limit) === true ? limit : undefined;
  }

  #datastoreOf({ status }: LinkedClone): string | undefined {
    const value = status?.operation?.datastore;
    if (value === undefined) return status?.vm?.datastoreName;
    const tree = connectionOf(this.#runtime, status?.vCenter)?.knownTree;
    return tree?.get({ type: 'Datastore', value })?.name;
  }

  #breakerOf(base: BaseSnapshot | undefined): FailureBreaker | undefined {
    return this.#runtime.connections.get(base?.status?.vCenter?.name ?? '')?.breaker;
  }

  /** Why no clones can be made of the base now, with its condition. */
  #describeBase(
    set: LinkedCloneSet,
    base: BaseSnapshot | undefined,
    draft: StatusDraft<LinkedCloneSetStatus>,
  ): SetScope['problem'] {
    const name = baseKeyOf(set.spec.template.spec.baseSnapshotRef, set.metadata.namespace);
    if (base === undefined)
      return this.#baseProblem(
        set,
        draft,
        'BaseSnapshotNotFound',
        'NotFound',
        missingBase(name, this.#runtime.config['watch-namespaces']),
      );
    if (base.metadata.deletionTimestamp !== undefined)
      return this.#baseProblem(
        set,
        draft,
        'BaseSnapshotDeleting',
        'Deleting',
        `BaseSnapshot "${name}" is being deleted: no new clones are made of it`,
      );
    const namespace = set.metadata.namespace ?? '';
    if (!allowsNamespace(this.#runtime, base, namespace))
      return this.#baseProblem(set, draft, 'BaseSnapshotNotAllowed', 'NotAllowed', notAllowedMessage(name, namespace));
    const ready = findCondition(base.status?.conditions, 'Ready');
    if (ready?.status !== 'True') {
      const message = `BaseSnapshot "${name}" isn't ready: ${ready?.message ?? 'it was not looked at yet'}`;
      const problem = this.#baseProblem(set, draft, 'BaseSnapshotNotReady', 'NotReady', message);
      return { ...problem, stalled: needsPerson(base) };
    }
    draft.set('BaseSnapshotReady', true, 'Ready', `BaseSnapshot "${name}" is ready`);
    return undefined;
  }

  /** Stalled at once or after the grace time, as the table of reasons says. */
  #baseProblem(
    set: LinkedCloneSet,
    draft: StatusDraft<LinkedCloneSetStatus>,
    reason: string,
    short: string,
    message: string,
  ): BaseProblem {
    draft.set('BaseSnapshotReady', false, short, message);
    const progress = findReason('LinkedCloneSet', 'Ready', reason)?.progress;
    const stalledAlready = draft.isTrue('Stalled') && draft.find('Stalled')?.reason === reason;
    const graceOver =
      progress === 'grace' && this.#runtime.grace.leftMs(set.metadata.uid, reason, stalledAlready) === 0;
    return { reason, message, stalled: progress === 'Stalled' || graceOver };
  }

  /** Milliseconds until what isn't Stalled yet will be. */
  #graceLeft({ set, problem }: SetScope): number {
    const { grace } = this.#runtime;
    if (problem === undefined) {
      grace.clear(set.metadata.uid);
      return Infinity;
    }
    if (problem.stalled || findReason('LinkedCloneSet', 'Ready', problem.reason)?.progress !== 'grace') return Infinity;
    // not 0: a wait that ended a moment ago still has to be told
    return Math.max(1, grace.leftMs(set.metadata.uid, problem.reason, false));
  }

  async #apply(scope: SetScope, revision: string | undefined): Promise<SetPlan | undefined> {
    const { set } = scope;
    if (set.spec.paused === true) return undefined;
    await detachMarked(this.#runtime, set, scope.owned);
    if ((await adoptClones(this.#runtime, set, scope.owned.length)) > 0) return undefined; // woken when the cache has them
    await this.#patchInPlace(scope, revision);
    let plan = this.#plan(scope);
    if (plan.postponed.length > 0) this.#logPostponed(scope, plan);
    if (plan.remove.length > 0 || plan.replace.length > 0) plan = await this.#removeLive(scope);
    if (plan.create.length > 0 && scope.problem === undefined && revision !== undefined)
      await this.#create(scope, plan, revision);
    return plan;
  }

  #logPostponed({ context }: SetScope, { postponed }: SetPlan): void {
    const { rest, clock } = this.#runtime;
    const [server, own] = [rest.serverNow(), clock.now()];
    context.logger.warn(
      { lost: postponed.map(({ metadata }) => metadata.name), skewMs: server === undefined ? undefined : own - server },
      "lost clones are not replaced: this machine's clock and the API server's differ by more than 60 s",
    );
  }

  #plan({ set, owned }: SetScope): SetPlan {
    const { stores, clock, config, rest } = this.#runtime;
    const takenNames = new Set(stores.clones.list(set.metadata.namespace ?? '').map((clone) => clone.metadata.name));
    return planSet({
      set,
      owned,
      takenNames,
      conflicting: this.#conflicts.of(set),
      now: clock.now(),
      lostAfterMs: config['lost-after'],
      clockAgrees: clockAgrees(rest.serverNow(), clock.now()),
    });
  }

  /**
   * Makes what is missing. The set is looked at, and its clones are counted, live before, until the cache was once seen to
   * have just those.
   */
  async #create(scope: SetScope, plan: SetPlan, revision: string): Promise<void> {
    const { set, context } = scope;
    if (!this.#listed.has(set.metadata.uid) || context.gateExpired) {
      const live = await liveSet(this.#runtime, set);
      if (live?.metadata.generation !== set.metadata.generation) return; // its newer version, or its end, wakes it
      const cached = scope.owned;
      scope.owned = await listOwned(this.#runtime, set);
      if (sameClones(cached, scope.owned)) this.#listed.add(set.metadata.uid);
      plan = this.#plan(scope);
    }
    const now = plan.create.slice(0, this.#pace.take(set.metadata.uid, plan.create.length));
    await createClones(this.#runtime, set, now, revision);
  }

  /** Deletes surplus and lost clones, decided once more on live reads. */
  async #removeLive(scope: SetScope): Promise<SetPlan> {
    const runtime = this.#runtime;
    const live = await liveSet(runtime, scope.set);
    if (live === undefined || live.metadata.deletionTimestamp !== undefined || live.spec.paused === true)
      return { create: [], remove: [], replace: [], postponed: [], protectedCount: 0 };
    const owned = await detachMarked(runtime, live, await listOwned(runtime, live));
    const plan = this.#plan({ ...scope, set: live, owned });
    return { ...plan, remove: [], replace: [], postponed: await removeAndReplace(runtime, live, owned, plan) };
  }

  async #patchInPlace({ set, owned }: SetScope, revision: string | undefined): Promise<void> {
    for (const clone of owned) {
      if (isDeleting(clone)) continue;
      const template = `${set.metadata.uid}/${set.metadata.generation ?? 0}/${revision ?? ''}`;
      if (this.#inLine.get(clone) === template) continue;
      const patch = inPlacePatch(set, clone, revision);
      if (patch === undefined) this.#inLine.set(clone, template);
      else await patchClone(this.#runtime, set, clone, patch);
    }
  }

  /** Its clones go first, or are let go; an `orphan` finalizer means that nothing is deleted at all. */
  async #delete(scope: SetScope): Promise<ReconcileResult> {
    const { set, draft } = scope;
    const runtime = this.#runtime;
    const finalizers = set.metadata.finalizers ?? [];
    if (!finalizers.includes(FINALIZERS.clones) || finalizers.includes('orphan')) return undefined;
    const known = scope.owned;
    let left = known;
    // while all that is known is on its way out there's nothing to decide; whether that is all, the API server says
    if (known.length === 0 || known.some((clone) => !isDeleting(clone))) {
      const live = await liveSet(runtime, set);
      if (live === undefined) return undefined;
      const retain = live.spec.retentionPolicy?.whenDeleted === 'Retain';
      const isTaken = retain && (await areDeletedAnyway(runtime, live));
      // while Kubernetes deletes them there's nothing to decide either
      const listed = isTaken && known.length > 0 ? known : await listOwned(runtime, live);
      const owned = isTaken ? listed : await detachMarked(runtime, live, listed);
      const there = owned.filter((clone) => !isDeleting(clone));
      // those that Kubernetes deletes stay by its word as long as they are its own
      const going = isTaken ? [] : await thoseInPolicy(runtime, live, there);
      const all = await inTurns(runtime, live, going, (clone) =>
        retain ? orphanClone(runtime, live, clone) : deleteClone(runtime, live, clone),
      );
      if (!all) return { requeueAfterMs: runtime.config['status-interval'] };
      left = retain ? owned.filter((clone) => !going.includes(clone)) : owned;
    }
    if (left.length === 0) return this.#letGo(set);
    scope.owned = left;
    const held = left.filter((clone) => findCondition(clone.status?.conditions, 'DeletionBlocked')?.status === 'True');
    draft.status.terminatingReplicas = left.length;
    draft.status.replicas = 0;
    draft.status.readyReplicas = 0;
    draft.status.summary = held.length > 0 ? `Deletion held ${held.length}` : `Deleting ${left.length}`;
    if (held.length > 0)
      draft.summarize(
        'Reconciling',
        'DeletionBlocked',
        `${held.length} clones are held: ${findCondition(held[0]?.status?.conditions, 'DeletionBlocked')?.message ?? ''}`,
      );
    else draft.summarize('Reconciling', 'Deleting', `${left.length} clones are being deleted`);
    return { requeueAfterMs: (await this.#writeStatus(scope)) ?? runtime.config['resync-interval'] };
  }

  /** It is being deleted and has no clones: nothing keeps it. */
  async #letGo(set: LinkedCloneSet): Promise<undefined> {
    const runtime = this.#runtime;
    await removeFinalizer(runtime.rest, LINKED_CLONE_SETS, set, FINALIZERS.clones);
    this.#forget(set.metadata.uid);
  }

  #forget(uid: string): void {
    const { writes, grace, connections } = this.#runtime;
    writes.forget(uid);
    grace.clear(uid);
    this.#listed.delete(uid);
    this.#stretch.forget(uid);
    this.#pace.forget(uid); // one that waited for its turn would keep the others waiting
    this.#conflicts.forget(uid);
    for (const connection of connections.all()) connection.breaker.reset(uid);
  }

  /** What is only a step waits `leastMs` in any case. Milliseconds until it may be written; undefined: nothing is left to write. */
  async #writeStatus({ set, draft }: Pick<SetScope, 'set' | 'draft'>, leastMs = 0): Promise<number | undefined> {
    const runtime = this.#runtime;
    const what = draft.isResult(set.status) ? 'result' : 'step';
    const { uid } = set.metadata;
    const wait = Math.max(runtime.writes.waitMs(uid, what), what === 'step' ? leastMs : 0);
    if (wait > 0 && !draft.endsStall(set.status)) return wait;
    if ((await patchStatus(runtime.rest, LINKED_CLONE_SETS, set, draft.status)) !== undefined)
      runtime.writes.wrote(set.metadata.uid);
    return undefined;
  }
}
