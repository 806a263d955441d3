// What the operator is doing now, by set: the steps that aren't worth a write each. Read by /progress, the demo's table
// and the clones gauge; computed when asked for, from memory and cache.
import type { LinkedClone, LinkedCloneSet, StorageSavings } from '../api/types.generated.ts';
import { findCondition } from '../api/conditions.ts';
import type { CloneState } from '../telemetry/metrics.ts';
import { CLONE_STATES } from '../telemetry/metrics.ts';
import { isDeleting, isFailed } from './linked-clone-set/plan.ts';
import { refreshObjectGauges } from './object-gauges.ts';
import { connectionOf } from './shared/pinned-to.ts';
import type { Runtime } from './shared/runtime.ts';
import { INDEX } from './shared/runtime.ts';
import type { VCenterConnection } from './vcenter/connection.ts';
import { POOL_NAMES } from './vcenter/slot-pools.ts';

export interface SetProgress {
  readonly namespace: string;
  readonly name: string;
  readonly wanted: number;
  readonly states: Readonly<Record<CloneState, number>>;
  readonly storage: StorageSavings | undefined;
  readonly seconds: number | undefined;
  /** What the next step waits for; empty for nothing. */
  readonly waitingFor: string;
}

/** The step a clone is at. */
export function cloneState(clone: LinkedClone, connection: VCenterConnection | undefined): CloneState {
  if (isDeleting(clone)) return 'Deleting';
  const ready = findCondition(clone.status?.conditions, 'Ready');
  if (ready?.status === 'True') return 'Ready';
  const { uid } = clone.metadata;
  const recorded = clone.status?.vm;
  if (recorded === undefined) {
    if (isFailed(clone)) return 'Failed';
    const operations = connection?.operations;
    const begun = operations?.running(uid, 'clone') ?? operations?.peekOutcome(uid, 'clone');
    return begun === undefined ? 'Queued' : 'Cloning';
  }
  if (isFailed(clone)) return 'Failed';
  const vm = connection?.inventory.get({ type: 'VirtualMachine', value: recorded.moRef });
  if (clone.status?.timings?.readySeconds !== undefined) return 'NotReady';
  if (vm?.powerState !== 'poweredOn') return 'Booting';
  return clone.spec.customization === undefined ? 'Booting' : 'Customizing';
}

function emptyStates(): Record<CloneState, number> {
  return Object.fromEntries(CLONE_STATES.map((state) => [state, 0])) as Record<CloneState, number>;
}

export function setProgress(runtime: Runtime, set: LinkedCloneSet): SetProgress {
  const owned = runtime.stores.clones.byIndex(INDEX.owner, set.metadata.uid);
  const states = emptyStates();
  for (const clone of owned) states[cloneState(clone, connectionOf(runtime, clone.status?.vCenter))] += 1;
  return {
    namespace: set.metadata.namespace ?? '',
    name: set.metadata.name,
    wanted: set.spec.replicas ?? 1,
    states,
    storage: set.status?.storage,
    seconds: set.status?.lastScale?.seconds,
    waitingFor: waitingFor(runtime, set, owned, states),
  };
}

function waitingFor(
  runtime: Runtime,
  set: LinkedCloneSet,
  owned: readonly LinkedClone[],
  states: Readonly<Record<CloneState, number>>,
): string {
  const problem =
    findCondition(set.status?.conditions, 'Stalled') ??
    (states.Failed > 0 ? findCondition(set.status?.conditions, 'Ready') : undefined);
  if (problem !== undefined) return problem.message;
  if (states.Queued === 0) return '';
  const clone = owned.find((candidate) => candidate.status?.vCenter !== undefined);
  const connection = clone === undefined ? undefined : connectionOf(runtime, clone.status?.vCenter);
  if (connection === undefined) return findCondition(set.status?.conditions, 'Ready')?.message ?? 'the base';
  const { limits, clone: slots } = connection.slots;
  return slots.inFlight >= limits.clones
    ? `clone slots of ${connection.name} (${limits.clones})`
    : `clone slots of the source's host (${limits.clonesPerSourceHost})`;
}

/** The body of /progress. */
export function describeProgress(runtime: Runtime): unknown {
  return {
    vCenters: runtime.connections.all().map((connection) => ({
      name: connection.name,
      pollAgeSeconds: Math.round(connection.pollAgeMs / 100) / 10,
      pools: Object.fromEntries(
        POOL_NAMES.map((pool) => [
          pool,
          { inFlight: connection.slots[pool].inFlight, waiting: connection.slots[pool].waiting },
        ]),
      ),
    })),
    sets: runtime.stores.sets.list().map((set) => setProgress(runtime, set)),
  };
}

/** Brings the gauges up to date; called before each scrape. */
export function refreshGauges(runtime: Runtime): void {
  refreshObjectGauges(runtime);
  const states = emptyStates();
  for (const clone of runtime.stores.clones.list())
    states[cloneState(clone, connectionOf(runtime, clone.status?.vCenter))] += 1;
  for (const state of CLONE_STATES) runtime.metrics.clones.set({ state }, states[state]);
  for (const connection of runtime.connections.all()) {
    runtime.metrics.pollAge.set({ vcenter: connection.name }, connection.pollAgeMs / 1000);
    for (const pool of POOL_NAMES) {
      runtime.metrics.tasksInFlight.set({ vcenter: connection.name, pool }, connection.slots[pool].inFlight);
      runtime.metrics.tasksWaiting.set({ vcenter: connection.name, pool }, connection.slots[pool].waiting);
    }
  }
}
