// The stream of updates from its start to its end, against a small vCenter and a clock that the test drives.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { UpdateBatch } from '../../../../src/vsphere/updates.ts';
import { Stream } from '../../../../src/vsphere/updates/stream.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { failed, rejection } from '../support/calls.ts';
import { streamOptions } from '../support/stream-options.ts';
import { WatchServer } from '../support/watch-server.ts';

const FOLDER = { type: 'Folder', value: 'labs' };
const OTHER = { type: 'Folder', value: 'other' };
const PATHS = ['name', 'power'];

let clock: FakeClock;
let server: WatchServer;
let stream: Stream;
let batches: UpdateBatch[];

function makeStream(pollSeconds = 50): Stream {
  const made = new Stream(streamOptions(server, clock, { pollSeconds }));
  made.onBatch((batch) => batches.push(batch));
  return made;
}

beforeEach(() => {
  clock = new FakeClock();
  server = new WatchServer(clock);
  server.folders.add('labs').add('other');
  server.put('VirtualMachine', 'vm-1', { name: 'a', power: 'off' }, 'labs');
  server.put('VirtualMachine', 'vm-2', { name: 'b', power: 'off' }, 'labs');
  batches = [];
  stream = makeStream();
});

/** What the batches so far say about machines, in short; and forgets them. */
function told(): string[] {
  const lines = batches.flatMap(({ vms, objects, tasks, resynced }) => [
    ...(resynced ? ['resynced'] : []),
    ...[...vms, ...objects].map(
      ({ ref, change, properties }) => `${ref.value} ${change} ${Object.values(properties).join(' ')}`,
    ),
    ...tasks.map((task) => `${task.ref.value} ${task.gone ? 'gone' : task.info.state}`),
  ]);
  batches = [];
  return lines;
}

async function start(): Promise<void> {
  await stream.watchFolders([FOLDER], PATHS);
  stream.start();
  await clock.advance(0);
}

describe('Stream', () => {
  it('asks to wait for whole seconds, which is all that the wire can say', async () => {
    stream = makeStream(0.2);
    await start();
    const waits = server.calls
      .filter(({ method }) => method === 'WaitForUpdatesEx')
      .map(({ args }) => (args['options'] as { maxWaitSeconds: number }).maxWaitSeconds);
    expect(new Set(waits)).toEqual(new Set([0, 1]));
    await stream.close();
  });

  it('delivers the whole state first and changes as they come', async () => {
    await start();
    expect(told()).toEqual(['resynced', 'vm-1 upsert a off', 'vm-2 upsert b off']);
    server.put('VirtualMachine', 'vm-1', { power: 'on' });
    await clock.advance(200);
    expect(told()).toEqual(['vm-1 upsert a on']);
    server.remove({ type: 'VirtualMachine', value: 'vm-2' });
    await clock.advance(200);
    expect(told()).toEqual(['vm-2 leave b off']);
  });

  it('says that it is in sync also where there is nothing', async () => {
    server.objects.clear();
    await start();
    expect(told()).toEqual(['resynced']);
  });

  it('merges the pages of one answer into one batch', async () => {
    server.pageSize = 3;
    for (let index = 3; index <= 10; index += 1) server.put('VirtualMachine', `vm-${index}`, { name: 'x' }, 'labs');
    await start();
    expect(batches).toHaveLength(1);
    expect(batches[0]?.vms).toHaveLength(10);
    expect(server.count('WaitForUpdatesEx')).toBe(4 + 1);
  });

  it('asks rarely while idle, and twice for a burst under load', async () => {
    await start();
    const before = server.count('WaitForUpdatesEx');
    await clock.advance(600_000);
    expect(server.count('WaitForUpdatesEx') - before).toBe(12);
    const idle = server.calls.length;
    for (let step = 0; step < 100; step += 1) {
      server.put('VirtualMachine', 'vm-1', { name: `n${step}` });
      await clock.advance(20);
    }
    expect(server.calls.length - idle).toBeLessThanOrEqual(2 * (2_000 / 200) + 2);
    await clock.advance(400);
    expect(batches.length).toBeLessThanOrEqual(2_000 / 200 + 2);
    expect(told().at(-1)).toBe('vm-1 upsert n99 off');
  });

  it('knows when it last heard from the server', async () => {
    await start();
    await clock.advance(70_000);
    expect(clock.monotonic() - stream.lastContact).toBe(20_000);
  });

  it('keeps other listeners going when one throws', async () => {
    const seen: boolean[] = [];
    stream.onBatch(() => {
      throw new Error('bad listener');
    });
    const off = stream.onBatch(({ resynced }) => seen.push(resynced));
    await start();
    expect(seen).toEqual([true]);
    off();
    server.put('VirtualMachine', 'vm-1', { power: 'on' });
    await clock.advance(0);
    expect(seen).toEqual([true]);
  });

  it('takes everything down at the end', async () => {
    await start();
    expect(server.alive).toBeGreaterThan(0);
    await stream.close();
    expect(server.alive).toBe(0);
    expect(clock.pending).toBe(0);
    await expect(stream.watchFolders([OTHER], PATHS)).rejects.toThrow('closed');
  });

  it('ends with the signal that it was started with', async () => {
    const stop = new AbortController();
    await stream.watchFolders([FOLDER], PATHS);
    stream.start(stop.signal);
    await clock.advance(0);
    stop.abort(new Error('over'));
    await settle();
    const calls = server.calls.length;
    await clock.advance(600_000);
    expect(server.calls).toHaveLength(calls);
  });
});

