// What comes of a clone task that failed: a VM of ours under the name is the clone, and no second one is made; until the next
// attempt the object says why the last one failed, whatever it said in between.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import { cloningPhase } from '../../../../src/controllers/linked-clone/cloning.ts';
import { ownerOf } from '../../../../src/controllers/linked-clone/observe.ts';
import {
  CREATED,
  baseSnapshot,
  condition,
  linkedClone,
  linkedCloneSet,
  pinned,
  vCenter,
  webClone,
} from '../support/objects.ts';
import {
  SOURCE,
  UID,
  VM,
  deletedClone,
  end,
  vimFault,
  intended,
  onStage,
  source,
  victim,
} from '../support/deleting-clone.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import type { TaskInfo } from '../../../../src/vsphere/updates.ts';
import { REFS, state, tree } from '../support/inventory.ts';
import { chain, disk, ref } from '../support/vm.ts';

describe('DuplicateName', () => {
  it('of a VM that is ours, as the outcome of the task: it is verified, and CloneVM is not called again', async () => {
    const { status } = deletedClone();
    const clone = intended(linkedClone({ name: 'web-1', uid: UID, ...(status !== undefined && { status }) }), {
      folder: REFS.labs.value,
    });
    const { scope, connection, calls } = onStage({ vms: { 'vm-10': victim(), 'vm-1': source() }, clone });
    connection.tree = async () => tree();
    connection.track(ownerOf(scope), 'clone', ref('task-of-clone', 'Task'), SOURCE);
    end(connection, 'clone', vimFault('DuplicateName', 'CloneVM_Task', { name: 'web-01', object: VM }));
    expect(await cloningPhase(scope)).toBeUndefined();
    expect(scope.memory.result).toEqual(VM);
    expect(calls).toEqual([]);
  });
});

describe('a task that failed', () => {
  const { status } = deletedClone();
  const clone = intended(linkedClone({ name: 'web-1', uid: UID, ...(status !== undefined && { status }) }), {
    folder: REFS.labs.value,
  });

  it.each([
    ['Timedout', false],
    ['HostCommunication', false],
    ['NotSupported', true],
    ['NoDiskSpace', true],
  ])('with %s has made nothing: %s', async (fault, fresh) => {
    const { scope, connection } = onStage({ vms: { 'vm-1': source() }, clone });
    connection.tree = async () => tree();
    scope.memory.called = true;
    connection.track(ownerOf(scope), 'clone', ref('task-of-clone', 'Task'), SOURCE);
    end(connection, 'clone', vimFault(fault, 'CloneVM_Task'));
    connection.grantedHosts.set(UID, ref('host-1', 'HostSystem'));
    await expect(cloningPhase(scope)).rejects.toMatchObject({ name: 'NotReady' });
    expect([scope.memory.fresh, scope.memory.failedOn?.value]).toEqual([fresh, 'host-1']);
  });
});

describe('a task that another life recorded', () => {
  const { status } = deletedClone();
  const task = ref('task-50', 'Task');
  const clone = intended(linkedClone({ name: 'web-1', uid: UID, ...(status !== undefined && { status }) }), {
    folder: REFS.labs.value,
    taskMoRef: task.value,
  });

  /** What vCenter tells of the reference; the clone's machine is there. */
  async function told(info: Partial<TaskInfo>) {
    const staged = onStage({ vms: { 'vm-1': source(), 'vm-10': victim() }, clone, events: [] });
    const { scope, connection } = staged;
    connection.tree = async () => tree();
    await expect(cloningPhase(scope)).rejects.toMatchObject({ reason: 'Cloning' });
    const common = { key: task.value, descriptionId: 'VirtualMachine.clone', queueTime: CREATED } as const;
    connection.operations.update(task, {
      ...{ ref: task, gone: false },
      info: { ...common, state: 'success', entity: SOURCE, result: ref('vm-99'), ...info },
    });
    return staged;
  }

  it.each<[string, Partial<TaskInfo>]>([
    ['of another source', { entity: ref('vm-2') }],
    ['of another kind', { descriptionId: 'VirtualMachine.createSnapshot' }],
  ])('whose reference is that of a task %s by now: the search decides', async (_, info) => {
    const { scope, calls } = await told(info);
    expect(await cloningPhase(scope)).toBeUndefined();
    expect([scope.memory.result, scope.memory.resultOfTask, calls]).toEqual([VM, false, []]);
  });

  it('and that failed has made nothing, if it was that task: it is looked for before the next attempt', async () => {
    const { scope } = await told({ state: 'error', error: vimFault('NoDiskSpace', 'CloneVM_Task') });
    await expect(cloningPhase(scope)).rejects.toMatchObject({ reason: 'NoDiskSpace' });
    expect(scope.memory.fresh).toBe(false);
  });
});

