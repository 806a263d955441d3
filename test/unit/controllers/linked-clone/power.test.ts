// Carrying out the power policy: what is changed before a machine is powered on, and what becomes of an attempt that failed.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone, LinkedCloneSpec, LinkedCloneStatus } from '../../../../src/api/types.generated.ts';
import { applyPower } from '../../../../src/controllers/linked-clone/power.ts';
import type { PowerState } from '../../../../src/controllers/vcenter/vm-view.ts';
import { REFS, tree } from '../support/inventory.ts';
import { linkedClone, linkedCloneSet, vCenter } from '../support/objects.ts';
import { UID, VM, deletedClone, end, onStage, victim, vimFault } from '../support/deleting-clone.ts';
import { ref, vmView } from '../support/vm.ts';

const KEY = { namespace: 'lab', name: 'web-1' };

const ALLOWED = {
  namespaces: { names: ['lab'] },
  parents: ['*'],
  folders: ['*'],
  resourcePools: ['*'],
  datastores: ['*'],
};

function stage(spec: Partial<LinkedCloneSpec> = {}, more: LinkedCloneStatus = {}) {
  const status = { ...deletedClone().status, ...more };
  const place = { folder: REFS.labs.value, resourcePool: REFS.labPool.value, datastore: REFS.ds1.value };
  const vm = { moRef: VM.value, instanceUuid: UID, name: 'web-01', ...place };
  const clone = linkedClone({ name: 'web-1', uid: UID, spec, status: { ...status, vm } });
  const fields = victim({ 'config.hardware.numCPU': 1 });
  const { scope, connection, calls, clock } = onStage({ vms: { 'vm-10': fields }, clone });
  Object.assign(scope, { vCenter: vCenter({ spec: { access: [ALLOWED] } }) });
  Object.assign(connection, { tree: async () => tree() });
  Object.assign(connection.client, {
    powerOn: async () => {
      calls.push('powerOn');
      return { type: 'Task', value: `task-${calls.length}` };
    },
  });
  const reads: string[] = [];
  const readSoon = connection.client.readSoon.bind(connection.client);
  connection.client.readSoon = (machine, ...rest) => {
    reads.push(machine.value);
    return readSoon(machine, ...rest);
  };
  const apply = async (powerState: PowerState, changeVersion = '1'): Promise<string> =>
    applyPower(scope, vmView({ ref: VM, powerState, changeVersion })).then(
      () => calls.at(-1) ?? 'nothing',
      (error: Error) => error.message,
    );
  return { apply, scope, clock, connection, calls, reads, fields };
}

describe('applyPower', () => {
  it('changes the hardware of a machine that is off first', async () => {
    const { apply } = stage({ hardware: { cpus: 2 } });
    expect(await apply('poweredOff')).toBe('reconfigure vm-10 {"numCPUs":2}');
  });

  it('waits for the notes that are being written, and does not take their failure for its own', async () => {
    const { apply, connection, calls } = stage({ hardware: { cpus: 2 } });
    connection.track({ controller: 'linked-clone', key: KEY, uid: UID }, 'notes', ref('task-of-notes', 'Task'), VM);
    expect(await apply('poweredOff')).toBe('nothing');
    end(connection, 'notes', vimFault('InvalidPowerState', 'ReconfigVM_Task'));
    expect(await apply('poweredOff')).toBe('reconfigure vm-10 {"numCPUs":2}');
    expect([calls.length, connection.operations.peekOutcome(UID, 'notes')?.state]).toEqual([1, 'error']);
  });

  it('resumes a suspended machine with the hardware that it has', async () => {
    const { apply } = stage({ hardware: { cpus: 2 } });
    expect(await apply('suspended')).toBe('powerOn');
  });

  it.each([
    ['NoPermission', 'NoPermission'],
    ['FileLocked', 'PowerFailed'],
  ])('that fails with %s is %s', async (fault, reason) => {
    const { apply, scope, connection } = stage();
    await apply('poweredOff');
    end(connection, 'powerOn', vimFault(fault, 'PowerOnVM_Task'));
    const failed = applyPower(scope, vmView({ ref: VM, powerState: 'poweredOff' }));
    await expect(failed).rejects.toMatchObject({ reason, message: expect.stringContaining(fault) });
  });

  it('does not tell later of a failure that somebody else made good', async () => {
    const { apply, connection, calls } = stage();
    expect(await apply('poweredOff')).toBe('powerOn');
    end(connection, 'powerOn', vimFault('InvalidPowerState', 'PowerOnVM_Task', { existingState: 'poweredOn' }));
    await apply('poweredOn');
    expect(await apply('poweredOff')).toBe('powerOn');
    expect(calls).toEqual(['powerOn', 'powerOn']);
  });
});

