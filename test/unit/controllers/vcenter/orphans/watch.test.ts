// What a scan makes of what it finds: only machines that are there without an object once it has looked at both, and an event
// for each that is new, whatever became of those that were told of.
import { describe, expect, it } from '@jest/globals';
import { MARKER, victim } from '../../support/deleting-clone.ts';
import { CREATED, vCenter } from '../../support/objects.ts';
import type { OrphanRig } from '../../support/orphan-rig.ts';
import { ORPHAN, orphanRig } from '../../support/orphan-rig.ts';
import { isDue } from '../../../../../src/controllers/vcenter/orphans/ledger.ts';
import { formatMarker } from '../../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH } from '../../../../../src/controllers/vcenter/vm-view.ts';

async function scan({ watch, connection, runtime }: OrphanRig): Promise<void> {
  const woken = new Promise((resolve) => Object.assign(runtime.wake, { vCenter: resolve }));
  watch.run(runtime, connection, vCenter());
  await woken;
}

/** Something happens once the machines were read. */
function afterRead({ connection }: OrphanRig, happen: () => void): void {
  const { client } = connection;
  const readTree = client.readTree.bind(client);
  client.readTree = async (...from) => {
    const states = await readTree(...from);
    happen();
    return states;
  };
}

describe('a scan', () => {
  it('finds what has our marker and no object', async () => {
    const rig = orphanRig({ scanMs: 0 });
    await scan(rig);
    expect(rig.watch.all.map(({ moRef }) => moRef)).toEqual(['vm-10']);
  });

  it.each<[string, (rig: OrphanRig) => unknown]>([
    ['was destroyed', ({ vms }) => delete vms['vm-10']],
    [
      'was marked as released',
      ({ vms }) => (vms['vm-10'] = victim({ [MARKER_PATH]: formatMarker({ ...MARKER, state: 'released' }) })),
    ],
    [
      'was released unmarked',
      ({ runtime }) =>
        Object.assign(runtime.live, { list: async () => [vCenter({ status: { releasedClones: [MARKER.uid] } })] }),
    ],
  ])('does not report a machine that %s, with its object, while it looked', async (_, happen) => {
    const rig = orphanRig({ scanMs: 0 });
    afterRead(rig, () => void happen(rig));
    await scan(rig);
    expect(rig.watch.all).toEqual([]);
  });
});

describe('a clock that was wrong at the first scan', () => {
  const DAY_MS = 86_400_000;

  function withClocks(): { rig: OrphanRig; now: number; at: (own: number, server: number) => void } {
    const rig = orphanRig({ scanMs: 0 });
    const { runtime } = rig;
    const now = runtime.clock.now();
    rig.watch.all = [];
    const at = (own: number, server: number): void => {
      Object.assign(runtime.clock, { now: () => now + own });
      Object.assign(runtime.rest, { serverNow: () => now + server });
    };
    return { rig, now, at };
  }

  const due = ({ watch }: OrphanRig, ms: number): boolean[] => watch.all.map((orphan) => isDue(orphan, 60_000, ms));

  it.each([
    ["this machine's was behind", -DAY_MS, 0],
    ["this machine's was ahead", DAY_MS, 0],
    ["the API server's was behind", 0, -DAY_MS],
    ["the API server's was ahead", 0, DAY_MS],
    ['both were behind', -2 * DAY_MS, -DAY_MS],
    ['both were ahead', 2 * DAY_MS, DAY_MS],
  ])('neither shortens the grace nor makes it longer once it is right: %s', async (_, own, server) => {
    const { rig, now, at } = withClocks();
    at(own, server);
    await scan(rig);
    at(0, 0);
    await scan(rig);
    expect(rig.watch.all).toMatchObject([{ scans: 1 }]); // the first counts for nothing
    at(1000, 1000);
    await scan(rig);
    expect([due(rig, now + 59_999), due(rig, now + 60_000)]).toEqual([[false], [true]]);
  });

  it('gives its place to the later one within what counts as agreement', async () => {
    const { rig, now, at } = withClocks();
    at(-50_000, 0);
    await scan(rig);
    at(0, 0);
    await scan(rig);
    expect([due(rig, now + 59_999), due(rig, now + 60_000)]).toEqual([[false], [true]]);
  });
});

it('a grace of whole seconds is not shortened by the part of a second that a stored time lacks', async () => {
  const rig = orphanRig({ scanMs: 0 });
  const now = rig.runtime.clock.now();
  rig.watch.all = [];
  for (const later of [700, 800]) {
    Object.assign(rig.runtime.clock, { now: () => now + later });
    await scan(rig);
  }
  const due = (ms: number): boolean[] => rig.watch.all.map((orphan) => isDue(orphan, 1000, now + ms));
  expect([due(1699), due(2000)]).toEqual([[false], [true]]);
});

describe('the event', () => {
  const other = { ...ORPHAN, moRef: 'vm-20', uid: 'uid-other' };

  it('tells of one that came when another went', async () => {
    const rig = orphanRig({ scanMs: 0 });
    Object.assign(rig.watch, { all: [other], told: 1 });
    await scan(rig);
    await rig.run('Report');
    expect(rig.events).toEqual(['OrphansFound vc']);
  });

  it('tells of one that came beside one that was deleted since', async () => {
    const rig = orphanRig({ scanMs: 0 });
    Object.assign(rig.watch, { all: [other], told: 1 });
    await scan(rig);
    rig.watch.all = [other, ...rig.watch.all];
    rig.watch.told = 1;
    rig.watch.forget(other);
    await rig.run('Report');
    expect(rig.events).toEqual(['OrphansFound vc']);
  });

  it('tells nothing new of those that are there still, after a restart, too', async () => {
    const rig = orphanRig({ scanMs: 0 });
    await scan(rig);
    await rig.run('Report');
    expect([rig.watch.told, rig.events]).toEqual([1, []]);
  });

  it('tells nothing new after a restart when there are more than the status names', async () => {
    const rig = orphanRig({ scanMs: 0 });
    const many = (count: number) =>
      Array.from({ length: count }, (_, at) => ({
        ...ORPHAN,
        moRef: `vm-${at}`,
        uid: `uid-${at}`,
        firstSeenAt: CREATED,
      }));
    for (const { moRef, uid } of many(7)) {
      const marker = { ...MARKER, uid, instanceUuid: uid };
      rig.vms[moRef] = victim({ 'config.instanceUuid': uid, [MARKER_PATH]: formatMarker(marker) });
    }
    delete rig.vms['vm-10'];
    Object.assign(rig.watch, { all: many(7).slice(0, 5), told: 7, hasScanned: false });
    await scan(rig);
    await rig.run('Report');
    expect([rig.watch.all.length, rig.watch.told, rig.events]).toEqual([7, 7, []]);
  });
});
