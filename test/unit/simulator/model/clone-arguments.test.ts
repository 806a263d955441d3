// What CloneVM refuses, and with which fault: the argument rules of the vSphere API reference.
import { describe, expect, it } from '@jest/globals';
import { Vcenter, faultOf } from './harness.ts';
import type { Args } from './harness.ts';
import { INSTANT, SMALL, fullClone, linkedClone } from './inventories.ts';

interface Refusal {
  readonly why: string;
  /** Name of the source; parent unless said. */
  readonly source?: string;
  readonly args: (vc: Vcenter) => Args;
  readonly fault: string;
  readonly fields?: Args;
}

const parentOf = (vc: Vcenter): { type: string; value: string } => vc.named('VirtualMachine', 'parent');
const invalid = (invalidProperty: string): Pick<Refusal, 'fault' | 'fields'> => ({
  fault: 'InvalidArgument',
  fields: { invalidProperty },
});

const REFUSED: readonly Refusal[] = [
  {
    why: 'createNewChildDiskBacking without a snapshot',
    args: (vc) => fullClone(vc, { location: { diskMoveType: 'createNewChildDiskBacking' } }),
    ...invalid('spec.snapshot'),
  },
  {
    why: 'createNewChildDiskBacking on one disk without a snapshot',
    args: (vc) =>
      fullClone(vc, {
        location: {
          disk: [{ diskId: 2000, datastore: vc.named('Datastore', 'ds-1'), diskMoveType: 'createNewChildDiskBacking' }],
        },
      }),
    ...invalid('spec.snapshot'),
  },
  {
    why: 'a snapshot of another virtual machine',
    args: (vc) =>
      linkedClone(vc, parentOf(vc), { spec: { snapshot: vc.snapshot(vc.named('VirtualMachine', 'master'), 'base') } }),
    fault: 'ManagedObjectNotFound',
  },
  {
    why: 'a snapshot that never was',
    args: (vc) =>
      linkedClone(vc, parentOf(vc), { spec: { snapshot: { type: 'VirtualMachineSnapshot', value: 'snapshot-9999' } } }),
    fault: 'ManagedObjectNotFound',
    fields: { obj: { type: 'VirtualMachineSnapshot', value: 'snapshot-9999' } },
  },
  {
    why: 'an unknown diskMoveType',
    args: (vc) => linkedClone(vc, parentOf(vc), { location: { diskMoveType: 'linked' } }),
    ...invalid('spec.location.diskMoveType'),
  },
  {
    why: 'a locator of a disk that is not there',
    args: (vc) =>
      linkedClone(vc, parentOf(vc), {
        location: { disk: [{ diskId: 2009, datastore: vc.named('Datastore', 'ds-1') }] },
      }),
    ...invalid('spec.location.disk[0].diskId'),
  },
  {
    why: 'a template without a pool',
    source: 'master',
    args: (vc) => linkedClone(vc, vc.named('VirtualMachine', 'master')),
    ...invalid('spec.location.pool'),
  },
  {
    why: 'a host that is not in the cluster of the pool',
    args: (vc) =>
      linkedClone(vc, parentOf(vc), {
        location: { pool: vc.named('ResourcePool', 'labs'), host: vc.named('HostSystem', 'other') },
      }),
    ...invalid('spec.location.pool'),
  },
  {
    why: 'a datastore that the host does not see',
    args: (vc) =>
      linkedClone(vc, parentOf(vc), {
        location: { datastore: vc.named('Datastore', 'ds-2'), host: vc.named('HostSystem', 'h2') },
      }),
    fault: 'InvalidDatastore',
  },
  {
    why: 'a host that does not see the datastore of the base',
    args: (vc) =>
      linkedClone(vc, parentOf(vc), {
        location: { datastore: vc.named('Datastore', 'far'), host: vc.named('HostSystem', 'other') },
      }),
    fault: 'InvalidDatastore',
  },
  {
    why: 'a datastore that no host of the pool sees',
    args: (vc) =>
      linkedClone(vc, parentOf(vc), {
        location: { datastore: vc.named('Datastore', 'far'), pool: vc.named('ResourcePool', 'labs') },
      }),
    fault: 'InvalidDatastore',
  },
  {
    why: 'a folder that holds no virtual machines',
    args: (vc) => ({ ...fullClone(vc), folder: vc.named('Folder', 'datastore') }),
    ...invalid('folder'),
  },
  { why: 'an empty name', args: (vc) => fullClone(vc, { name: '' }), fault: 'InvalidName' },
  { why: 'a name of 81 characters', args: (vc) => fullClone(vc, { name: 'x'.repeat(81) }), fault: 'InvalidName' },
  { why: 'a name with a slash', args: (vc) => fullClone(vc, { name: 'a/b' }), fault: 'InvalidName' },
  {
    why: 'no processors',
    args: (vc) => fullClone(vc, { spec: { config: { numCPUs: 0 } } }),
    ...invalid('spec.config.numCPUs'),
  },
  {
    why: 'cores that do not divide the processors',
    args: (vc) => fullClone(vc, { spec: { config: { numCPUs: 3, numCoresPerSocket: 2 } } }),
    ...invalid('spec.config.numCoresPerSocket'),
  },
  {
    why: 'an instanceUuid that is none',
    args: (vc) => fullClone(vc, { spec: { config: { instanceUuid: 'mine' } } }),
    ...invalid('spec.config.instanceUuid'),
  },
];