describe('a call whose outcome is unknown', () => {
  const { status } = deletedClone();
  const clone = intended(linkedClone({ name: 'web-1', uid: UID, ...(status !== undefined && { status }) }), {
    folder: REFS.labs.value,
  });

  it('is not taken for one that made nothing by a look at an inventory that went back in time', async () => {
    const vms: Record<string, Record<string, unknown>> = { 'vm-1': source() };
    const { scope, connection, calls } = onStage({ vms, clone, events: [] });
    connection.tree = async () => tree();
    scope.memory.called = true;
    connection.holds.add({ type: 'InventoryRewound', id: '100-40', since: '2026-01-01T00:00:00Z' });
    await expect(cloningPhase(scope)).rejects.toMatchObject({ reason: 'InventoryRewound' });
    expect(scope.memory.fresh).toBe(false);
    connection.holds.lift('InventoryRewound');
    vms['vm-10'] = victim(); // somebody registered it again
    expect(await cloningPhase(scope)).toBeUndefined();
    expect([scope.memory.result, calls.filter((call) => call.startsWith('clone'))]).toEqual([VM, []]);
  });

  it('is looked for, and once more when its session has ended: what came of it in between is taken', async () => {
    const vms: Record<string, Record<string, unknown>> = { 'vm-1': source() };
    const { scope, connection, calls } = onStage({ vms, clone, events: [] });
    connection.tree = async () => tree();
    scope.memory.called = true;
    const { client } = connection;
    const ended: number[] = [];
    scope.memory.lost = {
      method: 'CloneVM_Task',
      generation: client.generation,
      client: Object.assign(client, {
        replaceSession(generation: number) {
          ended.push(generation);
          vms['vm-10'] = victim(); // it arrived a moment before
          return Promise.resolve();
        },
      }),
    };
    expect(await cloningPhase(scope)).toBeUndefined();
    expect([scope.memory.result, ended, scope.memory.lost]).toEqual([VM, [client.generation], undefined]);
    expect(calls.filter((call) => call.startsWith('clone'))).toEqual([]);
  });

  it('keeps its intent in such an inventory, though the base moved meanwhile', async () => {
    const base = baseSnapshot({ uid: 'uid-win', status: pinned() });
    const moved = intended(clone, { folder: REFS.labs.value, sourceVm: 'vm-2' });
    const { scope, connection } = onStage({ vms: { 'vm-1': source() }, clone: moved, base, events: [] });
    connection.tree = async () => tree();
    connection.holds.add({ type: 'InventoryRewound', id: '100-40', since: '2026-01-01T00:00:00Z' });
    await expect(cloningPhase(scope)).rejects.toMatchObject({ reason: 'InventoryRewound' });
    expect(scope.draft.status.operation).toBeDefined();
  });

  it('and that made a VM lets a set go on that had stopped', async () => {
    const { scope, connection } = onStage({ vms: { 'vm-1': source(), 'vm-10': victim() }, clone });
    connection.tree = async () => tree();
    Object.assign(scope, { set: linkedCloneSet() });
    const woken: unknown[] = [];
    Object.assign(scope.runtime.wake, { clone: (key: unknown) => woken.push(key) });
    Object.assign(scope.runtime.stores.clones, { byIndex: () => [webClone(2)] });
    for (let failures = 0; failures < 5; failures += 1) connection.breaker.failed(scope.group, UID, 'clone', 5);
    expect(await cloningPhase(scope)).toBeUndefined();
    expect(connection.breaker.consecutive(scope.group)).toBe(0);
    expect(woken).toEqual([{ namespace: 'lab', name: 'web-2' }]);
  });
});

