// A connection with a client that the test plays: a task's end gives back its slot and wakes the owner in the same tick,
// changes of VMs and hosts are known at once, and an object that is gone leaves nothing taken.
import { describe, expect, it } from '@jest/globals';
import { VCenterConnection } from '../../../../src/controllers/vcenter/connection.ts';
import { VCenterHolds } from '../../../../src/controllers/vcenter/holds.ts';
import type { OperationKind } from '../../../../src/controllers/vcenter/operations.ts';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import { DEFAULT_LIMITS, POOL_NAMES } from '../../../../src/controllers/vcenter/slot-pools.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import type { ObjectState, VSphereClient } from '../../../../src/vsphere/client.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import type { ObjectChange, UpdateBatch } from '../../../../src/vsphere/updates.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { vCenter } from '../support/objects.ts';
import { OBJECTS, REFS, ROOT, state as stateOf } from '../support/inventory.ts';
import { ref } from '../support/vm.ts';

async function connect(readTree: () => Promise<readonly ObjectState[]> = async () => OBJECTS) {
  const clock = new FakeClock();
  const login = { generation: 1 };
  let listener: (batch: UpdateBatch) => void = () => undefined;
  const tell: { [kind in 'away' | 'failed']?: ((failure?: VSphereError) => void) | undefined } = {};
  const events: string[] = [];
  const watch = async (refs: readonly MoRef[]): Promise<void> =>
    void events.push(`watch ${refs.map((each) => each.value).join(' ')}`);
  const client = {
    about: { instanceUuid: 'vc-uuid' },
    content: { rootFolder: ROOT },
    get generation() {
      return login.generation;
    },
    onAwayChange: (each: typeof tell.away) => (tell.away = each),
    readTree,
    read: async (object: MoRef) => {
      events.push(`read ${object.value}`);
      return { ref: object, properties: { 'config.hardware.device': [] }, missing: {} };
    },
    updates: {
      onBatch: (each: typeof listener) => (listener = each),
      onFailureChange: (each: typeof tell.failed) => (tell.failed = each),
      watchObjects: watch,
      watchFolders: watch,
      trackTask: (task: MoRef) => events.push(`track ${task.value}`),
      start: () => events.push('start'),
    },
  };
  const connection = new VCenterConnection({
    name: 'vc',
    uid: 'uid-vc',
    client: client as unknown as VSphereClient,
    clock,
    logger: createLogger('silent'),
    limits: DEFAULT_LIMITS,
    batchWindowMs: 25,
    capacityRetryMs: 60_000,
    treeRereadMs: 5_000,
    specCacheMs: 30_000,
    onVmChange: (vm, left) => events.push(`${vm.name}/${vm.marker?.uid ?? 'no marker'}${left ? ' left' : ''}`),
    onOperationEnd: (owner) => events.push(`end ${owner.uid}`),
    onSourceChange: (source) => events.push(`source ${source.value}`),
    onHostChange: (host, usable) => events.push(`${host.value} ${usable ? 'usable' : 'not usable'}`),
    eventCheck: { uncheckedRetryMs: 1000, stoppedRetryMs: 100 },
    holds: new VCenterHolds(vCenter()),
    crds: { get: async () => [] },
    onConnectionChange: () => events.push('connection'),
    onBack: () => events.push('back'),
  });
  connection.events.checked(0, 0, 1);
  await connection.start();
  const batch = (changes: Partial<UpdateBatch>): void =>
    listener({ vms: [], objects: [], tasks: [], resynced: false, ...changes });
  const track = (kind: OperationKind, task: string, uid = 'uid-1'): void =>
    connection.track(
      { controller: 'linked-clone', key: { namespace: 'lab', name: 'web-1' }, uid },
      kind,
      ref(task, 'Task'),
      undefined,
    );
  return { connection, batch, track, ...tell, events, clock, login };
}

function change(
  objectRef: MoRef,
  properties: Record<string, unknown>,
  kind: ObjectChange['change'] = 'upsert',
): ObjectChange {
  return { ref: objectRef, change: kind, properties, missing: {} };
}

function ended(task: string, state: 'success' | 'error' = 'success'): UpdateBatch['tasks'] {
  const info = { key: task, state, descriptionId: '', queueTime: '2026-01-01T00:00:00Z' };
  return [{ ref: ref(task, 'Task'), gone: false, info }];
}