describe('watching more', () => {
  it('resolves when the machines of the folder have been delivered', async () => {
    await start();
    told();
    server.put('VirtualMachine', 'vm-9', { name: 'z' }, 'other');
    const known = stream
      .watchFolders([OTHER], PATHS)
      .then(() => batches.push({ vms: [], objects: [], tasks: [], resynced: true }));
    await clock.advance(1_000);
    await known;
    expect(told()).toEqual(['vm-9 upsert z', 'resynced']);
  });

  it('does not wait for a change elsewhere when the folder is empty', async () => {
    await start();
    let done = false;
    void stream.watchFolders([OTHER], PATHS).then(() => (done = true));
    await clock.advance(500);
    expect(done).toBe(true);
    expect(server.count('CancelWaitForUpdates')).toBe(1);
  });

  it('costs nothing to ask again for what is watched', async () => {
    await start();
    const calls = server.calls.length;
    await stream.watchFolders([FOLDER], PATHS);
    expect(server.calls).toHaveLength(calls);
  });

  it('rejects for a folder that is not there, and goes on with the others', async () => {
    await start();
    const work = rejection(stream.watchFolders([{ type: 'Folder', value: 'nowhere' }], PATHS));
    await clock.advance(1_000);
    expect(await work).toMatchObject({ kind: 'notFound' });
    expect(stream.failure).toBeUndefined();
    server.folders.add('nowhere');
    const again = stream.watchFolders([{ type: 'Folder', value: 'nowhere' }], PATHS);
    await clock.advance(1_000);
    await expect(again).resolves.toBeUndefined();
  });

  it('watches single objects by type, in one call each for many at a time', async () => {
    const hosts = [1, 2, 3].map((index) => server.put('HostSystem', `host-${index}`, { state: 'connected' }));
    await stream.watchObjects(hosts.slice(0, 1), ['state']);
    await start();
    told();
    const work = Promise.all(hosts.slice(1).map((host) => stream.watchObjects([host], ['state'])));
    await clock.advance(500);
    await work;
    expect(server.count('ModifyListView')).toBe(1);
    expect(told()).toEqual(['host-2 upsert connected', 'host-3 upsert connected']);
    server.put('HostSystem', 'host-1', { state: 'disconnected' });
    await clock.advance(200);
    expect(told()).toEqual(['host-1 upsert disconnected']);
    stream.unwatchObjects(hosts.slice(0, 2));
    await clock.advance(200);
    expect(told()).toEqual([]);
  });

  it('tells about a watched object that does not exist', async () => {
    const host = server.put('HostSystem', 'host-1', { state: 'connected' });
    await stream.watchObjects([host, { type: 'HostSystem', value: 'host-404' }], ['state']);
    await start();
    expect(told()).toContain('host-404 leave ');
    expect(told()).not.toContain('host-1 leave connected');
  });

  it('refuses other paths for the same type', async () => {
    await stream.watchFolders([FOLDER], PATHS);
    await expect(stream.watchFolders([OTHER], ['name'])).rejects.toThrow(TypeError);
  });
});