describe('a set that stopped because its machines could not be powered on', () => {
  it.each<['Off' | 'Manual' | 'AlwaysOn', number]>([
    ['Off', 0],
    ['Manual', 0],
    ['AlwaysOn', 5],
  ])('with powerPolicy %s by now, after a machine was made: %d failures in a row', async (powerPolicy, left) => {
    const made = linkedClone({ name: 'web-1', uid: UID, spec: { powerPolicy }, status: deletedClone().status ?? {} });
    const { scope, connection } = onStage({ vms: { 'vm-1': source(), 'vm-10': victim() }, clone: intended(made) });
    connection.tree = async () => tree();
    Object.assign(scope, { set: linkedCloneSet() });
    for (let failures = 0; failures < 5; failures += 1) connection.breaker.failed(scope.group, UID, 'powerOn', 5);
    expect(await cloningPhase(scope)).toBeUndefined();
    expect(connection.breaker.consecutive(scope.group)).toBe(left);
  });
});

/** A clone with its intent, whose turn it is; `live`: what the API server has of it, by what it was. */
function atItsTurn(live: (clone: LinkedClone) => LinkedClone | null = (clone) => clone) {
  const { status } = deletedClone();
  const clone = intended(linkedClone({ name: 'web-1', uid: UID, ...(status !== undefined && { status }) }), {
    folder: REFS.labs.value,
    snapshot: 'snapshot-1',
    resourcePool: REFS.labPool.value,
    datastore: REFS.ds1.value,
  });
  const devices = [disk(2000, chain('[ds] win/win.vmdk', '[ds] win/win.vmdk'))];
  const vms = { 'vm-1': source(), 'snapshot-1': { 'config.hardware.device': devices } };
  const pins = pinned();
  const base = baseSnapshot({
    uid: 'uid-win',
    status: {
      ...pins,
      source: { ...pins.source, path: '/DC0/vm/Parents/win' },
      conditions: [condition('Ready', 'True', 'Ready')],
    },
  });
  const staged = onStage({ vms, clone, base, live: live(clone) });
  const { scope, connection } = staged;
  scope.vCenter = vCenter({
    spec: {
      datacenter: 'DC0',
      access: [
        { namespaces: { names: ['*'] }, parents: ['*'], folders: ['*'], resourcePools: ['*'], datastores: ['*'] },
      ],
    },
  });
  const host = (value: string, inMaintenance: boolean): void =>
    void connection.hosts.set(`HostSystem:${value}`, {
      ref: ref(value, 'HostSystem'),
      name: value,
      connected: true,
      inMaintenance,
      inStandby: false,
      datastores: [REFS.ds1],
    });
  host('host-1', false);
  connection.tree = async () => tree();
  connection.watchSource = async () => undefined;
  scope.memory.fresh = true;
  return { ...staged, host };
}

describe('a clone whose turn it is', () => {
  const operation = (fields: Record<string, unknown>) => (clone: LinkedClone) =>
    ({ ...clone, status: { ...clone.status, operation: { ...clone.status?.operation, ...fields } } }) as LinkedClone;
  const metadata = (fields: Partial<LinkedClone['metadata']>) => (clone: LinkedClone) => ({
    ...clone,
    metadata: { ...clone.metadata, ...fields },
  });

  it('is made', async () => {
    const { scope, calls } = atItsTurn();
    await expect(cloningPhase(scope)).rejects.toMatchObject({ reason: 'Cloning' });
    expect(calls).toEqual(['clone vm-1']);
  });

  it.each<[string, (clone: LinkedClone) => LinkedClone | null]>([
    ['is gone, by a deletion that a leader before this one has carried out', () => null],
    ['is another one of the same name', metadata({ uid: 'uid-other' })],
    ['is being deleted', metadata({ deletionTimestamp: CREATED })],
    ['is paused', (clone) => ({ ...clone, spec: { ...clone.spec, paused: true } })],
    ['has a machine', (clone) => ({ ...clone, status: { ...clone.status, vm: { moRef: 'vm-7', instanceUuid: UID } } })],
    ['has another intent', operation({ attempt: 2 })],
    ['has a task', operation({ taskMoRef: 'task-5' })],
  ])('is not made when the object, read live, %s', async (_, live) => {
    const { scope, connection, calls } = atItsTurn(live);
    await expect(cloningPhase(scope)).rejects.toMatchObject({ name: 'RequeueAfter' });
    expect(calls).toEqual([]);
    expect(scope.memory.fresh).toBe(false); // another life may have carried out what is stored by now
    expect(connection.slots.clone.inFlight).toBe(0);
  });
});

