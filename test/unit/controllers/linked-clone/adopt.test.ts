// A machine that is taken over is recorded as it is: nothing of a clone that was to be made before clings to it.
import { describe, expect, it } from '@jest/globals';
import { FINALIZERS } from '../../../../src/api/identifiers.ts';
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import { ApiError } from '../../../../src/kube/api-error.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import { LinkedCloneReconciler } from '../../../../src/controllers/linked-clone/reconciler.ts';
import { adoptPhase, giveUpAdoption } from '../../../../src/controllers/linked-clone/adopt.ts';
import { notesStamp } from '../../../../src/controllers/linked-clone/notes.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import { lostCall } from '../../../../src/controllers/shared/lost-calls.ts';
import { followed } from '../../../../src/controllers/vcenter/orphans/on-its-way.ts';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { MARKER, SOURCE, VM, deletedClone, intended, onStage, source, victim } from '../support/deleting-clone.ts';
import { REFS, tree } from '../support/inventory.ts';
import { CREATED, baseSnapshot, condition, linkedClone, pinned, vCenter } from '../support/objects.ts';
import { chain, disk, ref } from '../support/vm.ts';

const ALL = ['*'];
const ACCESS = [{ namespaces: { names: ALL }, parents: ALL, folders: ALL, resourcePools: ALL, datastores: ALL }];
const DISKS = [disk(2000, chain('[ds] win/win.vmdk'))];
/** The machine's instanceUuid. */
const MACHINE = '503a7d8e-0000-4000-8000-000000000001';
const { metadata, status } = deletedClone();

interface Options {
  planned?: boolean;
  fields?: Record<string, unknown>;
  live?: Partial<LinkedClone> | null;
}

/** `planned`: the intent to take it over is stored. `fields`: of the machine. `live`: what the API server has by now; null: nothing. */
function stage({ planned = true, fields = {}, live = {} }: Options = {}) {
  const spec = { adopt: { instanceUuid: MACHINE }, notes: 'made for the exam' };
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
  const machine = victim({
    'config.instanceUuid': MACHINE,
    [MARKER_PATH]: formatMarker({ ...MARKER, instanceUuid: MACHINE }),
    parent: REFS.labs,
    resourcePool: REFS.labPool,
    datastore: [REFS.ds1],
    ...fields,
  });
  const vms: Record<string, Record<string, unknown>> = {
    [VM.value]: machine,
    [SOURCE.value]: source(),
    'snapshot-1': { 'config.hardware.device': DISKS },
  };
  const staged = onStage({ vms, clone, base, live: live === null ? null : { ...clone, ...live } });
  Object.assign(staged.connection, { tree: async () => tree() });
  staged.scope.vCenter = vCenter({ spec: { datacenter: 'DC0', access: ACCESS } });
  return { ...staged, vms };
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
    expect(scope.memory.onlyPlannedToAdopt).toBe(false); // the intent may be refused: somebody else's may be stored
    scope.onStored?.();
    expect(scope.memory.onlyPlannedToAdopt).toBe(untouched);
  });
});

describe('a machine that nobody has yet', () => {
  const fields = { [MARKER_PATH]: undefined };

  it('gets the marker', async () => {
    const { scope, calls } = stage({ fields });
    await expect(adoptPhase(scope)).rejects.toMatchObject({ reason: 'Adopting' });
    expect(calls).toEqual([expect.stringContaining('reconfigure vm-10')]);
  });

  it.each<[string, Partial<LinkedClone> | null]>([
    ['is gone, by a deletion that a leader before this one has carried out', null],
    ['is being deleted', { metadata: { ...metadata, deletionTimestamp: CREATED } }],
    ['has another intent', { status: status ?? {} }],
  ])('is not touched when the object, read live, %s', async (_, live) => {
    const { scope, calls } = stage({ fields, live });
    await expect(adoptPhase(scope)).rejects.toMatchObject({ name: 'RequeueAfter' });
    expect(calls).toEqual([]);
  });
});

describe('a marker that was sent and not answered', () => {
  async function lost(more = {}) {
    const rig = stage({ fields: { [MARKER_PATH]: undefined }, ...more });
    const { client } = rig.connection;
    const reconfigure = client.reconfigure.bind(client);
    client.reconfigure = async () => {
      throw new VSphereError({ fault: 'Transport', method: 'ReconfigVM_Task', sent: true });
    };
    await expect(adoptPhase(rig.scope)).rejects.toMatchObject({ reason: 'Adopting' });
    client.reconfigure = reconfigure;
    rig.scope.memory.pause = undefined;
    Object.assign(rig.connection.sourceTasks, { taskRuns: async () => false });
    return rig;
  }

  it('can not come late on a machine that is given up', async () => {
    const { scope, calls } = await lost();
    expect([await giveUpAdoption(scope), calls]).toEqual([true, ['new session']]);
  });

  it('keeps the clone while its session can not be ended', async () => {
    const { scope, calls, connection } = await lost();
    connection.client.replaceSession = async () => Promise.reject(new Error('refused'));
    await expect(giveUpAdoption(scope)).rejects.toMatchObject({ reason: 'OutcomeUnknown' });
    expect(calls).toEqual([]);
  });
});

