// Bookmarks of the real API server move the version on while nothing that is watched happens. One comes two seconds before the
// watch's end, and a minute after its start: the short watch here shows it without the minute.
import { expect, it } from '@jest/globals';
import { Reflector } from '../../../src/kube/reflector.ts';
import { Store } from '../../../src/kube/store.ts';
import type { WatchEnd } from '../../../src/kube/watch-session.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { controlPlane, makeNamespace } from '../../support/control-plane.ts';
import { CONFIG_MAPS, connect, silent } from './support/connection.ts';
import type { ConfigMap } from './support/connection.ts';

it('move a quiet watch on, and the next one starts from there', async () => {
  const namespace = await makeNamespace('kube-bookmarks');
  const connection = await connect(await controlPlane());
  const stop = new AbortController();
  const ends: WatchEnd[] = [];
  const lists: number[] = [];
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
    watchSeconds: { min: 5, max: 5 },
    metrics: { watchEnded: (why) => ends.push(why), listed: (objects) => lists.push(objects) },
  });
  const running = reflector.run(stop.signal);
  try {
    await reflector.synced(AbortSignal.timeout(60_000));
    const listed = BigInt(store.resourceVersion);
    let made = 0;
    // again and again: the server sends no bookmark that isn't newer than the version at which the watch was opened
    const makeOne = async (): Promise<void> => {
      made += 1;
      await connection.rest.create(CONFIG_MAPS, namespace, { metadata: { name: `of-no-interest-${made}` } });
    };
    await waitUntil(
      'a bookmark in each of two watches',
      async () => {
        await makeOne();
        return ends.length >= 2;
      },
      { timeoutMs: 60_000, intervalMs: 500 },
    );
    expect(BigInt(store.resourceVersion)).toBeGreaterThan(listed);
    expect([store.size, lists, new Set(ends)]).toEqual([0, [0], new Set(['closed'])]);
  } finally {
    stop.abort();
    await running;
    await connection.close();
  }
}, 120_000);