describe('a machine that is to be powered off', () => {
  const OFF = linkedClone({ name: 'web-1', uid: UID, spec: { powerPolicy: 'Off' } });
  const meta = (fields: Partial<LinkedClone['metadata']>): LinkedClone => ({
    ...OFF,
    metadata: { ...OFF.metadata, ...fields },
  });
  const spec = (fields: Partial<LinkedCloneSpec>): LinkedClone => ({ ...OFF, spec: { ...OFF.spec, ...fields } });

  function staged(live: LinkedClone | undefined) {
    const all = stage({ powerPolicy: 'Off' });
    const gets: string[] = [];
    Object.assign(all.scope.runtime.live, {
      get: async (_: unknown, { name }: { name: string }) => {
        gets.push(name);
        return live;
      },
    });
    return { ...all, gets };
  }

  it('is when the object, read live, wants it, too', async () => {
    const { apply, gets } = staged(OFF);
    expect([await apply('poweredOn'), gets]).toEqual(['powerOff vm-10', ['web-1']]);
  });

  it.each<[string, LinkedClone | undefined]>([
    ['was changed back a moment ago', spec({ powerPolicy: 'AlwaysOn' })],
    ['leaves it to somebody else since a moment ago', spec({ powerPolicy: 'Manual' })],
    ['was paused a moment ago', spec({ paused: true })],
    ['is being deleted', meta({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['is another one of its name', meta({ uid: 'another' })],
    ['is gone', undefined],
  ])('is left on, and looked at again soon, when the object, read live, %s', async (_, live) => {
    const { scope, connection, calls } = staged(live);
    const applied = applyPower(scope, vmView({ ref: VM, powerState: 'poweredOn' }));
    await expect(applied).rejects.toMatchObject({ name: 'RequeueAfter', delayMs: 1000 });
    expect([calls, connection.slots.power.inFlight]).toEqual([[], 0]);
  });

  it('costs no read where it is to be powered on', async () => {
    const { scope, calls } = stage({ powerPolicy: 'AlwaysOn' });
    Object.assign(scope.runtime.live, { get: () => Promise.reject(new Error('read')) });
    await applyPower(scope, vmView({ ref: VM, powerState: 'poweredOff' }));
    expect(calls).toEqual(['powerOn']);
  });
});

describe('a machine that is to stay off', () => {
  const OFF = [
    ['Off', {}],
    ['Manual', {}],
    ['OnceOn', { timings: { readySeconds: 60 } }],
  ] as const;
  const CPUS = { hardware: { cpus: 2 } };
  const REFUSED = vimFault('InvalidState', 'ReconfigVM_Task');

  it.each(OFF)('gets its hardware under %s', async (powerPolicy, status) => {
    const { apply, connection, calls, fields } = stage({ ...CPUS, powerPolicy }, status);
    expect(await apply('poweredOff')).toBe('reconfigure vm-10 {"numCPUs":2}');
    await apply('poweredOff'); // while that runs
    fields['config.hardware.numCPU'] = 2;
    end(connection, 'hardware');
    await apply('poweredOff', '2');
    expect(calls).toHaveLength(1);
  });

  it.each(OFF)(
    'is read once under %s, and again when its configuration or the spec changed',
    async (policy, status) => {
      const { apply, scope, calls, reads } = stage({ hardware: { cpus: 1 }, powerPolicy: policy }, status);
      for (let n = 0; n < 5; n += 1) await apply('poweredOff');
      expect([reads, calls]).toEqual([['vm-10'], []]);
      for (let n = 0; n < 5; n += 1) await apply('poweredOff', '2');
      expect([reads.length, calls]).toEqual([2, []]);
      Object.assign(scope, { clone: { ...scope.clone, spec: { ...scope.clone.spec, ...CPUS } } });
      expect(await apply('poweredOff', '2')).toBe('reconfigure vm-10 {"numCPUs":2}');
    },
  );

  it.each(OFF)('is never read under %s where no hardware is asked for', async (powerPolicy, status) => {
    const { apply, reads, calls } = stage({ powerPolicy }, status);
    for (let n = 0; n < 5; n += 1) await apply('poweredOff', `${n}`);
    expect([reads, calls]).toEqual([[], []]);
  });

  it('says that its hardware was refused, tries again after a pause, and other hardware at once', async () => {
    const { apply, scope, connection, calls, clock } = stage({ ...CPUS, powerPolicy: 'Manual' });
    await apply('poweredOff');
    end(connection, 'hardware', REFUSED);
    for (let n = 0; n < 5; n += 1)
      await expect(applyPower(scope, vmView({ ref: VM, powerState: 'poweredOff' }))).rejects.toMatchObject({
        reason: 'HardwareFailed',
        message: expect.stringMatching(/^changing the hardware of "web-01", which is off, failed: .*InvalidState/),
      });
    expect(calls).toHaveLength(1);
    await clock.advance(15_000);
    await apply('poweredOff');
    expect(calls).toHaveLength(2);
    end(connection, 'hardware', REFUSED);
    await apply('poweredOff');
    Object.assign(scope, { clone: { ...scope.clone, spec: { ...scope.clone.spec, hardware: { cpus: 4 } } } });
    expect(await apply('poweredOff')).toBe('reconfigure vm-10 {"numCPUs":4}');
  });

  it('is no news once somebody powered it on', async () => {
    const { apply, connection, calls } = stage({ ...CPUS, powerPolicy: 'Manual' });
    await apply('poweredOff');
    end(connection, 'hardware', vimFault('InvalidPowerState', 'ReconfigVM_Task'));
    await apply('poweredOn');
    await apply('poweredOff');
    expect(calls).toHaveLength(2);
  });

  it('is left alone while it is being powered on for an older policy', async () => {
    const { apply, scope, calls } = stage({ powerPolicy: 'AlwaysOn' });
    expect(await apply('poweredOff')).toBe('powerOn');
    Object.assign(scope, { clone: { ...scope.clone, spec: { ...scope.clone.spec, ...CPUS, powerPolicy: 'Manual' } } });
    await apply('poweredOff');
    expect(calls).toEqual(['powerOn']);
  });

  it('is not changed where its namespace may not use it any more', async () => {
    const { apply, scope, calls } = stage({ ...CPUS, powerPolicy: 'Off' });
    Object.assign(scope, { vCenter: vCenter({ spec: { access: [] } }) });
    expect(await apply('poweredOff')).toMatch(/namespace "?lab/);
    expect(calls).toEqual([]);
  });
});

describe('a set whose machines find nothing to be powered on with', () => {
  const SHORT = vimFault('InsufficientMemoryResourcesFault', 'PowerOnVM_Task');
  const RETRY_MS = 60_000;

  /** One that failed so many times in a row with that. */
  async function failing(error: typeof SHORT, times: number) {
    const rig = stage();
    const { scope, clock, connection } = rig;
    Object.assign(scope, { set: linkedCloneSet() });
    for (let n = 0; n < times; n += 1) {
      expect(await rig.apply('poweredOff')).toBe('powerOn');
      end(connection, 'powerOn', error);
      expect(await rig.apply('poweredOff')).toMatch(/^powering on "web-01" failed/);
      await clock.advance(RETRY_MS);
    }
    return { ...rig, failures: () => connection.breaker.consecutive(scope.group) };
  }

  it('stops after five in a row, and goes on once one is seen powered on that was to be', async () => {
    const { apply, connection, scope, failures } = await failing(SHORT, 5);
    expect([failures(), connection.breaker.isStopped(scope.group, 5)]).toEqual([5, true]);
    const woken: string[] = [];
    const sibling = linkedClone({ name: 'web-2' });
    Object.assign(scope.runtime.stores.clones, { byIndex: () => [sibling] });
    Object.assign(scope.runtime.wake, { clone: ({ name }: { name: string }) => woken.push(name) });
    await apply('poweredOn');
    expect([failures(), woken]).toEqual([0, ['web-2']]);
  });

  it('counts a power-on that went well although the machine is off again', async () => {
    const { apply, connection, failures } = await failing(SHORT, 4);
    await apply('poweredOff');
    end(connection, 'powerOn');
    await apply('poweredOff');
    expect(failures()).toBe(0);
  });

  it('is not told by a machine that ran all the time', async () => {
    const { connection, scope, failures } = await failing(SHORT, 5);
    Object.assign(scope, { memory: { ...scope.memory, powerOnAsked: false } });
    await applyPower(scope, vmView({ ref: VM, powerState: 'poweredOn' }));
    expect([failures(), connection.breaker.isStopped(scope.group, 5)]).toEqual([5, true]);
  });

  it('is not stopped by what is wrong with one machine', async () => {
    const { failures } = await failing(vimFault('FileLocked', 'PowerOnVM_Task'), 5);
    expect(failures()).toBe(0);
  });
});