describe('a login of the client', () => {
  it('asks for a look at the events before anybody is woken by what has changed', async () => {
    const { connection, batch, events, login } = await connect();
    login.generation = 2;
    expect(connection.events.isDone).toBe(false);
    batch({ vms: [change(ref('vm-1'), { name: 'web-01' })] });
    expect(events.slice(-2)).toEqual(['connection', 'web-01/no marker']);
  });

  it('wakes who waited for that look, once, and only when it was made in the present session', async () => {
    const { connection, login } = await connect();
    const woken: string[] = [];
    const ask = (): void => connection.events.require('uid-1', () => woken.push('uid-1'));
    expect(ask).not.toThrow();
    login.generation = 2;
    expect(ask).toThrow('looked at first');
    login.generation = 3;
    connection.events.checked(0, 0, 2);
    expect([connection.events.isDone, woken]).toEqual([false, []]);
    connection.events.checked(0, 0, 3);
    connection.events.checked(0, 0, 3);
    expect(woken).toEqual(['uid-1']);
    expect(ask).not.toThrow();
  });
});

describe('VCenterConnection', () => {
  it('watches the hosts, then starts the stream', async () => {
    const { connection, events } = await connect();
    expect(events).toEqual(['watch host-1 host-2 host-3', 'start']);
    expect(connection.hosts.size).toBe(3);
  });

  it('gives both slots back of a clone task that was taken for a stranger at first', async () => {
    const { connection, batch, track, clock } = await connect();
    const [source, task] = [ref('vm-1'), ref('task-1', 'Task')];
    const info = { 'info.state': 'running', 'info.descriptionId': 'VirtualMachine.clone' };
    Object.assign(connection.client, {
      read: async () => ({ ref: source, properties: { recentTask: [task] }, missing: {} }),
      readMany: async () => new Map([['Task:task-1', { ref: task, properties: info, missing: {} }]]),
    });
    const look = connection.sourceTasks.lookAt(source);
    await clock.advance(100);
    expect(await look).toBe(1);
    connection.slots.adoptClone('uid-1', source, undefined); // its LinkedClone has the task on record
    track('clone', 'task-1');
    expect(connection.slots.requestSnapshot('uid-base', source, () => undefined)).toBe(false);
    batch({ tasks: ended('task-1') });
    expect([connection.slots.clone.inFlight, connection.slots.snapshot.inFlight]).toEqual([0, 1]);
  });

  it.each<[OperationKind, 'clone' | 'power' | 'snapshot' | 'delete']>([
    ['powerOn', 'power'],
    ['powerOff', 'power'],
    ['destroy', 'delete'],
    ['createSnapshot', 'snapshot'],
    ['removeSnapshot', 'snapshot'],
    ['clone', 'clone'],
  ])('gives the slot of a %s back when its task ends, and then wakes the owner', async (kind, pool) => {
    const { connection, batch, track, events } = await connect();
    connection.slots[pool].adopt('uid-1', 'set', ['all']);
    track(kind, 'task-1');
    batch({
      tasks: [
        {
          ref: ref('task-1', 'Task'),
          gone: false,
          info: { key: 'task-1', state: 'running', descriptionId: '', queueTime: '2026-01-01T00:00:00Z' },
        },
      ],
    });
    expect(connection.slots[pool].holds('uid-1')).toBe(true);
    batch({ tasks: ended('task-1', 'error') });
    expect(connection.slots[pool].holds('uid-1')).toBe(false);
    expect(events.slice(-3)).toEqual(['track task-1', 'end uid-1', 'connection']);
    expect(connection.operations.takeOutcome('uid-1', kind)?.state).toBe('error');
  });

  it('starts the next one that waits in the very tick in which a task ended', async () => {
    const { connection, batch, track } = await connect();
    connection.setLimits({ ...DEFAULT_LIMITS, powerOps: 1 });
    const granted: string[] = [];
    for (const id of ['uid-1', 'uid-2']) connection.slots.requestPower(id, 'set', () => granted.push(id));
    track('powerOn', 'task-1');
    batch({ tasks: ended('task-1') });
    expect(granted).toEqual(['uid-1', 'uid-2']);
  });

  it('keeps with a VM that what it is judged by is hidden', async () => {
    const { connection, batch } = await connect();
    const hidden = new VSphereError({ fault: 'NoPermission', method: 'reading it' });
    batch({ vms: [{ ...change(ref('vm-10'), { name: 'web-01' }), missing: { 'runtime.powerState': hidden } }] });
    expect(connection.inventory.get(ref('vm-10'))?.refused).toBe(hidden);
    batch({ vms: [change(ref('vm-10'), { name: 'web-01', 'runtime.powerState': 'poweredOn' })] });
    expect(connection.inventory.get(ref('vm-10'))?.refused).toBeUndefined();
  });

  it('knows VMs that came, changed hands and left, and tells both owners', async () => {
    const { connection, batch, events } = await connect();
    const marker = (uid: string): Record<string, unknown> => ({
      name: 'web-01',
      [MARKER_PATH]: formatMarker({ cluster: 'c', namespace: 'lab', name: 'web-1', uid, instanceUuid: 'u' }),
    });
    batch({ vms: [change(ref('vm-1'), marker('a'))] });
    batch({ vms: [change(ref('vm-1'), marker('b'))] });
    expect(connection.inventory.withMarkerUid('b')).toHaveLength(1);
    batch({ vms: [change(ref('vm-1'), {}, 'leave')] });
    expect(connection.inventory.size).toBe(0);
    expect(events.slice(2)).toEqual(['web-01/a', 'web-01/b', 'web-01/a left', 'web-01/b left']);
  });

  it('tells of the end of a task only after the VMs of the same batch', async () => {
    const { batch, track, events } = await connect();
    track('clone', 'task-1');
    batch({ vms: [change(ref('vm-9'), { name: 'new' })], tasks: ended('task-1') });
    expect(events.slice(-3)).toEqual(['new/no marker', 'end uid-1', 'connection']);
  });

  it('follows hosts and source VMs', async () => {
    const { connection, batch, events } = await connect();
    const up = { name: 'esx-1', 'runtime.connectionState': 'connected', datastore: [REFS.ds1] };
    batch({
      objects: [
        change(REFS.host1, up),
        change(REFS.host2, {}, 'leave'),
        change(ref('vm-1'), { 'runtime.host': REFS.host1 }),
      ],
    });
    expect(connection.hosts.get('HostSystem:host-1')?.connected).toBe(true);
    expect(connection.hosts.has('HostSystem:host-2')).toBe(false);
    expect([connection.sourceHost(ref('vm-1')), connection.sourceChanges(ref('vm-1'))]).toEqual([REFS.host1, 1]);
    expect(events.at(-1)).toBe('source vm-1');
  });
});

