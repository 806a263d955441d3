// The reconciler of sets in front of an API server that the test fills: what is cached, what the server has where the cache
// is behind, and what it answers. What was written is kept.
import type { BaseSnapshot, LinkedClone, LinkedCloneSet } from '../../../../src/api/types.generated.ts';
import { FINALIZERS } from '../../../../src/api/identifiers.ts';
import { LinkedCloneSetReconciler } from '../../../../src/controllers/linked-clone-set/reconciler.ts';
import { projectTemplate, revisionName } from '../../../../src/controllers/linked-clone-set/revision.ts';
import { GraceClock } from '../../../../src/controllers/shared/grace-clock.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { WriteLimiter } from '../../../../src/controllers/shared/write-limiter.ts';
import { ApiError } from '../../../../src/kube/api-error.ts';
import type { ReconcileContext } from '../../../../src/kube/controller.ts';
import type { JsonPatchOperation } from '../../../../src/kube/json-patch.ts';
import type { ObjectKey } from '../../../../src/kube/objects.ts';
import type { ObjectState } from '../../../../src/vsphere/object-state.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { CREATED, baseSnapshot, condition, linkedCloneSet, pinned, webClone } from './objects.ts';

export const STATUS_INTERVAL = 20_000;
const BASE = baseSnapshot({ status: { ...pinned(), conditions: [condition('Ready', 'True', 'Ready')] } });

export type SetFields = NonNullable<Parameters<typeof linkedCloneSet>[0]>;

export function refused(code: number, reason: string): ApiError {
  return new ApiError(reason, { code, reason, details: { name: 'web' } });
}

export class SetRig {
  readonly clock = new FakeClock();
  readonly sets = new Map<string, LinkedCloneSet>();
  clones: LinkedClone[] = [];
  /** What the API server has, where the cache is behind it. */
  liveClones: LinkedClone[] | undefined;
  readonly live = new Map<string, LinkedCloneSet>();
  /** What the API server answers to changes of clones; undefined: it takes them. */
  refusal: ApiError | undefined;
  /** What it answers to status writes of sets; undefined: it takes them. */
  statusRefusal: ApiError | undefined;
  namespaceDeletedAt: string | undefined;
  /** Happens with each deletion of a clone. */
  onDelete = (): void => undefined;
  /** Happens with each clone that is let go. */
  onOrphan = (_name: string): void => undefined;
  /** Of the vCenter that answers. */
  vCenterUuid = 'vc-uuid';
  /** Machines that vCenter finds by a clone's instanceUuid; an error: it doesn't answer; undefined: nobody is connected to it. */
  found: readonly MoRef[] | Error | undefined = [];
  /** What each of them tells of itself. */
  told: Readonly<Record<string, unknown>> = {};
  /** Clones that were woken. */
  readonly woken: string[] = [];
  guard = { mayChange: (): void => undefined, mayDestroy: async (): Promise<void> => undefined };
  readonly created: string[] = [];
  readonly deleted: string[] = [];
  readonly adopted: unknown[] = [];
  /** Clones that were let go. */
  readonly orphaned: string[] = [];
  /** Sets whose finalizers were changed. */
  readonly letGo: string[] = [];
  /** Sets whose status was written. */
  written: string[] = [];
  readonly #reconciler: LinkedCloneSetReconciler;

  constructor() {
    this.#reconciler = new LinkedCloneSetReconciler(this.#runtime());
  }

  /** The set of that name, its revision stored already; one that is deleted is to leave its clones behind. */
  apply(name: string, fields: SetFields = {}): void {
    const set = linkedCloneSet({ name, ...fields });
    const updateRevision = revisionName(set, projectTemplate(set, BASE));
    this.sets.set(name, {
      ...set,
      metadata: { ...set.metadata, finalizers: [FINALIZERS.clones, ...(fields.deleted === true ? ['orphan'] : [])] },
      status: { observedGeneration: 1, updateRevision, ...this.sets.get(name)?.status },
    });
  }

  /** Changes the set's metadata, as the cache has it. */
  amend(name: string, metadata: Partial<LinkedCloneSet['metadata']>): void {
    const set = this.sets.get(name);
    if (set === undefined) throw new Error(`there is no set ${name}`);
    this.sets.set(name, { ...set, metadata: { ...set.metadata, ...metadata } });
  }

  /** The set is being deleted, and has its finalizer. */
  remove(name: string): void {
    this.amend(name, { deletionTimestamp: CREATED });
  }

