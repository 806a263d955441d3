// What set-ups that fail leave on the server, in a session that lasts: nothing.
import { beforeEach, expect, it } from '@jest/globals';
import { Stream } from '../../../../src/vsphere/updates/stream.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { failed } from '../support/calls.ts';
import { streamOptions } from '../support/stream-options.ts';
import { WatchServer } from '../support/watch-server.ts';

const FOLDER = { type: 'Folder', value: 'labs' };

let clock: FakeClock;
let server: WatchServer;
let stream: Stream;

beforeEach(async () => {
  clock = new FakeClock();
  server = new WatchServer(clock);
  server.folders.add('labs');
  server.put('VirtualMachine', 'vm-1', { name: 'a' }, 'labs');
  stream = new Stream(streamOptions(server, clock));
  await stream.watchFolders([FOLDER], ['name']);
});

function failing(method: string, fault: string, times: number): void {
  server.fail(method, ...Array.from({ length: times }, () => failed(fault, method)));
}

it.each([
  ['the first question', 'WaitForUpdatesEx'],
  ['a filter', 'CreateFilter'],
  ['a view', 'CreateContainerView'],
])('nothing is left of set-ups of which %s failed', async (_, method) => {
  failing(method, 'SystemError', 20);
  stream.start();
  await clock.advance(100_000);
  expect(stream.failure).toBeDefined();
  expect(server.count('CreatePropertyCollector')).toBeGreaterThan(3);
  expect(server.alive).toBe(0);
});

it('what could not be taken down for want of a connection is taken down later', async () => {
  failing('WaitForUpdatesEx', 'SystemError', 2);
  failing('DestroyPropertyCollector', 'Transport', 1);
  failing('DestroyView', 'Transport', 1);
  stream.start();
  await clock.advance(0);
  expect(server.alive).toBeGreaterThan(0);
  await clock.advance(1_500);
  expect([server.alive, stream.failure === undefined]).toEqual([0, false]);
});

it('one that is set up is left alone by what is taken down', async () => {
  failing('WaitForUpdatesEx', 'SystemError', 2);
  stream.start();
  await clock.advance(10_000);
  const { alive } = server;
  expect([alive > 0, stream.failure]).toEqual([true, undefined]);
  failing('WaitForUpdatesEx', 'InvalidCollectorVersion', 1);
  await clock.advance(10_000);
  expect(server.alive).toBe(alive);
  await stream.close();
  expect(server.alive).toBe(0);
});
