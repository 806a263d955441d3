// The stream against whole vCenters: machines and tasks, from a clone to its end, through the loss of the session.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { moRefKey } from '../../../src/vsphere/mo-ref.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { Lab, VM_PATHS } from './support/lab.ts';
import { TARGETS } from './support/targets.ts';
import type { Target } from './support/targets.ts';

// For a loaded machine; the waits in here have deadlines of their own.
jest.setTimeout(120_000);

describe.each(TARGETS)('updates from $name', ({ start }) => {
  let target: Target;
  let base: { source: MoRef; snapshot: MoRef };
  const labs: Lab[] = [];
  let names = 0;

  async function open(): Promise<Lab> {
    const lab = await Lab.open(target);
    labs.push(lab);
    return lab;
  }

  async function closeAll(): Promise<void> {
    await Promise.all(labs.splice(0).map(({ client }) => client.close()));
  }

  beforeAll(async () => {
    target = await start();
    const lab = await open();
    lab.client.updates.start();
    const source = await lab.someMachine();
    const args = { name: 'base', description: 'of all clones', memory: false, quiesce: false };
    base = { source, snapshot: must(await lab.result(await lab.client.createSnapshot(source, args))) };
    await closeAll();
  });
  afterEach(closeAll);
  afterAll(() => target.stop());

  /** A client with a running stream over a new folder. */
  async function watchNewFolder(): Promise<{ lab: Lab; folder: MoRef }> {
    const lab = await open();
    names += 1;
    const folder = await lab.client.createFolder(await lab.vmFolder(), `labs-${names}`);
    await lab.client.updates.watchFolders([folder], VM_PATHS);
    lab.client.updates.start();
    await lab.until(() => lab.batches.find(({ resynced }) => resynced));
    return { lab, folder };
  }

  /** A linked clone, when it is there. */
  async function clone(lab: Lab, folder: MoRef, name: string): Promise<MoRef> {
    const task = await lab.client.cloneVm(base.source, folder, name, {
      location: { diskMoveType: 'createNewChildDiskBacking' },
      template: false,
      powerOn: false,
      snapshot: base.snapshot,
      config: { extraConfig: [{ key: 'lco.test', value: `<${name} & "co">` }] },
    });
    return must(await lab.result(task));
  }

  it('follow a linked clone from its snapshot over power-on to its end', async () => {
    const { lab, folder } = await watchNewFolder();
    const { client } = lab;
    const machine = await clone(lab, folder, 'linked');
    const entered = await lab.until(() => lab.machine(machine));
    expect(entered).toMatchObject({ name: 'linked', parent: folder, 'runtime.powerState': 'poweredOff' });
    expect(entered['config.extraConfig["lco.test"].value']).toBe('<linked & "co">');

    await lab.result(await client.powerOn(machine));
    await lab.until(() => (lab.machine(machine)?.['runtime.powerState'] === 'poweredOn' ? true : undefined));
    const again = await client.powerOn(machine).then(
      (task) => lab.ended(task),
      (error: unknown) => ({ gone: false as const, info: { error } }),
    );
    expect(again).toMatchObject({ info: { error: { fault: 'InvalidPowerState', kind: 'success' } } });

    await lab.result(await client.powerOff(machine));
    await lab.result(await client.destroy(machine));
    await lab.until(() => (lab.machine(machine) === undefined ? true : undefined));
    expect(
      lab.batches
        .flatMap(({ vms }) => vms)
        .some(({ ref, change }) => change === 'leave' && moRefKey(ref) === moRefKey(machine)),
    ).toBe(true);
  });

  it('name the method and the object of a task that failed', async () => {
    const { lab, folder } = await watchNewFolder();
    const { source } = base;
    await clone(lab, folder, 'twice');
    const error: unknown = await clone(lab, folder, 'twice').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ fault: 'DuplicateName', kind: 'conflict', method: 'CloneVM_Task', object: source });
    expect(String(error)).toContain(`CloneVM_Task on ${moRefKey(source)} failed: DuplicateName "twice"`);
  });

  it('report a task that vCenter does not know as gone', async () => {
    const { lab } = await watchNewFolder();
    expect(await lab.ended({ type: 'Task', value: 'task-424242' })).toMatchObject({ gone: true });
  });

  it('come for hosts, and for a folder that is added later', async () => {
    const { lab, folder } = await watchNewFolder();
    const hosts = (await lab.tree()).filter(({ ref }) => ref.type === 'HostSystem').map(({ ref }) => ref);
    await lab.client.updates.watchObjects(hosts, ['name', 'runtime.connectionState']);
    const seen = lab.batches.flatMap(({ objects }) => objects);
    expect(seen.map(({ ref }) => ref.value).toSorted()).toEqual(hosts.map(({ value }) => value).toSorted());
    expect(seen[0]?.properties['runtime.connectionState']).toBe('connected');

    const other = await lab.client.createFolder(folder, 'below');
    const outside = await lab.client.createFolder(await lab.vmFolder(), `outside-${names}`);
    const inside = await clone(lab, other, 'inside');
    const stranger = await clone(lab, outside, 'stranger');
    await lab.until(() => lab.machine(inside));
    expect(lab.machine(stranger)).toBeUndefined();
    await lab.client.updates.watchFolders([outside], VM_PATHS);
    expect(lab.machine(stranger)).toMatchObject({ name: 'stranger' });
  });

  it('go on after the session was ended, with nothing missed', async () => {
    const { lab, folder } = await watchNewFolder();
    const machine = await clone(lab, folder, 'stays');
    const leaving = await clone(lab, folder, 'leaves');
    const admin = await open();
    const syncs = lab.batches.filter(({ resynced }) => resynced).length;
    await admin.client.invoke(admin.client.content.sessionManager, 'TerminateSession', {
      sessionId: [lab.client.sessionKey],
    });
    const destroying = await admin.client.destroy(leaving);
    admin.client.updates.start();
    await admin.ended(destroying);
    // A poll that is waiting may not notice; any call of ours makes the client log in again, the poll follows.
    lab.client.updates.trackTask({ type: 'Task', value: 'task-1' });
    await lab.until(() => (lab.batches.filter(({ resynced }) => resynced).length > syncs ? true : undefined));
    await lab.until(() => (lab.machine(leaving) === undefined ? true : undefined));
    expect(lab.machine(machine)).toMatchObject({ name: 'stays' });
    await lab.result(await lab.client.powerOn(machine));
    await lab.until(() => (lab.machine(machine)?.['runtime.powerState'] === 'poweredOn' ? true : undefined));
  });

  it('cost few calls, and leave nothing behind on the server', async () => {
    const { lab, folder } = await watchNewFolder();
    lab.calls.clear();
    const machines = await Promise.all(
      Array.from({ length: 12 }, async (_unused, index) => {
        const machine = await clone(lab, folder, `bulk-${index}`);
        await lab.result(await lab.client.powerOn(machine));
        return machine;
      }),
    );
    const { calls } = lab;
    expect(calls.get('CloneVM_Task')).toBe(12);
    expect(calls.get('PowerOnVM_Task')).toBe(12);
    expect(calls.get('ModifyListView')).toBeLessThanOrEqual(12);
    expect(lab.callCount / machines.length).toBeLessThanOrEqual(5);
    await lab.client.close();
    const made = (method: string): number => calls.get(method) ?? 0;
    expect(made('DestroyPropertyCollector')).toBe(1);
    expect(made('DestroyView')).toBeGreaterThanOrEqual(3);
    expect(made('Logout')).toBe(1);
  });
});

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a task without a result');
  return value;
}