describe('failures', () => {
  it.each(['NotAuthenticated', 'InvalidCollectorVersion', 'ManagedObjectNotFound', 'Transport', 'BadReply'])(
    'sets up anew after %s, tells what changed meanwhile and nobody of the failure',
    async (fault) => {
      const failures: unknown[] = [];
      stream.onFailureChange((failure) => failures.push(failure));
      await start();
      await clock.advance(60_000);
      told();
      server.objects.delete('VirtualMachine:vm-2');
      server.objects.set('VirtualMachine:vm-3', {
        ref: { type: 'VirtualMachine', value: 'vm-3' },
        folder: 'labs',
        properties: { name: 'c' },
      });
      server.fail('WaitForUpdatesEx', failed(fault, 'WaitForUpdatesEx'));
      await clock.advance(0);
      expect(told()).toEqual(['resynced', 'vm-1 upsert a off', 'vm-3 upsert c', 'vm-2 leave b off']);
      expect(failures).toEqual([]);
      await clock.advance(5_000);
      await stream.close();
      expect(server.alive).toBe(0);
    },
  );

  it('sets up anew in a new session', async () => {
    await start();
    told();
    server.endSession();
    await clock.advance(0);
    expect(told()).toEqual(['resynced', 'vm-1 upsert a off', 'vm-2 upsert b off']);
  });

  it('backs off while the server is away, says so once, and comes back by itself', async () => {
    const failures: (string | undefined)[] = [];
    stream.onFailureChange((failure) => failures.push(failure?.message));
    await start();
    await clock.advance(10_000);
    const calls = server.calls.length;
    const away = Array.from({ length: 8 }, () => failed('Transport', 'CreatePropertyCollector'));
    server.fail('CreatePropertyCollector', ...away);
    server.fail('WaitForUpdatesEx', failed('Transport', 'WaitForUpdatesEx'));
    await clock.advance(60_000);
    expect(server.calls.length - calls).toBeLessThan(12);
    expect(failures).toEqual([away[0]?.message]);
    expect(stream.failure).toBeDefined();
    await clock.advance(120_000);
    expect(stream.failure).toBeUndefined();
    expect(failures).toHaveLength(2);
    expect(told().filter((line) => line === 'resynced')).toHaveLength(2);
  });

  it('starts over as soon as it is told that the server is back, instead of waiting for its next try', async () => {
    await start();
    await clock.advance(10_000);
    const away = Array.from({ length: 4 }, () => failed('Transport', 'CreatePropertyCollector'));
    server.fail('CreatePropertyCollector', ...away);
    server.fail('WaitForUpdatesEx', failed('Transport', 'WaitForUpdatesEx'));
    await clock.advance(20_000);
    expect(stream.failure).toBeDefined();
    told();
    stream.startOver();
    await clock.advance(0);
    expect(stream.failure).toBeUndefined();
    expect(told()).toEqual(['resynced', 'vm-1 upsert a off', 'vm-2 upsert b off']);
  });

  it('asks anew when the server is back, where the last question may have been lost', async () => {
    await start();
    await clock.advance(10_000);
    told();
    server.endSession(); // and nobody tells the poll
    const polls = server.count('CreatePropertyCollector');
    stream.startOver();
    await clock.advance(0);
    expect(server.count('CreatePropertyCollector')).toBe(polls + 1);
    expect(stream.failure).toBeUndefined();
    expect(told()[0]).toBe('resynced');
    await clock.advance(5_000);
    await stream.close();
    expect(server.alive).toBe(0);
  });

  it('does not spin when every set-up works and every poll fails', async () => {
    await start();
    server.fail('WaitForUpdatesEx', ...Array.from({ length: 200 }, () => failed('BadReply')));
    await clock.advance(30_000);
    expect(server.count('CreatePropertyCollector')).toBeLessThan(12);
  });

  it('tells of no leave while a folder cannot be looked into, and of what it did not find once, as not proven', async () => {
    await stream.watchFolders([OTHER], PATHS);
    server.put('VirtualMachine', 'vm-9', { name: 'z' }, 'other');
    await start();
    told();
    server.fail('CreateContainerView', failed('NoPermission', 'CreateContainerView')); // of the first folder: the other one
    server.endSession();
    await clock.advance(0);
    expect(told()).toEqual(['resynced', 'vm-1 upsert a off', 'vm-2 upsert b off', 'vm-9 upsert z']);
    const isCurrent = (value: string): boolean => stream.isCurrent({ type: 'VirtualMachine', value });
    expect([isCurrent('vm-1'), isCurrent('vm-9')]).toEqual([true, false]);
    server.objects.delete('VirtualMachine:vm-9');
    server.endSession();
    await clock.advance(10_000);
    expect(told()).toContain('vm-9 leave z');
  });

  it('looks into a folder again that could not be looked into for a while, and tells what happened meanwhile', async () => {
    await stream.watchFolders([OTHER], PATHS);
    server.put('VirtualMachine', 'vm-8', { name: 'y' }, 'other');
    server.put('VirtualMachine', 'vm-9', { name: 'z' }, 'other');
    await start();
    server.fail('CreateContainerView', failed('NoPermission', 'CreateContainerView'));
    server.endSession();
    await clock.advance(0);
    told();
    server.objects.delete('VirtualMachine:vm-9');
    server.put('VirtualMachine', 'vm-8', { name: 'yy' }, 'other');
    await clock.advance(40_000);
    expect(told()).toEqual(expect.arrayContaining(['vm-9 leave z', 'vm-8 upsert yy']));
  });

  it('is asked for a folder that it could not look into, and looks', async () => {
    const refuse = (): void => server.fail('CreateContainerView', failed('NoPermission', 'CreateContainerView'));
    await stream.watchFolders([OTHER], PATHS);
    await start();
    refuse();
    server.endSession();
    await clock.advance(0);
    refuse();
    const refused = rejection(stream.watchFolders([OTHER], PATHS));
    await clock.advance(1_000);
    expect(await refused).toMatchObject({ kind: 'permission' });
    const allowed = stream.watchFolders([OTHER], PATHS);
    await clock.advance(1_000);
    await expect(allowed).resolves.toBeUndefined();
  });

  it('forgets a folder that is gone, and tells what vanished from the others meanwhile', async () => {
    await stream.watchFolders([OTHER], PATHS);
    await start();
    told();
    server.folders.delete('other');
    server.objects.delete('VirtualMachine:vm-2');
    server.endSession();
    await clock.advance(0);
    expect(told()).toEqual(['resynced', 'vm-1 upsert a off', 'vm-2 leave b off']);
    const asked = server.count('CreateContainerView');
    server.endSession();
    await clock.advance(10_000);
    expect(server.count('CreateContainerView') - asked).toBe(1);
    const again = rejection(stream.watchFolders([OTHER], PATHS));
    await clock.advance(1_000);
    expect(await again).toMatchObject({ kind: 'notFound' });
  });

  it('lets those wait who asked for more just before the failure', async () => {
    await start();
    await clock.advance(10_000);
    server.fail('CreateContainerView', failed('Transport', 'CreateContainerView'));
    server.put('VirtualMachine', 'vm-9', { name: 'z' }, 'other');
    const work = stream.watchFolders([OTHER], PATHS);
    await clock.advance(10_000);
    await expect(work).resolves.toBeUndefined();
    expect(told()).toContain('vm-9 upsert z');
  });
});
