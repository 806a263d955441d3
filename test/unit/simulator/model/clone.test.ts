// CloneVM: what comes out, disk by disk and field by field.
import { describe, expect, it } from '@jest/globals';
import { VimFault } from '../../../../src/simulator/core/vim-fault.ts';
import { Vcenter } from './harness.ts';
import { INSTANT, SMALL, fullClone, linkedClone } from './inventories.ts';

const GB = 1024 ** 3;

describe('a linked clone', () => {
  it('has a child of the snapshot for every disk and takes no space of its own', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const before = vc.freeBytes('ds-1');
    const clone = vc.vm(await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent)));
    const base = vc.vm(parent).disks.map((disk) => disk.chain.at(-1)?.file);
    expect(clone.disks.map((disk) => disk.chain.map((file) => file.file))).toEqual([
      ['[ds-1] clone/clone.vmdk', base[0]],
      ['[ds-1] clone/clone_1.vmdk', base[1]],
    ]);
    expect(before - vc.freeBytes('ds-1')).toBeLessThan(20_000);
    expect(clone.unsharedBytes).toBeLessThan(20_000);
    expect(clone.committedBytes).toBeGreaterThan(4 * GB);
  });

  it('shows the chain in the backings that clients read', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    const base = vc.get(vc.snapshot(parent, 'base'), 'config.hardware.device[2000].backing') as Record<string, unknown>;
    expect(vc.get(clone, 'config.hardware.device[2000].backing.parent')).toEqual(base);
    expect(vc.get(clone, 'config.hardware.device[2000].backing.fileName')).toBe('[ds-1] clone/clone.vmdk');
    expect(vc.get(clone, 'config.hardware.device[2000].backing.uuid')).not.toBe(base['uuid']);
  });

  it('has identities of its own: uuids and MAC addresses', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const one = vc.vm(await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: 'one' })));
    const two = vc.vm(await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: 'two' })));
    const all = [vc.vm(parent), one, two];
    for (const identity of ['instanceUuid', 'biosUuid'] as const)
      expect(new Set(all.map((vm) => vm[identity])).size).toBe(3);
    expect(new Set(all.flatMap((vm) => vm.macAddresses)).size).toBe(3);
  });

  it('takes the configuration of the snapshot, not what the parent has now', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    await vc.must(parent, 'ReconfigVM_Task', {
      spec: { memoryMB: 2048, annotation: 'changed', extraConfig: [{ key: 'colour', value: 'blue' }] },
    });
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    expect(vc.get(clone, 'config.hardware.memoryMB')).toBe(512);
    expect(vc.get(clone, 'config.annotation')).toBe('the parent');
    expect(vc.get(clone, 'config.extraConfig')).toContainEqual({ key: 'colour', value: 'red' });
  });

  it('copies the marker of a clone that it is made of', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const marker = { key: 'linkedclone.dev/owner', value: '{"uid":"u1"}' };
    const first = await vc.must(
      parent,
      'CloneVM_Task',
      linkedClone(vc, parent, { spec: { config: { extraConfig: [marker] } } }),
    );
    const second = await vc.must(first, 'CloneVM_Task', fullClone(vc));
    expect(vc.vm(first).marker).toEqual({ uid: 'u1' });
    expect(vc.vm(second).marker).toEqual({ uid: 'u1' });
  });

  it('applies the configuration of the call', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const instanceUuid = '11111111-2222-3333-4444-555555555555';
    const config = {
      instanceUuid,
      numCPUs: 4,
      numCoresPerSocket: 2,
      memoryMB: 1024,
      annotation: 'mine',
      extraConfig: [
        { key: 'colour', value: '' },
        { key: 'size', value: 'L' },
      ],
    };
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { spec: { config } }));
    expect(vc.get(clone, 'config.instanceUuid')).toBe(instanceUuid);
    expect(vc.get(clone, 'config.hardware')).toMatchObject({ numCPU: 4, numCoresPerSocket: 2, memoryMB: 1024 });
    expect(vc.get(clone, 'summary.config')).toMatchObject({
      annotation: 'mine',
      numCpu: 4,
      memorySizeMB: 1024,
      name: 'clone',
    });
    const keys = (vc.get(clone, 'config.extraConfig') as { key: string }[]).map((option) => option.key);
    expect(keys).toContain('size');
    expect(keys).not.toContain('colour');
  });

  it('gets another instanceUuid when the wanted one is taken', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const taken = vc.vm(parent).instanceUuid;
    const clone = await vc.must(
      parent,
      'CloneVM_Task',
      linkedClone(vc, parent, { spec: { config: { instanceUuid: taken } } }),
    );
    expect(vc.vm(clone).instanceUuid).not.toBe(taken);
    expect(vc.eventTypes()).toContain('VmInstanceUuidConflictEvent');
  });

  it('is a full copy when the fault plan says so', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent), { flags: ['ignoreDiskMoveType'] });
    expect(vc.vm(clone).disks.map((disk) => disk.chain.length)).toEqual([1, 1]);
  });

  it('is in the lists of its folder, host, pool, datastore and network, and the parent stays in its own', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const location = { host: vc.named('HostSystem', 'h2'), pool: vc.named('ResourcePool', 'labs') };
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { location }));
    const lists: [Parameters<Vcenter['get']>[0], string][] = [
      [vc.named('Folder', 'labs'), 'childEntity'],
      [location.host, 'vm'],
      [location.pool, 'vm'],
      [vc.named('Datastore', 'ds-1'), 'vm'],
      [vc.named('Network', 'net-1'), 'vm'],
    ];
    for (const [object, property] of lists) expect(vc.get(object, property)).toContainEqual(clone);
    expect(vc.get(clone, 'runtime.host')).toEqual(location.host);
    expect(vc.get(vc.named('HostSystem', 'h1'), 'vm')).toContainEqual(parent);
  });

  it('goes to another datastore that the host sees, its base staying where it is', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const location = { datastore: vc.named('Datastore', 'ds-2'), host: vc.named('HostSystem', 'h1') };
    const clone = vc.vm(await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { location })));
    expect(clone.disks[0]?.chain.map((file) => file.file)).toEqual([
      '[ds-2] clone/clone.vmdk',
      '[ds-1] parent/parent.vmdk',
    ]);
  });
});

