// Looks at a source's tasks are as fresh as the question, a source that is gone runs none, and the end of an unknown task
// is told to everybody who waits for it, also to who comes just after it.
import { describe, expect, it } from '@jest/globals';
import type { VCenterConnection } from '../../../../src/controllers/vcenter/connection.ts';
import { SlotPools } from '../../../../src/controllers/vcenter/slot-pools.ts';
import { SourceTasks } from '../../../../src/controllers/vcenter/source-tasks.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { moRefKey } from '../../../../src/vsphere/mo-ref.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ref } from '../support/vm.ts';

const SOURCE = ref('vm-1');
const TASK = ref('task-1', 'Task');

/** A vCenter whose answers about recent tasks take a second. */
function rig() {
  const clock = new FakeClock();
  const slots = new SlotPools();
  const recent: MoRef[] = [];
  let fault: Error | undefined;
  /** What the task's properties can't be read for. */
  let hidden: VSphereError | undefined;
  const info = { state: 'running', descriptionId: 'VirtualMachine.clone' };
  const reads: number[] = [];
  const second = (): Promise<void> => new Promise((resolve) => void clock.schedule(1000, resolve));
  const client = {
    read: async (object: MoRef) => {
      reads.push(clock.monotonic());
      if (fault !== undefined) throw fault;
      const seen = [...recent];
      await second();
      return { ref: object, properties: { recentTask: seen }, missing: {} };
    },
    readMany: async (tasks: readonly MoRef[]) => {
      await second();
      const answer =
        hidden === undefined
          ? { properties: { 'info.state': info.state, 'info.descriptionId': info.descriptionId }, missing: {} }
          : { properties: {}, missing: { 'info.state': hidden } };
      return new Map(tasks.map((task) => [moRefKey(task), answer]));
    },
    updates: { trackTask: () => undefined },
  };
  const ours = new Set<string>();
  const operations = { isTracked: (task: MoRef) => ours.has(task.value) };
  const connection = { client, slots, operations, signal: undefined };
  const tasks = new SourceTasks(connection as unknown as VCenterConnection, clock, 25);
  const end = (): void => tasks.update(TASK, { ref: TASK, gone: true });
  const hide = (error: VSphereError): VSphereError => (hidden = error);
  return { clock, slots, recent, ours, reads, tasks, info, end, failWith: (error: Error) => (fault = error), hide };
}

describe('SourceTasks', () => {
  it('shares a look among those who ask together, and never gives one that began before the question', async () => {
    const { clock, recent, tasks, reads } = rig();
    const before = tasks.lookAt(SOURCE);
    await clock.advance(500);
    recent.push(TASK); // a call whose answer was lost
    const after = [tasks.lookAt(SOURCE), tasks.lookAt(SOURCE)];
    await clock.advance(5000);
    expect([await before, ...(await Promise.all(after))]).toEqual([0, 1, 1]);
    expect(reads).toHaveLength(2);
  });

  it('takes no task for a stranger that turns out to be ours while it is read', async () => {
    const { clock, recent, ours, tasks, slots } = rig();
    recent.push(TASK);
    const look = tasks.lookAt(SOURCE);
    await clock.advance(1500); // the list of tasks is there
    ours.add(TASK.value);
    await clock.advance(1500);
    expect([await look, slots.clone.inFlight]).toEqual([0, 0]);
  });

  it('finds none on a source that is not registered any more, and passes other faults on', async () => {
    const { clock, tasks, failWith } = rig();
    failWith(new VSphereError({ fault: 'ManagedObjectNotFound', method: 'RetrievePropertiesEx' }));
    const none = tasks.lookAt(SOURCE);
    await clock.advance(3000);
    expect(await none).toBe(0);
    failWith(new VSphereError({ fault: 'NoPermission', method: 'RetrievePropertiesEx' }));
    const refused = tasks.lookAt(SOURCE).catch((error: unknown) => error);
    await clock.advance(3000);
    expect(await refused).toMatchObject({ fault: 'NoPermission' });
  });

  it.each([
    ['clone', 'lookAt'],
    ['snapshot', 'snapshotTaskRuns'],
  ] as const)('takes a %s task that may not be read for no answer, and one that is gone for ended', async (_, look) => {
    const { clock, recent, tasks, hide } = rig();
    recent.push(TASK);
    const about = { method: 'reading info.state', object: TASK };
    const asked = async (): Promise<unknown> => {
      const answer = tasks[look](SOURCE).catch((error: unknown) => error);
      await clock.advance(3000);
      return answer;
    };
    hide(new VSphereError({ ...about, fault: 'NoPermission' }));
    expect(await asked()).toMatchObject({ fault: 'NoPermission' });
    hide(new VSphereError({ ...about, fault: 'ManagedObjectNotFound', detail: { obj: TASK } }));
    expect(await asked()).toBe(look === 'lookAt' ? 0 : false);
  });

  it.each([
    ['VirtualMachine.createSnapshot', true],
    ['VirtualMachine.createSnapshotEx', true],
    ['vm.Snapshot.remove', true],
    ['VirtualMachine.removeAllSnapshots', true],
    ['VirtualMachineSnapshot.removeSnapshot', true],
    ['vm.Snapshot.rename', false],
    ['VirtualMachine.clone', false],
  ])('%s takes or removes a snapshot: %s', async (descriptionId, isOne) => {
    const { clock, recent, tasks, info } = rig();
    recent.push(TASK);
    info.descriptionId = descriptionId;
    for (const state of ['queued', 'running', 'success']) {
      info.state = state;
      const runs = tasks.snapshotTaskRuns(SOURCE);
      await clock.advance(3000);
      expect(await runs).toBe(isOne && state !== 'success');
    }
  });

  it('wakes at the end of the unknown task, and at once when that has been already', async () => {
    const { clock, recent, tasks, end, slots } = rig();
    recent.push(TASK);
    const look = tasks.lookAt(SOURCE);
    await clock.advance(3000);
    expect(await look).toBe(1);
    expect(slots.clone.inFlight).toBe(1);
    const woken: string[] = [];
    tasks.onEnd(SOURCE, 'uid-1', () => woken.push('uid-1'));
    tasks.onEnd(SOURCE, 'uid-2', () => woken.push('uid-2'));
    tasks.onEnd(SOURCE, 'uid-1', () => woken.push('uid-1 once'));
    expect(woken).toEqual([]);
    end();
    expect(woken).toEqual(['uid-1 once', 'uid-2']);
    tasks.onEnd(SOURCE, 'uid-1', () => woken.push('too late'));
    expect(woken.at(-1)).toBe('too late');
    expect(slots.clone.inFlight).toBe(0);
  });
});
