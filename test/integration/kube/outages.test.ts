// What only an API server of one's own can be put through: it's killed and started again on the same data, frozen, and its
// history is compacted, so that a watch's version is too old. Starts a control plane for this file alone.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiError } from '../../../src/kube/api-error.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import { Store } from '../../../src/kube/store.ts';
import { startControlPlane } from '../../../src/testbed/control-plane/start-control-plane.ts';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { CONFIG_MAPS, connect, connectThroughProxy, silent } from './support/connection.ts';
import type { ConfigMap, Connection, ProxiedConnection } from './support/connection.ts';

const LABELS = { test: 'outages' };
let plane: ControlPlane;
let direct: Connection;
let watched: ProxiedConnection;
let store: Store<ConfigMap>;
let stop: AbortController;
let running: Promise<void>;
let changes: string[];
let ends: string[];
let lists: number;

beforeAll(async () => {
  // History is kept for two seconds instead of five minutes.
  plane = await startControlPlane({ apiserverArgs: ['--etcd-compaction-interval=2s'] });
}, 120_000);
afterAll(() => plane.stop());

beforeEach(async () => {
  [changes, ends, lists] = [[], [], 0];
  direct = await connect(plane);
  watched = await connectThroughProxy(plane);
  await direct.rest.create(CONFIG_MAPS, 'default', { metadata: { name: 'a', labels: LABELS }, data: { n: '0' } });
  store = new Store<ConfigMap>({
    onListenerError: (error) => {
      throw error;
    },
  });
  store.onChange(({ key, old, new: now }) =>
    changes.push(`${old === undefined ? '+' : now === undefined ? '-' : '~'}${key.name}`),
  );
  stop = new AbortController();
  const reflector = new Reflector({
    rest: watched.rest,
    resource: CONFIG_MAPS,
    store,
    clock: systemClock,
    logger: silent,
    labelSelector: 'test=outages',
    inactivityMs: 90_000,
    backoff: { initialMs: 50, maxMs: 500 },
    metrics: { watchEnded: (why) => ends.push(why), listed: () => (lists += 1) },
  });
  running = reflector.run(stop.signal);
  await reflector.synced(AbortSignal.timeout(60_000));
});
afterEach(async () => {
  stop.abort();
  await running;
  await direct.rest.delete(CONFIG_MAPS, KEY);
  await Promise.all([direct.close(), watched.close()]);
});

const KEY = { namespace: 'default', name: 'a' };
const update = (n: number): Promise<ConfigMap> =>
  direct.rest.patch(CONFIG_MAPS, KEY, { data: { n: String(n) } }, { type: 'merge' });
const sees = (n: number): Promise<void> =>
  store.waitUntil(() => store.get(KEY)?.data?.['n'] === String(n), AbortSignal.timeout(60_000));

/** Waits until the server has compacted what was there a moment ago: it refuses a continue token from then. */
async function compacted(): Promise<void> {
  const page = await direct.rest.list(CONFIG_MAPS, { limit: 1 });
  await waitUntil(
    'the history to be compacted',
    async () => {
      await update(Date.now());
      try {
        await direct.rest.list(CONFIG_MAPS, { limit: 1, continue: page.continue ?? '' });
        return false;
      } catch (error) {
        return error instanceof ApiError && error.gone;
      }
    },
    { timeoutMs: 60_000, intervalMs: 250, retryErrors: false },
  );
}

describe('an API server that goes away', () => {
  it('is followed again after it was killed and started on the same data', async () => {
    const server = plane.process('kube-apiserver');
    await server.kill();
    await waitUntil('the watch to break', () => ends.length > 0);
    await server.restart();
    await update(1);
    await sees(1);
    expect(changes.filter((change) => change !== '~a')).toEqual(['+a']);
  }, 90_000);

  it('is followed again after it was frozen', async () => {
    const server = plane.process('kube-apiserver');
    server.freeze();
    try {
      const hanging = direct.rest.derive({ timeoutMs: 500 }).get(CONFIG_MAPS, KEY);
      await expect(hanging).rejects.toThrow('no answer within 500 ms');
    } finally {
      server.resume();
    }
    await update(2);
    await sees(2);
    expect([changes[0], lists]).toEqual(['+a', 1]);
  }, 120_000);

  it('is listed anew, and only then, when it has forgotten the version of the watch', async () => {
    watched.proxy.refuse();
    await waitUntil('the watch to break', () => ends.length > 0);
    const before = store.get(KEY)?.metadata.uid;
    await direct.rest.delete(CONFIG_MAPS, KEY);
    await direct.rest.create(CONFIG_MAPS, 'default', { metadata: { name: 'a', labels: LABELS }, data: { n: '3' } });
    await compacted();
    // A fresh watch cache begins after our version, so the server must ask etcd, and etcd has compacted it.
    await plane.process('kube-apiserver').restart();
    expect(lists).toBe(1);
    watched.proxy.accept();
    await store.waitUntil(() => store.get(KEY)?.metadata.uid !== before, AbortSignal.timeout(60_000));
    expect([ends.at(-1), lists, changes]).toEqual(['gone', 2, ['+a', '-a', '+a']]);
  }, 120_000);

  it('lists everything although a page token expires on the way', async () => {
    for (let i = 0; i < 5; i += 1) {
      await direct.rest.create(CONFIG_MAPS, 'default', { metadata: { name: `page-${i}`, labels: { test: 'pages' } } });
    }
    const stale = await direct.rest.list(CONFIG_MAPS, { limit: 2, labelSelector: 'test=pages' });
    await compacted();
    const expired = direct.rest.list(CONFIG_MAPS, {
      limit: 2,
      labelSelector: 'test=pages',
      continue: stale.continue ?? '',
    });
    await expect(expired).rejects.toMatchObject({ gone: true });
    expect(await direct.rest.listAll(CONFIG_MAPS, { labelSelector: 'test=pages' })).toHaveLength(5);
  }, 120_000);
});