describe('other ways to clone', () => {
  it('copies everything by default, also with a snapshot', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = vc.vm(
      await vc.must(parent, 'CloneVM_Task', fullClone(vc, { spec: { snapshot: vc.snapshot(parent, 'base') } })),
    );
    expect(clone.disks.map((disk) => disk.chain.length)).toEqual([1, 1]);
    expect(clone.disks[0]?.chain[0]?.ownBytes).toBe(3 * GB + 512);
  });

  it('copies the disk of a locator without diskMoveType, whatever the spec says', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const disk = [{ diskId: 2000, datastore: vc.named('Datastore', 'ds-1') }];
    const clone = vc.vm(await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { location: { disk } })));
    expect(clone.disks.map((candidate) => candidate.chain.length)).toEqual([1, 2]);
  });

  it('copies only the child-most file when asked to', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = vc.vm(
      await vc.must(parent, 'CloneVM_Task', fullClone(vc, { location: { diskMoveType: 'moveChildMostDiskBacking' } })),
    );
    expect(clone.disks[0]?.chain.map((file) => file.file)).toEqual([
      '[ds-1] copy/copy.vmdk',
      '[ds-1] parent/parent.vmdk',
    ]);
  });

  it('makes a template, neither powered on nor in a pool', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(parent, 'CloneVM_Task', fullClone(vc, { spec: { template: true, powerOn: true } }));
    await vc.advance(10);
    expect(vc.vm(clone)).toMatchObject({ template: true, power: 'poweredOff', resourcePool: null });
  });

  it('clones a template into the given pool', async () => {
    const vc = new Vcenter(INSTANT);
    const master = vc.named('VirtualMachine', 'master');
    const pool = vc.named('ResourcePool', 'labs');
    const clone = await vc.must(master, 'CloneVM_Task', linkedClone(vc, master, { location: { pool } }));
    expect(vc.get(clone, 'resourcePool')).toEqual(pool);
    expect(vc.get(clone, 'config.template')).toBe(false);
  });

  it('powers the clone on in a task of its own that names the clone task', async () => {
    const vc = new Vcenter(SMALL);
    const parent = vc.named('VirtualMachine', 'parent');
    const task = vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent, { spec: { powerOn: true } }));
    await vc.advance(5);
    const clone = task.get('info.result') as { type: string; value: string };
    expect(vc.vm(clone).power).toBe('poweredOff');
    const [powerOn] = vc.get(clone, 'recentTask') as { type: string; value: string }[];
    expect(powerOn && vc.get(powerOn, 'info')).toMatchObject({ name: 'PowerOnVM_Task', parentTaskKey: task.value });
    await vc.advance(3);
    expect(vc.vm(clone).power).toBe('poweredOn');
  });
});

describe('a clone that fails', () => {
  it('leaves nothing: no file, no VM, no name', async () => {
    const vc = new Vcenter(SMALL);
    const parent = vc.named('VirtualMachine', 'parent');
    const before = vc.describe();
    const end = await vc.run(parent, 'CloneVM_Task', linkedClone(vc, parent), {
      taskFault: new VimFault('NoDiskSpace', { file: 'x', datastore: 'ds-1' }),
    });
    expect(end).toMatchObject({ state: 'error', fault: 'NoDiskSpace' });
    expect(vc.describe()).toEqual(before);
    expect((await vc.run(parent, 'CloneVM_Task', linkedClone(vc, parent))).state).toBe('success');
  });

  it('takes its whole duration before a late fault', async () => {
    const vc = new Vcenter(SMALL);
    const parent = vc.named('VirtualMachine', 'parent');
    const task = vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent), {
      taskFault: new VimFault('SystemError', { reason: 'x' }),
    });
    await vc.advance(4.9);
    expect(task.get('info.state')).toBe('running');
    await vc.advance(0.2);
    expect(task.get('info.state')).toBe('error');
  });

  it('fails with NoDiskSpace when a full copy does not fit', async () => {
    const vc = new Vcenter(INSTANT.replace('capacity: 100 GB, hosts: [h1]', 'capacity: 3 GB, hosts: [h1]'));
    const parent = vc.named('VirtualMachine', 'parent');
    const location = { datastore: vc.named('Datastore', 'ds-2'), host: vc.named('HostSystem', 'h1') };
    const end = await vc.run(parent, 'CloneVM_Task', fullClone(vc, { location }));
    expect(end).toMatchObject({ fault: 'NoDiskSpace', faultFields: { datastore: 'ds-2' } });
    expect(vc.freeBytes('ds-2')).toBe(3 * GB);
  });

  it('can be cancelled while it runs', async () => {
    const vc = new Vcenter(SMALL);
    const parent = vc.named('VirtualMachine', 'parent');
    const before = vc.describe();
    const task = vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent));
    await vc.advance(2);
    vc.call(task.ref, 'CancelTask');
    expect(task.get('info')).toMatchObject({
      state: 'error',
      cancelled: true,
      error: { fault: { $type: 'RequestCanceled' } },
    });
    await vc.advance(10);
    expect(vc.describe()).toEqual(before);
  });
});
