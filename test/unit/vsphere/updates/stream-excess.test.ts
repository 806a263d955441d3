// A watch whose answers are more than can be read: it asks for less at a time, also in the next session, and tells everything.
import { expect, it } from '@jest/globals';
import { EXCESS, VSphereError } from '../../../../src/vsphere/faults.ts';
import type { Invoke } from '../../../../src/vsphere/invoke.ts';
import { ExcessError, parseXml } from '../../../../src/vsphere/soap/xml-node.ts';
import { Stream } from '../../../../src/vsphere/updates/stream.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { streamOptions } from '../support/stream-options.ts';
import { WatchServer } from '../support/watch-server.ts';

const FOLDER = { type: 'Folder', value: 'labs' };
const MACHINES = 100;

/** The snapshots of one machine as a reply has them: 50 of them, nine fields each. */
function snapshots(): string {
  const names = ['snapshot', 'vm', 'name', 'description', 'id', 'createTime', 'state', 'quiesced', 'replaySupported'];
  const fields = names.map((name) => `<${name}>1</${name}>`).join('');
  return `<rootSnapshotList>${fields}</rootSnapshotList>`.repeat(50);
}

interface UpdateSet {
  readonly filterSet: readonly { readonly objectSet: readonly { readonly changeSet: readonly { val: string }[] }[] }[];
}

/** The server's answers in pages as large as it's asked for, each refused where a reader of its text would refuse it. */
function readable(server: WatchServer, asked: number[]): Invoke {
  return async (object, method, args = {}, options = {}) => {
    if (method !== 'WaitForUpdatesEx') return server.invoke(object, method, args, options);
    const { maxObjectUpdates } = args['options'] as { maxObjectUpdates: number };
    server.pageSize = maxObjectUpdates;
    asked.push(maxObjectUpdates);
    const answer = await server.invoke<UpdateSet | undefined>(object, method, args, options);
    const changes = answer?.filterSet.flatMap(({ objectSet }) => objectSet.flatMap(({ changeSet }) => changeSet)) ?? [];
    try {
      parseXml(`<a>${changes.map(({ val }) => val).join('')}</a>`);
    } catch (error) {
      throw new VSphereError({ fault: 'BadReply', method, detail: error instanceof ExcessError ? EXCESS : {} });
    }
    return answer as never;
  };
}

it('asks for less at a time where a page of machines has 5,000 snapshots, and remembers that', async () => {
  const clock = new FakeClock();
  const server = new WatchServer(clock);
  server.folders.add('labs');
  for (let i = 0; i < MACHINES; i += 1) server.put('VirtualMachine', `vm-${i}`, { snapshot: snapshots() }, 'labs');
  const asked: number[] = [];
  const seen = new Set<string>();
  const stream = new Stream(streamOptions(server, clock, { invoke: readable(server, asked) }));
  stream.onBatch(({ vms }) => vms.forEach(({ ref }) => seen.add(ref.value)));
  const watching = stream.watchFolders([FOLDER], ['snapshot']);
  stream.start();
  await clock.advance(60_000);
  await watching;
  expect([seen.size, stream.failure]).toEqual([MACHINES, undefined]);
  const enough = asked.at(-1) ?? 0;
  expect(asked[0]).toBeGreaterThan(enough);
  const before = asked.length;
  server.endSession();
  await clock.advance(60_000);
  expect([stream.failure, new Set(asked.slice(before))]).toEqual([undefined, new Set([enough])]);
  await stream.close();
});
