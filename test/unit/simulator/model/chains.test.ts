// Who keeps which file: destroying, unregistering, removing snapshots, consolidating, promoting, moving.
import { describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter, faultOf } from './harness.ts';
import { INSTANT, fullClone, linkedClone } from './inventories.ts';

const GB = 1024 ** 3;
const BASE = '[ds-1] parent/parent.vmdk';

interface Lab {
  readonly vc: Vcenter;
  readonly parent: MoRef;
}

function lab(): Lab {
  const vc = new Vcenter(INSTANT);
  return { vc, parent: vc.named('VirtualMachine', 'parent') };
}

function cloneOf({ vc, parent }: Lab, name: string): Promise<MoRef> {
  return vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { name }));
}

function files(vc: Vcenter): readonly string[] {
  return vc.describe().datastores.flatMap((datastore) => datastore.files.map((file) => file.file));
}

function chain(vc: Vcenter, vm: MoRef, disk = 0): readonly string[] {
  return vc.vm(vm).disks[disk]?.chain.map((file) => file.file) ?? [];
}

describe('Destroy', () => {
  it('gives back exactly what the clone took', async () => {
    const { vc, parent } = lab();
    const before = vc.describe();
    await vc.must(await cloneOf({ vc, parent }, 'a'), 'Destroy_Task');
    expect(vc.describe()).toEqual(before);
  });

  it('of the parent keeps the base as long as a clone is registered', async () => {
    const here = lab();
    const { vc, parent } = here;
    const clone = await cloneOf(here, 'a');
    await vc.must(parent, 'Destroy_Task');
    expect(files(vc)).toContain(BASE);
    expect(chain(vc, clone)).toEqual(['[ds-1] a/a.vmdk', BASE]);
    await vc.must(clone, 'Destroy_Task');
    expect(files(vc)).not.toContain(BASE);
  });

  it('of the last clone takes the base with it when the parent is unregistered', async () => {
    const here = lab();
    const { vc, parent } = here;
    const [first, last] = [await cloneOf(here, 'a'), await cloneOf(here, 'b')];
    vc.call(parent, 'UnregisterVM');
    await vc.must(first, 'Destroy_Task');
    expect(files(vc)).toContain(BASE);
    await vc.must(last, 'Destroy_Task');
    expect(files(vc)).not.toContain(BASE);
    const pool = vc.named('ResourcePool', 'labs');
    const back = await vc.must(vc.named('Folder', 'labs'), 'RegisterVM_Task', {
      path: '[ds-1] parent/parent.vmx',
      asTemplate: false,
      pool,
    });
    expect(vc.vm(back).disks[0]?.chain.map((file) => file.missing)).toEqual([false, true]);
    expect(await vc.run(back, 'PowerOnVM_Task')).toMatchObject({ fault: 'FileNotFound', faultFields: { file: BASE } });
  });

  it('of the last clone leaves the base alone when the parent is registered', async () => {
    const here = lab();
    await here.vc.must(await cloneOf(here, 'a'), 'Destroy_Task');
    expect(files(here.vc)).toContain(BASE);
  });

  it('refuses a VM that runs, and one that is being cloned', async () => {
    const { vc, parent } = lab();
    await vc.must(parent, 'PowerOnVM_Task');
    expect(await vc.run(parent, 'Destroy_Task')).toMatchObject({
      fault: 'InvalidPowerState',
      faultFields: { existingState: 'poweredOn' },
    });
  });
});

describe('unshared bytes', () => {
  it('of the parent come and go with its clones', async () => {
    const here = lab();
    const { vc, parent } = here;
    const alone = vc.vm(parent).unsharedBytes;
    const clone = await cloneOf(here, 'a');
    expect(vc.vm(parent).unsharedBytes).toBeLessThan(100_000);
    expect(vc.vm(parent).committedBytes).toBe(alone);
    await vc.must(clone, 'Destroy_Task');
    expect(vc.vm(parent).unsharedBytes).toBe(alone);
  });

  it('are the base too once the clone is the only registered one on it', async () => {
    const here = lab();
    const clone = await cloneOf(here, 'a');
    here.vc.call(here.parent, 'UnregisterVM');
    expect(here.vc.vm(clone).unsharedBytes).toBeGreaterThan(4 * GB);
  });
});

