// Machines of clones that were let go unmarked: marked once found, and what came of a marking is told by the next scan alone.
import { expect, it } from '@jest/globals';
import { StatusDraft } from '../../../../../src/controllers/shared/status-draft.ts';
import { markReleased } from '../../../../../src/controllers/vcenter/orphans/tombstones.ts';
import type { VCenterScope } from '../../../../../src/controllers/vcenter/reconciler.ts';
import type { Marker } from '../../../../../src/controllers/vcenter/marker.ts';
import { formatMarker } from '../../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH, vmView } from '../../../../../src/controllers/vcenter/vm-view.ts';
import { MARKER, UID, VM, end, onStage, victim, vimFault } from '../../support/deleting-clone.ts';
import { CREATED, vCenter } from '../../support/objects.ts';
import { orphanRig } from '../../support/orphan-rig.ts';
import { OrphanWatch } from '../../../../../src/controllers/vcenter/orphans/watch.ts';

function rig() {
  const { scope, connection, calls, clock } = onStage({ vms: { 'vm-10': victim({ 'config.changeVersion': '7' }) } });
  const object = vCenter({ status: { releasedClones: [UID] } });
  const watch = new OrphanWatch(object);
  watch.released = new Map([[UID, { vm: vmView(VM, victim()), marker: MARKER }]]); // by the last scan
  const draft = new StatusDraft(object.status, 1, clock);
  const run = (): Promise<void> =>
    markReleased({ runtime: scope.runtime, vCenter: object, draft } as unknown as VCenterScope, connection, watch);
  return { run, watch, connection, calls };
}

it('is marked once a scan, and leaves no outcome behind for somebody else to take for his', async () => {
  const { run, watch, connection, calls } = rig();
  await run();
  expect(calls).toEqual([expect.stringContaining('released')]);
  end(connection, 'mark', vimFault('InvalidPowerState', 'ReconfigVM_Task'));
  await run();
  expect(calls).toHaveLength(1);
  expect(connection.operations.peekOutcome(UID, 'mark')).toBeUndefined();
  watch.postponed.clear(); // a scan
  await run();
  expect(calls).toHaveLength(2);
});

it('is marked onto what was read alone: who takes it over in that moment keeps it', async () => {
  const { run, calls } = rig();
  await run();
  expect(calls).toEqual([expect.stringContaining('"changeVersion":"7"')]);
});

const ADOPTER: Marker = { ...MARKER, name: 'web-2', uid: 'uid-web-2' };

it.each<[string, Record<string, Marker>, readonly string[]]>([
  ['still has its own marker', { [UID]: MARKER }, [UID]],
  ['was taken over by another clone', { [UID]: ADOPTER }, []],
  ['was taken over in another cluster', { [UID]: { ...MARKER, cluster: 'cluster-2' } }, []],
  ['carries the copy of a marker', { [UID]: { ...ADOPTER, instanceUuid: 'another' } }, [UID]],
  ['is not there', { another: { ...ADOPTER, instanceUuid: 'another' } }, [UID]],
  [
    'has another instanceUuid, and its first one is that of a machine of another clone',
    { [UID]: ADOPTER, another: { ...MARKER, instanceUuid: 'another' } },
    [UID],
  ],
])('is remembered as long as it may be an orphan: one that %s', async (_, markers, expected) => {
  const { vms, watch, connection, runtime, clock } = orphanRig({ scanMs: 0, releasedClones: [UID] });
  delete vms['vm-10'];
  for (const [i, [instanceUuid, marker]] of Object.entries(markers).entries())
    vms[`vm-1${i}`] = victim({ 'config.instanceUuid': instanceUuid, [MARKER_PATH]: formatMarker(marker) });
  const object = vCenter({ status: { releasedClones: [UID] } });
  const draft = new StatusDraft(object.status, 1, clock);
  const scanned = new Promise((resolve) => Object.assign(runtime.wake, { vCenter: resolve }));
  watch.run(runtime, connection, object);
  await scanned;
  await markReleased({ runtime, vCenter: object, draft } as unknown as VCenterScope, connection, watch);
  expect(draft.status.releasedClones).toEqual(expected);
});

it('is left alone in an inventory that went back in time, which is no reason for the VCenter not to be ready', async () => {
  const { runtime, connection, watch, calls, run } = orphanRig({ releasedClones: [UID] });
  watch.released = new Map([[UID, { vm: vmView(VM, victim()), marker: MARKER }]]);
  connection.holds.add({ type: 'InventoryRewound', id: '100-40', since: CREATED });
  runtime.guard.mayChange = () => {
    throw new Error('it was to be changed');
  };
  await run('Report');
  expect(calls).toEqual([]);
});
