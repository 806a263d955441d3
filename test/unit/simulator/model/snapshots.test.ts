// Taking snapshots, what they look like, and what prevents them.
import { describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter, faultOf } from './harness.ts';
import type { TaskEnd } from './harness.ts';
import { INSTANT, fullClone, linkedClone } from './inventories.ts';

function take(
  vc: Vcenter,
  vm: MoRef,
  name: string,
  more: { memory?: boolean; description?: string } = {},
): Promise<TaskEnd> {
  return vc.run(vm, 'CreateSnapshot_Task', { name, memory: false, quiesce: false, ...more });
}

describe('a snapshot', () => {
  it('is a node of the tree with a rising id, its time and the power state', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    await vc.advance(60);
    const { result } = await take(vc, parent, 'base', { description: 'a second of that name' });
    const [root] = vc.get(parent, 'snapshot.rootSnapshotList') as { childSnapshotList: unknown[] }[];
    expect(root).toMatchObject({ name: 'base', id: 1, vm: parent, state: 'poweredOff', quiesced: false });
    expect(root?.childSnapshotList).toMatchObject([
      {
        snapshot: result,
        name: 'base',
        id: 2,
        createTime: '2026-11-21T10:01:00.000Z',
        description: 'a second of that name',
        childSnapshotList: [],
      },
    ]);
    expect(vc.get(parent, 'snapshot.currentSnapshot')).toEqual(result);
    expect(vc.get(vc.snapshot(parent, 'base'), 'childSnapshot')).toEqual([result]);
    expect(vc.get(parent, 'rootSnapshot')).toHaveLength(1);
  });

  it('freezes the files and gives the VM empty deltas', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const before = vc.vm(parent).disks[0]?.chain.map((file) => file.file) ?? [];
    await take(vc, parent, 's');
    const [delta, ...rest] = vc.vm(parent).disks[0]?.chain ?? [];
    expect(rest.map((file) => file.file)).toEqual(before);
    expect(delta).toMatchObject({ file: '[ds-1] parent/parent-000002.vmdk', ownBytes: 512 });
  });

  it('never gets an id again that another had', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    await take(vc, parent, 'x');
    await vc.must(vc.snapshot(parent, 'x'), 'RemoveSnapshot_Task', { removeChildren: false });
    await take(vc, parent, 'y');
    expect(vc.describe().snapshots.find((snapshot) => snapshot.name === 'y')?.id).toBe(3);
  });

  it('of a running VM holds its memory when asked to, and reverting to it lets the VM run', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    await vc.must(clone, 'PowerOnVM_Task');
    const used = vc.vm(clone).unsharedBytes;
    await take(vc, clone, 'hot', { memory: true });
    expect(vc.vm(clone).unsharedBytes - used).toBeGreaterThan(512 * 1024 ** 2);
    await vc.must(clone, 'PowerOffVM_Task');
    await vc.must(vc.snapshot(clone, 'hot'), 'RevertToSnapshot_Task', { suppressPowerOn: false });
    expect(vc.vm(clone)).toMatchObject({ power: 'poweredOn', ipAddress: expect.any(String) });
  });

  it('can be renamed', () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const snapshot = vc.snapshot(parent, 'base');
    vc.call(snapshot, 'RenameSnapshot', { name: 'golden' });
    expect(vc.snapshot(parent, 'golden')).toEqual(snapshot);
    expect(vc.get(parent, 'snapshot.rootSnapshotList')).toMatchObject([{ name: 'golden' }]);
  });
});

describe('no snapshot', () => {
  it.each([
    [
      'of a disk that is a physical LUN',
      'disks: [{ capacity: 10 GB, rdm: physical }]',
      'SnapshotIncompatibleDeviceInVm',
    ],
    ['with a physically shared bus', 'busSharing: physicalSharing', 'SnapshotIncompatibleDeviceInVm'],
  ])('%s', async (_why, field, fault) => {
    const vc = new Vcenter(
      INSTANT.concat('').replace('  - name: master', `  - name: special\n    ${field}\n  - name: master`),
    );
    expect((await take(vc, vc.named('VirtualMachine', 'special'), 's')).fault).toBe(fault);
  });

  it('of a template, without a name, or deeper than 32 levels', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    expect(
      faultOf(() => vc.call(vc.named('VirtualMachine', 'master'), 'CreateSnapshot_Task', { name: 's' })).fault,
    ).toBe('NotSupported');
    expect(faultOf(() => vc.call(parent, 'CreateSnapshot_Task', { name: '' })).fault).toBe('InvalidName');
    for (let level = 2; level <= 32; level++) await vc.must(parent, 'CreateSnapshot_Task', { name: `s${level}` });
    expect((await take(vc, parent, 'too deep')).fault).toBe('TooManySnapshotLevels');
  });

  it('when the datastore is full', async () => {
    const vc = new Vcenter(INSTANT.replace('capacity: 200 GB', 'capacity: 6144.15 MB'));
    const parent = vc.named('VirtualMachine', 'parent');
    let end = await take(vc, parent, 's0');
    for (let n = 1; n < 20 && end.state === 'success'; n++) end = await take(vc, parent, `s${n}`);
    const before = vc.describe();
    expect((await take(vc, parent, 'full')).fault).toBe('NoDiskSpace');
    expect(vc.describe()).toEqual(before);
  });
});

