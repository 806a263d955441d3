// Every series the operator exposes, made once at start so that each exists from the first scrape on.
// Labels are bounded: kinds, methods, states and names of VCenters, never names of clones or sets.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { controllerMetrics, initController } from './controller-metrics.ts';
import { objectMetrics } from './object-metrics.ts';

export const CLONE_STATES = [
  'Queued',
  'Cloning',
  'Booting',
  'Customizing',
  'Ready',
  'NotReady',
  'Failed',
  'Deleting',
] as const;
export type CloneState = (typeof CLONE_STATES)[number];

/** Creates the operator's metrics in a registry of their own. */
export function createMetrics(controllers: readonly string[]) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const metrics = {
    registry,
    ...controllerMetrics(registers),
    leading: new Gauge({
      name: 'leader_election_master_status',
      help: '1 while this process holds the Lease.',
      labelNames: ['name'],
      registers,
    }),
    build: new Gauge({
      name: 'linkedclone_build_info',
      help: 'Always 1; the version that runs.',
      labelNames: ['version'],
      registers,
    }),
    watchRestarts: new Counter({
      name: 'linkedclone_watch_restarts_total',
      help: 'Watches opened again, by kind and reason.',
      labelNames: ['kind', 'reason'],
      registers,
    }),
    restRequests: new Counter({
      name: 'rest_client_requests_total',
      help: 'Answers of the API server by HTTP status (<error>: none), method and host; a watch counts when it begins.',
      labelNames: ['code', 'method', 'host'],
      registers,
    }),
    kubeRequests: new Counter({
      name: 'linkedclone_kube_requests_total',
      help: 'Requests to the API server by verb, resource and status code.',
      labelNames: ['verb', 'resource', 'code'],
      registers,
    }),
    vcenterCalls: new Counter({
      name: 'linkedclone_vcenter_calls_total',
      help: 'Calls to vCenter by method and fault (empty: none).',
      labelNames: ['vcenter', 'method', 'fault'],
      registers,
    }),
    vcenterCallSeconds: new Histogram({
      name: 'linkedclone_vcenter_call_seconds',
      help: 'Duration of calls to vCenter, long polls aside.',
      labelNames: ['vcenter'],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
      registers,
    }),
    vcenterUp: new Gauge({
      name: 'linkedclone_vcenter_up',
      help: '1 while there is a session with the vCenter.',
      labelNames: ['vcenter'],
      registers,
    }),
    pollAge: new Gauge({
      name: 'linkedclone_poll_age_seconds',
      help: 'Seconds since the update stream last answered.',
      labelNames: ['vcenter'],
      registers,
    }),
    tasksInFlight: new Gauge({
      name: 'linkedclone_tasks_in_flight',
      help: 'Tasks of ours that run now, by pool.',
      labelNames: ['vcenter', 'pool'],
      registers,
    }),
    tasksWaiting: new Gauge({
      name: 'linkedclone_tasks_waiting',
      help: 'Operations that wait for a slot, by pool.',
      labelNames: ['vcenter', 'pool'],
      registers,
    }),
    orphans: new Gauge({
      name: 'linkedclone_orphans',
      help: 'Virtual machines with our marker whose LinkedClone is not there, as of the last scan.',
      labelNames: ['vcenter'],
      registers,
    }),
    ...objectMetrics(registers),
    clones: new Gauge({ name: 'linkedclone_clones', help: 'LinkedClones by state.', labelNames: ['state'], registers }),
    eventLoopSeconds: new Gauge({
      name: 'linkedclone_event_loop_delay_seconds',
      help: 'Event loop delay of the last minute by quantile.',
      labelNames: ['quantile'],
      registers,
    }),
    eventsDropped: new Counter({
      name: 'linkedclone_events_dropped_total',
      help: 'Kubernetes events that could not be written.',
      registers,
    }),
  };
  for (const controller of controllers) initController(metrics, controller);
  for (const state of CLONE_STATES) metrics.clones.set({ state }, 0);
  for (const quantile of ['0.5', '0.99', '1']) metrics.eventLoopSeconds.set({ quantile }, 0);
  return metrics;
}

export type Metrics = ReturnType<typeof createMetrics>;