it.each([
  ['away', false, 2],
  ['failed', true, 1],
  ['failed', false, 0],
] as const)('an outage (%s) wakes whom it may have refused (%s)', async (kind, refused, times) => {
  const { connection, events, [kind]: tell } = await connect();
  const failure = new VSphereError({ fault: 'Transport', method: 'CurrentTime' });
  Object.assign(connection.client.updates, { watchFolders: () => Promise.reject(failure) });
  if (refused) await expect(connection.watchFolder(REFS.labs)).rejects.toBe(failure);
  for (const now of [failure, undefined, failure, undefined]) tell?.(now);
  expect(['connection', 'back'].map((event) => events.filter((each) => each === event).length)).toEqual([4, times]);
});

describe('a host', () => {
  it('that can take clones again, or no longer, is told of once', async () => {
    const { batch, events } = await connect();
    const is = (fields: Record<string, unknown>): void =>
      batch({ objects: [change(REFS.host1, { name: 'esx-1', 'runtime.connectionState': 'connected', ...fields })] });
    is({});
    is({ datastore: [REFS.ds1] });
    is({ 'runtime.connectionState': 'notResponding' });
    is({ 'runtime.inMaintenanceMode': true });
    is({});
    batch({ objects: [change(REFS.host1, {}, 'leave')] });
    expect(events.slice(2)).toEqual(['host-1 usable', 'host-1 not usable', 'host-1 usable', 'host-1 not usable']);
  });
});

describe('the inventory', () => {
  it('that is read again brings the hosts that were added, and watches them', async () => {
    let objects = OBJECTS;
    const { connection, events } = await connect(async () => objects);
    objects = [...OBJECTS, stateOf(ref('host-9', 'HostSystem'), 'esx-9', REFS.cluster)];
    connection.forgetTree();
    await connection.tree();
    expect(connection.hosts.get('HostSystem:host-9')?.name).toBe('esx-9');
    expect(events).toEqual(['watch host-1 host-2 host-3', 'start', 'watch host-9']);
  });

  it('has what was made while it was being read', async () => {
    const answers: ((objects: readonly ObjectState[]) => void)[] = [];
    let isSlow = false;
    const { connection } = await connect(() =>
      isSlow ? new Promise((resolve) => answers.push(resolve)) : Promise.resolve(OBJECTS),
    );
    isSlow = true;
    connection.forgetTree();
    const first = connection.tree();
    connection.forgetTree(); // a folder was made, which this read may not have
    const second = connection.tree();
    const made = ref('group-v9', 'Folder');
    answers[1]?.([...OBJECTS, stateOf(made, 'new', REFS.vmFolder)]);
    expect((await second).get(made)?.path).toBe('/DC0/vm/new');
    answers[0]?.(OBJECTS);
    await first;
    expect((await connection.tree()).get(made)?.path).toBe('/DC0/vm/new');
    expect(answers).toHaveLength(2);
  });
});

