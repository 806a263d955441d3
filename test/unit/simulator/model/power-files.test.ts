// What a VM's power state leaves on the datastore and on its network cards: swap file, the file of a suspended VM, links.
import { describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { modelOf } from '../../../../src/simulator/inventory/model-state.ts';
import { Vcenter } from './harness.ts';
import { INSTANT, linkedClone } from './inventories.ts';

const MB = 1024 ** 2;

async function lab(inventory = INSTANT): Promise<{ vc: Vcenter; clone: MoRef }> {
  const vc = new Vcenter(inventory);
  const parent = vc.named('VirtualMachine', 'parent');
  return { vc, clone: await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent)) };
}

function runningFiles(vc: Vcenter): readonly string[] {
  return vc
    .describe()
    .datastores.flatMap((datastore) => datastore.files.map(({ file }) => file))
    .filter((file) => /\.(vswp|vmss)$/.test(file));
}

describe('a suspended VM', () => {
  it('keeps its memory in a .vmss file until it is resumed, and has no swap file meanwhile', async () => {
    const { vc, clone } = await lab();
    await vc.must(clone, 'PowerOnVM_Task');
    expect(runningFiles(vc)).toEqual(['[ds-1] clone/clone.vswp']);
    await vc.must(clone, 'SuspendVM_Task');
    expect(runningFiles(vc)).toEqual(['[ds-1] clone/clone.vmss']);
    expect(vc.get(clone, 'layoutEx.file')).toContainEqual(
      expect.objectContaining({ name: '[ds-1] clone/clone.vmss', type: 'suspend', size: 514 * MB }),
    );
    await vc.must(clone, 'PowerOnVM_Task');
    expect(runningFiles(vc)).toEqual(['[ds-1] clone/clone.vswp']);
  });

  it('loses the file at power-off and when it is reverted', async () => {
    const { vc, clone } = await lab();
    await vc.must(clone, 'CreateSnapshot_Task', { name: 's', memory: false, quiesce: false });
    for (const method of ['PowerOffVM_Task', 'RevertToCurrentSnapshot_Task']) {
      await vc.must(clone, 'PowerOnVM_Task');
      await vc.must(clone, 'SuspendVM_Task');
      await vc.must(clone, method);
      expect(runningFiles(vc)).toEqual([]);
      expect(vc.vm(clone).power).toBe('poweredOff');
    }
  });

  it('moves to another datastore with the file, and comes back suspended when it is registered again', async () => {
    const { vc, clone } = await lab();
    await vc.must(clone, 'PowerOnVM_Task');
    await vc.must(clone, 'SuspendVM_Task');
    const spec = { datastore: vc.named('Datastore', 'ds-2'), host: vc.named('HostSystem', 'h1') };
    await vc.must(clone, 'RelocateVM_Task', { spec });
    expect(runningFiles(vc)).toEqual(['[ds-2] clone/clone.vmss']);
    vc.call(clone, 'UnregisterVM');
    const pool = vc.get(vc.named('ClusterComputeResource', 'C1'), 'resourcePool');
    const again = await vc.must(vc.named('Folder', 'labs'), 'RegisterVM_Task', {
      path: '[ds-2] clone/clone.vmx',
      asTemplate: false,
      pool,
    });
    expect(vc.vm(again).power).toBe('suspended');
    await vc.must(again, 'PowerOnVM_Task');
    expect(runningFiles(vc)).toEqual(['[ds-2] clone/clone.vswp']);
  });

  it('stays on when there is no room for the memory', async () => {
    const { vc, clone } = await lab();
    await vc.must(clone, 'PowerOnVM_Task');
    const device = {
      $type: 'VirtualDisk',
      key: -1,
      capacityInBytes: vc.freeBytes('ds-1') - 100 * MB,
      backing: { thinProvisioned: false },
    };
    await vc.must(vc.named('VirtualMachine', 'parent'), 'ReconfigVM_Task', {
      spec: { deviceChange: [{ operation: 'add', fileOperation: 'create', device }] },
    });
    const before = vc.describe();
    expect((await vc.run(clone, 'SuspendVM_Task')).fault).toBe('NoDiskSpace');
    vc.call(clone, 'StandbyGuest');
    expect(vc.eventTypes().at(-1)).toBe('VmFailedToSuspendEvent');
    expect(vc.describe()).toEqual(before);
    expect(vc.vm(clone).power).toBe('poweredOn');
  });
});