describe('CloneVM refuses in the call', () => {
  it.each(REFUSED)('$why', ({ source, args, fault, fields }) => {
    const vc = new Vcenter(SMALL);
    const before = vc.describe();
    const thrown = faultOf(() => vc.call(vc.named('VirtualMachine', source ?? 'parent'), 'CloneVM_Task', args(vc)));
    expect(thrown.fault).toBe(fault);
    expect(thrown.fields).toMatchObject(fields ?? {});
    expect(vc.describe()).toEqual(before);
  });

  it.each([
    ['disconnected', 'HostNotConnected'],
    ['maintenance', 'InvalidHostState'],
  ])('a destination host that is %s', (state, fault) => {
    const vc = new Vcenter(SMALL.replace('h2, h3]', `{ name: h2, state: ${state} }, h3]`));
    const args = linkedClone(vc, parentOf(vc), { location: { host: vc.named('HostSystem', 'h2') } });
    expect(faultOf(() => vc.call(parentOf(vc), 'CloneVM_Task', args)).fault).toBe(fault);
  });

  it('a source on a host that does not answer', async () => {
    const vc = new Vcenter(SMALL);
    await vc.must(vc.named('HostSystem', 'h1'), 'DisconnectHost_Task');
    expect(faultOf(() => vc.call(parentOf(vc), 'CloneVM_Task', linkedClone(vc, parentOf(vc)))).fault).toBe(
      'HostNotConnected',
    );
  });
});

