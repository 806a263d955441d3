// Paths out of an inventory that comes in any order: absolute and relative ones, escaped names, datacenters that are meant
// or can't be guessed, and who belongs to which cluster.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InventoryTree } from '../../../../src/controllers/vcenter/inventory-tree.ts';
import { OBJECTS, REFS, ROOT, state, tree } from '../support/inventory.ts';
import { ref } from '../support/vm.ts';

const SECOND = [state(ref('datacenter-2', 'Datacenter'), 'DC1', ROOT)];
const NESTED_FOLDER = ref('group-d5', 'Folder');
/** Another datacenter of the same name, in a folder. */
const SAME_NAME = [
  state(NESTED_FOLDER, 'Branch', ROOT),
  state(ref('datacenter-3', 'Datacenter'), 'DC0', NESTED_FOLDER),
];

describe('InventoryTree', () => {
  it.each([
    ['/DC0', REFS.datacenter],
    ['/DC0/vm/Labs%2fEast', REFS.labs],
    ['/DC0/host/C0/Resources/Labs', REFS.labPool],
    ['/DC0/host/C0/esx-2', REFS.host2],
    ['/DC0/datastore/ds-1', REFS.ds1],
  ])('knows %s', (path, expected) => {
    expect(tree().byPath(path)?.ref).toEqual(expected);
    expect(tree().get(expected)?.path).toBe(path);
  });

  it('has names as people write them beside paths as vCenter does', () => {
    expect(tree().get(REFS.labs)).toMatchObject({ name: 'Labs/East', parent: REFS.vmFolder });
    expect(tree().byPath('/DC0/vm/Labs/East')).toBeUndefined();
  });

  it('is the same in whatever order the objects come', () => {
    const whole = tree().namesOf('Folder', 'ResourcePool', 'Datastore');
    fc.assert(
      fc.property(fc.shuffledSubarray([...OBJECTS], { minLength: OBJECTS.length }), (objects) => {
        expect(new InventoryTree(ROOT, objects).namesOf('Folder', 'ResourcePool', 'Datastore')).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it('holds the root folder itself for no part of a path', () => {
    const withRoot = new InventoryTree(ROOT, [state(ROOT, 'Datacenters', undefined), ...OBJECTS]);
    expect(withRoot.byPath('/DC0')?.ref).toEqual(REFS.datacenter);
    expect(withRoot.byPath('/Datacenters')).toBeUndefined();
  });

  it('lists names for a message, sorted', () => {
    expect(tree().namesOf('Datastore')).toEqual(['/DC0/datastore/ds-1', '/DC0/datastore/ds-2']);
  });

  it('finds the cluster of a pool and of a host, its hosts, and none for what hangs in the air', () => {
    const inventory = tree();
    for (const part of [REFS.labPool, REFS.host1, REFS.cluster])
      expect(inventory.computeResourceOf(part)?.ref).toEqual(REFS.cluster);
    expect(inventory.hostsOf(REFS.cluster).map((node) => node.name)).toEqual(['esx-1', 'esx-2', 'esx-3']);
    expect(inventory.computeResourceOf(REFS.loosePool)).toBeUndefined();
    expect(inventory.computeResourceOf(ref('resgroup-77', 'ResourcePool'))).toBeUndefined();
  });
});

describe('the datacenter of relative paths', () => {
  it('is the only one, the named one, or the one at a path', () => {
    expect(tree().datacenter(undefined)?.ref).toEqual(REFS.datacenter);
    expect(tree(SECOND).datacenter('DC1')?.path).toBe('/DC1');
    expect(tree(SAME_NAME).datacenter('/Branch/DC0')?.path).toBe('/Branch/DC0');
    expect(tree(SAME_NAME).datacenter('/DC0')?.path).toBe('/DC0');
  });

  it.each([
    ['none is named and there are two', SECOND, undefined],
    ['none is named and there are two: empty text', SECOND, ''],
    ['there is none of that name', [], 'DC9'],
    ['two have the name', SAME_NAME, 'DC0'],
  ])('is not guessed when %s', (_, more, name) => {
    expect(tree(more).datacenter(name)).toBeUndefined();
  });
});

describe('absolute', () => {
  it.each([
    ['/DC0/vm/Labs', 'vm', undefined, '/DC0/vm/Labs'],
    ['/DC0/vm/Labs//', 'vm', 'DC9', '/DC0/vm/Labs'],
    ['Parents/win', 'vm', undefined, '/DC0/vm/Parents/win'],
    ['C0/Resources/Labs/', 'host', 'DC0', '/DC0/host/C0/Resources/Labs'],
    ['ds-1', 'datastore', '/DC0', '/DC0/datastore/ds-1'],
    ['Labs%2FEast', 'vm', 'DC0', '/DC0/vm/Labs%2fEast'],
  ] as const)('%s below %s of %s is %s', (path, branch, datacenter, expected) => {
    expect(tree().absolute(path, branch, datacenter)).toBe(expected);
  });

  it('of a relative path is unknown where the datacenter is', () => {
    expect(tree(SECOND).absolute('Parents/win', 'vm', undefined)).toBeUndefined();
    expect(tree(SECOND).absolute('/DC1/vm/win', 'vm', undefined)).toBe('/DC1/vm/win');
  });
});