describe('removing a snapshot', () => {
  it('under clones keeps their base and says that the parent needs consolidation', async () => {
    const here = lab();
    const { vc, parent } = here;
    const clone = await cloneOf(here, 'a');
    const snapshot = vc.snapshot(parent, 'base');
    await vc.must(snapshot, 'RemoveSnapshot_Task', { removeChildren: false });
    expect(vc.get(parent, 'snapshot')).toBeUndefined();
    expect(chain(vc, clone)).toEqual(['[ds-1] a/a.vmdk', BASE]);
    expect(chain(vc, parent)).toEqual(['[ds-1] parent/parent-000001.vmdk', BASE]);
    expect(vc.get(parent, 'runtime.consolidationNeeded')).toBe(true);
    expect(faultOf(() => vc.object(snapshot)).fault).toBe('ManagedObjectNotFound');
  });

  it('is made good by consolidation when the clones are gone', async () => {
    const here = lab();
    const { vc, parent } = here;
    const clone = await cloneOf(here, 'a');
    await vc.must(vc.snapshot(parent, 'base'), 'RemoveSnapshot_Task', { removeChildren: false });
    await vc.must(clone, 'Destroy_Task');
    await vc.must(parent, 'ConsolidateVMDisks_Task');
    expect(chain(vc, parent)).toEqual([BASE]);
    expect(vc.get(parent, 'runtime.consolidationNeeded')).toBe(false);
  });

  it('in the middle merges its delta downwards and keeps the others', async () => {
    const { vc, parent } = lab();
    for (const name of ['s1', 's2'])
      await vc.must(parent, 'CreateSnapshot_Task', { name, memory: false, quiesce: false });
    expect(chain(vc, parent)).toHaveLength(4);
    await vc.must(vc.snapshot(parent, 's1'), 'RemoveSnapshot_Task', { removeChildren: false });
    expect(chain(vc, parent)).toEqual(['[ds-1] parent/parent-000003.vmdk', '[ds-1] parent/parent-000001.vmdk', BASE]);
    const tree = vc.get(parent, 'snapshot.rootSnapshotList') as {
      name: string;
      childSnapshotList: { name: string }[];
    }[];
    expect(tree.map((node) => [node.name, node.childSnapshotList.map((child) => child.name)])).toEqual([
      ['base', ['s2']],
    ]);
  });

  it('with its children takes the whole subtree and the current state falls back on what is left', async () => {
    const { vc, parent } = lab();
    for (const name of ['s1', 's2'])
      await vc.must(parent, 'CreateSnapshot_Task', { name, memory: false, quiesce: false });
    await vc.must(vc.snapshot(parent, 's1'), 'RemoveSnapshot_Task', { removeChildren: true });
    expect(
      vc
        .describe()
        .snapshots.filter((snapshot) => snapshot.vm === parent.value)
        .map((snapshot) => snapshot.name),
    ).toEqual(['base']);
    expect(vc.get(parent, 'snapshot.currentSnapshot')).toEqual(vc.snapshot(parent, 'base'));
    expect(chain(vc, parent)).toHaveLength(2);
  });
});

describe('revert', () => {
  it('throws the current state away and leaves clones of later snapshots alone', async () => {
    const { vc, parent } = lab();
    await vc.must(parent, 'CreateSnapshot_Task', { name: 'later', memory: false, quiesce: false });
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    const before = chain(vc, clone);
    await vc.must(parent, 'ReconfigVM_Task', { spec: { memoryMB: 1024 } });
    await vc.must(vc.snapshot(parent, 'base'), 'RevertToSnapshot_Task');
    expect(chain(vc, parent)).toHaveLength(2);
    expect(chain(vc, clone)).toEqual(before);
    expect(vc.get(parent, 'config.hardware.memoryMB')).toBe(512);
    expect(vc.get(parent, 'snapshot.currentSnapshot')).toEqual(vc.snapshot(parent, 'base'));
  });

  it('of a VM without a snapshot fails', async () => {
    const { vc, parent } = lab();
    const copy = await vc.must(parent, 'CloneVM_Task', fullClone(vc));
    expect((await vc.run(copy, 'RevertToCurrentSnapshot_Task')).fault).toBe('NotFound');
  });
});

