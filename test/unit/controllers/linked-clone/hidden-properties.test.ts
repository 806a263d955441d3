// What an account may not read is not absent: a machine with our instanceUuid whose marker is hidden isn't another owner's,
// disks that are hidden are not a full copy, tasks that are hidden may run. Each is the fault that vCenter gave, never an answer.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import { deleteClone } from '../../../../src/controllers/linked-clone/delete.ts';
import { findByIdentity, searchForClone } from '../../../../src/controllers/linked-clone/search.ts';
import { verifyPhase } from '../../../../src/controllers/linked-clone/verify.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import { UID, VM, deletedClone, intended, onStage, source, victim } from '../support/deleting-clone.ts';
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

describe('a machine in the folder that tells no configuration', () => {
  const inFolder = { folder: 'group-v1', vmName: 'web-01' };
  const untold = (fields: Record<string, unknown> = {}) => ({
    'vm-20': { name: 'web-01', 'runtime.connectionState': 'inaccessible', ...fields },
  });

  it.each<[string, Record<string, Record<string, unknown>>, ReturnType<typeof cloning>]>([
    ['of that name', untold(), cloning(inFolder)],
    ['of another name: it may have been renamed', untold({ name: 'other' }), cloning(inFolder)],
    ['that is just being made under its name', untold({ 'runtime.connectionState': 'connected' }), cloning(inFolder)],
  ])('may be the one that is searched for: %s', async (_, vms, clone) => {
    const { scope } = onStage({ vms: { 'vm-1': source(), ...vms }, clone });
    await expect(searchForClone(scope)).rejects.toMatchObject({
      reason: 'Disconnected',
      message: expect.stringContaining('(vm-20) may be this clone'),
    });
    expect([scope.memory.fresh, scope.memory.result]).toEqual([false, undefined]);
  });

  it.each<[string, Parameters<typeof onStage>[0]]>([
    [
      'is just being made under another name',
      { vms: untold({ name: 'other', 'runtime.connectionState': 'connected' }) },
    ],
    [
      'is recorded as that of another clone',
      {
        vms: untold(),
        others: [linkedClone({ name: 'web-2', status: { vm: { moRef: 'vm-20', instanceUuid: 'x' } } })],
      },
    ],
  ])('is not when it %s', async (_, stage) => {
    const vms = { 'vm-1': source(), ...stage.vms };
    const { scope } = onStage({ ...stage, vms, clone: cloning(inFolder) });
    expect(await searchForClone(scope)).toBe(false);
  });

  it('keeps nothing from being found', async () => {
    const { scope } = onStage({ vms: { ...VMS, ...untold() }, clone: cloning(inFolder) });
    expect(await searchForClone(scope)).toBe(true);
    expect(scope.memory.result).toEqual(VM);
  });

  it('holds the deletion of a clone whose outcome is unknown, for as long as it does not tell', async () => {
    const vms: Record<string, Record<string, unknown>> = { 'vm-1': source(), ...untold() };
    const { scope, calls } = onStage({ vms, clone: intended(deletedClone(), inFolder) });
    await expect(deleteClone(scope)).rejects.toMatchObject({ reason: 'Disconnected' });
    vms['vm-20'] = victim();
    await expect(deleteClone(scope)).rejects.toMatchObject({ reason: 'Deleting' });
    expect(calls).toEqual(['destroy vm-20']);
  });
});

describe('the look into a folder', () => {
  it('fails where a machine in it hides its marker', async () => {
    const folder = ref('group-v1', 'Folder');
    const seen = onStage({ vms: VMS });
    expect((await seen.connection.folders.candidates(folder, UID)).map((vm) => vm.ref)).toEqual([VM]);
    const { connection } = onStage({ vms: VMS, hidden: { 'vm-1': [MARKER_PATH] } });
    await expect(connection.folders.candidates(folder, UID)).rejects.toMatchObject(FAULT);
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
    const found = await connection.folders.candidates(ref('group-v1', 'Folder'), UID);
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
