// The end of an orphan's deletion is told, whatever the next scan or a new policy says before the end is heard of.
import { describe, expect, it } from '@jest/globals';
import type { OrphanWatch } from '../../../../../src/controllers/vcenter/orphans/watch.ts';
import { MARKER, VM, end, vimFault } from '../../support/deleting-clone.ts';
import { linkedClone } from '../../support/objects.ts';
import { isDeletedAsOrphan } from '../../../../../src/controllers/vcenter/orphans/on-its-way.ts';
import type { MoRef } from '../../../../../src/vsphere/mo-ref.ts';
import { Operations } from '../../../../../src/controllers/vcenter/operations.ts';
import { VSphereError } from '../../../../../src/vsphere/faults.ts';
import { ORPHAN, orphanRig } from '../../support/orphan-rig.ts';
import { ref } from '../../support/vm.ts';

describe('a deletion of an orphan that has ended', () => {
  it.each<[string, 'Delete' | 'Report', (watch: OrphanWatch) => void]>([
    ['nothing else happened', 'Delete', () => undefined],
    ['a scan that no longer found it ended first', 'Delete', (watch) => (watch.all = [])],
    ['the policy is Report by then', 'Report', () => undefined],
  ])('is told once when %s', async (_, policy, happen) => {
    const { connection, watch, run, calls, events } = orphanRig();
    await run('Delete');
    expect(calls).toEqual(['destroy vm-10']);
    happen(watch);
    end(connection, 'destroy');
    await run(policy);
    await run(policy);
    expect(events).toEqual(['OrphanDeleted vc']);
    expect(watch.all).toEqual([]);
  });

  it('with a fault leaves it in peace until the next scan, and says why', async () => {
    const { connection, watch, run, calls, events } = orphanRig();
    await run('Delete');
    end(connection, 'destroy', vimFault('InvalidState', 'Destroy_Task'));
    await run('Delete');
    expect(calls).toEqual(['destroy vm-10']);
    expect([...watch.held.values()]).toEqual([expect.stringContaining('InvalidState')]);
    watch.postponed.clear(); // as a scan does
    await run('Delete');
    expect(calls).toEqual(['destroy vm-10', 'destroy vm-10']);
    expect(events).toEqual([]);
  });
});

