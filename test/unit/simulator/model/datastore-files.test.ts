// What clients see and do on a datastore without asking a VM: searching with the details they want, and FileManager.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter, faultOf } from './harness.ts';
import type { Args } from './harness.ts';
import { INSTANT, linkedClone } from './inventories.ts';

let vc: Vcenter;
let manager: MoRef;

beforeEach(() => {
  vc = new Vcenter(INSTANT);
  manager = vc.manager('fileManager');
});

async function search(path: string, searchSpec: Args = {}): Promise<readonly Args[]> {
  const browser = vc.get(vc.named('Datastore', 'ds-1'), 'browser') as MoRef;
  const task = vc.start(browser, 'SearchDatastore_Task', { datastorePath: path, searchSpec });
  const end = await vc.ended(task);
  if (end.fault !== undefined) throw new Error(end.fault);
  return (end.result as { file: readonly Args[] }).file;
}

const names = async (path: string): Promise<readonly unknown[]> => (await search(path)).map((file) => file['path']);
const used = (): number => 200 * 1024 ** 3 - vc.freeBytes('ds-1');

describe('SearchDatastore', () => {
  it('tells names only, unless more is asked', async () => {
    expect(await search('[ds-1] parent', { matchPattern: ['*.vmx'] })).toEqual([
      { $type: 'FileInfo', path: 'parent.vmx' },
    ]);
  });

  it('tells size, time, owner and kind as the flags say', async () => {
    const details = { fileType: true, fileSize: true, modification: false, fileOwner: false };
    expect(await search('[ds-1] parent', { matchPattern: ['*.vmx'], details })).toEqual([
      { $type: 'VmConfigFileInfo', path: 'parent.vmx', fileSize: 3072 },
    ]);
    const more = { fileType: false, fileSize: false, modification: true, fileOwner: true };
    expect(await search('[ds-1] parent', { matchPattern: ['*.vmx'], details: more })).toEqual([
      { $type: 'FileInfo', path: 'parent.vmx', modification: '2026-11-21T10:00:00.000Z', owner: 'root' },
    ]);
  });

  it('tells of disks what their query asks for, and leaves out what its filter does', async () => {
    const disks = (query: Args): Promise<readonly Args[]> =>
      search('[ds-1] parent', { query: [{ $type: 'VmDiskFileQuery', ...query }], matchPattern: ['parent.vmdk'] });
    expect(await disks({})).toEqual([{ $type: 'FileInfo', path: 'parent.vmdk' }]);
    expect(await disks({ details: { diskType: false, capacityKb: true, hardwareVersion: false, thin: true } })).toEqual(
      [{ $type: 'VmDiskFileInfo', path: 'parent.vmdk', capacityKb: 10_485_760, thin: true }],
    );
    expect(await disks({ filter: { thin: false } })).toEqual([]);
  });
});

describe('FileManager', () => {
  it('makes folders, which stay until they are deleted', async () => {
    const make = (name: string, createParentDirectories = false): unknown =>
      vc.call(manager, 'MakeDirectory', { name, createParentDirectories });
    expect(faultOf(() => make('[ds-1] a/b')).fault).toBe('FileNotFound');
    make('[ds-1] a/b', true);
    expect(await names('[ds-1]')).toEqual(['parent', 'master', 'a']);
    expect(await names('[ds-1] a')).toEqual(['b']);
    expect(await names('[ds-1] a/b')).toEqual([]);
    expect(faultOf(() => make('[ds-1] a/b')).fault).toBe('FileAlreadyExists');
    await vc.must(manager, 'DeleteDatastoreFile_Task', { name: '[ds-1] a' });
    expect(await names('[ds-1]')).toEqual(['parent', 'master']);
    expect((await vc.run(manager, 'DeleteDatastoreFile_Task', { name: '[ds-1] a' })).fault).toBe('FileNotFound');
  });

  it('keeps a new VM out of a folder that somebody made', async () => {
    vc.call(manager, 'MakeDirectory', { name: '[ds-1] clone' });
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    expect(vc.get(clone, 'config.files.vmPathName')).toBe('[ds-1] clone_1/clone.vmx');
  });

  it('copies and moves disks with their space, within a datastore and to another', async () => {
    const before = used();
    const copy = { sourceName: '[ds-1] parent/parent.vmdk', destinationName: '[ds-1] parent/saved.vmdk' };
    await vc.must(manager, 'CopyDatastoreFile_Task', copy);
    const base = 3 * 1024 ** 3 + 512;
    expect(used()).toBe(before + base);
    expect((await vc.run(manager, 'CopyDatastoreFile_Task', copy)).fault).toBe('FileAlreadyExists');
    await vc.must(manager, 'CopyDatastoreFile_Task', { ...copy, force: true });
    const free = vc.freeBytes('ds-2');
    const move = { sourceName: copy.destinationName, destinationName: '[ds-2] saved.vmdk' };
    await vc.must(manager, 'MoveDatastoreFile_Task', move);
    expect(used()).toBe(before);
    expect(free - vc.freeBytes('ds-2')).toBe(base);
    expect((await vc.run(manager, 'MoveDatastoreFile_Task', move)).fault).toBe('FileNotFound');
  });

  it('copies a folder whole or not at all', async () => {
    const whole = { sourceName: '[ds-1] parent', destinationName: '[ds-2] parent' };
    const files = await names('[ds-1] parent');
    await vc.must(manager, 'CopyDatastoreFile_Task', whole);
    expect(new Set(await names('[ds-2] parent'))).toEqual(new Set(files));
    const small = new Vcenter(INSTANT.replace('capacity: 100 GB, hosts: [h1]', 'capacity: 3.5 GB, hosts: [h1]'));
    const before = small.describe();
    expect((await small.run(manager, 'CopyDatastoreFile_Task', whole)).fault).toBe('NoDiskSpace');
    expect(small.describe()).toEqual(before);
  });

  it('leaves the files of VMs in the inventory alone', async () => {
    const before = vc.describe();
    for (const name of ['[ds-1] parent', '[ds-1] parent/parent.vmx', '[ds-1] parent/parent.vmdk']) {
      expect((await vc.run(manager, 'DeleteDatastoreFile_Task', { name })).fault).toBe('FileLocked');
      const move = { sourceName: name, destinationName: '[ds-1] elsewhere' };
      expect((await vc.run(manager, 'MoveDatastoreFile_Task', move)).fault).toBe('FileLocked');
    }
    expect(vc.describe()).toEqual(before);
  });

  it('deletes an unregistered VM for good, but not what clones stand on', async () => {
    const parent = vc.named('VirtualMachine', 'parent');
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent));
    vc.call(parent, 'UnregisterVM');
    expect((await vc.run(manager, 'DeleteDatastoreFile_Task', { name: '[ds-1] parent' })).fault).toBe('FileLocked');
    await vc.must(clone, 'Destroy_Task');
    await vc.must(manager, 'DeleteDatastoreFile_Task', { name: '[ds-1] parent' });
    expect(await names('[ds-1]')).toEqual(['master']);
    const pool = vc.get(vc.named('ClusterComputeResource', 'C1'), 'resourcePool');
    const args = { path: '[ds-1] parent/parent.vmx', asTemplate: false, pool };
    expect((await vc.run(vc.named('Folder', 'labs'), 'RegisterVM_Task', args)).fault).toBe('FileNotFound');
  });
});
