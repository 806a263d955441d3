// The VMs of the watched folders: found by reference, by marker and by name, and never under what they were before.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Marker } from '../../../../src/controllers/vcenter/marker.ts';
import { VmInventory } from '../../../../src/controllers/vcenter/vm-inventory.ts';
import type { VmView } from '../../../../src/controllers/vcenter/vm-view.ts';
import { ref, vmView } from '../support/vm.ts';

const FOLDER = ref('group-v1', 'Folder');
const OTHER_FOLDER = ref('group-v2', 'Folder');

function markerOf(uid: string): Marker {
  return { cluster: 'c', namespace: 'lab', name: uid, uid, instanceUuid: uid };
}

function names(vms: readonly VmView[]): string[] {
  return vms.map((vm) => vm.ref.value).toSorted();
}

describe('VmInventory', () => {
  it('finds a VM by reference, by the UID in its marker and by folder and name', () => {
    const inventory = new VmInventory();
    inventory.upsert(vmView({ ref: ref('vm-1'), name: 'web-01', marker: markerOf('a') }));
    inventory.upsert(vmView({ ref: ref('vm-2'), name: 'web-02' }));
    expect(inventory.get(ref('vm-1'))?.name).toBe('web-01');
    expect(names(inventory.withMarkerUid('a'))).toEqual(['vm-1']);
    expect(names(inventory.withName(FOLDER, 'web-02'))).toEqual(['vm-2']);
    expect([inventory.size, inventory.get(ref('vm-3')), inventory.withName(OTHER_FOLDER, 'web-02')]).toEqual([
      2,
      undefined,
      [],
    ]);
  });

  it('gives all VMs with the same marker: a copy is not hidden by the original', () => {
    const inventory = new VmInventory();
    inventory.upsert(vmView({ ref: ref('vm-1'), marker: markerOf('a'), instanceUuid: 'a' }));
    inventory.upsert(vmView({ ref: ref('vm-2'), marker: markerOf('a'), instanceUuid: 'other' }));
    expect(names(inventory.withMarkerUid('a'))).toEqual(['vm-1', 'vm-2']);
  });

  it('compares names without case, as vCenter does', () => {
    const inventory = new VmInventory();
    inventory.upsert(vmView({ ref: ref('vm-1'), name: 'Capture01' }));
    expect(names(inventory.withName(FOLDER, 'CAPTURE01'))).toEqual(['vm-1']);
  });

  it('forgets the former name, folder and marker of a VM that changed', () => {
    const inventory = new VmInventory();
    inventory.upsert(vmView({ ref: ref('vm-1'), name: 'old', marker: markerOf('a') }));
    inventory.upsert(vmView({ ref: ref('vm-1'), name: 'new', parent: OTHER_FOLDER, marker: undefined }));
    expect([inventory.withName(FOLDER, 'old'), inventory.withMarkerUid('a'), inventory.size]).toEqual([[], [], 1]);
    expect(names(inventory.withName(OTHER_FOLDER, 'new'))).toEqual(['vm-1']);
  });

  it('gives back what it removes, once', () => {
    const inventory = new VmInventory();
    inventory.upsert(vmView({ ref: ref('vm-1'), marker: markerOf('a') }));
    expect(inventory.remove(ref('vm-1'))?.name).toBe('web-01');
    expect([inventory.remove(ref('vm-1')), inventory.size, inventory.withMarkerUid('a')]).toEqual([undefined, 0, []]);
  });

  it('agrees with a plain list after any sequence of changes', () => {
    const change = fc.record({
      at: fc.integer({ min: 1, max: 5 }),
      leaves: fc.boolean(),
      name: fc.constantFrom('a', 'A', 'b'),
      folder: fc.constantFrom(FOLDER, OTHER_FOLDER, undefined),
      uid: fc.constantFrom('u1', 'u2', undefined),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const inventory = new VmInventory();
        const list = new Map<string, VmView>();
        for (const { at, leaves, name, folder, uid } of changes) {
          const view = vmView({
            ref: ref(`vm-${at}`),
            name,
            parent: folder,
            marker: uid === undefined ? undefined : markerOf(uid),
          });
          if (leaves) {
            inventory.remove(view.ref);
            list.delete(view.ref.value);
          } else {
            inventory.upsert(view);
            list.set(view.ref.value, view);
          }
        }
        const all = [...list.values()];
        expect(inventory.size).toBe(all.length);
        for (const uid of ['u1', 'u2'])
          expect(names(inventory.withMarkerUid(uid))).toEqual(names(all.filter((vm) => vm.marker?.uid === uid)));
        for (const folder of [FOLDER, OTHER_FOLDER])
          for (const name of ['a', 'b'])
            expect(names(inventory.withName(folder, name))).toEqual(
              names(all.filter((vm) => vm.parent === folder && vm.name.toLowerCase() === name)),
            );
      }),
    );
  });
});
