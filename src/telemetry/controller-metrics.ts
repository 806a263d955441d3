// What every controller reports, under the names that controller-runtime and client-go gave these series, so that dashboards
// and rules made for them work here. Two results are ours: `terminal` (a human must act) and `gated` (waits for the cache).
import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';

export const RECONCILE_RESULTS = ['success', 'error', 'requeue_after', 'terminal', 'gated'] as const;
export type ReconcileResultName = (typeof RECONCILE_RESULTS)[number];

const SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];
const QUEUE_SECONDS = [0.001, 0.01, 0.1, 1, 5, 15, 60, 300, 900];

/** By controller: how long each key that is worked on has been, in seconds. Asked at each scrape. */
type Working = Map<string, () => readonly number[]>;

export function controllerMetrics(registers: Registry[]) {
  const byController = { labelNames: ['controller'] as const, registers };
  const byQueue = { labelNames: ['name'] as const, registers };
  const working: Working = new Map();
  return {
    reconciles: new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Reconciles by controller and result.',
      labelNames: ['controller', 'result'],
      registers,
    }),
    reconcileErrors: new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Reconciles that failed, terminal ones included.',
      ...byController,
    }),
    terminalErrors: new Counter({
      name: 'controller_runtime_terminal_reconcile_errors_total',
      help: 'Reconciles that failed and are not tried again: a human must act.',
      ...byController,
    }),
    reconcileSeconds: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Duration of one reconcile.',
      buckets: SECONDS,
      ...byController,
    }),
    maxConcurrent: new Gauge({
      name: 'controller_runtime_max_concurrent_reconciles',
      help: 'Workers of a controller.',
      ...byController,
    }),
    timeouts: new Counter({
      name: 'controller_runtime_reconcile_timeouts_total',
      help: 'Reconciles that reached their time limit (--reconcile-timeout).',
      ...byController,
    }),
    activeWorkers: Object.assign(
      new Gauge({
        name: 'controller_runtime_active_workers',
        help: 'Workers of a controller that work on a key now.',
        ...byController,
        collect() {
          for (const [controller, ages] of working) this.set({ controller }, ages().length);
        },
      }),
      { working },
    ),
    unfinishedSeconds: new Gauge({
      name: 'workqueue_unfinished_work_seconds',
      help: 'How long the keys that are worked on have been, all together: what grows and grows is stuck.',
      ...byQueue,
      collect() {
        for (const [name, ages] of working)
          this.set(
            { name },
            ages().reduce((sum, age) => sum + age, 0),
          );
      },
    }),
    longestSeconds: new Gauge({
      name: 'workqueue_longest_running_processor_seconds',
      help: 'How long the key that is worked on longest has been.',
      ...byQueue,
      collect() {
        for (const [name, ages] of working) this.set({ name }, Math.max(0, ...ages()));
      },
    }),
    queueDepth: new Gauge({ name: 'workqueue_depth', help: 'Keys waiting in the work queue.', ...byQueue }),
    queueAdds: new Counter({ name: 'workqueue_adds_total', help: 'Keys put into the work queue.', ...byQueue }),
    queueRetries: new Counter({ name: 'workqueue_retries_total', help: 'Keys put back after a failure.', ...byQueue }),
    queueSeconds: new Histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'How long keys waited, from ready to handed out.',
      buckets: QUEUE_SECONDS,
      ...byQueue,
    }),
    workSeconds: new Histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'How long keys were worked on.',
      buckets: SECONDS,
      ...byQueue,
    }),
  };
}

export type ControllerSeries = ReturnType<typeof controllerMetrics>;

/** Every series of one controller, at 0. */
export function initController(metrics: ControllerSeries, controller: string): void {
  for (const result of RECONCILE_RESULTS) metrics.reconciles.inc({ controller, result }, 0);
  metrics.reconcileErrors.inc({ controller }, 0);
  metrics.terminalErrors.inc({ controller }, 0);
  metrics.timeouts.inc({ controller }, 0);
  metrics.reconcileSeconds.zero({ controller });
  metrics.activeWorkers.set({ controller }, 0);
  metrics.unfinishedSeconds.set({ name: controller }, 0);
  metrics.longestSeconds.set({ name: controller }, 0);
  metrics.queueDepth.set({ name: controller }, 0);
  metrics.queueAdds.inc({ name: controller }, 0);
  metrics.queueRetries.inc({ name: controller }, 0);
  metrics.queueSeconds.zero({ name: controller });
  metrics.workSeconds.zero({ name: controller });
}

/** The hooks that one controller calls. */
export function reportController(metrics: ControllerSeries, controller: string) {
  const name = controller;
  return {
    depth: (keys: number) => metrics.queueDepth.set({ name }, keys),
    added: () => metrics.queueAdds.inc({ name }),
    retried: () => metrics.queueRetries.inc({ name }),
    waited: (seconds: number) => metrics.queueSeconds.observe({ name }, seconds),
    working: (ages: () => readonly number[]) => metrics.activeWorkers.working.set(controller, ages),
    timedOut: () => metrics.timeouts.inc({ controller }),
    worked: (seconds: number) => metrics.workSeconds.observe({ name }, seconds),
    reconciled: (result: ReconcileResultName, seconds: number) => {
      metrics.reconciles.inc({ controller, result });
      if (result === 'gated') return; // nothing ran
      metrics.reconcileSeconds.observe({ controller }, seconds);
      if (result === 'error' || result === 'terminal') metrics.reconcileErrors.inc({ controller });
      if (result === 'terminal') metrics.terminalErrors.inc({ controller });
    },
  };
}
