// Finalizers, status patches and events as the real API server takes them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiError } from '../../../src/kube/api-error.ts';
import { EVENTS } from '../../../src/kube/event-object.ts';
import type { KubeEvent } from '../../../src/kube/event-object.ts';
import { EventRecorder } from '../../../src/kube/event-recorder.ts';
import { addFinalizer, removeFinalizer, removeFinalizerAsRead } from '../../../src/kube/finalizers.ts';
import { keyOf } from '../../../src/kube/objects.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { RequestRecord } from '../../../src/kube/rest-options.ts';
import { patchStatus } from '../../../src/kube/status-patch.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { controlPlane, makeNamespace } from '../../support/control-plane.ts';
import { CONFIG_MAPS, connect, silent } from './support/connection.ts';
import type { ConfigMap, Connection } from './support/connection.ts';
import { WIDGETS, installWidgets } from './support/widgets.ts';
import type { Widget } from './support/widgets.ts';

const MINE = 'kube.test/mine';
const FOREIGN = 'kube.test/foreign';

let namespace: string;
let connection: Connection;
let requests: RequestRecord[] = [];

beforeAll(async () => {
  namespace = await makeNamespace('kube-objects');
  connection = await connect(await controlPlane(), { observe: (record) => requests.push(record) });
  await installWidgets(connection.rest);
});
afterAll(() => connection.close());

async function failure(work: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
  return error;
}

describe('finalizers', () => {
  const make = (name: string, finalizers: string[] = []): Promise<ConfigMap> =>
    connection.rest.create(CONFIG_MAPS, namespace, { metadata: { name, finalizers } });
  const live = (object: KubeObject): Promise<ConfigMap> => connection.rest.get(CONFIG_MAPS, keyOf(object));
  const putForeign = (object: KubeObject, list: string[]): Promise<ConfigMap> =>
    connection.rest.patch(CONFIG_MAPS, keyOf(object), { metadata: { finalizers: list } }, { type: 'merge' });

  it('are added once and removed once', async () => {
    const { rest } = connection;
    const object = await make('once');
    const added = await addFinalizer(rest, CONFIG_MAPS, object, MINE);
    expect(added?.metadata.finalizers).toEqual([MINE]);
    requests = [];
    expect(await addFinalizer(rest, CONFIG_MAPS, added ?? object, MINE)).toBeUndefined();
    expect(requests).toEqual([]);
    const removed = await removeFinalizer(rest, CONFIG_MAPS, added ?? object, MINE);
    expect(removed?.metadata.finalizers ?? []).toEqual([]);
    expect(await removeFinalizer(rest, CONFIG_MAPS, removed ?? object, MINE)).toBeUndefined();
  });

  it('leave foreign ones alone that came after the object was read', async () => {
    const { rest } = connection;
    const stale = await make('foreign');
    await putForeign(stale, [FOREIGN]);
    await addFinalizer(rest, CONFIG_MAPS, stale, MINE);
    const both = await live(stale);
    expect(both.metadata.finalizers).toEqual([FOREIGN, MINE]);
    await putForeign(both, [FOREIGN, MINE, `${FOREIGN}-2`]);
    await removeFinalizer(rest, CONFIG_MAPS, both, MINE);
    expect((await live(stale)).metadata.finalizers).toEqual([FOREIGN, `${FOREIGN}-2`]);
    await putForeign(stale, []);
  });

  it('are not added to an object that is being deleted, even when that is not seen yet', async () => {
    const { rest } = connection;
    const stale = await make('deleting', [FOREIGN]);
    await rest.delete(CONFIG_MAPS, keyOf(stale));
    const seen = await live(stale);
    requests = [];
    expect(await addFinalizer(rest, CONFIG_MAPS, seen, MINE)).toBeUndefined();
    expect(requests).toEqual([]);
    const error = await failure(addFinalizer(rest, CONFIG_MAPS, stale, MINE));
    expect(error.code).toBe(422);
    await putForeign(stale, []);
  });

  it('are not touched on another object of the same name, and gone is fine', async () => {
    const { rest } = connection;
    const old = await make('recreated', [MINE]);
    await removeFinalizer(rest, CONFIG_MAPS, old, MINE);
    await rest.delete(CONFIG_MAPS, keyOf(old));
    expect(await removeFinalizer(rest, CONFIG_MAPS, old, MINE)).toBeUndefined();
    const another = await make('recreated', [MINE]);
    expect(await removeFinalizer(rest, CONFIG_MAPS, old, MINE)).toBeUndefined();
    expect((await live(another)).metadata.finalizers).toEqual([MINE]);
    await removeFinalizer(rest, CONFIG_MAPS, another, MINE);
  });
});

