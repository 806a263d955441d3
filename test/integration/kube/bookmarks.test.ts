// Bookmarks of the real API server: they move the version on while nothing happens, and they come often enough for the
// default silence limit. Takes a minute, because the server sends one a minute, whatever the watch's own end.
import { expect, it } from '@jest/globals';
import { Reflector } from '../../../src/kube/reflector.ts';
import { Store } from '../../../src/kube/store.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { controlPlane, makeNamespace } from '../../support/control-plane.ts';
import { CONFIG_MAPS, connect, silent } from './support/connection.ts';
import type { ConfigMap } from './support/connection.ts';

/** More than 60 s with some slack for a busy machine, less than the reflector's default limit of 100 s. */
const LIMIT_MS = 95_000;

it(
  'move a quiet watch on within the default silence limit',
  async () => {
    const namespace = await makeNamespace('kube-bookmarks');
    const connection = await connect(await controlPlane());
    const stop = new AbortController();
    const ends: string[] = [];
    const store = new Store<ConfigMap>({
      onListenerError: (error) => {
        throw error;
      },
    });
    const reflector = new Reflector({
      rest: connection.rest,
      resource: CONFIG_MAPS,
      store,
      clock: systemClock,
      logger: silent,
      namespaces: [namespace],
      labelSelector: 'test=bookmarks',
      metrics: { watchEnded: (why) => ends.push(why) },
    });
    const running = reflector.run(stop.signal);
    try {
      await reflector.synced(AbortSignal.timeout(10_000));
      const listed = BigInt(store.resourceVersion);
      await connection.rest.create(CONFIG_MAPS, namespace, { metadata: { name: 'of-no-interest' } });
      await store.waitUntil(() => BigInt(store.resourceVersion) > listed, AbortSignal.timeout(LIMIT_MS));
      expect([store.size, ends]).toEqual([0, []]);
      expect(reflector.lastContactAgeMs()).toBeLessThan(5_000);
    } finally {
      stop.abort();
      await running;
      await connection.close();
    }
  },
  LIMIT_MS + 15_000,
);