describe('promoting', () => {
  it('copies what is shared and frees the clone from its base', async () => {
    const here = lab();
    const { vc, parent } = here;
    const clone = await cloneOf(here, 'a');
    await vc.must(clone, 'PromoteDisks_Task', { unlink: true });
    expect([chain(vc, clone, 0), chain(vc, clone, 1)].map((files_) => files_.length)).toEqual([1, 1]);
    expect(vc.vm(clone).unsharedBytes).toBeGreaterThan(4 * GB);
    await vc.must(parent, 'Destroy_Task');
    expect(files(vc)).not.toContain(BASE);
  });

  it('does only the disks that are named', async () => {
    const here = lab();
    const clone = await cloneOf(here, 'a');
    const device = here.vc.get(clone, 'config.hardware.device[2001]');
    await here.vc.must(clone, 'PromoteDisks_Task', { unlink: true, disks: [device] });
    expect([chain(here.vc, clone, 0).length, chain(here.vc, clone, 1).length]).toEqual([2, 1]);
  });

  it('without unlinking merges the own files and keeps the base', async () => {
    const { vc, parent } = lab();
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: 'linked-still' }));
    await vc.must(clone, 'CreateSnapshot_Task', { name: 's', memory: false, quiesce: false });
    const args = { removeChildren: false, consolidate: false };
    await vc.must(vc.snapshot(clone, 's'), 'RemoveSnapshot_Task', args);
    expect(vc.vm(clone).disks.map((disk) => disk.chain.length)).toEqual([3, 3]);
    await vc.must(clone, 'PromoteDisks_Task', { unlink: false });
    expect(vc.vm(clone).disks.map((disk) => disk.chain.map(({ file }) => file))).toEqual([
      ['[ds-1] linked-still/linked-still.vmdk', '[ds-1] parent/parent.vmdk'],
      ['[ds-1] linked-still/linked-still_1.vmdk', '[ds-1] parent/parent_1.vmdk'],
    ]);
  });

  it('leaves a shared file alone that a snapshot of the VM needs', async () => {
    const here = lab();
    await cloneOf(here, 'a');
    const before = chain(here.vc, here.parent);
    await here.vc.must(here.parent, 'PromoteDisks_Task', { unlink: true });
    expect(chain(here.vc, here.parent)).toEqual(before);
  });

  it('leaves alone what the files of an unregistered VM stand on', async () => {
    const { vc, parent } = lab();
    await vc.must(parent, 'CreateSnapshot_Task', { name: 'later', memory: false, quiesce: false });
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    const before = vc.vm(parent).disks;
    vc.call(parent, 'UnregisterVM');
    await vc.must(clone, 'PromoteDisks_Task', { unlink: true });
    const again = await vc.must(vc.named('Folder', 'labs'), 'RegisterVM_Task', {
      path: '[ds-1] parent/parent.vmx',
      asTemplate: false,
      pool: vc.named('ResourcePool', 'labs'),
    });
    const withoutUses = (disks: typeof before): unknown =>
      disks.map((disk) => disk.chain.map(({ uses: _uses, ...file }) => file));
    expect(withoutUses(vc.vm(again).disks)).toEqual(withoutUses(before));
  });

  it('with nothing to do succeeds', async () => {
    const { vc, parent } = lab();
    const copy = await vc.must(parent, 'CloneVM_Task', fullClone(vc));
    expect((await vc.run(copy, 'PromoteDisks_Task', { unlink: true })).state).toBe('success');
  });
});

