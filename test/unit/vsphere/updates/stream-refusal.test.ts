// Nobody waits for a watch that can't be set up: the workers that wait are shared by all vCenters. What was asked for
// meanwhile is watched with the next set-up, and isn't taken for delivered before.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Stream } from '../../../../src/vsphere/updates/stream.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { failed, rejection } from '../support/calls.ts';
import { streamOptions } from '../support/stream-options.ts';
import { WatchServer } from '../support/watch-server.ts';

const FOLDER = { type: 'Folder', value: 'labs' };
const OTHER = { type: 'Folder', value: 'other' };
const HOST = { type: 'HostSystem', value: 'host-1' };
const PATHS = ['name'];

let clock: FakeClock;
let server: WatchServer;
let stream: Stream;

beforeEach(async () => {
  clock = new FakeClock();
  server = new WatchServer(clock);
  server.folders.add('labs').add('other');
  server.put('HostSystem', 'host-1', { state: 'connected' });
  stream = new Stream(streamOptions(server, clock));
  await stream.watchFolders([FOLDER], PATHS);
});

/** Each set-up fails so. */
function broken(fault: string): void {
  server.fail(
    'CreatePropertyCollector',
    ...Array.from({ length: 100 }, () => failed(fault, 'CreatePropertyCollector')),
  );
}

function mended(): void {
  server.failures.clear();
}

const ways: [string, () => Promise<void>][] = [
  ['a folder', () => stream.watchFolders([OTHER], PATHS)],
  ['an object', () => stream.watchObjects([HOST], ['state'])],
];

describe.each(ways)('who asks for %s', (_, ask) => {
  it('before the first set-up failed is told when it has', async () => {
    broken('SystemError');
    stream.start();
    const asked = rejection(ask());
    await clock.advance(0);
    expect(await asked).toMatchObject({ kind: 'connection' });
  });

  it('while the watch cannot be set up is told at once, also the second time', async () => {
    broken('ManagedObjectNotFound'); // of the collector: no word about the folder
    stream.start();
    await clock.advance(0);
    expect(await rejection(ask())).toMatchObject({ kind: 'connection' });
    expect(await rejection(ask())).toMatchObject({ kind: 'connection' });
    mended();
    await clock.advance(60_000);
    const again = ask();
    await clock.advance(1_000);
    await expect(again).resolves.toBeUndefined();
    expect(stream.failure).toBeUndefined();
  });

  it('and waits when the vCenter goes away is told so, and so is who asks before it is back', async () => {
    stream.start();
    await clock.advance(10_000);
    const asked = rejection(ask());
    const away = failed('Transport', 'CurrentTime');
    stream.goneAway(away);
    expect(await asked).toMatchObject({ fault: 'Away', cause: away });
    expect(await rejection(ask())).toMatchObject({ fault: 'Away' });
    stream.startOver();
    const again = ask();
    await clock.advance(1_000);
    await expect(again).resolves.toBeUndefined();
  });
});

it('what was asked for in vain is delivered with the next set-up', async () => {
  server.put('VirtualMachine', 'vm-9', { name: 'z' }, 'other');
  broken('SystemError');
  stream.start();
  await clock.advance(0);
  await rejection(stream.watchFolders([OTHER], PATHS));
  const told: string[] = [];
  stream.onBatch(({ vms }) => told.push(...vms.map(({ ref }) => ref.value)));
  mended();
  await clock.advance(60_000);
  expect(told).toEqual(['vm-9']);
});