  /** Milliseconds after which it wants to be looked at again. */
  async look(name: string): Promise<number> {
    const context = { logger: createLogger('silent'), gateExpired: false } as unknown as ReconcileContext;
    const result = await this.#reconciler.reconcile({ namespace: 'lab', name }, context);
    return result?.requeueAfterMs ?? Number.NaN;
  }

  /** An API server that keeps what is created and statuses that are written. */
  #runtime(): Runtime {
    return {
      ...{ clock: this.clock, rest: this.#rest(), clusterId: 'cluster-1', logger: createLogger('silent') },
      stores: {
        sets: { get: ({ name }: ObjectKey) => this.sets.get(name) },
        bases: { get: (): BaseSnapshot => BASE },
        clones: {
          list: () => this.clones,
          byIndex: (_: string, owner: string) =>
            this.clones.filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === owner),
        },
      },
      config: {
        'status-interval': STATUS_INTERVAL,
        'create-rate': 1,
        'create-burst': 10,
        'conflict-retry': 30_000,
        'lost-after': 30_000,
        'resync-interval': 600_000,
        'watch-namespaces': [],
      },
      live: {
        get: async ({ kind }: { kind: string }, { name }: ObjectKey) => {
          if (kind === 'Namespace') return { metadata: { name, deletionTimestamp: this.namespaceDeletedAt } };
          if (kind === 'LinkedClone') return this.clones.find((clone) => clone.metadata.name === name);
          return this.live.get(name) ?? this.sets.get(name);
        },
      },
      guard: { mayChange: () => this.guard.mayChange(), mayDestroy: async () => this.guard.mayDestroy() },
      events: { event: () => undefined },
      gates: { setClones: { record: () => undefined } },
      connections: { get: () => this.#connection(), all: () => [] },
      wake: { clone: ({ namespace, name }: ObjectKey) => this.woken.push(`${namespace}/${name}`) },
      writes: new WriteLimiter(this.clock, STATUS_INTERVAL),
      plannedDeletions: new Set<string>(),
      grace: new GraceClock(this.clock, 60_000),
    } as unknown as Runtime;
  }

  #connection(): unknown {
    const { found } = this;
    if (found === undefined) return undefined;
    const findAllByUuid = async (): Promise<readonly MoRef[]> =>
      found instanceof Error ? Promise.reject(found) : found;
    const readMany = async (refs: readonly MoRef[]): Promise<Map<string, ObjectState>> =>
      new Map(refs.map((ref) => [ref.value, { ref, properties: this.told, missing: {} }]));
    return { name: 'vc', instanceUuid: this.vCenterUuid, client: { findAllByUuid, readMany } };
  }

  #rest(): unknown {
    return {
      serverNow: () => this.clock.now(),
      listAll: async () => this.liveClones ?? this.clones,
      create: async (_: unknown, __: string, body: LinkedClone) => {
        this.created.push(body.metadata.name);
        return { ...body, metadata: { ...body.metadata, resourceVersion: '2' } };
      },
      delete: async (_: unknown, { name }: ObjectKey) => {
        this.deleted.push(name);
        this.onDelete();
      },
      patch: async ({ kind }: { kind: string }, { name }: ObjectKey, patch: readonly JsonPatchOperation[]) =>
        kind === 'LinkedClone' ? this.#patchClone(name, JSON.stringify(patch)) : this.#patchSet(name, patch),
    };
  }

  #patchClone(name: string, patch: string): LinkedClone {
    if (this.refusal !== undefined) throw this.refusal;
    if (patch.includes('"ownerReferences":[]')) {
      this.orphaned.push(name);
      this.onOrphan(name);
    } else if (patch.includes('ownerReferences')) this.adopted.push(patch);
    return webClone(1); // labels that follow the template
  }

  #patchSet(name: string, patch: readonly JsonPatchOperation[]): LinkedCloneSet {
    const set = this.sets.get(name);
    if (set === undefined) throw new Error(`there is no set ${name}`);
    if (patch.some(({ path }) => path === '/metadata/finalizers')) {
      if (this.live.has(name) && this.live.get(name)?.metadata.uid !== set.metadata.uid) throw refused(404, 'NotFound');
      this.letGo.push(name);
      return set;
    }
    if (this.statusRefusal !== undefined) throw this.statusRefusal;
    this.written.push(name);
    const status = Object.fromEntries(
      patch.map((one) => [one.path.split('/')[2] ?? '', 'value' in one ? one.value : undefined]),
    );
    const next = { ...set, status: { ...set.status, ...status } };
    this.sets.set(name, next);
    return next;
  }
}
