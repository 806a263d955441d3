// What counts as changed of what isn't ours: a snapshot that somebody took of a parent is known by its number in the machine.
import { expect, it } from '@jest/globals';
import { describeDecoys } from '../../campaigns/harness/decoys.ts';
import type { SimulatedInventory } from '../../support/simulator-admin.ts';
import { machine } from './made-up.ts';

type Snapshots = SimulatedInventory['snapshots'];

const OURS = 'for labs [linkedclone.dev/owner=this-cluster/base]';
const RELEASE: Snapshots[number] = { moRef: 'snapshot-1', id: 1, name: 'release', vm: 'vm-1', createTime: 'then' };

function changed(before: Snapshots, after: Snapshots, parent = 'vm-1', moved = false): readonly string[] {
  const told = (snapshots: Snapshots, moRef: string): Map<string, string> => {
    const vms = [machine(moRef, 'uuid-of-parent', { name: 'Tmpl', marker: null })];
    return describeDecoys({ vms, snapshots, datastores: [] }, moved);
  };
  const now = told(after, parent);
  return [...told(before, 'vm-1')].filter(([key, text]) => now.get(key) !== text).map(([key]) => key);
}

it('a snapshot of somebody that is gone, or another one in its place', () => {
  expect(changed([RELEASE], [RELEASE])).toEqual([]);
  expect(changed([RELEASE], [])).toEqual(['uuid-of-parent snapshot 1']);
  expect(changed([RELEASE], [{ ...RELEASE, id: 2 }])).toEqual(['uuid-of-parent snapshot 1']);
});

it('not what the operator makes and removes on a parent, nor new references', () => {
  const own = { ...RELEASE, id: 2, moRef: 'snapshot-2', description: OURS };
  expect(changed([RELEASE, own], [RELEASE])).toEqual([]);
  expect(changed([RELEASE], [RELEASE, own])).toEqual([]);
  expect(changed([RELEASE], [{ ...RELEASE, moRef: 'snapshot-9', vm: 'vm-9' }], 'vm-9')).toEqual([]);
});

it('nothing of snapshots where somebody changes parents by plan', () => {
  expect(changed([RELEASE], [], 'vm-1', true)).toEqual([]);
});