describe('a clone that waits for a slot', () => {
  it('gets a host of the inventory as it is at its turn', async () => {
    const { scope, connection, host } = atItsTurn();
    let choose: ((load: () => number) => MoRef | undefined) | undefined;
    connection.slots.requestClone = (request) => {
      choose = (load) => request.chooseHost(load);
      return false;
    };
    await expect(cloningPhase(scope)).rejects.toMatchObject({ reason: 'Cloning' });
    expect(choose?.(() => 0)?.value).toBe('host-1');
    host('host-2', false);
    expect(choose?.(() => 0)?.value).toBe('host-1');
    scope.memory.failedOn = ref('host-1', 'HostSystem'); // what is wrong with it may stay so
    expect(choose?.(() => 0)?.value).toBe('host-2');
    connection.hosts.delete('HostSystem:host-2');
    expect(choose?.(() => 0)?.value).toBe('host-1'); // there is no other
    host('host-1', true);
    host('host-4', false);
    expect(choose?.(() => 0)).toBeUndefined();
    const grown = tree([state(ref('host-4', 'HostSystem'), 'esx-4', REFS.cluster)]);
    Object.defineProperty(connection, 'knownTree', { get: () => grown });
    expect(choose?.(() => 0)?.value).toBe('host-4');
  });
});

describe('a clone that waits for its next attempt', () => {
  const { status } = deletedClone();
  const waiting = intended(linkedClone({ name: 'web-1', uid: UID, ...(status !== undefined && { status }) }), {
    attempt: 2,
    nextAttemptAt: '2026-01-01T00:01:00Z',
  });
  const NO_ROOM = { reason: 'NoDiskSpace', message: 'clone "web-01": no space; retry at 12:00' };
  const AGAIN = { message: 'clone "web-01": no space' };

  it.each([
    ['says what Ready says of the failure', NO_ROOM, undefined, NO_ROOM],
    ['does not say that it is paused when it is not any more', { reason: 'Paused' }, NO_ROOM, NO_ROOM],
    [
      'says what is known of the failure after a restart',
      { reason: 'Paused' },
      undefined,
      { reason: 'CloneFailed', ...AGAIN },
    ],
    ['nor that its vCenter is away', { reason: 'VCenterNotReady' }, undefined, { reason: 'CloneFailed', ...AGAIN }],
  ])('%s', async (_, ready, failure, expected) => {
    const conditions = [
      condition('Ready', 'False', ready.reason, ready),
      condition('Cloned', 'False', 'CloneFailed', AGAIN),
    ];
    const { scope } = onStage({ vms: {}, clone: { ...waiting, status: { ...waiting.status, conditions } } });
    scope.memory.failure = failure;
    await expect(cloningPhase(scope)).rejects.toMatchObject({ ...expected, requeueAfterMs: 60_000 });
  });

  it('does not wait for a time that was stored by a clock that was a year ahead', async () => {
    const operation = { ...waiting.status?.operation, nextAttemptAt: '2027-01-01T00:01:00Z' };
    const { scope } = onStage({
      vms: { 'vm-1': source() },
      clone: { ...waiting, status: { ...waiting.status, operation } as never },
    });
    await expect(cloningPhase(scope)).rejects.toMatchObject({ reason: 'Cloning' });
  });
});

describe('a clone whose base is on its way out', () => {
  it('asks for no slot: those of other bases wait for them', async () => {
    const { status } = deletedClone();
    const clone = intended(linkedClone({ name: 'web-1', uid: UID, ...(status !== undefined && { status }) }), {
      snapshot: 'snapshot-1',
    });
    const base = baseSnapshot({ uid: 'uid-win', status: pinned(), deleted: true });
    const { scope, connection } = onStage({ vms: { 'vm-1': source() }, clone, base });
    let asked = 0;
    connection.watchSource = async () => undefined;
    connection.tree = async () => {
      asked += 1; // the last look before a slot is asked for
      return tree();
    };
    scope.memory.fresh = true;
    await expect(cloningPhase(scope)).rejects.toMatchObject({ reason: 'BaseSnapshotDeleting' });
    expect(asked).toBe(0);
    expect(connection.slots.clone.knows(UID)).toBe(false);
  });
});