describe('snapshotDisks', () => {
  it('reads a snapshot once, and again when a source VM has changed: its files may have other names', async () => {
    const { connection, batch, events } = await connect();
    const snapshot = ref('snapshot-1', 'VirtualMachineSnapshot');
    for (const times of [1, 1]) {
      await connection.snapshotDisks(snapshot);
      expect(events.filter((event) => event === 'read snapshot-1')).toHaveLength(times);
    }
    batch({ objects: [change(ref('vm-1'), { 'config.changeVersion': '2' })] });
    await connection.snapshotDisks(snapshot);
    expect(events.filter((event) => event === 'read snapshot-1')).toHaveLength(2);
  });
});

describe('the age of the inventory', () => {
  it('grows until it is read again, and is infinite in a new session but not in the first', async () => {
    const { connection, batch, clock } = await connect();
    batch({ resynced: true });
    await clock.advance(301_000);
    expect(connection.treeAgeMs).toBe(301_000);
    await connection.tree(true);
    expect(connection.treeAgeMs).toBe(0);
    batch({ resynced: true });
    expect(connection.treeAgeMs).toBe(Number.POSITIVE_INFINITY);
    await connection.tree();
    expect(connection.treeAgeMs).toBe(Number.POSITIVE_INFINITY); // nobody chooses a host: nothing is read
    await connection.tree(true);
    expect(connection.treeAgeMs).toBe(0);
  });
});

describe('watchFolder', () => {
  it('asks once a session: a folder that was gone in between is not taken for watched', async () => {
    const { connection, batch, events } = await connect();
    events.length = 0;
    await connection.watchFolder(REFS.labs);
    await connection.watchFolder(REFS.labs);
    batch({ resynced: true });
    await connection.watchFolder(REFS.labs);
    expect(events).toEqual(['watch group-v2', 'watch group-v2']);
  });
});

describe('releaseUnused', () => {
  it('keeps what runs and what was just asked for, and gives everything else to those who wait', async () => {
    const { connection, track } = await connect();
    connection.setLimits({ ...DEFAULT_LIMITS, powerOps: 1, deletes: 1 });
    const { slots } = connection;
    const granted: string[] = [];
    for (const id of ['uid-1', 'uid-2']) {
      slots.requestPower(id, 'set', () => granted.push(`power ${id}`));
      slots.requestDelete(id, 'set', () => granted.push(`delete ${id}`));
    }
    expect(granted).toEqual(['power uid-1', 'delete uid-1']);
    connection.releaseUnused('uid-1', new Set(['power', 'delete']));
    expect(granted).toHaveLength(2);
    track('destroy', 'task-1');
    connection.releaseUnused('uid-1', new Set());
    expect(granted).toEqual(['power uid-1', 'delete uid-1', 'power uid-2']);
    connection.releaseUnused('uid-2', new Set());
    expect([slots.power.inFlight, slots.delete.inFlight, slots.delete.waiting]).toEqual([0, 1, 0]);
  });

  it('lets clones of a source begin again whose snapshot is not to be touched any more', async () => {
    const { connection } = await connect();
    const granted: string[] = [];
    connection.slots.clone.adopt('task-9', 'others', ['source/VirtualMachine:vm-1']);
    connection.slots.requestSnapshot('uid-base', ref('vm-1'), () => granted.push('snapshot'));
    connection.slots.requestClone({
      id: 'uid-1',
      group: 'set',
      source: ref('vm-1'),
      sourceHost: () => undefined,
      groupLimit: () => 1,
      chooseHost: () => REFS.host1,
      granted: () => granted.push('clone'),
    });
    expect(granted).toEqual([]);
    connection.releaseUnused('uid-base', new Set());
    expect(granted).toEqual(['clone']);
  });
});

describe('forget', () => {
  it('takes back what an object that is gone holds or waits for, in every pool', async () => {
    const { connection } = await connect();
    connection.setLimits({ ...DEFAULT_LIMITS, powerOps: 0, deletes: 0, snapshotOps: 0 });
    connection.slots.requestPower('uid-1', 'set', () => undefined);
    connection.slots.requestDelete('uid-1', 'set', () => undefined);
    connection.slots.requestSnapshot('uid-1', ref('vm-1'), () => undefined);
    connection.slots.clone.adopt('uid-1', 'set', ['all']);
    connection.grantedHosts.set('uid-1', REFS.host1);
    connection.forget('uid-1');
    for (const pool of POOL_NAMES)
      expect([connection.slots[pool].waiting, connection.slots[pool].inFlight]).toEqual([0, 0]);
    expect(connection.grantedHosts.size).toBe(0);
  });

  it('leaves a task that runs its slot, until it ends', async () => {
    const { connection, batch, track } = await connect();
    connection.slots.requestDelete('uid-1', 'set', () => undefined);
    track('destroy', 'task-1');
    connection.forget('uid-1');
    expect(connection.slots.delete.inFlight).toBe(1);
    batch({ tasks: ended('task-1') });
    expect(connection.slots.delete.inFlight).toBe(0);
  });
});
