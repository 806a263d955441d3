// Disks of a source VM: what makes it unfit for linked clones, each with the disk and what to do, and the figures of a
// snapshot's disks.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Device, LayoutEx } from '../../../../src/controllers/base-snapshot/disks.ts';
import {
  baseDisks,
  capacityOf,
  chainOf,
  disksOf,
  labelOf,
  unsuitable,
} from '../../../../src/controllers/base-snapshot/disks.ts';
import { SCSI, chain, disk, ref } from '../support/vm.ts';

const FIT = disk(2000, chain('[ds] win/win.vmdk'));

function reasons(devices: readonly Device[]): string[] {
  return unsuitable(devices, '"win"').map((problem) => problem.reason);
}

describe('unsuitable', () => {
  it('has nothing against plain disks on a controller of their own, thin or thick', () => {
    const second = disk(2001, { ...chain('[ds] win/win_1.vmdk'), sharing: 'sharingNone' }, { controllerKey: 1001 });
    expect(
      reasons([SCSI, FIT, second, { $type: 'VirtualVmxnet3', key: 4000, macAddress: '00:50:56:00:00:01' }]),
    ).toEqual([]);
  });

  it.each<[string, Device[], string]>([
    ['independent, persistent', [disk(2000, { ...chain('a'), diskMode: 'independent_persistent' })], 'IndependentDisk'],
    [
      'independent, nonpersistent',
      [disk(2000, { ...chain('a'), diskMode: 'independent_nonpersistent' })],
      'IndependentDisk',
    ],
    [
      'a raw device',
      [disk(2000, { ...chain('a'), $type: 'VirtualDiskRawDiskMappingVer1BackingInfo' })],
      'RawDeviceMapping',
    ],
    ['on a bus shared on one host', [{ ...SCSI, sharedBus: 'virtualSharing' }, FIT], 'SharedBus'],
    ['on a bus shared between hosts', [{ ...SCSI, sharedBus: 'physicalSharing' }, FIT], 'SharedBus'],
    ['opened by several writers', [disk(2000, { ...chain('a'), sharing: 'sharingMultiWriter' })], 'SharedBus'],
    ['encrypted', [disk(2000, { ...chain('a'), keyId: { keyId: 'k' } })], 'Encrypted'],
    ['beside a virtual TPM', [FIT, { $type: 'VirtualTPM', key: 11000 }], 'VirtualTpm'],
    ['not there', [SCSI], 'NoDisks'],
  ])('refuses a disk that is %s', (_, devices, reason) => {
    expect(reasons(devices)).toEqual([reason]);
  });

  it('names the disk, the VM and what to do', () => {
    const [problem] = unsuitable([FIT, disk(2001, { ...chain('b'), diskMode: 'independent_persistent' })], '"win"');
    expect(problem?.message).toMatch(
      /^disk "Hard disk 2" of "win" is independent_persistent: .+; set its mode to dependent/,
    );
  });

  it('finds the one bad disk wherever it stands', () => {
    const bad = disk(2005, { ...chain('bad'), diskMode: 'independent_persistent' });
    fc.assert(
      fc.property(fc.nat(5), (at) => {
        const devices = Array.from({ length: 5 }, (_, n) => disk(2010 + n, chain(`[ds] win/${n}.vmdk`)));
        devices.splice(at, 0, bad);
        expect(reasons([SCSI, ...devices])).toEqual(['IndependentDisk']);
      }),
    );
  });
});

describe('the parts of a device', () => {
  it('are disks only where the type says so', () => {
    expect(disksOf([SCSI, FIT, { key: 3000 }])).toEqual([FIT]);
    expect(disksOf(undefined)).toEqual([]);
  });

  it('have a label, or their key', () => {
    expect([labelOf(FIT), labelOf({ key: 7 })]).toEqual(['Hard disk 1', 'device 7']);
  });

  it.each<[Partial<Device>, number]>([
    [{ capacityInBytes: 5, capacityInKB: 1 }, 5],
    [{ capacityInKB: 3 }, 3072],
    [{}, 0],
  ])('%j has the capacity %i', (fields, bytes) => {
    expect(capacityOf({ key: 1, ...fields })).toBe(bytes);
  });

  it('have a chain from the leaf to the base', () => {
    expect(chainOf(chain('leaf', 'middle', 'base')).map((backing) => backing.fileName)).toEqual([
      'leaf',
      'middle',
      'base',
    ]);
    expect(chainOf(undefined)).toEqual([]);
  });
});

describe('baseDisks', () => {
  const snapshot = ref('snapshot-2', 'VirtualMachineSnapshot');
  const layout: LayoutEx = {
    file: [
      { key: 1, name: 'win.vmdk', type: 'diskDescriptor', size: 500 },
      { key: 2, name: 'win-flat.vmdk', type: 'diskExtent', size: 3000 },
      { key: 3, name: 'win-000001.vmdk', type: 'diskExtent', size: 70 },
      { key: 4, name: 'win_1-flat.vmdk', type: 'diskExtent', size: 900 },
    ],
    // the VM's own chain goes on beyond the snapshot: not the base's bytes
    disk: [{ key: 2000, chain: [{ fileKey: [1, 2] }, { fileKey: [3] }] }],
    snapshot: [
      { key: ref('snapshot-1', 'VirtualMachineSnapshot'), disk: [{ key: 2000, chain: [{ fileKey: [4] }] }] },
      {
        key: snapshot,
        disk: [
          { key: 2000, chain: [{ fileKey: [1, 2] }, { fileKey: [2] }] },
          { key: 2001, chain: [{ fileKey: [4, 99] }] },
        ],
      },
    ],
  };
  const devices = [
    SCSI,
    FIT,
    disk(2001, chain('[ds] win/win_1-000001.vmdk', '[ds] win/win_1.vmdk'), { capacityInBytes: 77 }),
  ];

  it('sum what the files of this snapshot take, each file once', () => {
    expect(baseDisks(devices, layout, snapshot)).toEqual([
      {
        key: 2000,
        label: 'Hard disk 1',
        capacityBytes: 10 * 2 ** 30,
        usedBytes: 3500,
        datastore: ref('datastore-1', 'Datastore'),
        chainLength: 1,
      },
      {
        key: 2001,
        label: 'Hard disk 2',
        capacityBytes: 77,
        usedBytes: 900,
        datastore: ref('datastore-1', 'Datastore'),
        chainLength: 2,
      },
    ]);
  });

  it.each([
    ['no layout', undefined],
    ['a layout without snapshots', {}],
    ['a layout that knows another snapshot only', { snapshot: layout.snapshot?.slice(0, 1) ?? [] }],
  ])('take nothing where there is %s', (_, known) => {
    expect(baseDisks(devices, known, snapshot).map((each) => each.usedBytes)).toEqual([0, 0]);
  });
});
