// The operator's process: reads its configuration, builds everything, starts, and stops on a signal. The only place that
// wires. Order of the stop: no new work, running reconciles end, events are written and sessions logged out, the Lease is
// given back last, so that the next leader never meets our session; all of it within --shutdown-timeout.
import './kube/lean-client-node.ts'; // first: what it cuts is loaded by what follows
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import { ConfigError, helpText, readConfig } from './config.ts';
import type { Config } from './config.ts';
import { addIndexes, wakeOnChange } from './controllers/indexes.ts';
import { BaseSnapshotReconciler } from './controllers/base-snapshot/reconciler.ts';
import { LinkedCloneReconciler } from './controllers/linked-clone/reconciler.ts';
import { LinkedCloneSetReconciler } from './controllers/linked-clone-set/reconciler.ts';
import { describeProgress, refreshGauges } from './controllers/progress.ts';
import { GraceClock } from './controllers/shared/grace-clock.ts';
import { leaseGuard, noGuard } from './controllers/shared/guard.ts';
import { CrdCheck } from './controllers/shared/crd-check.ts';
import { LiveReads } from './controllers/shared/live.ts';
import {
  BASE_SNAPSHOTS,
  LINKED_CLONES,
  LINKED_CLONE_SETS,
  NAMESPACES,
  VCENTERS,
} from './controllers/shared/resources.ts';
import type { Runtime, Stores, WakeReason } from './controllers/shared/runtime.ts';
import { WriteLimiter } from './controllers/shared/write-limiter.ts';
import { Connections } from './controllers/vcenter/connections.ts';
import { VCenterReconciler } from './controllers/vcenter/reconciler.ts';
import { StorageScan } from './controllers/vcenter/storage-scan.ts';
import { Controller } from './kube/controller.ts';
import type { KeyGate, ReconcileContext, ReconcileResult } from './kube/controller.ts';
import { EventRecorder } from './kube/event-recorder.ts';
import { PooledKubeConfig } from './kube/kube-config.ts';
import { LeaderElector } from './kube/leader-election.ts';
import { LeadershipBegin, workWhileLeading } from './kube/work-while-leading.ts';
import type { KubeObject, ObjectKey, Resource } from './kube/objects.ts';
import { Reflector } from './kube/reflector.ts';
import { RestClient } from './kube/rest.ts';
import { Store } from './kube/store.ts';
import { WriteGate } from './kube/write-gate.ts';
import { watchEventLoop } from './telemetry/event-loop.ts';
import { createLogger } from './telemetry/logger.ts';
import type { Logger } from './telemetry/logger.ts';
import { reportController } from './telemetry/controller-metrics.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { reportRequests } from './telemetry/request-metrics.ts';
import { startTelemetryServer } from './telemetry/server.ts';
import type { Timer } from './util/clock.ts';
import { systemClock } from './util/clock.ts';
import { errorMessage, toError } from './util/errors.ts';
import { bounded } from './vsphere/bounded.ts';

const CONTROLLERS = ['vcenter', 'base-snapshot', 'linked-clone', 'linked-clone-set'] as const;
const LEASE_NAME = 'linked-clone-operator';
const DEFAULT_NAMESPACE = 'linked-clone-system';
const POD_NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
/** Clones that wait for a task's end go before those that wait for nothing. */
const URGENT = 100;
/** Parts of --shutdown-timeout: running reconciles, then logouts and events; the Lease has the rest, up to the hard end. */
const STOP_PARTS = { drain: 0.3, leave: 0.4, end: 0.95 } as const;

function ownNamespace(config: Config): string {
  if (config.namespace !== '') return config.namespace;
  try {
    return readFileSync(POD_NAMESPACE_FILE, 'utf8').trim();
  } catch {
    return DEFAULT_NAMESPACE; // not in a Pod
  }
}

function version(config: Config): string {
  if (config.version !== '') return config.version;
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}

function loadKubeConfig(config: Config): PooledKubeConfig {
  const file = config.kubeconfig;
  try {
    return PooledKubeConfig.load(file === '' ? undefined : file, {
      connectTimeoutMs: config['kube-connect-timeout'],
      credentialsMaxAgeMs: config['kube-token-interval'],
    });
  } catch (error) {
    throw new ConfigError(`${file === '' ? '' : '--kubeconfig: '}${toError(error).message}`, { cause: error });
  }
}

