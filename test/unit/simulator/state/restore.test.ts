// A vCenter that is restored from a backup: what comes back, what is forgotten, and what stays because it is on disk.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import type { SimObject } from '../../../../src/simulator/core/sim-object.ts';
import { VimFault } from '../../../../src/simulator/core/vim-fault.ts';
import { removeHost } from '../../../../src/simulator/inventory/remove-host.ts';
import { modelOf } from '../../../../src/simulator/inventory/model-state.ts';
import { Checkpoints } from '../../../../src/simulator/state/checkpoints.ts';
import { Vcenter, faultOf } from '../model/harness.ts';
import { check, clear, play, steps } from './story.ts';
import { INSTANT, SMALL, fullClone, linkedClone } from '../model/inventories.ts';

function lab(inventory = INSTANT): { vc: Vcenter; backup: Checkpoints; parent: MoRef } {
  const vc = new Vcenter(inventory);
  return { vc, backup: new Checkpoints(vc.world), parent: vc.named('VirtualMachine', 'parent') };
}

const names = (vc: Vcenter): readonly string[] =>
  vc
    .describe()
    .vms.map((vm) => vm.name)
    .toSorted();
const clone = (vc: Vcenter, parent: MoRef, name: string): Promise<MoRef> =>
  vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { name }));

async function register(vc: Vcenter, path: string): Promise<MoRef> {
  const pool = vc.get(vc.named('ClusterComputeResource', 'C1'), 'resourcePool');
  return vc.must(vc.named('Folder', 'labs'), 'RegisterVM_Task', { path, asTemplate: false, pool });
}