describe('an independent disk', () => {
  it('is in no snapshot and in no linked clone', async () => {
    const vc = new Vcenter(
      INSTANT.replace('{ capacity: 4 GB, used: 1 GB }', '{ capacity: 4 GB, used: 1 GB, mode: independent_persistent }'),
    );
    const parent = vc.named('VirtualMachine', 'parent');
    const keys = (ref: MoRef): unknown[] =>
      (vc.get(ref, 'config.hardware.device') as { $type: string; key: number }[])
        .filter((device) => device.$type === 'VirtualDisk')
        .map((device) => device.key);
    expect(vc.vm(parent).disks.map((disk) => disk.chain.length)).toEqual([2, 1]);
    expect(keys(vc.snapshot(parent, 'base'))).toEqual([2000]);
    expect(keys(await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent)))).toEqual([2000]);
  });
});

describe('a virtual RDM', () => {
  const LUN = INSTANT.replace('{ capacity: 4 GB, used: 1 GB }', '{ capacity: 4 GB, rdm: virtual }');

  it('has its mapping in the chain of a snapshot and of a linked clone', async () => {
    const vc = new Vcenter(LUN);
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    const $type = 'VirtualDiskRawDiskMappingVer1BackingInfo';
    expect(vc.get(clone, 'config.hardware.device[2001].backing')).toMatchObject({
      $type,
      fileName: '[ds-1] clone/clone_1.vmdk',
      compatibilityMode: 'virtualMode',
      parent: { $type, fileName: '[ds-1] parent/parent_1.vmdk' },
    });
  });

  it('becomes an ordinary disk in a full copy', async () => {
    const vc = new Vcenter(LUN);
    const copy = await vc.must(vc.named('VirtualMachine', 'parent'), 'CloneVM_Task', fullClone(vc));
    expect(vc.get(copy, 'config.hardware.device[2001].backing.$type')).toBe('VirtualDiskFlatVer2BackingInfo');
  });
});

describe('storage figures', () => {
  it('are stale until they are refreshed, and send no update', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    const heard: string[] = [];
    vc.world.registry.subscribe((change) => heard.push(change.path));
    const figures = (): unknown =>
      vc.get(clone, 'storage.perDatastoreUsage[0].unshared') ??
      (vc.get(clone, 'storage.perDatastoreUsage') as { unshared: number }[])[0]?.unshared;
    await vc.must(clone, 'PowerOnVM_Task');
    const stale = figures();
    expect(stale).toBeLessThan(600 * 1024 ** 2);
    await vc.advance(60);
    expect(figures()).toBe(stale);
    vc.call(clone, 'RefreshStorageInfo');
    expect(Number(figures()) - Number(stale)).toBe(100 * 1024 ** 2);
    expect(vc.get(clone, 'layoutEx.timestamp')).toBe(vc.get(clone, 'summary.storage.timestamp'));
    expect(heard.filter((path) => path.startsWith('storage') || path.startsWith('layoutEx'))).toEqual([]);
  });

  it('come up to date by themselves at the interval', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const shared = (): number => Number(vc.get(parent, 'summary.storage.unshared'));
    const alone = shared();
    await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    expect(shared()).toBe(alone);
    await vc.advance(1800);
    expect(shared()).toBeLessThan(100_000);
  });

  it('list the chain of each disk, the base first', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    const files = new Map(
      (vc.get(clone, 'layoutEx.file') as { key: number; name: string; type: string; uniqueSize: number }[]).map(
        (file) => [file.key, file],
      ),
    );
    const [disk] = vc.get(clone, 'layoutEx.disk') as { key: number; chain: { fileKey: number[] }[] }[];
    const names = disk?.chain.map((unit) => unit.fileKey.map((key) => files.get(key)?.name));
    expect(names).toEqual([
      ['[ds-1] parent/parent.vmdk', '[ds-1] parent/parent-flat.vmdk'],
      ['[ds-1] clone/clone.vmdk', '[ds-1] clone/clone-delta.vmdk'],
    ]);
    const base = [...files.values()].find((file) => file.name.endsWith('parent-flat.vmdk'));
    expect(base).toMatchObject({ type: 'diskExtent', uniqueSize: 0 });
  });
});
