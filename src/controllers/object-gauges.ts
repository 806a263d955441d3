// Counts what the cached objects say into gauges, before each scrape. Series of a namespace or a reason that is gone go, too.
import type { Condition, LinkedCloneSet } from '../api/types.generated.ts';
import { findCondition } from '../api/conditions.ts';
import type { Runtime } from './shared/runtime.ts';

const QUANTILES = [0.5, 0.95, 1] as const;

interface WithConditions {
  readonly kind: string;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface ConditionCount {
  readonly labels: {
    readonly kind: string;
    readonly condition: string;
    readonly status: string;
    readonly reason: string;
  };
  count: number;
}

export function refreshObjectGauges({ metrics, stores }: Pick<Runtime, 'metrics' | 'stores'>): void {
  const { sets, replicas, storageBytes, conditions } = metrics;
  for (const gauge of [sets, replicas, storageBytes, conditions, metrics.readySeconds]) gauge.reset();
  for (const set of stores.sets.list()) {
    const namespace = set.metadata.namespace ?? '';
    sets.inc({ namespace, state: setState(set) });
    replicas.inc({ namespace, kind: 'desired' }, set.spec.replicas ?? 1);
    replicas.inc({ namespace, kind: 'current' }, set.status?.replicas ?? 0);
    replicas.inc({ namespace, kind: 'ready' }, set.status?.readyReplicas ?? 0);
  }
  for (const base of stores.bases.list()) {
    const storage = base.status?.storage;
    if (storage === undefined) continue;
    const namespace = base.metadata.namespace ?? '';
    storageBytes.inc({ namespace, kind: 'full' }, storage.fullCloneBytes);
    storageBytes.inc({ namespace, kind: 'thin' }, storage.thinCloneBytes);
    storageBytes.inc({ namespace, kind: 'linked' }, storage.linkedBytes);
  }
  refreshTimes({ metrics, stores });
  for (const store of [stores.vCenters, stores.bases, stores.sets, stores.clones])
    for (const { labels, count } of countConditions(store.list())) conditions.set(labels, count);
}

/** Counted before the gauge is told: there are ten conditions for each of thousands of clones. */
function countConditions(objects: readonly WithConditions[]): Iterable<ConditionCount> {
  const counts = new Map<string, ConditionCount>();
  for (const { kind, status: described } of objects)
    for (const { type: condition, status, reason } of described?.conditions ?? []) {
      const key = `${condition}/${status}/${reason}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { labels: { kind, condition, status, reason }, count: 1 });
      else known.count += 1;
    }
  return counts.values();
}

function refreshTimes({ metrics, stores }: Pick<Runtime, 'metrics' | 'stores'>): void {
  const seconds = new Map<string, number[]>();
  for (const clone of stores.clones.list()) {
    const ready = clone.status?.timings?.readySeconds;
    const namespace = clone.metadata.namespace ?? '';
    if (ready === undefined) continue;
    const known = seconds.get(namespace);
    if (known === undefined) seconds.set(namespace, [ready]);
    else known.push(ready);
  }
  for (const [namespace, values] of seconds) {
    const sorted = values.toSorted((a, b) => a - b);
    for (const quantile of QUANTILES) {
      const at = Math.max(0, Math.ceil(sorted.length * quantile) - 1);
      metrics.readySeconds.set({ namespace, quantile: String(quantile) }, sorted[at] ?? 0);
    }
  }
}

/** One word for a set. */
export function setState(set: LinkedCloneSet): 'Deleting' | 'Paused' | 'Ready' | 'Stalled' | 'Progressing' {
  const isTrue = (type: string): boolean => findCondition(set.status?.conditions, type)?.status === 'True';
  if (set.metadata.deletionTimestamp !== undefined) return 'Deleting';
  if (set.spec.paused === true) return 'Paused';
  if (isTrue('Ready')) return 'Ready';
  return isTrue('Stalled') ? 'Stalled' : 'Progressing';
}