describe('a machine that was to be deleted as an orphan', () => {
  const UNMARKED = { [MARKER_PATH]: formatMarker({ ...MARKER, uid: 'uid-orphan', instanceUuid: MACHINE }) };
  const TIMEOUT = new VSphereError({ fault: 'Timeout', method: 'Destroy_Task' });
  const MARKED = [expect.stringContaining('reconfigure')];

  function orphaned() {
    const rig = stage({ fields: UNMARKED });
    const { scope, connection } = rig;
    let runs = false;
    Object.assign(connection.sourceTasks, { taskRuns: async () => runs });
    return {
      ...rig,
      step: async () =>
        adoptPhase(scope).then(
          () => '',
          (error: Error) => error.message,
        ),
      /** Its Destroy goes out. */
      destroy: (memory: Parameters<typeof followed>[3], answer: Promise<unknown>) =>
        followed(scope.runtime, connection, VM, memory, answer).catch(() => undefined),
      taskRuns: (is: boolean) => {
        runs = is;
      },
    };
  }

  it('is taken over where nothing came of that', async () => {
    const { step, destroy, calls } = orphaned();
    await destroy({}, Promise.reject(TIMEOUT));
    await step();
    expect(calls).toEqual(MARKED);
  });

  it('is not taken over while vCenter has not answered', async () => {
    const { step, destroy, calls } = orphaned();
    const answer = Promise.withResolvers<unknown>();
    const done = destroy({}, answer.promise);
    expect([await step(), calls]).toEqual([expect.stringContaining('what comes of that is waited for'), []]);
    answer.resolve(undefined);
    await done;
    await step();
    expect(calls).toEqual(MARKED);
  });

  it('is not taken over before a call whose reply got lost can not arrive any more, and has ended', async () => {
    const { step, destroy, calls, connection, taskRuns } = orphaned();
    const { client } = connection;
    await destroy({ lost: lostCall(client, 'Destroy_Task') }, Promise.reject(TIMEOUT));
    taskRuns(true);
    for (let wakes = 0; wakes < 2; wakes += 1) {
      await step();
      connection.events.checked(0, 0, client.generation); // in the new session, too
      expect(calls).toEqual(['new session']);
    }
    taskRuns(false);
    await step();
    expect(calls).toEqual(['new session', ...MARKED]);
  });

  it.each(['powerOff', 'destroy'] as const)('is not taken over while its %s runs', async (kind) => {
    const { step, calls, connection } = orphaned();
    const owner = { controller: 'vcenter', key: { namespace: '', name: 'vc' }, uid: 'uid-orphan' } as const;
    connection.track(owner, kind, ref('task-77', 'Task'), undefined);
    expect([await step(), calls]).toEqual([expect.stringContaining('what comes of that is waited for'), []]);
  });
});

describe('a machine with the reference of the source of a base', () => {
  it.each([
    ['on this vCenter', 'vc-uuid', 'AdoptRefused'],
    ['on another, where references repeat', 'other', 'Adopting'],
  ])('%s', async (_, vCenterUuid, reason) => {
    const pin = pinned({ vCenter: vCenterUuid });
    const other = baseSnapshot({ name: 'other', status: { ...pin, source: { ...pin.source, moRef: VM.value } } });
    const { scope } = stage({ planned: false });
    Object.assign(scope.runtime.stores.bases, { list: () => [other] });
    await expect(adoptPhase(scope)).rejects.toMatchObject({ reason });
  });
});

describe('an intent that was refused', () => {
  /** Each look finds `object`; the first write of a status is refused. */
  function life() {
    const { scope, vms } = stage({ planned: false, fields: { [MARKER_PATH]: undefined } });
    const patches: string[] = [];
    let object = scope.clone;
    Object.assign(scope.runtime.stores.clones, { get: () => object, byIndex: () => [] });
    Object.assign(scope.runtime.stores.vCenters, { get: () => scope.vCenter, list: () => [scope.vCenter] });
    Object.assign(scope.runtime, {
      grace: { clear: () => undefined, leftMs: () => 1 },
      rest: {
        serverNow: () => scope.runtime.clock.now(),
        patch: async (...patch: unknown[]) => {
          patches.push(JSON.stringify(patch));
          if (patches.length === 1) throw new ApiError('changed', { code: 409, reason: 'Conflict' });
          return object;
        },
      },
    });
    const reconciler = new LinkedCloneReconciler(scope.runtime);
    const context = { ...scope.context, gateExpired: false } as Parameters<LinkedCloneReconciler['reconcile']>[1];
    const look = async (now: LinkedClone): Promise<unknown> => {
      object = { ...now, metadata: { ...now.metadata, finalizers: [FINALIZERS.vm] } };
      return reconciler.reconcile({ namespace: 'lab', name: 'web-1' }, context);
    };
    return { look, clone: scope.clone, vms, patches };
  }

  it('is not taken for the one that is stored by then: another process may have written to the machine for it', async () => {
    const { look, clone, vms, patches } = life();
    await expect(look(clone)).rejects.toThrow('changed');
    expect(patches[0]).toContain('"Adopt"');
    const theirs = intended(clone, { type: 'Adopt', sourceVm: VM.value });
    delete vms[VM.value]; // not seen now, and may come back with the marker
    await look({ ...theirs, metadata: { ...theirs.metadata, deletionTimestamp: CREATED } });
    expect(patches.join()).toContain('releasedClones');
  });
});
