// Wanted against held, by object; and what people read about it.
import { describe, expect, it } from '@jest/globals';
import {
  compare,
  excessExample,
  missingMessage,
  statusList,
} from '../../../../../src/controllers/vcenter/preflight/compare.ts';
import type { Finding } from '../../../../../src/controllers/vcenter/preflight/compare.ts';
import type { Entity, Target } from '../../../../../src/controllers/vcenter/preflight/targets.ts';
import { ref } from '../../support/vm.ts';

const entity = (name: string, type = 'Folder'): Entity => ({ ref: ref(name, type), path: `/DC0/vm/${name}` });
const A = entity('a');
const B = entity('b');

function target(entities: readonly Entity[], wanted: readonly string[], withheld: readonly string[] = []): Target {
  return { place: 'folder', entities, wanted, withheld };
}

const held = (ids: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, ReadonlySet<string>> =>
  new Map(Object.entries(ids).map(([name, each]) => [`Folder:${name}`, new Set(each)]));

describe('compare', () => {
  it('finds what is missing and what is too much, object by object, merged and sorted', () => {
    const targets = [target([B], ['y', 'x'], ['no']), target([A], ['x'], ['no']), target([B], ['z'])];
    expect(compare(targets, held({ a: ['x'], b: ['y', 'no'] }))).toEqual({
      missing: [{ ...B, place: 'folder', privileges: ['x', 'z'] }],
      excess: [{ ...B, place: 'folder', privileges: ['no'] }],
    });
  });

  it('is content with one of several that has all; else names the one that lacks least', () => {
    const both = [target([A, B], ['x', 'y'])];
    expect(compare(both, held({ a: ['x'], b: ['x', 'y'] })).missing).toEqual([]);
    expect(compare(both, held({ a: [], b: ['x'] })).missing).toEqual([{ ...B, place: 'folder', privileges: ['y'] }]);
    // no one object may do it all, though both together hold everything
    expect(compare(both, held({ a: ['x'], b: ['y'] })).missing).toHaveLength(1);
  });

  it('says nothing of an object that was not answered for', () => {
    expect(compare([target([A], ['x'], ['no'])], held({}))).toEqual({ missing: [], excess: [] });
  });
});

describe('the message', () => {
  const finding = (name: string, place: Finding['place'], ...privileges: string[]): Finding => ({
    ...entity(name),
    place,
    privileges,
  });

  it('names privileges and objects, and has the commands ready to paste', () => {
    const missing = [
      finding('a', 'folder', 'Folder.Create', 'VirtualMachine.Inventory.Delete'),
      finding('b', 'folder', 'VirtualMachine.Inventory.Delete'),
      finding('c', 'pool', 'Resource.AssignVMToPool'),
    ];
    expect(missingMessage(missing)).toBe(
      'the account lacks Folder.Create, VirtualMachine.Inventory.Delete on /DC0/vm/a (a); VirtualMachine.Inventory.Delete on /DC0/vm/b (b); Resource.AssignVMToPool on /DC0/vm/c (c); what needs it fails, the rest goes on; to add it to the shipped roles: govc role.update -a linked-clone-folder Folder.Create VirtualMachine.Inventory.Delete && govc role.update -a linked-clone-pool Resource.AssignVMToPool',
    );
  });

  it('names a few of those that are too much', () => {
    const ids = Array.from({ length: 40 }, (_, i) => `Some.Privilege${i}`);
    expect(excessExample(finding('a', 'parent', ...ids))).toBe(
      'Some.Privilege0, Some.Privilege1, Some.Privilege2, Some.Privilege3 and 36 more on /DC0/vm/a',
    );
    expect(excessExample(finding('a', 'parent', 'A.B', 'A.C'))).toBe('A.B, A.C on /DC0/vm/a');
  });

  it('and the status stay short', () => {
    const many = Array.from({ length: 40 }, (_, i) => finding(`folder-${i}`, 'folder', 'Folder.Create'));
    expect(missingMessage(many)).toContain('and on 37 more objects (status.missingPrivileges)');
    expect(statusList(many)).toHaveLength(32);
    expect(statusList(many)[0]).toEqual({
      path: '/DC0/vm/folder-0',
      moRef: 'Folder:folder-0',
      privileges: ['Folder.Create'],
    });
  });
});
