// Who is pinned to a VCenter: by UID once pinned, so that one of the same name made later is held by nothing, unless it is
// for the same vCenter: then it is what the pin leads to.
import { describe, expect, it } from '@jest/globals';
import { baseDependsOn, cloneDependsOn } from '../../../../src/controllers/vcenter/dependents.ts';
import { baseSnapshot, linkedClone, vCenter } from '../support/objects.ts';

const VC = vCenter({ uid: 'uid-vc' });
const pin = (uid: string, name = 'vc') => ({ status: { vCenter: { name, uid, instanceUuid: 'vc-uuid' } } });

describe('a VCenter', () => {
  it.each([
    ['pinned to it', baseSnapshot(pin('uid-vc')), true],
    [
      'pinned to it, though the name in its spec is another',
      baseSnapshot({ ...pin('uid-vc'), spec: { vCenterRef: { name: 'other' } } }),
      true,
    ],
    ['pinned to an earlier one of its name', baseSnapshot(pin('uid-before')), false],
    ['naming it, not pinned yet', baseSnapshot(), true],
    ['naming another', baseSnapshot({ spec: { vCenterRef: { name: 'other' } } }), false],
  ])('is held by a base that is %s: %#', (_, base, expected) => {
    expect(baseDependsOn(base, VC)).toBe(expected);
  });

  it('made again for the same vCenter is held by what was pinned to the first, another vCenter of that name is not', () => {
    const again = (instanceUuid: string) => vCenter({ uid: 'uid-again', status: { instanceUuid } });
    const [base, clone] = [baseSnapshot(pin('uid-before')), linkedClone({ name: 'c', ...pin('uid-before') })];
    expect([baseDependsOn(base, again('vc-uuid')), cloneDependsOn(clone, again('vc-uuid'))]).toEqual([true, true]);
    expect([baseDependsOn(base, again('other')), cloneDependsOn(clone, again('other'))]).toEqual([false, false]);
  });

  it.each([
    ['pinned to it', linkedClone({ name: 'c', ...pin('uid-vc') }), true],
    ['pinned to an earlier one of its name', linkedClone({ name: 'c', ...pin('uid-before') }), false],
    ['not pinned: nothing was done for it', linkedClone({ name: 'c' }), false],
  ])('is held by a clone that is %s: %#', (_, clone, expected) => {
    expect(cloneDependsOn(clone, VC)).toBe(expected);
  });
});
