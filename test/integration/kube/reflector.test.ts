// The reflector against the real API server through a proxy that disturbs it: paging, resets, half-open connections,
// objects recreated while nobody looked, many namespaces.
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { formatKey } from '../../../src/kube/objects.ts';
import type { RequestRecord } from '../../../src/kube/rest-options.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import type { ReflectorOptions } from '../../../src/kube/reflector.ts';
import { Store } from '../../../src/kube/store.ts';
import type { ControlPlaneClient } from '../../../src/testbed/control-plane/control-plane.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { controlPlane, makeNamespace } from '../../support/control-plane.ts';
import { CONFIG_MAPS, connect, connectThroughProxy, silent } from './support/connection.ts';
import type { ConfigMap, Connection, ProxiedConnection } from './support/connection.ts';

let plane: ControlPlaneClient;
let namespace: string;
let direct: Connection;
let watched: ProxiedConnection;
let stop: AbortController;
let running: Promise<void>;
let requests: RequestRecord[];
let changes: string[];
let ends: string[];

beforeAll(async () => {
  plane = await controlPlane();
});
beforeEach(async () => {
  namespace = await makeNamespace('kube-reflector');
  requests = [];
  changes = [];
  ends = [];
  stop = new AbortController();
  direct = await connect(plane);
  watched = await connectThroughProxy(plane, { observe: (record) => requests.push(record) });
});
afterEach(async () => {
  stop.abort();
  await running;
  await Promise.all([direct.close(), watched.close()]);
});

function start(options: Partial<ReflectorOptions<ConfigMap>> = {}): {
  store: Store<ConfigMap>;
  reflector: Reflector<ConfigMap>;
} {
  const store = new Store<ConfigMap>({
    onListenerError: (error) => {
      throw error;
    },
  });
  store.onChange(({ key, old, new: now }) => {
    changes.push(`${old === undefined ? '+' : now === undefined ? '-' : '~'}${key.name}`);
  });
  const reflector = new Reflector({
    rest: watched.rest,
    resource: CONFIG_MAPS,
    store,
    clock: systemClock,
    logger: silent,
    namespaces: [namespace],
    labelSelector: 'test=reflector',
    backoff: { initialMs: 20, maxMs: 200 },
    metrics: { watchEnded: (why) => ends.push(why), listFailed: () => ends.push('list failed') },
    ...options,
  });
  running = reflector.run(stop.signal);
  return { store, reflector };
}

async function make(...names: string[]): Promise<void> {
  const create = (name: string): Promise<ConfigMap> =>
    direct.rest.create(CONFIG_MAPS, namespace, { metadata: { name, labels: { test: 'reflector' } }, data: { n: '0' } });
  await Promise.all(names.map(create));
}

const update = (name: string, n: number): Promise<ConfigMap> =>
  direct.rest.patch(CONFIG_MAPS, { namespace, name }, { data: { n: String(n) } }, { type: 'merge' });
const within = (ms = 60_000): AbortSignal => AbortSignal.timeout(ms);
const lists = (): number => requests.filter((record) => record.verb === 'list').length;

/** The store holds exactly what the API server has. */
async function expectSame(store: Store<ConfigMap>): Promise<void> {
  const live = await direct.rest.listAll(CONFIG_MAPS, { namespace, labelSelector: 'test=reflector' });
  const versions = (objects: readonly ConfigMap[]): string[] =>
    objects.map((object) => `${object.metadata.uid} ${object.metadata.resourceVersion}`).toSorted();
  expect(versions(store.list())).toEqual(versions(live));
}

describe('Reflector and the API server', () => {
  it('lists in pages and follows from there', async () => {
    await make(...Array.from({ length: 30 }, (_, i) => `cm-${i}`));
    const { store, reflector } = start({ pageSize: 7 });
    await reflector.synced(within());
    expect([store.size, lists()]).toEqual([30, 5]);
    await update('cm-3', 1);
    await direct.rest.delete(CONFIG_MAPS, { namespace, name: 'cm-4' });
    await make('late');
    await store.waitUntil(() => changes.length === 33, within());
    expect(changes.slice(30)).toEqual(['~cm-3', '-cm-4', '+late']);
    await expectSame(store);
    expect(store.get({ namespace, name: 'cm-3' })).toMatchObject({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      data: { n: '1' },
    });
  });

  it('misses nothing while its connection is reset again and again', async () => {
    await make('a');
    const { store, reflector } = start();
    await reflector.synced(within());
    for (let n = 1; n <= 40; n += 1) {
      await update('a', n);
      if (n % 4 === 0) watched.proxy.cut();
    }
    await store.waitUntil(() => store.get({ namespace, name: 'a' })?.data?.['n'] === '40', within());
    expect(changes).toEqual(['+a', ...Array.from({ length: 40 }, () => '~a')]);
    expect(lists()).toBe(1);
    expect(ends.length).toBeGreaterThan(0);
    expect(new Set(ends)).toEqual(new Set(['broken']));
  });

  it('notices a half-open connection by its silence', async () => {
    await make('a');
    const { store, reflector } = start({ inactivityMs: 1_000 });
    await reflector.synced(within());
    watched.proxy.freeze();
    await update('a', 1);
    await waitUntil('the watch to be given up', () => ends.includes('inactive'), { timeoutMs: 60_000 });
    expect(reflector.lastContactAgeMs()).toBeGreaterThan(900);
    watched.proxy.resume();
    await store.waitUntil(() => store.get({ namespace, name: 'a' })?.data?.['n'] === '1', within());
    expect(reflector.lastContactAgeMs()).toBeLessThan(5_000);
    expect(changes).toEqual(['+a', '~a']);
  });

  it('sees that an object was deleted and recreated while it was cut off', async () => {
    await make('a');
    const { store, reflector } = start();
    await reflector.synced(within());
    const before = store.get({ namespace, name: 'a' })?.metadata.uid;
    watched.proxy.refuse();
    await waitUntil('the watch to break', () => ends.length > 0);
    await direct.rest.delete(CONFIG_MAPS, { namespace, name: 'a' });
    await make('a');
    watched.proxy.accept();
    await store.waitUntil(() => changes.length === 3, within());
    expect(changes).toEqual(['+a', '-a', '+a']);
    expect(store.get({ namespace, name: 'a' })?.metadata.uid).not.toBe(before);
    await expectSame(store);
  });

  it('comes up when the API server does', async () => {
    await make('a');
    watched.proxy.refuse();
    const { store, reflector } = start();
    await waitUntil('a failed list', () => ends.length >= 2);
    expect([store.synced, reflector.lastContactAgeMs() > 0]).toEqual([false, true]);
    watched.proxy.accept();
    await reflector.synced(within());
    expect(store.size).toBe(1);
  });

  it('feeds one store from several namespaces', async () => {
    const other = await makeNamespace('kube-reflector');
    await make('a');
    const { store, reflector } = start({ namespaces: [namespace, other] });
    await reflector.synced(within());
    await direct.rest.create(CONFIG_MAPS, other, { metadata: { name: 'a', labels: { test: 'reflector' } } });
    await store.waitUntil(() => store.size === 2, within());
    const keys = store
      .list()
      .map((object) => formatKey({ namespace: object.metadata.namespace ?? '', name: object.metadata.name }));
    expect(keys.toSorted()).toEqual([`${namespace}/a`, `${other}/a`].toSorted());
    expect(store.progressOf(other)).toBeGreaterThan(0n);
  });
});