/** The address can't be had: a flag is to be changed. Anything else isn't the flag's fault. */
function listenError(error: unknown): Error {
  const known = error instanceof Error && 'syscall' in error;
  return known ? new ConfigError(`--metrics-listen: ${error.message}`, { cause: error }) : toError(error);
}

interface Watched<T extends KubeObject> {
  readonly store: Store<T>;
  readonly reflector: Reflector<T>;
  readonly gate: WriteGate;
}

function watchKind<T extends KubeObject>(
  resource: Resource<T>,
  config: Config,
  rest: RestClient,
  logger: Logger,
  metrics: Metrics,
): Watched<T> {
  const store = new Store<T>({
    onListenerError: (error) =>
      logger.error({ kind: resource.kind, err: errorMessage(error) }, 'a store listener failed'),
  });
  const seconds = config['watch-timeout'] / 1000;
  const reflector = new Reflector<T>({
    rest,
    resource,
    store,
    clock: systemClock,
    logger,
    ...(resource.namespaced ? { namespaces: config['watch-namespaces'] } : {}),
    watchSeconds: { min: seconds, max: seconds * 2 },
    inactivityMs: config['watch-inactivity'],
    metrics: { watchEnded: (why) => metrics.watchRestarts.inc({ kind: resource.kind, reason: why }) },
  });
  return { store, reflector, gate: new WriteGate({ store, clock: systemClock, timeoutMs: config['gate-timeout'] }) };
}

