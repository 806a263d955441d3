// A datastore that no host reaches: what clients see of it and of the VMs on it, what fails meanwhile, and that nothing is
// lost when it comes back.
import { describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter, faultOf } from './harness.ts';
import { INSTANT, SMALL, fullClone, linkedClone } from './inventories.ts';
import { Watch } from './properties/watcher.ts';

function cut(vc: Vcenter, datastore: string, seconds?: number): MoRef {
  const ref = vc.named('Datastore', datastore);
  vc.world.conditions.begin('datastoreInaccessible', vc.object(ref), seconds);
  return ref;
}

const stateOf = (vc: Vcenter, vm: MoRef): unknown => vc.get(vm, 'runtime.connectionState');

describe('an inaccessible datastore', () => {
  it('reports no space, its VMs are inaccessible, and all of it comes back', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const ds = vc.named('Datastore', 'ds-1');
    const [before, summary, host] = [vc.describe(), vc.get(ds, 'summary'), vc.get(ds, 'host')];
    cut(vc, 'ds-1', 60);
    expect(vc.get(ds, 'summary')).toMatchObject({ accessible: false, capacity: 0, freeSpace: 0 });
    expect(vc.get(ds, 'info.freeSpace')).toBe(0);
    const mounts = vc.get(ds, 'host') as readonly { readonly mountInfo: object }[];
    expect(mounts).toHaveLength(3);
    for (const { mountInfo } of mounts)
      expect(mountInfo).toMatchObject({ accessible: false, inaccessibleReason: 'AllPathsDown_Start' });
    expect([stateOf(vc, parent), vc.get(parent, 'summary.runtime.connectionState')]).toEqual([
      'inaccessible',
      'inaccessible',
    ]);
    await vc.advance(59);
    expect(stateOf(vc, parent)).toBe('inaccessible');
    await vc.advance(1);
    expect(stateOf(vc, parent)).toBe('connected');
    expect([vc.get(ds, 'summary'), vc.get(ds, 'host')]).toEqual([summary, host]);
    expect(vc.describe()).toEqual(before);
  });

  it('fails what works on its VMs with InvalidState, and what wants room on it with InaccessibleDatastore', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const ds = cut(vc, 'ds-1');
    const ds2 = vc.named('Datastore', 'ds-2');
    expect((await vc.run(parent, 'PowerOnVM_Task')).fault).toBe('InvalidState');
    expect((await vc.run(parent, 'Destroy_Task')).fault).toBe('InvalidState');
    expect(faultOf(() => vc.call(parent, 'CloneVM_Task', linkedClone(vc, parent))).fault).toBe('InvalidState');
    const browser = vc.get(ds, 'browser') as MoRef;
    expect(await vc.run(browser, 'SearchDatastore_Task', { datastorePath: '[ds-1]' })).toMatchObject({
      fault: 'InaccessibleDatastore',
      faultFields: { datastore: ds, name: 'ds-1' },
    });
    vc.world.conditions.end('datastoreInaccessible', vc.object(ds));
    cut(vc, 'ds-2');
    const wish = fullClone(vc, { name: 'away', location: { datastore: ds2 } });
    expect((await vc.run(parent, 'CloneVM_Task', wish)).fault).toBe('InaccessibleDatastore');
    expect((await vc.run(parent, 'RelocateVM_Task', { spec: { datastore: ds2 } })).fault).toBe('InaccessibleDatastore');
    expect((await vc.run(parent, 'PowerOnVM_Task')).fault).toBeUndefined();
  });

  it('a clone that runs when it goes fails and leaves nothing behind', async () => {
    const vc = new Vcenter(SMALL);
    const parent = vc.named('VirtualMachine', 'parent');
    const before = vc.describe();
    const task = vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent));
    cut(vc, 'ds-1', 30);
    expect((await vc.ended(task)).fault).toBe('InaccessibleDatastore');
    await vc.advance(30);
    expect(vc.describe()).toEqual(before);
  });

  it('a linked clone elsewhere stays connected, and cannot start without its base', async () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const location = { datastore: vc.named('Datastore', 'ds-2'), host: vc.named('HostSystem', 'h1') };
    const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { location }));
    cut(vc, 'ds-1');
    expect(stateOf(vc, clone)).toBe('connected');
    expect((await vc.run(clone, 'PowerOnVM_Task')).fault).toBe('InaccessibleDatastore');
    expect(vc.vm(clone).power).toBe('poweredOff');
  });

  it('a host that disconnects meanwhile and comes back finds its VMs inaccessible still', () => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const host = vc.object(vc.named('HostSystem', 'h1'));
    cut(vc, 'ds-1');
    vc.world.conditions.begin('hostDisconnected', host);
    expect(stateOf(vc, parent)).toBe('disconnected');
    vc.world.conditions.end('hostDisconnected', host);
    expect(stateOf(vc, parent)).toBe('inaccessible');
  });
});

describe('the configuration of a VM that is inaccessible', () => {
  /** What a client reads: paths of `config` that have a value, and how many it may not read. */
  function read(vc: Vcenter, obj: MoRef): { paths: string[]; refused: number } {
    const { username, password } = vc.world.options;
    const session = vc.world.sessions.login(username, password, { locale: 'en', ipAddress: '', userAgent: 'test' });
    const pathSet = ['name', 'config.instanceUuid', 'config.hardware.device'];
    const specSet = [{ propSet: [{ type: 'VirtualMachine', pathSet }], objectSet: [{ obj }] }];
    const [content] = vc.call(vc.manager('propertyCollector'), 'RetrieveProperties', { specSet }, { session }) as {
      propSet: { name: string }[];
      missingSet?: unknown[];
    }[];
    return { paths: content?.propSet.map(({ name }) => name) ?? [], refused: content?.missingSet?.length ?? 0 };
  }

  it.each([
    ['with its datastore', 'datastoreInaccessible', 'Datastore', 'ds-1'],
    ['by itself', 'vmInaccessible', 'VirtualMachine', 'parent'],
  ])('%s is unset, which is no refusal; and it comes back as it was', (_, condition, type, name) => {
    const vc = new Vcenter(INSTANT);
    const parent = vc.named('VirtualMachine', 'parent');
    const watch = new Watch(vc, true);
    watch.catchUp();
    const before = [read(vc, parent), vc.describe()];
    expect(before[0]).toEqual({ paths: ['name', 'config.instanceUuid', 'config.hardware.device'], refused: 0 });
    vc.world.conditions.begin(condition, vc.object(vc.named(type, name)));
    expect(stateOf(vc, parent)).toBe('inaccessible');
    expect(read(vc, parent)).toEqual({ paths: ['name'], refused: 0 });
    watch.catchUp();
    watch.compare();
    vc.world.conditions.end(condition, vc.object(vc.named(type, name)));
    watch.catchUp();
    watch.compare();
    expect([read(vc, parent), vc.describe()]).toEqual(before);
  });
});
