// Carrying out the power policy: what is changed before a machine is powered on, and what becomes of an attempt that failed.
import { describe, expect, it } from '@jest/globals';
import type { LinkedCloneSpec } from '../../../../src/api/types.generated.ts';
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

function stage(spec: Partial<LinkedCloneSpec> = {}) {
  const { status } = deletedClone();
  const place = { folder: REFS.labs.value, resourcePool: REFS.labPool.value, datastore: REFS.ds1.value };
  const vm = { moRef: VM.value, instanceUuid: UID, name: 'web-01', ...place };
  const clone = linkedClone({ name: 'web-1', uid: UID, spec, status: { ...status, vm } });
  const fields = { 'config.hardware.numCPU': 1 };
  const { scope, connection, calls, clock } = onStage({ vms: { 'vm-10': victim(fields) }, clone });
  Object.assign(scope, { vCenter: vCenter({ spec: { access: [ALLOWED] } }) });
  Object.assign(connection, { tree: async () => tree() });
  Object.assign(connection.client, {
    powerOn: async () => {
      calls.push('powerOn');
      return { type: 'Task', value: `task-${calls.length}` };
    },
  });
  const apply = async (powerState: PowerState): Promise<string> =>
    applyPower(scope, vmView({ ref: VM, powerState })).then(
      () => calls.at(-1) ?? 'nothing',
      (error: Error) => error.message,
    );
  return { apply, scope, clock, connection, calls };
}

describe('applyPower', () => {
  it('changes the hardware of a machine that is off first', async () => {
    const { apply } = stage({ hardware: { cpus: 2 } });
    expect(await apply('poweredOff')).toBe('reconfigure vm-10 {"numCPUs":2}');
  });

  it('waits for the notes that are being written, and does not take their failure for its own', async () => {
    const { apply, connection, calls } = stage({ hardware: { cpus: 2 } });
    connection.track({ controller: 'linked-clone', key: KEY, uid: UID }, 'notes', ref('task-of-notes', 'Task'));
    expect(await apply('poweredOff')).toBe('nothing');
    end(connection, 'notes', vimFault('InvalidPowerState', 'ReconfigVM_Task'));
    expect(await apply('poweredOff')).toBe('reconfigure vm-10 {"numCPUs":2}');
    expect([calls.length, connection.operations.peekOutcome(UID, 'notes')?.state]).toEqual([1, 'error']);
  });

  it('resumes a suspended machine with the hardware that it has', async () => {
    const { apply } = stage({ hardware: { cpus: 2 } });
    expect(await apply('suspended')).toBe('powerOn');
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
