// A machine that is taken over is recorded as it is: nothing of a clone that was to be made before clings to it.
import { describe, expect, it } from '@jest/globals';
import { adoptPhase } from '../../../../src/controllers/linked-clone/adopt.ts';
import { notesStamp } from '../../../../src/controllers/linked-clone/notes.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import { SOURCE, VM, deletedClone, intended, onStage, source, victim } from '../support/deleting-clone.ts';
import { REFS, tree } from '../support/inventory.ts';
import { baseSnapshot, condition, linkedClone, pinned, vCenter } from '../support/objects.ts';
import { chain, disk } from '../support/vm.ts';

const ALL = ['*'];
const ACCESS = [{ namespaces: { names: ALL }, parents: ALL, folders: ALL, resourcePools: ALL, datastores: ALL }];
const DISKS = [disk(2000, chain('[ds] win/win.vmdk'))];
const { metadata, status } = deletedClone();

/** `planned`: the intent to take it over is stored. `fields`: of the machine. */
function stage({ planned = true, fields = {} } = {}) {
  const spec = { adopt: { instanceUuid: metadata.uid }, notes: 'made for the exam' };
  const { vm: _, ...pins } = status ?? {};
  const unplanned = linkedClone({ name: 'web-1', uid: metadata.uid, spec, status: pins });
  const clone = planned ? intended(unplanned, { type: 'Adopt', sourceVm: VM.value }) : unplanned;
  const pin = pinned();
  const base = baseSnapshot({
    uid: 'uid-win',
    status: {
      ...pin,
      source: { ...pin.source, path: '/DC0/vm/Parents/win' },
      conditions: [condition('Ready', 'True', 'Ready')],
    },
  });
  const machine = victim({ parent: REFS.labs, resourcePool: REFS.labPool, datastore: [REFS.ds1], ...fields });
  const staged = onStage({
    vms: { [VM.value]: machine, [SOURCE.value]: source(), 'snapshot-1': { 'config.hardware.device': DISKS } },
    clone,
    base,
  });
  Object.assign(staged.connection, { tree: async () => tree() });
  staged.scope.vCenter = vCenter({ spec: { datacenter: 'DC0', access: ACCESS } });
  return staged;
}

describe('a machine that carries the marker', () => {
  it('is recorded, with the notes that it has: those of a CloneVM that failed are not on it', async () => {
    const { scope } = stage();
    scope.memory.clonedNotes = notesStamp('made for the exam');
    await expect(adoptPhase(scope)).rejects.toMatchObject({ reason: 'Adopting' });
    expect(scope.draft.status.vm?.moRef).toBe(VM.value);
    expect(scope.draft.status.appliedNotes).toBeUndefined();
  });
});

describe('a machine that is to be taken over', () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ['untouched so far', { [MARKER_PATH]: undefined }, true],
    ["one that carries this clone's marker, of a life whose status was lost", {}, false],
  ])('is known as %s', async (_, fields, untouched) => {
    const { scope } = stage({ planned: false, fields });
    scope.memory.onlyPlannedToAdopt = !untouched;
    await expect(adoptPhase(scope)).rejects.toMatchObject({ reason: 'Adopting' });
    expect(scope.draft.status.operation?.type).toBe('Adopt');
    expect(scope.memory.onlyPlannedToAdopt).toBe(untouched);
  });
});
