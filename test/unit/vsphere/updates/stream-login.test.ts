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
