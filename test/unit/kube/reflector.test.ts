// The reflector against a scripted server: what it does about answers that a healthy API server never gives.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Reflector } from '../../../src/kube/reflector.ts';
import type { ReflectorOptions } from '../../../src/kube/reflector.ts';
import { Store } from '../../../src/kube/store.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { WIDGETS, silent, widget } from './support/objects.ts';
import type { Widget } from './support/objects.ts';
import { ScriptedServer, listBody, reply, replyStatus, replyWatch } from './support/scripted-server.ts';

const added = (name: string, version: number): object => ({ type: 'ADDED', object: widget(name, version) });
const bookmark = (version: number): object => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion: String(version) } },
});
const DEADLINE_MS = 60_000;

let server: ScriptedServer;
let stop: AbortController;
let running: Promise<void>;
let ends: string[];

beforeEach(async () => {
  server = await ScriptedServer.start(() => undefined);
  stop = new AbortController();
  running = Promise.resolve();
  ends = [];
});
afterEach(async () => {
  stop.abort();
  await running;
  await server.stop();
});

function start(options: Partial<ReflectorOptions<Widget>> = {}): {
  store: Store<Widget>;
  reflector: Reflector<Widget>;
} {
  const store = new Store<Widget>({ onListenerError: () => undefined });
  const reflector = new Reflector({
    rest: server.client(),
    resource: WIDGETS,
    store,
    clock: systemClock,
    logger: silent,
    backoff: { initialMs: 1, maxMs: 5 },
    metrics: { watchEnded: (why) => ends.push(why), listFailed: () => ends.push('list failed') },
    ...options,
  });
  running = reflector.run(stop.signal);
  return { store, reflector };
}

function until(store: Store<Widget>, predicate: () => boolean): Promise<void> {
  return store.waitUntil(predicate, AbortSignal.timeout(DEADLINE_MS));
}

/** Versions from which watches were asked for. */
const watchedFrom = (): (string | null)[] =>
  server.received.filter((r) => r.query.has('watch')).map((r) => r.query.get('resourceVersion'));
const lists = (): number => server.received.filter((r) => !r.query.has('watch')).length;

