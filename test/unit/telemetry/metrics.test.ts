// The series of the operator: each is there from the first scrape on, and labels are of the bounded kind only.
import { describe, expect, it } from '@jest/globals';
import { watchEventLoop } from '../../../src/telemetry/event-loop.ts';
import { RECONCILE_RESULTS, reportController } from '../../../src/telemetry/controller-metrics.ts';
import { CLONE_STATES, createMetrics } from '../../../src/telemetry/metrics.ts';

const CONTROLLERS = ['vcenter', 'linked-clone'];

describe('createMetrics', () => {
  it('has a series for every controller, result and state before anything happened', async () => {
    const text = await createMetrics(CONTROLLERS).registry.metrics();
    for (const controller of CONTROLLERS) {
      for (const result of RECONCILE_RESULTS)
        expect(text).toContain(`controller_runtime_reconcile_total{controller="${controller}",result="${result}"} 0\n`);
      expect(text).toContain(`workqueue_depth{name="${controller}"} 0\n`);
    }
    for (const state of CLONE_STATES) expect(text).toContain(`linkedclone_clones{state="${state}"} 0\n`);
    for (const quantile of ['0.5', '0.99', '1'])
      expect(text).toContain(`linkedclone_event_loop_delay_seconds{quantile="${quantile}"} 0\n`);
    expect(text).toContain('linkedclone_events_dropped_total 0\n');
  });

  it.each([
    'linkedclone_vcenter_calls_total',
    'linkedclone_vcenter_up',
    'linkedclone_poll_age_seconds',
    'linkedclone_tasks_in_flight',
    'linkedclone_tasks_waiting',
    'linkedclone_watch_restarts_total',
    'linkedclone_kube_requests_total',
    'rest_client_requests_total',
    'process_resident_memory_bytes',
  ])('declares %s', async (name) => {
    expect(await createMetrics([]).registry.metrics()).toContain(`# TYPE ${name} `);
  });

  it('labels nothing with the name of a clone or a set', async () => {
    const allowed = new Set([
      'controller',
      'result',
      'kind',
      'reason',
      'verb',
      'resource',
      'code',
      'vcenter',
      'method',
      'host', // of the API server
      'fault',
      'pool',
      'state',
      'quantile',
      'le',
      'name', // of a controller, as its queue is called, or of the Lease
      'namespace',
      'condition',
      'status',
      'version',
    ]);
    const metrics = createMetrics(CONTROLLERS);
    const own = Object.entries(metrics).filter(([key]) => key !== 'registry');
    const labels = own.flatMap(([, metric]) => (metric as unknown as { labelNames: string[] }).labelNames);
    expect(labels.filter((label) => !allowed.has(label))).toEqual([]);
  });

  it('counts a terminal error as an error, and the waiting of keys by their controller', async () => {
    const metrics = createMetrics(CONTROLLERS);
    const report = reportController(metrics, 'vcenter');
    report.reconciled('terminal', 0.1);
    report.reconciled('error', 0.1);
    report.reconciled('gated', 0);
    report.waited(30);
    const text = await metrics.registry.metrics();
    expect(text).toContain('controller_runtime_reconcile_errors_total{controller="vcenter"} 2\n');
    expect(text).toContain('controller_runtime_terminal_reconcile_errors_total{controller="vcenter"} 1\n');
    expect(text).toContain('controller_runtime_reconcile_total{controller="vcenter",result="gated"} 1\n');
    expect(text).toContain('controller_runtime_reconcile_time_seconds_count{controller="vcenter"} 2\n');
    expect(text).toContain('workqueue_queue_duration_seconds_bucket{le="15",name="vcenter"} 0\n');
    expect(text).toContain('workqueue_queue_duration_seconds_bucket{le="60",name="vcenter"} 1\n');
  });

  it('has what is worked on as of each scrape, and time limits', async () => {
    const metrics = createMetrics(CONTROLLERS);
    const report = reportController(metrics, 'vcenter');
    let ages: readonly number[] = [3, 40];
    report.working(() => ages);
    report.timedOut();
    const text = await metrics.registry.metrics();
    expect(text).toContain('controller_runtime_reconcile_timeouts_total{controller="vcenter"} 1\n');
    expect(text).toContain('controller_runtime_active_workers{controller="vcenter"} 2\n');
    expect(text).toContain('workqueue_unfinished_work_seconds{name="vcenter"} 43\n');
    expect(text).toContain('workqueue_longest_running_processor_seconds{name="vcenter"} 40\n');
    ages = [];
    const idle = await metrics.registry.metrics();
    for (const controller of CONTROLLERS) {
      expect(idle).toContain(`controller_runtime_active_workers{controller="${controller}"} 0\n`);
      expect(idle).toContain(`workqueue_unfinished_work_seconds{name="${controller}"} 0\n`);
      expect(idle).toContain(`workqueue_longest_running_processor_seconds{name="${controller}"} 0\n`);
    }
    expect(idle).toContain('controller_runtime_reconcile_timeouts_total{controller="linked-clone"} 0\n');
  });

  it('makes registries of its own: two in one process share nothing', async () => {
    const [a, b] = [createMetrics([]), createMetrics([])];
    a.clones.set({ state: 'Ready' }, 3);
    expect(await b.registry.metrics()).toContain('linkedclone_clones{state="Ready"} 0\n');
  });
});

describe('watchEventLoop', () => {
  it('shows in the gauges that the loop was blocked', async () => {
    const metrics = createMetrics([]);
    const watch = watchEventLoop(metrics);
    const longest = async (): Promise<number> => {
      watch.publish();
      const { values } = await metrics.eventLoopSeconds.get();
      return values.find((value) => value.labels['quantile'] === '1')?.value ?? 0;
    };
    try {
      await new Promise((resolve) => setImmediate(resolve));
      const deadline = Date.now() + 5000;
      // block it until it's seen: the first sample may be taken only after the first block
      while ((await longest()) < 0.03 && Date.now() < deadline) {
        const until = performance.now() + 40;
        while (performance.now() < until);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(await longest()).toBeGreaterThanOrEqual(0.03);
    } finally {
      watch.stop();
    }
  });
});
