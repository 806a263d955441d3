// What becomes of a watch whose answer was ended from here while the API server goes on.
import { createServer, get } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { WatchTap } from '../../campaigns/harness/watch-tap.ts';

let tap: WatchTap;
let server: Server;
let say: (line: string) => void;
let failed: unknown[];

beforeEach(async () => {
  tap = new WatchTap();
  failed = [];
  server = createServer((_request, response) => {
    response.on('error', (error) => failed.push(error));
    response.write('begun\n');
    say = tap.begin('linkedclones', response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** All that arrives; `once` runs when the watch has begun. */
async function watch(once: () => void): Promise<string[]> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }, (response) => {
      response.once('data', once);
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('end', resolve);
    });
    request.on('error', reject);
  });
  return text.trim().split('\n');
}

it('says nothing after it said that the version is too old', async () => {
  const lines = await watch(() => {
    tap.freeze();
    say('held');
    tap.sayGone();
    tap.sayGone();
    tap.sayGarbage('garbage');
    tap.thaw();
    say('late');
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(lines).toHaveLength(2);
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  expect(failed).toEqual([]);
});

const line = (type: string, namespace: string, name: string): string =>
  JSON.stringify({ type, object: { metadata: { namespace, name } } });

it('counts what it withholds, and drops what is of one namespace only', async () => {
  const lines = await watch(() => {
    tap.dropEventsOf({ plural: 'linkedclones', namespace: 'lab' });
    say(line('MODIFIED', 'lab', 'free'));
    say(line('MODIFIED', 'lab-keep', 'keeper'));
    expect(tap.withheld).toBe(1);
    tap.keepEvents();
    tap.freeze(['linkedclones']);
    say(line('BOOKMARK', '', ''));
    expect(tap.withheld).toBe(1);
    say(line('DELETED', 'lab', 'free'));
    expect([tap.withheld, tap.spoilt]).toEqual([2, 0]);
    tap.sayGone();
    expect(tap.spoilt).toBe(1);
  });
  expect(lines.slice(1).map((one) => (JSON.parse(one) as { type: string }).type)).toEqual(['MODIFIED', 'ERROR']);
});

it('drops the events of one object, and of no other of its kind', async () => {
  const lines = await watch(() => {
    tap.dropEventsOf({ plural: 'linkedclones', namespace: 'lab', name: 'web-1' });
    say(line('MODIFIED', 'lab', 'web-1'));
    say(line('MODIFIED', 'lab', 'web-2'));
    say(line('DELETED', 'lab-keep', 'web-1'));
    expect(tap.withheld).toBe(1);
    tap.sayGone();
  });
  const named = lines.slice(1).map((one) => JSON.parse(one) as { object: { metadata?: { name: string } } });
  expect(named.map(({ object }) => object.metadata?.name)).toEqual(['web-2', 'web-1', undefined]);
});

it('tells what is held up to a version, and nothing newer', async () => {
  const version = (resourceVersion: string): string =>
    JSON.stringify({ type: 'MODIFIED', object: { metadata: { name: 'vc', resourceVersion } } });
  const told: number[] = [];
  const lines = await watch(() => {
    tap.freeze(['linkedclones']);
    for (const one of ['8', '9', '10', '11']) say(version(one));
    told.push(tap.tellUntil('7'), tap.tellUntil('10'), tap.tellUntil('10'));
    tap.sayGone();
  });
  expect(told).toEqual([0, 3, 0]);
  expect(lines.slice(1, -1)).toEqual(['8', '9', '10'].map(version));
});

it('tells things in their order, though another kind is frozen instead meanwhile', async () => {
  const lines = await watch(() => {
    tap.freeze(['linkedclones']);
    say(line('ADDED', 'lab', 'old'));
    tap.freeze(['vcenters']);
    say(line('ADDED', 'lab', 'new'));
    tap.thaw();
    say(line('ADDED', 'lab', 'newest'));
    tap.sayGone();
  });
  expect(lines.slice(1, -1)).toEqual(['old', 'new', 'newest'].map((name) => line('ADDED', 'lab', name)));
});

it('drops what is in no namespace', async () => {
  const lines = await watch(() => {
    tap.dropEventsOf({ plural: 'linkedclones', namespace: '' });
    say(JSON.stringify({ type: 'MODIFIED', object: { metadata: { name: 'vc' } } }));
    say(line('MODIFIED', 'lab', 'web-1'));
    expect(tap.withheld).toBe(1);
    tap.sayGone();
  });
  expect(lines).toHaveLength(3);
});

it('withholds what is frozen, dropped or held, and what a half-open watch does not say, until another watch is opened', async () => {
  const withheld: boolean[] = [];
  const note = (): void => void withheld.push(tap.withholds);
  await watch(() => {
    note();
    tap.freeze();
    note();
    say('{"type":"MODIFIED"}');
    tap.thaw();
    note();
    tap.dropEventsOf({ plural: 'linkedclones', namespace: 'lab' });
    note();
    tap.keepEvents();
    tap.halfOpen();
    note();
    tap.sayGone();
  });
  expect(withheld).toEqual([false, true, false, true, true]);
  await waitUntil('the watch to be closed', () => !tap.withholds);
});