describe('a restored vCenter', () => {
  it('knows nothing of machines made since: their files are there, and they can be registered again', async () => {
    const { vc, backup, parent } = lab();
    const kept = await clone(vc, parent, 'kept');
    backup.take('monday');
    const before = vc.describe();
    const made = await clone(vc, parent, 'made');
    await vc.must(made, 'PowerOnVM_Task');
    const path = String(vc.get(made, 'config.files.vmPathName'));
    const { instanceUuid } = vc.vm(made);
    backup.restore('monday', 0);
    expect(vc.describe().vms).toEqual(before.vms);
    expect(vc.describe().snapshots).toEqual(before.snapshots);
    const files = vc.describe().datastores.flatMap((datastore) => datastore.files.map(({ file }) => file));
    expect(files).toContain(path);
    // The number of the forgotten machine is handed out again, to another one.
    const next = await clone(vc, parent, 'next');
    expect(vc.world.registry.counter).toBeLessThanOrEqual(Number(made.value.slice(3)) + 1);
    const again = await register(vc, path);
    expect(vc.vm(again)).toMatchObject({ name: 'made', instanceUuid, power: 'poweredOff' });
    for (const vm of [kept, next, again]) expect((await vc.run(vm, 'PowerOnVM_Task')).fault).toBeUndefined();
  });

  it('has machines destroyed or unregistered since as orphans, which can only be removed', async () => {
    const { vc, backup, parent } = lab();
    const [gone, out] = [await clone(vc, parent, 'gone'), await clone(vc, parent, 'out')];
    const path = String(vc.get(out, 'config.files.vmPathName'));
    backup.take('monday');
    await vc.must(gone, 'Destroy_Task');
    vc.call(out, 'UnregisterVM');
    backup.restore('monday', 0);
    expect(names(vc)).toEqual(['gone', 'master', 'out', 'parent']);
    for (const vm of [gone, out]) {
      expect(vc.get(vm, 'runtime')).toMatchObject({ connectionState: 'orphaned', powerState: 'poweredOff' });
      expect((await vc.run(vm, 'PowerOnVM_Task')).fault).toBe('InvalidState');
      expect((await vc.run(vm, 'Destroy_Task')).fault).toBe('InvalidState');
      expect(faultOf(() => vc.call(vm, 'CloneVM_Task', fullClone(vc, { name: 'x' }))).fault).toBe('InvalidState');
      vc.call(vm, 'UnregisterVM');
    }
    expect(names(vc)).toEqual(['master', 'parent']);
    expect(vc.vm(await register(vc, path)).name).toBe('out');
  });

  it('has names, folders, fields, roles and permissions of then, disks, snapshots and power of now', async () => {
    const { vc, backup, parent } = lab();
    const vm = await clone(vc, parent, 'before');
    const field = vc.call(vc.manager('customFieldsManager'), 'AddCustomFieldDef', { name: 'owner' }) as { key: number };
    vc.call(vc.manager('customFieldsManager'), 'SetField', { entity: vm, key: field.key, value: 'ann' });
    backup.take('monday');
    const folder = vc.get(vm, 'parent');
    await vc.must(vm, 'Rename_Task', { newName: 'after' });
    vc.call(vc.manager('customFieldsManager'), 'SetField', { entity: vm, key: field.key, value: 'bob' });
    vc.call(vc.manager('customFieldsManager'), 'AddCustomFieldDef', { name: 'later' });
    vc.call(vc.manager('authorizationManager'), 'AddAuthorizationRole', { name: 'night-shift', privIds: [] });
    await vc.must(vm, 'CreateSnapshot_Task', { name: 'since', memory: false, quiesce: false });
    await vc.must(vm, 'PowerOnVM_Task');
    const disks = vc.vm(vm).disks;
    backup.restore('monday', 0);
    expect(vc.vm(vm)).toMatchObject({ name: 'before', power: 'poweredOn', disks });
    expect([vc.get(vm, 'config.name'), vc.get(vm, 'parent')]).toEqual(['before', folder]);
    expect(vc.get(vm, 'customValue')).toMatchObject([{ key: field.key, value: 'ann' }]);
    expect(vc.get(vc.manager('customFieldsManager'), 'field')).toHaveLength(1);
    expect(JSON.stringify(vc.get(vc.manager('authorizationManager'), 'roleList'))).not.toContain('night-shift');
    const snapshot = vc.snapshot(vm, 'since');
    expect(vc.get(vm, 'snapshot.currentSnapshot')).toEqual(snapshot);
    expect(await clone(vc, vm, 'after')).toBeDefined();
    expect(await vc.run(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: 'after' })).catch(faultName)).toBe(
      'DuplicateName',
    );
  });

  it('hands event keys out again, and ends sessions and what runs', async () => {
    const { vc, backup, parent } = lab(SMALL);
    backup.take('monday');
    const { events } = modelOf(vc.world);
    const [key, files] = [events.nextKey, vc.describe().datastores];
    const session = vc.world.sessions.login('administrator@vsphere.local', 'simulator', {
      locale: 'en',
      ipAddress: '',
      userAgent: '',
    });
    vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent));
    expect(events.nextKey).toBeGreaterThan(key);
    backup.restore('monday', 0);
    expect([events.nextKey, session.ended]).toEqual([key, true]);
    expect(vc.get(vc.manager('eventManager'), 'latestEvent.key')).toBe(events.events.at(-1)?.key);
    expect([...vc.world.registry.ofType('Task')]).toEqual([]);
    await vc.advance(600);
    expect(vc.describe().datastores).toEqual(files);
  });

  it('has a host that was removed since, or came back as another object, with its machines under their references', async () => {
    const { vc, backup, parent } = lab();
    const onHost = vc.named('HostSystem', 'h1');
    backup.take('monday');
    const before = vc.describe();
    const model = modelOf(vc.world);
    removeHost(model, vc.object(onHost), { user: 'tester' });
    expect(names(vc)).not.toContain('parent');
    backup.restore('monday', 0);
    expect(vc.describe()).toEqual(before);
    check(vc);
    expect((await vc.run(parent, 'PowerOnVM_Task')).fault).toBeUndefined();
    expect([...model.outside.all]).toEqual([]);
  });

  it('sees what is wrong now, not what was wrong then', () => {
    const { vc, backup, parent } = lab();
    const { conditions } = vc.world;
    const object = (type: string, name: string): SimObject => vc.object(vc.named(type, name));
    conditions.begin('datastoreInaccessible', object('Datastore', 'ds-1'));
    conditions.begin('hostDisconnected', object('HostSystem', 'h2'));
    backup.take('monday');
    conditions.end('datastoreInaccessible', object('Datastore', 'ds-1'));
    conditions.end('hostDisconnected', object('HostSystem', 'h2'));
    const fine = [object('Datastore', 'ds-1'), object('HostSystem', 'h2')].map((one) => one.stored());
    conditions.begin('datastoreInaccessible', object('Datastore', 'ds-2'), 60);
    const wrong = object('Datastore', 'ds-2').stored();
    backup.restore('monday', 0);
    expect([object('Datastore', 'ds-1'), object('HostSystem', 'h2')].map((one) => one.stored())).toEqual(fine);
    expect(object('Datastore', 'ds-2').stored()).toEqual(wrong);
    expect(vc.get(parent, 'runtime.connectionState')).toBe('connected');
    expect(conditions.list()).toEqual([
      { name: 'datastoreInaccessible', object: object('Datastore', 'ds-2'), endsAt: vc.world.clock.now() + 60_000 },
    ]);
  });

  it('says which checkpoints there are', () => {
    const { backup } = lab();
    expect(() => backup.restore('x', 0)).toThrow('there is no checkpoint x; there is none');
    backup.take('monday');
    expect(() => backup.restore('x', 0)).toThrow('there is no checkpoint x; there are monday');
  });
});

function faultName(error: unknown): string {
  if (error instanceof VimFault) return error.fault;
  throw error;
}

describe('properties', () => {
  it('restoring what was just saved changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (story) => {
        const { vc, backup } = lab();
        await play(vc, story, 'a');
        backup.take('now');
        const before = vc.describe();
        backup.restore('now', 0);
        expect(vc.describe()).toEqual(before);
        check(vc);
      }),
      { numRuns: 60 },
    );
  });

  it('whatever happened since, the books are right afterwards and all space can be freed', async () => {
    await fc.assert(
      fc.asyncProperty(steps, steps, steps, async (first, second, third) => {
        const { vc, backup } = lab();
        await play(vc, first, 'a');
        backup.take('then');
        await play(vc, second, 'b');
        backup.restore('then', 0);
        check(vc);
        await play(vc, third, 'c');
        check(vc);
        await clear(vc);
        for (const datastore of vc.describe().datastores) expect(datastore.files).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
