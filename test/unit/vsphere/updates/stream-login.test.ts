// Whether what the stream told can be acted upon: it is of the session in which the watch was set up, and of no later one.
import { expect, it } from '@jest/globals';
import type { Invoke } from '../../../../src/vsphere/invoke.ts';
import { Stream } from '../../../../src/vsphere/updates/stream.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { failed } from '../support/calls.ts';
import { streamOptions } from '../support/stream-options.ts';
import { WatchServer } from '../support/watch-server.ts';

const FOLDER = { type: 'Folder', value: 'labs' };
const VM = { type: 'VirtualMachine', value: 'vm-1' };

async function rig(onCall: (method: string) => void = () => undefined) {
  const clock = new FakeClock();
  const server = new WatchServer(clock);
  server.folders.add('labs');
  server.put('VirtualMachine', 'vm-1', { name: 'a' }, 'labs');
  const invoke: Invoke = (object, method, ...rest) => {
    onCall(method);
    return server.invoke(object, method, ...rest);
  };
  const stream = new Stream(streamOptions(server, clock, { invoke }));
  await stream.watchFolders([FOLDER], ['name']);
  return { clock, server, stream };
}

it('is not that of an earlier session until the watch is set up in the new one', async () => {
  const { clock, server, stream } = await rig();
  expect(stream.isCurrent(VM)).toBe(false);
  stream.start();
  await clock.advance(10_000);
  expect(stream.isCurrent(VM)).toBe(true);
  server.fail('CreateContainerView', failed('Transport', 'CreateContainerView'));
  server.fail('CreateFilter', failed('Transport', 'CreateFilter'));
  server.endSession();
  expect(stream.isCurrent(VM)).toBe(false);
  await clock.advance(0);
  expect(stream.isCurrent(VM)).toBe(false);
  await clock.advance(10_000);
  expect(stream.isCurrent(VM)).toBe(true);
});

it('is that of the session in which the collector was made, also where making it brought about the login', async () => {
  const { clock, server, stream } = await rig((method) => {
    if (method === 'CreatePropertyCollector') server.generation = 2;
  });
  stream.start();
  await clock.advance(0);
  expect([server.generation, stream.isCurrent(VM)]).toEqual([2, true]);
  await stream.close();
  expect(server.alive).toBe(0);
});

it('tells of nothing from the moment it breaks until it is set up anew, whatever the session', async () => {
  const setUps: (boolean | undefined)[] = [];
  const watch: { stream?: Stream } = {};
  const { clock, server, stream } = await rig((method) => {
    if (method === 'CreateContainerView') setUps.push(watch.stream?.isDelivering);
  });
  watch.stream = stream;
  expect(stream.isDelivering).toBe(false);
  stream.start();
  await clock.advance(10_000);
  expect(stream.isDelivering).toBe(true);
  // the first failure is mended at once, and told to nobody; the second is told
  server.fail('WaitForUpdatesEx', failed('Transport', 'WaitForUpdatesEx'));
  server.fail('CreateContainerView', failed('Transport', 'CreateContainerView'));
  const told: (string | boolean)[] = [];
  stream.onFailureChange((failure) => told.push(failure === undefined ? 'set up' : 'failed', stream.isDelivering));
  await clock.advance(20_000);
  expect([setUps, told]).toEqual([
    [false, false, false],
    ['failed', false, 'set up', true],
  ]);
  await stream.close();
});
