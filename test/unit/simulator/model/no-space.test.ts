// Running out of space in the middle: whatever was copied by then is gone again, and the VM is as it was.
import { describe, expect, it } from '@jest/globals';
import { Vcenter } from './harness.ts';
import { INSTANT, fullClone, linkedClone } from './inventories.ts';

/** The parent has disks of 3 GB and 1 GB, two snapshots' files and a few small ones: each size runs out at another file. */
const SIZES = [
  '1 KB',
  '4 KB',
  '20 KB',
  '30 KB',
  '1 GB',
  '3072.02 MB',
  '3072.1 MB',
  '3.5 GB',
  '4096.01 MB',
  '4096.04 MB',
];

function lab(size: string): Vcenter {
  return new Vcenter(INSTANT.replace('capacity: 100 GB, hosts: [h1]', `capacity: ${size}, hosts: [h1]`));
}

describe('a datastore that is too small', () => {
  it.each(SIZES)('of %s makes a storage vMotion fail and leaves the VM as it was', async (size) => {
    const vc = lab(size);
    const parent = vc.named('VirtualMachine', 'parent');
    await vc.must(parent, 'CreateSnapshot_Task', { name: 's', memory: false, quiesce: false });
    const before = vc.describe();
    const spec = { datastore: vc.named('Datastore', 'ds-2'), host: vc.named('HostSystem', 'h1') };
    expect((await vc.run(parent, 'RelocateVM_Task', { spec })).fault).toBe('NoDiskSpace');
    expect(vc.describe()).toEqual(before);
  });

  it.each(SIZES.slice(0, -1))('of %s makes a full clone fail and leaves nothing of it', async (size) => {
    const vc = lab(size);
    const before = vc.describe();
    const location = { datastore: vc.named('Datastore', 'ds-2'), host: vc.named('HostSystem', 'h1') };
    const end = await vc.run(vc.named('VirtualMachine', 'parent'), 'CloneVM_Task', fullClone(vc, { location }));
    expect(end.fault).toBe('NoDiskSpace');
    expect(vc.describe()).toEqual(before);
  });

  it('lets the first disk be promoted and says so, when there is no room for the second', async () => {
    const vc = new Vcenter(INSTANT.replace('capacity: 200 GB', 'capacity: 9.5 GB'));
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    expect((await vc.run(clone, 'PromoteDisks_Task', { unlink: true })).fault).toBe('NoDiskSpace');
    expect(vc.vm(clone).disks.map((disk) => disk.chain.length)).toEqual([1, 2]);
    expect(vc.get(clone, 'config.hardware.device[2000].backing.parent')).toBeUndefined();
    expect(vc.get(clone, 'config.hardware.device[2001].backing.parent')).toBeDefined();
  });

  it('leaves a running VM alone when there is no room to revert it', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    await vc.must(clone, 'CreateSnapshot_Task', { name: 's', memory: false, quiesce: false });
    await vc.must(clone, 'PowerOnVM_Task');
    const free = vc.freeBytes('ds-1');
    const filler = { $type: 'VirtualDisk', key: -1, capacityInBytes: free - 1024, backing: { thinProvisioned: false } };
    await vc.must(parent, 'ReconfigVM_Task', {
      spec: { deviceChange: [{ operation: 'add', fileOperation: 'create', device: filler }] },
    });
    expect((await vc.run(vc.snapshot(clone, 's'), 'RevertToSnapshot_Task')).fault).toBe('NoDiskSpace');
    expect(vc.vm(clone)).toMatchObject({ power: 'poweredOn' });
  });

  it('takes a new disk back when another one cannot grow', async () => {
    const vc = new Vcenter(INSTANT.replace('{ capacity: 4 GB, used: 1 GB }', '{ capacity: 4 GB, thin: false }'));
    const copy = await vc.must(vc.named('VirtualMachine', 'parent'), 'CloneVM_Task', fullClone(vc));
    const before = vc.describe();
    const device = vc.get(copy, 'config.hardware.device[2001]') as object;
    const add = {
      operation: 'add',
      fileOperation: 'create',
      device: { $type: 'VirtualDisk', key: -1, capacityInKB: 1024 },
    };
    const grow = { operation: 'edit', device: { ...device, capacityInBytes: 900 * 1024 ** 3 } };
    expect((await vc.run(copy, 'ReconfigVM_Task', { spec: { deviceChange: [add, grow] } })).fault).toBe('NoDiskSpace');
    expect(vc.describe()).toEqual(before);
  });
});
