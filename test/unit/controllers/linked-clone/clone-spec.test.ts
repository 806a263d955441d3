// The CloneVM call: linked on the spec and on every disk, identity inside it, powered off, and nothing in it that wasn't
// asked for.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cloneSpec, markerOption, withHostname } from '../../../../src/controllers/linked-clone/clone-spec.ts';
import type { CloneSpecInput } from '../../../../src/controllers/linked-clone/clone-spec.ts';
import { parseMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { ref } from '../support/vm.ts';

const MARKER = { cluster: 'c', namespace: 'lab', name: 'web-1', uid: 'uid-1', instanceUuid: 'uid-1' };

function input(fields: Partial<CloneSpecInput> = {}): CloneSpecInput {
  return {
    snapshot: ref('snapshot-1', 'VirtualMachineSnapshot'),
    diskKeys: [2000, 2001],
    datastore: ref('datastore-1', 'Datastore'),
    resourcePool: ref('resgroup-1', 'ResourcePool'),
    host: ref('host-1', 'HostSystem'),
    marker: MARKER,
    hardware: undefined,
    notes: undefined,
    customization: undefined,
    ...fields,
  };
}

interface Location {
  diskMoveType: string;
  disk: { diskId: number; diskMoveType: string; datastore: unknown }[];
}

function locationOf(fields: Partial<CloneSpecInput> = {}): Location {
  return cloneSpec(input(fields))['location'] as Location;
}

describe('cloneSpec', () => {
  it('is the whole call of a plain clone', () => {
    const datastore = ref('datastore-1', 'Datastore');
    expect(cloneSpec(input())).toEqual({
      location: {
        datastore,
        diskMoveType: 'createNewChildDiskBacking',
        pool: ref('resgroup-1', 'ResourcePool'),
        host: ref('host-1', 'HostSystem'),
        disk: [2000, 2001].map((diskId) => ({ diskId, datastore, diskMoveType: 'createNewChildDiskBacking' })),
      },
      template: false,
      config: { instanceUuid: 'uid-1', extraConfig: [markerOption(MARKER)] },
      powerOn: false,
      snapshot: ref('snapshot-1', 'VirtualMachineSnapshot'),
    });
  });

  it('asks for a child disk on the spec and on each locator, however many disks there are', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(4000), { maxLength: 20 }), (diskKeys) => {
        const { diskMoveType, disk } = locationOf({ diskKeys });
        expect(diskMoveType).toBe('createNewChildDiskBacking');
        expect(disk.map((locator) => locator.diskId)).toEqual(diskKeys);
        for (const locator of disk) expect(locator.diskMoveType).toBe('createNewChildDiskBacking');
      }),
    );
  });

  it('carries the identity inside the call: instanceUuid and a marker that says the same', () => {
    const { instanceUuid, extraConfig } = cloneSpec(input())['config'] as {
      instanceUuid: string;
      extraConfig: { $type: string; key: string; value: string }[];
    };
    expect(instanceUuid).toBe(MARKER.instanceUuid);
    expect(extraConfig).toHaveLength(1);
    expect(extraConfig[0]).toMatchObject({ $type: 'OptionValue', key: 'linkedclone.dev/owner' });
    expect(parseMarker(extraConfig[0]?.value)).toEqual(MARKER);
    expect(extraConfig[0]?.key.startsWith('guestinfo.')).toBe(false); // which guests can write
  });

  it('never powers on: an unlinked VM must be removable before its first power-on', () => {
    expect(cloneSpec(input({ customization: {}, hardware: { cpus: 2 } }))['powerOn']).toBe(false);
  });

  it.each([
    [{ cpus: 4 }, { numCPUs: 4 }],
    [{ coresPerSocket: 2 }, { numCoresPerSocket: 2 }],
    [{ memoryMiB: 2048 }, { memoryMB: 2048 }],
    [{}, {}],
  ])('changes of the hardware only what %j says', (hardware, expected) => {
    const {
      instanceUuid: _,
      extraConfig,
      ...config
    } = cloneSpec(input({ hardware }))['config'] as Record<string, unknown>;
    expect(config).toEqual(expected);
    expect(extraConfig).toHaveLength(1);
  });

  it('has notes and customization where they are given', () => {
    const customization = { $type: 'CustomizationSpec' };
    const spec = cloneSpec(input({ notes: 'made of gold', customization }));
    expect(spec['config']).toMatchObject({ annotation: 'made of gold' });
    expect(spec['customization']).toBe(customization);
  });
});

describe('withHostname', () => {
  const fixed = { $type: 'CustomizationFixedName', name: 'web-07' };

  it('sets the name in a Linux specification, and nothing else', () => {
    const spec = {
      options: { $type: 'CustomizationLinuxOptions' },
      identity: {
        $type: 'CustomizationLinuxPrep',
        domain: 'lab.example',
        hostName: { $type: 'CustomizationVirtualMachineName' },
      },
    };
    expect(withHostname(spec, 'web-07')).toEqual({
      windows: false,
      spec: { ...spec, identity: { ...spec.identity, hostName: fixed } },
    });
  });

  it('sets the computer name in a Windows one, beside the other user data', () => {
    const spec = {
      identity: { $type: 'CustomizationSysprep', userData: { fullName: 'Lab', productId: 'X' }, guiUnattended: {} },
    };
    expect(withHostname(spec, 'web-07')).toEqual({
      windows: true,
      spec: { identity: { ...spec.identity, userData: { fullName: 'Lab', productId: 'X', computerName: fixed } } },
    });
    expect(withHostname({ identity: { $type: 'CustomizationSysprep' } }, 'web-07').spec).toEqual({
      identity: { $type: 'CustomizationSysprep', userData: { computerName: fixed } },
    });
  });

  it.each([
    ['CustomizationSysprepText', true],
    ['CustomizationCloudinitPrep', false],
  ])('leaves a %s as it is and knows whose rules its name follows', ($type, windows) => {
    const spec = { identity: { $type, value: 'text' } };
    expect(withHostname(spec, 'web-07')).toEqual({ spec, windows });
  });

  it('changes no specification that others use too', () => {
    const identity = Object.freeze({ $type: 'CustomizationSysprep', userData: Object.freeze({ fullName: 'Lab' }) });
    const spec = Object.freeze({ identity });
    withHostname(spec, 'web-07');
    expect(spec.identity.userData).toEqual({ fullName: 'Lab' });
  });
});