describe('a finalizer of an object as it was read', () => {
  it('goes, but not once somebody wrote to it since', async () => {
    const { rest } = connection;
    const metadata = { name: 'as-read', finalizers: [FOREIGN, MINE] };
    const read = await rest.create(CONFIG_MAPS, namespace, { metadata });
    const labels = { metadata: { labels: { seen: 'yes' } } };
    const now = await rest.patch(CONFIG_MAPS, keyOf(read), labels, { type: 'merge' });
    expect((await failure(removeFinalizerAsRead(rest, CONFIG_MAPS, read, MINE))).conflict).toBe(true);
    const removed = await removeFinalizerAsRead(rest, CONFIG_MAPS, now, MINE);
    expect(removed?.metadata.finalizers).toEqual([FOREIGN]);
    await rest.delete(CONFIG_MAPS, keyOf(read));
    await removeFinalizer(rest, CONFIG_MAPS, removed ?? now, FOREIGN);
    expect(await removeFinalizerAsRead(rest, CONFIG_MAPS, now, MINE)).toBeUndefined();
  });
});

describe('patchStatus', () => {
  const make = (name: string): Promise<Widget> =>
    connection.rest.create(WIDGETS, namespace, { metadata: { name }, spec: { size: 1 } });

  it('writes what differs and sends nothing when nothing does', async () => {
    const { rest } = connection;
    const fresh = await make('status');
    const first = await patchStatus(rest, WIDGETS, fresh, { ready: 1, note: 'a', list: [1, 2] });
    expect(first?.status).toEqual({ ready: 1, note: 'a', list: [1, 2] });
    const second = await patchStatus(rest, WIDGETS, first ?? fresh, { ready: 2, list: [2] });
    expect(second?.status).toEqual({ ready: 2, list: [2] });
    requests = [];
    expect(await patchStatus(rest, WIDGETS, second ?? fresh, { list: [2], ready: 2, note: undefined })).toBeUndefined();
    expect(requests).toEqual([]);
    expect((await rest.get(WIDGETS, keyOf(fresh))).metadata.resourceVersion).toBe(second?.metadata.resourceVersion);
  });

  it('never writes the status of one object into another of the same name', async () => {
    const { rest } = connection;
    const old = await make('reborn');
    await rest.delete(WIDGETS, keyOf(old));
    const reborn = await make('reborn');
    for (const withResourceVersion of [false, true]) {
      const error = await failure(patchStatus(rest, WIDGETS, old, { ready: 7 }, { withResourceVersion }));
      expect(error.conflict).toBe(true);
    }
    expect((await rest.get(WIDGETS, keyOf(reborn))).status).toBeUndefined();
  });

  it('refuses a stale object only when asked to', async () => {
    const { rest } = connection;
    const stale = await make('stale');
    await rest.patch(WIDGETS, keyOf(stale), { spec: { size: 2 } }, { type: 'merge' });
    const error = await failure(patchStatus(rest, WIDGETS, stale, { ready: 1 }, { withResourceVersion: true }));
    expect([error.code, error.conflict]).toEqual([409, true]);
    expect((await patchStatus(rest, WIDGETS, stale, { ready: 1 }))?.status).toEqual({ ready: 1 });
  });

  it('says what a schema refuses, and that is not a conflict', async () => {
    const object = await make('refused');
    const error = await failure(patchStatus(connection.rest, WIDGETS, object, { ready: -1 }));
    expect([error.code, error.conflict]).toEqual([422, false]);
    expect(error.message).toContain('status.ready');
  });
});

describe('EventRecorder', () => {
  it('writes one Event with a series, and another for a cluster-scoped object', async () => {
    const { rest } = connection;
    const widget = await rest.create(WIDGETS, namespace, { metadata: { name: 'told' }, spec: { size: 1 } });
    const dropped: string[] = [];
    const recorder = new EventRecorder({
      rest,
      clock: systemClock,
      logger: silent,
      reportingController: 'kube.test/tester',
      reportingInstance: 'me',
      onDropped: (why) => dropped.push(why),
    });
    requests = [];
    const clusterScoped = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, uid: `of-${namespace}` },
    };
    for (let i = 0; i < 20; i += 1) {
      recorder.event(widget, { type: 'Warning', reason: 'Tried', action: 'Try', note: 'it was tried' });
    }
    recorder.event(clusterScoped, { type: 'Normal', reason: 'Seen', action: 'See', note: 'it was seen' });
    await recorder.flush();
    expect(dropped).toEqual([]);
    expect(requests.length).toBeLessThanOrEqual(4);
    const about = (ns: string, uid: string): Promise<KubeEvent[]> =>
      rest.listAll(EVENTS, { namespace: ns }).then((all) => all.filter((event) => event.regarding.uid === uid));
    const [event, ...others] = await about(namespace, widget.metadata.uid);
    expect(others).toEqual([]);
    expect(event).toMatchObject({ type: 'Warning', reason: 'Tried', note: 'it was tried', series: { count: 20 } });
    expect(await about('default', `of-${namespace}`)).toHaveLength(1);
    const plane = await controlPlane();
    expect(await plane.kubectl(['describe', 'widgets.kube.test', 'told', '-n', namespace])).toMatch(
      /Warning\s+Tried\s.*it was tried/,
    );
  });
});