describe('the task of CloneVM fails', () => {
  it.each([
    ['windows', 'UncustomizableGuest'],
    ['linux', 'NicSettingMismatch'],
  ])('for a customization that does not fit the guest (%s)', async (name, fault) => {
    const vc = new Vcenter(
      INSTANT.replace('host: h1\n', name === 'linux' ? 'host: h1\n    networks: []\n' : 'host: h1\n'),
    );
    const item = vc.call(vc.manager('customizationSpecManager'), 'GetCustomizationSpec', { name }) as { spec: Args };
    const before = vc.describe();
    expect(
      (
        await vc.run(
          parentOf(vc),
          'CloneVM_Task',
          linkedClone(vc, parentOf(vc), { spec: { customization: item.spec } }),
        )
      ).fault,
    ).toBe(fault);
    expect(vc.describe()).toEqual(before);
  });

  it('for a device change that names no device', async () => {
    const vc = new Vcenter(INSTANT);
    const deviceChange = [{ operation: 'edit', device: { $type: 'VirtualE1000', key: 4711 } }];
    const end = await vc.run(
      parentOf(vc),
      'CloneVM_Task',
      linkedClone(vc, parentOf(vc), { spec: { config: { deviceChange } } }),
    );
    expect(end).toMatchObject({ fault: 'InvalidDeviceSpec', faultFields: { deviceIndex: 0 } });
  });

  it('for a child disk that should be larger than its base', async () => {
    const vc = new Vcenter(INSTANT);
    const deviceChange = [
      { operation: 'edit', device: { $type: 'VirtualDisk', key: 2000, capacityInKB: 20 * 1024 ** 2 } },
    ];
    const end = await vc.run(
      parentOf(vc),
      'CloneVM_Task',
      linkedClone(vc, parentOf(vc), { spec: { config: { deviceChange } } }),
    );
    expect(end.fault).toBe('InvalidDeviceOperation');
  });
});

describe('names', () => {
  it('are taken whatever their case, and the fault says by whom', async () => {
    const vc = new Vcenter(INSTANT);
    const clone = await vc.must(parentOf(vc), 'CloneVM_Task', linkedClone(vc, parentOf(vc), { name: 'Lab-01' }));
    const fault = faultOf(() =>
      vc.call(parentOf(vc), 'CloneVM_Task', linkedClone(vc, parentOf(vc), { name: 'lab-01' })),
    );
    expect(fault.fault).toBe('DuplicateName');
    expect(fault.fields).toEqual({ name: 'lab-01', object: clone });
  });

  it('are taken by a clone that is still being made, when they are checked at the start', () => {
    const vc = new Vcenter(SMALL);
    vc.start(parentOf(vc), 'CloneVM_Task', linkedClone(vc, parentOf(vc)));
    expect(faultOf(() => vc.call(parentOf(vc), 'CloneVM_Task', linkedClone(vc, parentOf(vc)))).fault).toBe(
      'DuplicateName',
    );
  });

  it('are noticed only when the task ends, with that switch; the loser leaves nothing', async () => {
    const vc = new Vcenter(SMALL, { duplicateName: 'end' });
    const first = vc.start(parentOf(vc), 'CloneVM_Task', linkedClone(vc, parentOf(vc)));
    const second = vc.start(parentOf(vc), 'CloneVM_Task', linkedClone(vc, parentOf(vc)));
    await vc.advance(4);
    expect(second.get('info.state')).toBe('running');
    await vc.advance(2);
    expect(first.get('info.state')).toBe('success');
    expect(second.get('info.error.fault')).toEqual({
      $type: 'DuplicateName',
      name: 'clone',
      object: first.get('info.result'),
    });
    expect(vc.describe().datastores[0]?.files.filter(({ file }) => file.includes('clone_1/'))).toEqual([]);
  });

  it.each(['Destroy_Task', 'UnregisterVM'])('are free again after %s', async (method) => {
    const vc = new Vcenter(INSTANT);
    const clone = await vc.must(parentOf(vc), 'CloneVM_Task', linkedClone(vc, parentOf(vc)));
    if (method === 'UnregisterVM') vc.call(clone, method);
    else await vc.must(clone, method);
    expect((await vc.run(parentOf(vc), 'CloneVM_Task', linkedClone(vc, parentOf(vc)))).state).toBe('success');
  });

  it('are free again in another folder', async () => {
    const vc = new Vcenter(INSTANT);
    await vc.must(parentOf(vc), 'CloneVM_Task', linkedClone(vc, parentOf(vc)));
    const elsewhere = vc.call(vc.named('Folder', 'labs'), 'CreateFolder', { name: 'inner' });
    expect(
      (await vc.run(parentOf(vc), 'CloneVM_Task', { ...linkedClone(vc, parentOf(vc)), folder: elsewhere })).state,
    ).toBe('success');
  });
});
