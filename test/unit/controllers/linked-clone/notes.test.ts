// Notes follow the spec, not the process: what is stamped is on the machine, what isn't is written, whoever starts when.
import { describe, expect, it } from '@jest/globals';
import { applyNotes, notesStamp } from '../../../../src/controllers/linked-clone/notes.ts';
import { UID, deletedClone, onStage, victim } from '../support/deleting-clone.ts';
import { REFS, tree } from '../support/inventory.ts';
import { baseSnapshot, pinned, vCenter } from '../support/objects.ts';
import { vmView } from '../support/vm.ts';

const PLACE = { folder: REFS.labs.value, resourcePool: REFS.labPool.value, datastore: REFS.ds1.value };
const ALL = ['*'];
const ACCESS = [{ namespaces: { names: ALL }, parents: ALL, folders: ALL, resourcePools: ALL, datastores: ALL }];

function stage(notes: string | undefined, stamped: string | undefined, onVm: string | undefined) {
  const clone = deletedClone(notes === undefined ? {} : { notes }, {
    observedGeneration: 1,
    vm: { moRef: 'vm-10', instanceUuid: UID, ...PLACE },
    ...(stamped === undefined ? {} : { appliedNotes: notesStamp(stamped) }),
  });
  const pin = pinned();
  const base = baseSnapshot({ status: { ...pin, source: { ...pin.source, path: '/DC0/vm/Parents/win' } } });
  const { scope, connection, calls } = onStage({
    vms: { 'vm-10': victim({ 'config.annotation': onVm }) },
    clone,
    base,
  });
  connection.tree = async () => tree();
  scope.vCenter = vCenter({ spec: { datacenter: 'DC0', access: ACCESS } });
  Object.assign(scope.runtime.stores, { namespaces: { get: () => undefined } });
  return { scope, calls };
}

describe('notes', () => {
  it('that are stamped are left as they are on the machine', async () => {
    const { scope, calls } = stage('first', 'first', 'written by a user');
    await applyNotes(scope, vmView());
    expect(calls).toEqual([]);
  });

  it('that were changed are written, also where the change was observed long ago', async () => {
    const { scope, calls } = stage('second', 'first', 'first');
    await applyNotes(scope, vmView());
    expect(calls).toEqual(['reconfigure vm-10 {"annotation":"second"}']);
    expect(scope.draft.status.appliedNotes).toBe(notesStamp('first'));
  });

  it.each(['claimed', 'rewound'] as const)('wait in a vCenter that is %s', async (held) => {
    const { scope, calls } = stage('second', 'first', 'first');
    Object.defineProperty(scope.connection?.holds, held, { get: () => 'held' });
    expect([await applyNotes(scope, vmView()), calls]).toEqual([30_000, []]);
  });

  it('are stamped when they are seen on the machine', async () => {
    const { scope, calls } = stage('second', 'first', 'second');
    await applyNotes(scope, vmView());
    expect(calls).toEqual([]);
    expect(scope.draft.status.appliedNotes).toBe(notesStamp('second'));
  });

  it('that the spec has no longer are forgotten, so that they can come back', async () => {
    const { scope, calls } = stage(undefined, 'first', 'first');
    await applyNotes(scope, vmView());
    expect(calls).toEqual([]);
    expect(scope.draft.status.appliedNotes).toBeUndefined();
  });
});