describe('a network card', () => {
  const links = (vc: Vcenter, vm: MoRef): unknown => vc.get(vm, 'config.hardware.device[4000].connectable');

  it('is connected while its VM runs', async () => {
    const { vc, clone } = await lab();
    const off = { startConnected: true, connected: false, status: 'untried' };
    const on = { startConnected: true, connected: true, status: 'ok' };
    expect(links(vc, clone)).toMatchObject(off);
    for (const [method, expected] of [
      ['PowerOnVM_Task', on],
      ['SuspendVM_Task', off],
      ['PowerOnVM_Task', on],
      ['PowerOffVM_Task', off],
    ] as const) {
      await vc.must(clone, method);
      expect(links(vc, clone)).toMatchObject(expected);
    }
  });

  it('may have an address that a client chose twice: an event says so, and it stays taken until both are gone', async () => {
    const { vc, clone } = await lab();
    const parent = vc.named('VirtualMachine', 'parent');
    const second = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: 'second' }));
    const macAddress = '00:50:56:00:00:07';
    for (const vm of [clone, second]) {
      const device = { ...(vc.get(vm, 'config.hardware.device[4000]') as object), addressType: 'manual', macAddress };
      // The second time it is sent back as it was read.
      for (let times = 0; times < 2; times++)
        await vc.must(vm, 'ReconfigVM_Task', { spec: { deviceChange: [{ operation: 'edit', device }] } });
    }
    expect(vc.eventTypes().filter((type) => type === 'VmStaticMacConflictEvent')).toHaveLength(2);
    const { identities } = modelOf(vc.world);
    for (const vm of [clone, second]) {
      expect(identities.isTaken(macAddress)).toBe(true);
      await vc.must(vm, 'Destroy_Task');
    }
    expect(identities.isTaken(macAddress)).toBe(false);
  });

  it('of a clone of a running VM is not connected', async () => {
    const { vc, clone } = await lab();
    await vc.must(clone, 'PowerOnVM_Task');
    await vc.must(clone, 'CreateSnapshot_Task', { name: 's', memory: false, quiesce: false });
    const second = await vc.must(clone, 'CloneVM_Task', linkedClone(vc, clone, { name: 'second' }));
    expect(links(vc, second)).toMatchObject({ connected: false });
    await vc.must(clone, 'RevertToCurrentSnapshot_Task');
    expect(vc.vm(clone).power).toBe('poweredOff');
    expect(links(vc, clone)).toMatchObject({ connected: false });
  });

  it('that is unplugged or does not start connected has no address', async () => {
    const { vc, clone } = await lab();
    const edit = async (connectable: object): Promise<void> => {
      const device = { ...(vc.get(clone, 'config.hardware.device[4000]') as object), connectable };
      await vc.must(clone, 'ReconfigVM_Task', { spec: { deviceChange: [{ operation: 'edit', device }] } });
    };
    await edit({ startConnected: false, allowGuestControl: true, connected: false });
    await vc.must(clone, 'PowerOnVM_Task');
    expect(links(vc, clone)).toMatchObject({ connected: false });
    expect(vc.vm(clone).ipAddress).toBeNull();
    await edit({ startConnected: true, allowGuestControl: true, connected: true });
    expect(vc.vm(clone).ipAddress).toBe('10.0.0.10');
    expect(vc.get(clone, 'guest.net')).toEqual([expect.objectContaining({ connected: true })]);
    await edit({ startConnected: true, allowGuestControl: true, connected: false });
    expect(vc.vm(clone).ipAddress).toBeNull();
  });
});

describe('the datastores of a VM', () => {
  it('are those of its parents too', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const [near, far] = [vc.named('Datastore', 'ds-1'), vc.named('Datastore', 'ds-2')];
    const location = { datastore: far, host: vc.named('HostSystem', 'h1') };
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { location }));
    expect(vc.get(clone, 'datastore')).toEqual([far, near]);
    expect(vc.get(near, 'vm')).toContainEqual(clone);
    await vc.must(clone, 'PromoteDisks_Task', { unlink: true });
    expect(vc.get(clone, 'datastore')).toEqual([far]);
    expect(vc.get(near, 'vm')).not.toContainEqual(clone);
  });
});

describe('the description of the inventory', () => {
  it('shows content id, parent and provisioned bytes of every disk file', async () => {
    const { vc, clone } = await lab();
    const leaf = vc.vm(clone).disks[0]?.chain[0];
    expect(leaf).toMatchObject({
      parent: '[ds-1] parent/parent.vmdk',
      provisionedBytes: 10 * 1024 * MB,
      contentId: vc.get(clone, 'config.hardware.device[2000].backing.contentId'),
    });
    const stored = vc.describe().datastores.flatMap((datastore) => datastore.files);
    expect(stored).toContainEqual({
      file: '[ds-1] clone/clone.vmdk',
      bytes: 512,
      provisionedBytes: 10 * 1024 * MB,
      contentId: leaf?.contentId,
      parent: '[ds-1] parent/parent.vmdk',
    });
    expect(stored).toContainEqual(expect.objectContaining({ file: '[ds-1] parent/parent.vmdk', parent: null }));
    await vc.must(clone, 'PowerOnVM_Task');
    expect(vc.vm(clone).disks[0]?.chain[0]?.contentId).not.toBe(leaf?.contentId);
  });
});