describe('a deletion of an orphan of whose end nobody heard', () => {
  type Rig = ReturnType<typeof orphanRig>;
  const task = ref('task-1', 'Task');
  const scanned = ({ watch }: Rig): void => {
    watch.all = [];
    watch.postponed.clear();
  };

  /** Its task began, and vCenter doesn't know it any more. */
  async function forgotten(): Promise<Rig> {
    const rig = orphanRig();
    await rig.run('Delete');
    rig.connection.operations.update(task, { ref: task, gone: true });
    return rig;
  }

  it.each<[string, (rig: Rig) => unknown]>([
    ['vCenter forgot the task', ({ connection }) => connection.operations.update(task, { ref: task, gone: true })],
    [
      'another session knows of no task',
      ({ connection }) => Object.assign(connection, { operations: new Operations(() => undefined) }),
    ],
  ])('is told when the machine is gone: %s', async (_, happen) => {
    const rig = orphanRig();
    await rig.run('Delete');
    happen(rig);
    delete rig.vms['vm-10'];
    scanned(rig);
    await rig.run('Delete');
    await rig.run('Delete');
    expect(rig.events).toEqual(['OrphanDeleted vc']);
    expect(rig.watch.begun.size).toBe(0);
  });

  it.each([
    ['is told when the machine is gone: the reply got lost', true, ['OrphanDeleted vc']],
    ['is none where the call was refused, and the machine goes later', false, []],
  ])('%s', async (_, lost, events) => {
    const rig = orphanRig();
    const { client } = rig.connection;
    client.destroy = async () => {
      const kind = lost ? { fault: 'Transport', sent: true } : { fault: 'InvalidState' };
      throw new VSphereError({ ...kind, method: 'Destroy_Task' });
    };
    await rig.run('Delete');
    await rig.run('Delete');
    expect([rig.events, rig.watch.held.size]).toEqual([[], 1]); // it's there still
    rig.connection.events.checked(0, 0, client.generation); // in the new session, too
    delete rig.vms['vm-10'];
    scanned(rig);
    await rig.run('Delete');
    expect(rig.events).toEqual(events);
  });

  it.each([
    ['can not be overtaken by it: the reply got lost, and its session ends first', undefined, ['new session'], 0],
    ['is waited for while its session can not be ended', new Error('refused'), [], 1],
  ])('%s', async (_, failure, calls, begun) => {
    const rig = orphanRig();
    const { client } = rig.connection;
    client.destroy = async () => {
      throw new VSphereError({ fault: 'Transport', method: 'Destroy_Task', sent: true });
    };
    if (failure !== undefined) client.replaceSession = async () => Promise.reject(failure);
    await rig.run('Delete');
    delete rig.vms['vm-10'];
    scanned(rig);
    await rig.run('Report');
    rig.connection.events.checked(0, 0, client.generation);
    await rig.run('Report');
    expect([rig.calls, rig.watch.begun.size]).toEqual([calls, begun]);
  });

  it('is not asked for once more while its session can not be ended', async () => {
    const rig = orphanRig();
    const { client } = rig.connection;
    let asked = 0;
    client.destroy = async () => {
      asked += 1;
      throw new VSphereError({ fault: 'Transport', method: 'Destroy_Task', sent: true });
    };
    const replaceSession = client.replaceSession.bind(client);
    client.replaceSession = async () => Promise.reject(new Error('refused'));
    await rig.run('Delete');
    rig.watch.postponed.clear(); // as a scan does
    await rig.run('Delete');
    expect(asked).toBe(1);
    client.replaceSession = replaceSession;
    await rig.clock.advance(60_000);
    await rig.run('Delete');
    rig.connection.events.checked(0, 0, client.generation); // in the new session, too
    await rig.run('Delete');
    expect(asked).toBe(2);
  });

  it('does not go out on what was seen before it waited for a socket', async () => {
    const rig = orphanRig();
    rig.connection.client.destroy = async (_, options) => {
      await rig.clock.advance(2_001);
      options?.mayGo?.();
      throw new Error('it went out');
    };
    await expect(rig.run('Delete')).rejects.toThrow('waited too long');
    expect(rig.watch.begun.size).toBe(0);
  });

  it('does not go out where a LinkedClone wants the machine since it was looked at', async () => {
    const rig = orphanRig();
    const { stores } = rig.runtime;
    rig.connection.client.destroy = async (_, options) => {
      stores.clones.byIndex = () => [linkedClone({ name: 'web-2' })];
      options?.mayGo?.();
      throw new Error('it went out');
    };
    await expect(rig.run('Delete')).rejects.toThrow('taking it over');
    expect(rig.watch.begun.size).toBe(0);
  });

  it.each([
    ['has not answered yet', false],
    ['lost the reply of', true],
  ])('keeps whoever takes the machine over waiting where vCenter %s', async (_, lost) => {
    const { run, connection, runtime } = orphanRig();
    const answer = Promise.withResolvers<MoRef>();
    connection.client.destroy = () => answer.promise;
    connection.client.replaceSession = () => Promise.reject(new Error('refused'));
    const done = run('Delete');
    if (lost) {
      answer.reject(new VSphereError({ fault: 'Transport', method: 'Destroy_Task', sent: true }));
      await done;
    } else await new Promise((resolve) => setImmediate(resolve));
    const asked = isDeletedAsOrphan(runtime, connection, { ref: VM, marker: MARKER });
    expect(await asked.catch(({ reason }: { reason: string }) => reason)).toBe(lost ? 'OutcomeUnknown' : true);
    answer.resolve(task);
    await done;
  });

  it('is not told of a vCenter that forgot the machine itself', async () => {
    const rig = await forgotten();
    rig.connection.holds.add({ type: 'InventoryRewound', id: '100-40', since: '2026-01-01T00:00:00Z' });
    delete rig.vms['vm-10'];
    scanned(rig);
    await rig.run('Delete');
    expect(rig.events).toEqual([]);
  });

  it('is told by a later look where the inventory can not be read at first', async () => {
    const rig = await forgotten();
    delete rig.vms['vm-10'];
    scanned(rig);
    const { client } = rig.connection;
    const readSoon = client.readSoon.bind(client);
    client.readSoon = async () =>
      Promise.reject(new VSphereError({ fault: 'Transport', method: 'RetrieveProperties' }));
    await rig.run('Delete');
    client.readSoon = readSoon;
    await rig.run('Delete');
    expect(rig.events).toEqual(['OrphanDeleted vc']);
  });

  it('is told of the first call though a second one was refused', async () => {
    const rig = await forgotten();
    rig.connection.client.destroy = async () => Promise.reject(vimFault('TaskInProgress', 'Destroy_Task'));
    await rig.run('Delete');
    delete rig.vms['vm-10'];
    scanned(rig);
    await rig.run('Delete');
    expect(rig.events).toEqual(['OrphanDeleted vc']);
  });

  it('leaves it to the next look while the machine is there', async () => {
    const rig = await forgotten();
    await rig.run('Delete');
    expect(rig.calls).toEqual(['destroy vm-10', 'destroy vm-10']);
    expect(rig.watch.has(ORPHAN)).toBe(true);
  });
});
