// What an account may not read is not absent: a machine with our instanceUuid whose marker is hidden isn't another owner's,
// disks that are hidden are not a full copy, tasks that are hidden may run. Each is the fault that vCenter gave, never an answer.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import { findByIdentity, searchForClone } from '../../../../src/controllers/linked-clone/search.ts';
import { verifyPhase } from '../../../../src/controllers/linked-clone/verify.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import { UID, VM, onStage, source, victim } from '../support/deleting-clone.ts';
import { linkedClone } from '../support/objects.ts';
import { ref } from '../support/vm.ts';

const FAULT = { fault: 'NoPermission' };
const VMS = { 'vm-10': victim(), 'vm-1': source(), 'snapshot-1': source() };

/** A clone whose CloneVM was called: the outcome isn't known. */
function cloning(operation: Partial<NonNullable<NonNullable<LinkedClone['status']>['operation']>> = {}): LinkedClone {
  const intent = { type: 'Clone', startedAt: '2026-01-01T00:00:00Z', attempt: 1, snapshot: 'snapshot-1' } as const;
  return linkedClone({ name: 'web-1', uid: UID, status: { operation: { ...intent, ...operation } } });
}

describe('the search for a clone', () => {
  it('finds it by its instanceUuid', async () => {
    const { scope } = onStage({ vms: VMS, clone: cloning() });
    expect(await searchForClone(scope)).toBe(true);
  });

  it.each([MARKER_PATH, 'config.instanceUuid', 'name'])('concludes nothing where %s is hidden', async (path) => {
    const { scope } = onStage({ vms: VMS, hidden: { 'vm-10': [path] }, clone: cloning() });
    await expect(searchForClone(scope)).rejects.toMatchObject(FAULT);
    expect([scope.memory.fresh, scope.memory.result]).toEqual([false, undefined]);
    await expect(findByIdentity(scope)).rejects.toMatchObject(FAULT);
  });

  it('concludes nothing where the source hides its tasks', async () => {
    const hidden = { 'vm-1': ['recentTask'] };
    const { scope } = onStage({ vms: { 'vm-1': source() }, hidden, clone: cloning({ sourceVm: 'vm-1' }) });
    await expect(searchForClone(scope)).rejects.toMatchObject(FAULT);
    expect(scope.memory.fresh).toBe(false);
  });
});

describe('the look into a folder', () => {
  it('fails where a machine in it hides its marker', async () => {
    const folder = ref('group-v1', 'Folder');
    const seen = onStage({ vms: VMS });
    expect((await seen.connection.folders.withMarkerUid(folder, UID)).map((vm) => vm.ref)).toEqual([VM]);
    const { connection } = onStage({ vms: VMS, hidden: { 'vm-1': [MARKER_PATH] } });
    await expect(connection.folders.withMarkerUid(folder, UID)).rejects.toMatchObject(FAULT);
  });
});

describe('a machine that vanishes while its folder is read', () => {
  it('hides none of the others', async () => {
    const { connection } = onStage({ vms: VMS });
    const gone = new VSphereError({ fault: 'ManagedObjectNotFound', method: 'reading name', object: ref('vm-9') });
    expect(gone.kind).toBe('notFound');
    const readTree = connection.client.readTree.bind(connection.client);
    connection.client.readTree = async (...args) => [
      { ref: ref('vm-9'), properties: {}, missing: { name: gone } },
      ...(await readTree(...args)),
    ];
    const found = await connection.folders.withMarkerUid(ref('group-v1', 'Folder'), UID);
    expect(found.map((vm) => vm.ref)).toEqual([VM]);
  });
});

describe('the proof that a clone is linked', () => {
  it.each([
    ['its disks', { 'vm-10': ['config.hardware.device'] }],
    ["the snapshot's disks", { 'snapshot-1': ['config.hardware.device'] }],
  ])('is not taken from hidden properties: %s', async (_, hidden) => {
    const { scope, calls } = onStage({ vms: VMS, hidden, clone: cloning() });
    scope.memory.result = VM;
    await expect(verifyPhase(scope)).rejects.toMatchObject(FAULT);
    expect([scope.draft.find('Linked'), calls]).toEqual([undefined, []]);
  });
});