describe('Reflector', () => {
  it('tries a failing list again until it works', async () => {
    let failures = 0;
    server.answer = ({ query }, response) => {
      if (query.has('watch')) replyWatch(response);
      else if (failures++ < 3) replyStatus(response, 503, 'ServiceUnavailable');
      else reply(response, 200, listBody([widget('a', 1)], 5));
    };
    const { store, reflector } = start();
    await reflector.synced(AbortSignal.timeout(DEADLINE_MS));
    expect(store.size).toBe(1);
    expect(ends).toEqual(['list failed', 'list failed', 'list failed']);
  });

  it('asks for bookmarks and a random end, and goes on from the last event or bookmark', async () => {
    const watches: object[][] = [[added('a', 6), bookmark(9)], [added('b', 12)], [added('c', 13)]];
    server.answer = ({ query }, response) => {
      if (!query.has('watch')) return reply(response, 200, listBody([], 5));
      const events = watches.shift();
      replyWatch(response, ...(events ?? []));
      if (events !== undefined) response.end();
    };
    const { store } = start({ watchSeconds: { min: 300, max: 600 }, random: () => 0.5 });
    await until(store, () => store.size === 3);
    const first = server.received.find((r) => r.query.has('watch'));
    expect([first?.query.get('allowWatchBookmarks'), first?.query.get('timeoutSeconds')]).toEqual(['true', '450']);
    expect(watchedFrom().slice(0, 3)).toEqual(['5', '9', '12']);
    expect(lists()).toBe(1);
  });

  it.each([
    { name: 'a line that is not JSON', event: undefined, end: 'bad_line' },
    { name: 'an event of an unknown type', event: { type: 'MOVED', object: {} }, end: 'bad_line' },
    {
      name: 'an unknown ERROR',
      event: { type: 'ERROR', object: { code: 500, reason: 'InternalError' } },
      end: 'error_event',
    },
  ])('connects again after $name and misses nothing', async ({ event, end }) => {
    let watches = 0;
    server.answer = ({ query }, response) => {
      if (!query.has('watch')) return reply(response, 200, listBody([], 5));
      if (watches++ > 0) return replyWatch(response, added('b', 7));
      replyWatch(response, added('a', 6));
      response.write(event === undefined ? '{"type":"ADDED","obj\n' : `${JSON.stringify(event)}\n`);
      response.write(`${JSON.stringify(added('skipped', 8))}\n`);
    };
    const { store } = start();
    await until(store, () => store.size === 2);
    expect(watchedFrom()).toEqual(['5', '6']);
    expect(store.get({ namespace: 'ns', name: 'skipped' })).toBeUndefined();
    expect([ends, lists()]).toEqual([[end], 1]);
  });

  it('lists again when a version brings nothing but nonsense', async () => {
    server.answer = ({ query }, response) => {
      if (!query.has('watch')) return reply(response, 200, listBody([widget('a', 1)], lists() === 1 ? 5 : 50));
      replyWatch(response);
      if (query.get('resourceVersion') === '5') response.write('nonsense\n');
    };
    const { store } = start();
    await until(store, () => store.resourceVersion === '50');
    expect(watchedFrom().slice(0, 3)).toEqual(['5', '5', '5']);
  });

  it.each([
    { name: 'an ERROR event', http: false },
    { name: 'an HTTP answer', http: true },
  ])('lists again at once after 410 in $name, and sees what was recreated meanwhile', async ({ http }) => {
    server.answer = ({ query }, response) => {
      const again = lists() > 1;
      if (!query.has('watch'))
        return reply(
          response,
          200,
          listBody([widget('a', again ? 30 : 1, { uid: again ? 'new' : 'old' })], again ? 40 : 5),
        );
      if (again) return replyWatch(response);
      if (http) return replyStatus(response, 410, 'Expired');
      replyWatch(response, { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
    };
    const changes: string[] = [];
    const { store } = start({ backoff: { initialMs: 60_000, maxMs: 60_000 } });
    store.onChange((change) => changes.push(`${change.old?.metadata.uid ?? ''}>${change.new?.metadata.uid ?? ''}`));
    await until(store, () => store.resourceVersion === '40');
    expect(changes).toEqual(['>old', 'old>', '>new']);
    expect(ends).toEqual(['gone']);
  });

  it('does not hammer a server that answers 410 to everything', async () => {
    server.answer = ({ query }, response) => {
      if (query.has('watch')) replyStatus(response, 410, 'Expired');
      else reply(response, 200, listBody([], 5));
    };
    const clock = new FakeClock();
    start({ clock, backoff: { initialMs: 60_000, maxMs: 60_000, jitter: 0 } });
    await waitUntil('the second refusal', () => ends.length === 2, { intervalMs: 5 });
    await clock.advance(59_999);
    expect(lists()).toBe(2);
    await clock.advance(1);
    await waitUntil('the third list', () => lists() === 3, { intervalMs: 5 });
  });

  it('takes silence for a dead connection', async () => {
    let watches = 0;
    server.answer = ({ query }, response) => {
      if (!query.has('watch')) return reply(response, 200, listBody([], 5));
      if (watches++ === 0) replyWatch(response, bookmark(8));
      else replyWatch(response, added('a', 9));
    };
    const clock = new FakeClock();
    const { store, reflector } = start({ clock, inactivityMs: 1_000 });
    await until(store, () => store.resourceVersion === '8');
    await clock.advance(999);
    expect(ends).toEqual([]);
    await clock.advance(1);
    await waitUntil('the end', () => ends.length === 1, { intervalMs: 5 });
    expect([ends, reflector.lastContactAgeMs()]).toEqual([['inactive'], 1_000]);
    await clock.advance(5); // the longest pause before the next try
    await until(store, () => store.size === 1);
    expect(ends).toEqual(['inactive']);
    expect(watchedFrom()).toEqual(['5', '8']);
    expect(reflector.lastContactAgeMs()).toBe(0);
  });

  it('keeps a connection that says something in time', async () => {
    const clock = new FakeClock();
    let send = (_version: number): void => undefined;
    server.answer = ({ query }, response) => {
      if (!query.has('watch')) return reply(response, 200, listBody([], 5));
      replyWatch(response);
      send = (version) => void response.write(`${JSON.stringify(bookmark(version))}\n`);
    };
    const { store, reflector } = start({ clock, inactivityMs: 1_000 });
    await waitUntil('the watch', () => watchedFrom().length === 1, { intervalMs: 5 });
    for (let version = 6; version < 10; version += 1) {
      await clock.advance(900);
      send(version);
      await until(store, () => store.resourceVersion === String(version));
      expect(reflector.lastContactAgeMs()).toBe(0);
    }
    expect(ends).toEqual([]);
    await clock.advance(1_000);
    await waitUntil('the end', () => ends.length === 1, { intervalMs: 5 });
    expect(ends).toEqual(['inactive']);
  });

  it('counts a connection that breaks and goes on', async () => {
    let watches = 0;
    server.answer = ({ query }, response) => {
      if (!query.has('watch')) return reply(response, 200, listBody([], 5));
      replyWatch(response, added(`w${watches}`, 6 + watches));
      if (watches++ < 2) setImmediate(() => response.destroy());
    };
    const { store } = start();
    await until(store, () => store.size === 3);
    expect([ends, lists()]).toEqual([['broken', 'broken'], 1]);
  });

  it('says what the server refuses, list or watch, and that it is watched when it agrees', async () => {
    let mayList = false;
    let mayWatch = false;
    server.answer = ({ query }, response) => {
      const may = query.has('watch') ? mayWatch : mayList;
      if (!may) replyStatus(response, 403, query.has('watch') ? 'NoWatch' : 'NoList');
      else if (query.has('watch')) replyWatch(response);
      else reply(response, 200, listBody([widget('a', 1)], 5));
    };
    const { reflector } = start();
    let watched = false;
    const watching = reflector.watching(AbortSignal.timeout(DEADLINE_MS)).then(() => (watched = true));
    const says = (text: RegExp): Promise<unknown> =>
      waitUntil(String(text), () => text.test(reflector.obstacle('widgets', 1000) ?? ''), { timeoutMs: DEADLINE_MS });
    await says(/^the cache of widgets is not filled yet: .*NoList it is/);
    mayList = true;
    await says(/^the watch of widgets is refused: .*NoWatch it is/);
    expect(watched).toBe(false);
    mayWatch = true;
    await watching;
    expect(reflector.obstacle('widgets', 1000)).toBeUndefined();
    expect(reflector.obstacle('widgets', -1)).toMatch(/^the watch of widgets has been silent for 0 s$/);
  });

  it('survives a listener that throws', async () => {
    server.answer = ({ query }, response) => {
      if (query.has('watch')) replyWatch(response, added('a', 6), added('b', 7));
      else reply(response, 200, listBody([], 5));
    };
    const { store } = start();
    store.onChange(() => {
      throw new Error('broken listener');
    });
    await until(store, () => store.size === 2);
    expect(ends).toEqual([]);
  });

  it('feeds one store from several namespaces, each from its own version', async () => {
    const watches: { one: (string | null)[]; two: (string | null)[] } = { one: [], two: [] };
    server.answer = ({ path, query }, response) => {
      const namespace = path.includes('/one/') ? 'one' : 'two';
      const version = namespace === 'one' ? 5 : 105;
      if (!query.has('watch'))
        return reply(response, 200, listBody([widget('a', 1, { namespace, uid: namespace })], version));
      watches[namespace].push(query.get('resourceVersion'));
      replyWatch(response);
      // The watch of one namespace ends again and again, that of the other one stays.
      if (namespace === 'one') response.end();
    };
    const { store, reflector } = start({ namespaces: ['one', 'two', 'one'] });
    await reflector.synced(AbortSignal.timeout(DEADLINE_MS));
    expect([store.size, store.progressOf('one'), store.progressOf('two'), lists()]).toEqual([2, 5n, 105n, 2]);
    await waitUntil('more watches', () => watches.two.length > 0 && watches.one.length >= 4, { intervalMs: 5 });
    expect([new Set(watches.one), watches.two]).toEqual([new Set(['5']), ['105']]);
  });

  it.each([
    { name: 'a list', watching: false },
    { name: 'a watch', watching: true },
  ])('stops while $name is under way, and opens nothing afterwards', async ({ watching }) => {
    const asked = new Promise<void>((resolve) => {
      server.answer = ({ query }, response) => {
        if (watching && !query.has('watch')) return reply(response, 200, listBody([], 5));
        resolve();
      };
    });
    start();
    await asked;
    const before = server.received.length;
    stop.abort();
    await running;
    expect(server.received).toHaveLength(before);
  });
});