describe('a move to another datastore', () => {
  it('flattens a linked clone by default', async () => {
    const here = lab();
    const { vc } = here;
    const clone = await cloneOf(here, 'a');
    const spec = { datastore: vc.named('Datastore', 'ds-2'), host: vc.named('HostSystem', 'h1') };
    await vc.must(clone, 'RelocateVM_Task', { spec });
    expect([chain(vc, clone, 0), chain(vc, clone, 1)]).toEqual([['[ds-2] a/a.vmdk'], ['[ds-2] a/a_1.vmdk']]);
    expect(files(vc).filter((file) => file.startsWith('[ds-1] a/'))).toEqual([]);
    expect(vc.get(clone, 'datastore')).toEqual([spec.datastore]);
    expect(vc.get(clone, 'config.files.vmPathName')).toBe('[ds-2] a/a.vmx');
  });

  it('keeps the base with moveChildMostDiskBacking', async () => {
    const here = lab();
    const { vc } = here;
    const clone = await cloneOf(here, 'a');
    const spec = {
      datastore: vc.named('Datastore', 'ds-2'),
      host: vc.named('HostSystem', 'h1'),
      diskMoveType: 'moveChildMostDiskBacking',
    };
    await vc.must(clone, 'RelocateVM_Task', { spec });
    expect(chain(vc, clone)).toEqual(['[ds-2] a/a.vmdk', BASE]);
  });

  it('takes the snapshots of the VM along, and those who share keep theirs', async () => {
    const here = lab();
    const { vc, parent } = here;
    const clone = await cloneOf(here, 'a');
    const spec = { datastore: vc.named('Datastore', 'ds-2'), host: vc.named('HostSystem', 'h1') };
    await vc.must(parent, 'RelocateVM_Task', { spec });
    expect(chain(vc, parent)).toHaveLength(2);
    expect(chain(vc, parent).every((file) => file.startsWith('[ds-2]'))).toBe(true);
    expect(chain(vc, clone).at(-1)).toBe(BASE);
    const again = await vc.must(
      parent,
      'CloneVM_Task',
      linkedClone(vc, parent, { name: 'b', location: { host: spec.host } }),
    );
    expect(chain(vc, again)[1]).toBe(chain(vc, parent)[1]);
  });
});

describe('registering again', () => {
  it('gives a new object with the same instanceUuid, disks, and snapshot ids and times', async () => {
    const { vc, parent } = lab();
    const before = vc.vm(parent);
    const snapshot = vc.describe().snapshots.find((candidate) => candidate.vm === parent.value);
    vc.call(parent, 'UnregisterVM');
    expect(faultOf(() => vc.object(parent)).fault).toBe('ManagedObjectNotFound');
    const again = await vc.must(vc.named('Folder', 'labs'), 'RegisterVM_Task', {
      path: '[ds-1] parent/parent.vmx',
      asTemplate: false,
      pool: vc.named('ResourcePool', 'labs'),
    });
    const after = vc.vm(again);
    expect(after.moRef).not.toBe(before.moRef);
    expect([after.instanceUuid, after.biosUuid, after.disks, after.macAddresses]).toEqual([
      before.instanceUuid,
      before.biosUuid,
      before.disks,
      before.macAddresses,
    ]);
    const snapshotNow = vc.describe().snapshots.find((candidate) => candidate.vm === again.value);
    expect(snapshotNow).toMatchObject({
      id: snapshot?.id,
      createTime: snapshot?.createTime,
      name: 'base',
      current: true,
    });
    expect(snapshotNow?.moRef).not.toBe(snapshot?.moRef);
  });

  it.each([
    ['[ds-1] parent/parent.vmx', 'AlreadyExists'],
    ['[ds-1] nobody/nobody.vmx', 'FileNotFound'],
  ])('of %s is %s', async (path, fault) => {
    const { vc } = lab();
    const end = await vc.run(vc.named('Folder', 'labs'), 'RegisterVM_Task', {
      path,
      asTemplate: false,
      pool: vc.named('ResourcePool', 'labs'),
    });
    expect(end.fault).toBe(fault);
  });
});
