// Watches sets and bases as any client of the API would, and notes to the millisecond when each of the demo's sets became
// ready: what the demo says about time and space is what the objects' status said.
import type { BaseSnapshot, LinkedCloneSet } from '../../api/types.generated.ts';
import { findCondition } from '../../api/conditions.ts';
import { PooledKubeConfig } from '../../kube/kube-config.ts';
import { formatKey } from '../../kube/objects.ts';
import type { KubeObject, Resource } from '../../kube/objects.ts';
import { Reflector } from '../../kube/reflector.ts';
import { RestClient } from '../../kube/rest.ts';
import { Store } from '../../kube/store.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { abortReason } from '../../util/abort.ts';
import { systemClock } from '../../util/clock.ts';

export interface LabWatch {
  /** All sets of the cluster, as last seen. */
  sets(): readonly LinkedCloneSet[];
  bases(): readonly BaseSnapshot[];
  /** Resolves with when each set of `names` (namespace/name) became ready, in monotonic milliseconds, once all are. */
  allReady(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /** Resolves when `predicate` holds, looked at after each change; rejects with the signal's reason. */
  until(predicate: () => boolean, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const RESOURCE = { group: 'linkedclone.dev', version: 'v1alpha1', namespaced: true } as const;
const SETS: Resource<LinkedCloneSet> = { ...RESOURCE, plural: 'linkedclonesets', kind: 'LinkedCloneSet' };
const BASES: Resource<BaseSnapshot> = { ...RESOURCE, plural: 'basesnapshots', kind: 'BaseSnapshot' };

/** What is seen is what's wanted: this generation, all clones ready, no others left. */
export function isSetReady({ metadata, spec, status }: LinkedCloneSet): boolean {
  return (
    status?.observedGeneration === metadata.generation &&
    findCondition(status.conditions, 'Ready')?.status === 'True' &&
    status.readyReplicas === (spec.replicas ?? 1)
  );
}

/** Begins to watch; resolves when the first lists have come. */
export async function watchLab(kubeconfig: string, signal: AbortSignal): Promise<LabWatch> {
  const config = PooledKubeConfig.load(kubeconfig);
  const rest = new RestClient({ config, userAgent: 'demo', fieldManager: 'demo', clock: systemClock });
  const end = new AbortController();
  const sets = mirror(rest, SETS, end.signal);
  const bases = mirror(rest, BASES, end.signal);
  const readyAt = new Map<string, number>();
  const listeners = new Set<() => void>();
  sets.store.onChange(({ key, new: set }) => {
    const name = formatKey(key);
    if (set === undefined || !isSetReady(set)) readyAt.delete(name);
    else if (!readyAt.has(name)) readyAt.set(name, systemClock.monotonic());
  });
  for (const { store } of [sets, bases]) store.onChange(() => listeners.forEach((listener) => listener()));

  async function close(): Promise<void> {
    end.abort(new Error('the demo ends'));
    await Promise.all([sets.running, bases.running]);
    await config.close();
  }

  function until(predicate: () => boolean, stop: AbortSignal): Promise<void> {
    const done = Promise.withResolvers<void>();
    const look = (): void => {
      if (stop.aborted) done.reject(abortReason(stop));
      else if (predicate()) done.resolve();
    };
    listeners.add(look);
    stop.addEventListener('abort', look);
    look();
    return done.promise.finally(() => {
      listeners.delete(look);
      stop.removeEventListener('abort', look);
    });
  }

  try {
    await Promise.all([sets.reflector.synced(signal), bases.reflector.synced(signal)]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    sets: () => sets.store.list(),
    bases: () => bases.store.list(),
    async allReady(names, stop) {
      await until(() => names.every((name) => readyAt.has(name)), stop);
      return new Map(readyAt);
    },
    until,
    close,
  };
}

function mirror<T extends KubeObject>(rest: RestClient, resource: Resource<T>, signal: AbortSignal) {
  const logger = createLogger('silent');
  const store = new Store<T>({
    onListenerError: (error) => {
      throw error;
    },
  });
  const reflector = new Reflector<T>({ rest, resource, store, clock: systemClock, logger });
  return { store, reflector, running: reflector.run(signal) };
}