async function run(config: Config): Promise<number> {
  const stop = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => stop.abort(new Error(`received ${name}`));
  // `on`, not `once`: npm passes a Ctrl-C on that has reached us already, and a second one would end us at once
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);

  const build = version(config);
  const logger = createLogger(config['log-level'], { app: 'linked-clone-operator', version: build });
  const limitedTo = config['watch-namespaces'].join(', ');
  if (limitedTo !== '') logger.info({ limitedTo }, 'limited to these namespaces: objects in others get no answer');
  const metrics = createMetrics(CONTROLLERS);
  metrics.build.set({ version: build }, 1);
  metrics.leading.set({ name: LEASE_NAME }, config['leader-elect'] ? 0 : 1);
  for (const controller of CONTROLLERS) metrics.maxConcurrent.set({ controller }, config.workers);
  const clock = systemClock;
  const namespace = ownNamespace(config);
  const identity = `${hostname()}_${randomUUID()}`;
  const kubeConfig = loadKubeConfig(config);
  const gates: WriteGate[] = [];
  const gateOf = new Map<string, WriteGate>();
  const rest = new RestClient({
    config: kubeConfig,
    userAgent: `linked-clone-operator/${build}`,
    fieldManager: 'linkedclone-operator',
    clock,
    timeoutMs: config['kube-request-timeout'],
    ...reportRequests(metrics),
    onWrite: (resource, key, resourceVersion) => gateOf.get(resource.plural)?.record(key, resourceVersion),
  });

  const watched = {
    vCenters: watchKind(VCENTERS, config, rest, logger, metrics),
    bases: watchKind(BASE_SNAPSHOTS, config, rest, logger, metrics),
    clones: watchKind(LINKED_CLONES, config, rest, logger, metrics),
    sets: watchKind(LINKED_CLONE_SETS, config, rest, logger, metrics),
    namespaces: watchKind(NAMESPACES, config, rest, logger, metrics),
  };
  const stores: Stores = {
    vCenters: watched.vCenters.store,
    bases: watched.bases.store,
    clones: watched.clones.store,
    sets: watched.sets.store,
    namespaces: watched.namespaces.store,
  };
  addIndexes(stores);
  gateOf
    .set('vcenters', watched.vCenters.gate)
    .set('basesnapshots', watched.bases.gate)
    .set('linkedclones', watched.clones.gate)
    .set('linkedclonesets', watched.sets.gate);
  const setClones = new WriteGate({ store: stores.clones, clock, timeoutMs: config['gate-timeout'] });
  gates.push(...gateOf.values(), setClones);

  const leading = new LeadershipBegin();
  const elector = new LeaderElector({
    rest,
    clock,
    logger,
    namespace,
    name: LEASE_NAME,
    identity,
    leaseDurationMs: config['lease-duration'],
    renewDeadlineMs: config['lease-renew-deadline'],
    retryPeriodMs: config['lease-retry'],
    onStartedLeading: () => {
      metrics.leading.set({ name: LEASE_NAME }, 1);
      leading.begin();
    },
    onStoppedLeading: () => metrics.leading.set({ name: LEASE_NAME }, 0),
  });
  const events = new EventRecorder({
    rest,
    clock,
    logger,
    reportingController: 'linkedclone.dev/operator',
    reportingInstance: identity.slice(0, 128),
    windowMs: config['event-window'],
    refillMs: config['event-refill'],
    onDropped: () => metrics.eventsDropped.inc(),
  });
  const connections = new Connections();
  const controllers = new Map<(typeof CONTROLLERS)[number], Controller>();
  const enqueue = (name: (typeof CONTROLLERS)[number], key: ObjectKey, delayMs: number, priority = 0): void =>
    controllers.get(name)?.enqueue(key, { delayMs, priority });

  const delayOf = (why: WakeReason = 'itself'): number => (why === 'children' ? config['summary-delay'] : 0);

  let clusterId = '';
  const runtime: Runtime = {
    config: Object.freeze({ ...config, version: build }),
    clock,
    logger,
    metrics,
    rest,
    stores,
    gates: { setClones },
    live: new LiveReads(rest),
    events,
    connections,
    guard: config['leader-elect'] ? leaseGuard(elector, identity) : noGuard,
    writes: new WriteLimiter(clock, config['status-interval']),
    grace: new GraceClock(clock, config['reference-grace']),
    plannedDeletions: new Set(),
    wake: {
      vCenter: (name, why) => enqueue('vcenter', { namespace: '', name }, delayOf(why)),
      base: (key, why) => enqueue('base-snapshot', key, delayOf(why)),
      clone: (key, urgent = false) => enqueue('linked-clone', key, 0, urgent ? URGENT : 0),
      set: (key, why) => enqueue('linked-clone-set', key, delayOf(why)),
    },
    ...{ identity, formerHolders: () => elector.formerHolders },
    get clusterId() {
      return clusterId;
    },
    namespace,
  };

  const addController = (
    name: (typeof CONTROLLERS)[number],
    gate: readonly KeyGate[],
    reconcile: (key: ObjectKey, context: ReconcileContext) => Promise<ReconcileResult>,
    isDeleting: (key: ObjectKey) => boolean,
  ): void => {
    controllers.set(
      name,
      new Controller({
        name,
        workers: config.workers,
        clock,
        logger,
        gate,
        bypassGate: isDeleting,
        reconcile,
        reconcileTimeoutMs: config['reconcile-timeout'],
        drainMs: config['shutdown-timeout'] * STOP_PARTS.drain,
        backoff: { initialMs: config['retry-base'], maxMs: config['retry-max'] },
        metrics: reportController(metrics, name),
      }),
    );
  };
  const deletingIn =
    <T extends KubeObject>(store: Store<T>) =>
    (key: ObjectKey): boolean =>
      store.get(key)?.metadata.deletionTimestamp !== undefined;
  const vCenter = new VCenterReconciler(runtime);
  const base = new BaseSnapshotReconciler(runtime);
  const clone = new LinkedCloneReconciler(runtime);
  const set = new LinkedCloneSetReconciler(runtime);
  addController(
    'vcenter',
    [watched.vCenters.gate],
    (key, context) => vCenter.reconcile(key, context),
    deletingIn(stores.vCenters),
  );
  addController(
    'base-snapshot',
    [watched.bases.gate],
    (key, context) => base.reconcile(key, context),
    deletingIn(stores.bases),
  );
  addController(
    'linked-clone',
    [watched.clones.gate],
    (key, context) => clone.reconcile(key, context),
    deletingIn(stores.clones),
  );
  addController(
    'linked-clone-set',
    [watched.sets.gate, setClones],
    (key, context) => set.reconcile(key, context),
    deletingIn(stores.sets),
  );
  wakeOnChange(stores, runtime.wake);
  const storageScan = new StorageScan(runtime);

  const reflectors = Object.values(watched).map((one) => one.reflector as Reflector<KubeObject>);
  const crds = new CrdCheck({ live: runtime.live, clock, logger, retryMs: config['connect-retry'] });
  const crdsFit = crds.passed(stop.signal);
  crdsFit.catch(() => undefined); // it stops with the process
  const notReady = (): string[] => {
    const silence = config['watch-inactivity'] * 2;
    const obstacles = Object.entries(watched).map(([name, { reflector }]) => reflector.obstacle(name, silence));
    return [crds.problem, ...obstacles].filter((one) => one !== undefined);
  };
  const eventLoop = watchEventLoop(metrics);
  const telemetry = await startTelemetryServer(config['metrics-listen'], {
    metrics,
    notReady,
    progress: () => describeProgress(runtime),
    refresh: () => {
      refreshGauges(runtime);
      eventLoop.publish();
    },
  }).catch((error: unknown) => {
    throw listenError(error);
  });
  process.stdout.write(`${JSON.stringify({ metricsUrl: telemetry.url })}\n`);

  const watching = reflectors.map((reflector) => reflector.run(stop.signal));
  const leave = async (): Promise<void> => {
    const limitMs = config['shutdown-timeout'] * STOP_PARTS.leave;
    const left = Promise.allSettled([connections.closeAll(), events.flush(limitMs)]).then(() => undefined);
    await bounded(left, clock, limitMs);
  };
  const drained = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => {
      clock.schedule(config['shutdown-timeout'] * STOP_PARTS.drain, resolve);
    });
  });
  const work = async (signal: AbortSignal): Promise<void> => {
    let running: Promise<unknown> | undefined;
    try {
      await Promise.all([
        crdsFit,
        ...reflectors.flatMap((reflector) => [reflector.synced(signal), reflector.watching(signal)]),
      ]);
      clusterId = (await rest.get(NAMESPACES, { namespace: '', name: 'kube-system' }, signal)).metadata.uid;
      storageScan.start(signal);
      running = Promise.all([...controllers.values()].map((controller) => controller.start(signal)));
      await Promise.race([running, drained]);
    } finally {
      await leave(); // still under the Lease
    }
    await running; // what hung in a call to a vCenter ended with its connection
  };
  let deadline: Timer | undefined;
  stop.signal.addEventListener('abort', () => {
    deadline = clock.schedule(config['shutdown-timeout'] * STOP_PARTS.end, () => {
      logger.error('the clean stop took too long');
      process.exit(1);
    });
  });

  let exitCode = 0;
  try {
    if (!config['leader-elect']) await work(stop.signal);
    else if ((await workWhileLeading(elector, leading, stop.signal, work)) === 'lost') {
      await connections.giveUpClaims(); // while nobody else can lead; nothing else is waited for
      process.exit(1);
    }
  } catch (error) {
    if (!stop.signal.aborted) {
      logger.error({ err: errorMessage(error) }, 'the operator failed');
      exitCode = 1;
    }
  }
  if (!stop.signal.aborted) stop.abort(new Error('leadership was lost'));
  await Promise.allSettled(watching);
  for (const gate of gates) gate.close();
  eventLoop.stop();
  await telemetry.close();
  await kubeConfig.close();
  deadline?.cancel();
  return exitCode;
}

async function main(): Promise<number> {
  try {
    const config = readConfig(process.argv.slice(2), process.env);
    if (config !== 'help') return await run(config);
    process.stdout.write(helpText());
    return 0;
  } catch (error) {
    const bad = error instanceof ConfigError;
    const [sentence] = (bad ? error.message : `the operator could not start: ${errorMessage(error)}`).split('\n');
    process.stderr.write(`${sentence}\n`);
    return bad ? 2 : 1;
  }
}

process.exit(await main()); // at once: whatever hung in the clean stop was given its time
