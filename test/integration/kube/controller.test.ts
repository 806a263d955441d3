// Queue, store, gate and status patches together against the real API server: a controller that only reads its cache and
// adds one each time must never count from a stale value.
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '../../../src/kube/controller.ts';
import type { ControllerOptions, ReconcileContext } from '../../../src/kube/controller.ts';
import { keyOf } from '../../../src/kube/objects.ts';
import type { ObjectKey, Resource } from '../../../src/kube/objects.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import { patchStatus } from '../../../src/kube/status-patch.ts';
import { Store } from '../../../src/kube/store.ts';
import { WriteGate } from '../../../src/kube/write-gate.ts';
import type { ControlPlaneClient } from '../../../src/testbed/control-plane/control-plane.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { controlPlane, makeNamespace } from '../../support/control-plane.ts';
import { connect, connectThroughProxy, silent } from './support/connection.ts';
import type { Connection, ProxiedConnection } from './support/connection.ts';
import { WIDGETS, installWidgets } from './support/widgets.ts';
import type { Widget } from './support/widgets.ts';

let plane: ControlPlaneClient;
let namespace: string;
let direct: Connection;
let watching: ProxiedConnection;
let store: Store<Widget>;
let gate: WriteGate;
let stop: AbortController;
let running: Promise<void>[];
let outcomes: string[];

beforeAll(async () => {
  plane = await controlPlane();
});
beforeEach(async () => {
  namespace = await makeNamespace('kube-controller');
  // Writes go directly, the watch through the proxy, so that the cache can be kept behind.
  const onWrite = (resource: Resource, key: ObjectKey, version: string): void => {
    if (resource === WIDGETS) gate.record(key, version);
  };
  direct = await connect(plane, { onWrite });
  watching = await connectThroughProxy(plane);
  store = new Store<Widget>({
    onListenerError: (error) => {
      throw error;
    },
  });
  gate = gateFor(60_000); // none expires because the machine is busy
  await installWidgets(direct.rest);
  stop = new AbortController();
  const reflector = new Reflector({
    rest: watching.rest,
    resource: WIDGETS,
    store,
    clock: systemClock,
    logger: silent,
    namespaces: [namespace],
  });
  running = [reflector.run(stop.signal)];
  await reflector.synced(AbortSignal.timeout(60_000));
  outcomes = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  gate.close();
  await Promise.all([direct.close(), watching.close()]);
});

function gateFor(timeoutMs: number): WriteGate {
  return new WriteGate({ store, clock: systemClock, timeoutMs });
}

function startController(
  reconcile: (widget: Widget, context: ReconcileContext) => Promise<void>,
  options: Partial<ControllerOptions> = {},
): Controller {
  const controller = new Controller({
    name: 'widgets',
    workers: 4,
    clock: systemClock,
    logger: silent,
    gate,
    metrics: { reconciled: (outcome) => outcomes.push(outcome) },
    reconcile: async (key, context) => {
      const widget = store.get(key);
      if (widget !== undefined) await reconcile(widget, context);
    },
    ...options,
  });
  store.onChange(({ key }) => controller.enqueue(key));
  running.push(controller.start(stop.signal));
  return controller;
}

const make = (name: string): Promise<Widget> =>
  direct.rest.create(WIDGETS, namespace, { metadata: { name }, spec: { size: 1 } });
const ready = (widget: Widget): number => widget.status?.ready ?? 0;

describe('Controller, gate and cache', () => {
  it('counts to ten on five objects through a watch that lags behind, without one lost or doubled step', async () => {
    watching.proxy.delay(60);
    const steps: string[] = [];
    startController(async (widget) => {
      if (ready(widget) >= 10) return;
      steps.push(`${widget.metadata.name} ${ready(widget)}`);
      await patchStatus(direct.rest, WIDGETS, widget, { ready: ready(widget) + 1 }, { withResourceVersion: true });
    });
    const names = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(names.map(make));
    await store.waitUntil(
      () => names.every((name) => store.get({ namespace, name })?.status?.ready === 10),
      AbortSignal.timeout(60_000),
    );
    const expected = names.flatMap((name) => Array.from({ length: 10 }, (_, n) => `${name} ${n}`));
    expect(steps.toSorted()).toEqual(expected.toSorted());
    expect(outcomes).not.toContain('error');
    expect(gate.size).toBe(0);
  }, 120_000);

  it('goes on with a live read when the cache stays behind for too long, and catches up', async () => {
    const widget = await make('stuck');
    const key = keyOf(widget);
    await store.waitUntil(() => store.get(key) !== undefined, AbortSignal.timeout(60_000));
    gate.close();
    gate = gateFor(4_000);
    const seen: string[] = [];
    const controller = startController(async (cached, { gateExpired }) => {
      const current = gateExpired ? await direct.rest.get(WIDGETS, key) : cached;
      seen.push(`${gateExpired ? 'live' : 'cached'} ${ready(current)}`);
      if (ready(current) < 2) await patchStatus(direct.rest, WIDGETS, current, { ready: ready(current) + 1 });
    });
    watching.proxy.freeze();
    controller.enqueue(key);
    await waitUntil('the first write', () => gate.pending(key));
    controller.enqueue(key);
    await waitUntil('the key to be set aside', () => outcomes.includes('gated'));
    await waitUntil('the live read', () => seen.length === 2);
    expect(seen).toEqual(['cached 0', 'live 1']);
    watching.proxy.resume();
    await store.waitUntil(() => store.get(key)?.status?.ready === 2, AbortSignal.timeout(60_000));
    await waitUntil('the gate to open', () => gate.state(key) === 'open');
  }, 120_000);

  it('lets the delete path through while the cache is behind', async () => {
    const widget = await make('leaving');
    const key = keyOf(widget);
    await store.waitUntil(() => store.get(key) !== undefined, AbortSignal.timeout(60_000));
    const seen: boolean[] = [];
    const controller = startController(async () => void seen.push(gate.pending(key)), { bypassGate: () => true });
    watching.proxy.freeze();
    await patchStatus(direct.rest, WIDGETS, widget, { ready: 1 });
    controller.enqueue(key);
    await waitUntil('the reconcile', () => seen.length > 0);
    expect([seen[0], outcomes]).toEqual([true, ['success']]);
    watching.proxy.resume();
  }, 120_000);
});
