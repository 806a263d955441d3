// A deletion is explained by what its set or namespace is told to be, as the objects show it; all else counts.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone, LinkedCloneSet } from '../../../../src/api/types.generated.ts';
import type { DeletionView } from '../../../../src/controllers/vcenter/unexplained-deletions.ts';
import { unexplainedDeletions } from '../../../../src/controllers/vcenter/unexplained-deletions.ts';
import { linkedClone, linkedCloneSet, webClone } from '../support/objects.ts';

function view(
  set: LinkedCloneSet | undefined,
  clones: readonly LinkedClone[],
  own: readonly string[] = [],
): DeletionView {
  return {
    isTerminating: (namespace) => namespace === 'ending',
    setOf: (clone) => (clone.metadata.ownerReferences === undefined ? undefined : set),
    presentOf: () => clones.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length,
    isOwnPlan: ({ metadata }) => own.includes(metadata.name),
  };
}

/** Twenty of the set `web`, the first `deleted` of them being deleted. */
function crew(deleted: number): LinkedClone[] {
  return Array.from({ length: 20 }, (_, i) => webClone(i + 1, { deleted: i < deleted }));
}

function count(set: LinkedCloneSet | undefined, clones: readonly LinkedClone[], own?: readonly string[]): number {
  return unexplainedDeletions(clones, view(set, clones, own)).length;
}

describe('unexplainedDeletions', () => {
  const wants = (replicas: number, fields = {}) => linkedCloneSet({ spec: { replicas }, ...fields });

  it.each([
    ['behind its back', wants(20), 11, 11],
    ['scaled down by as many', wants(9), 11, 0],
    ['scaled down by fewer', wants(15), 11, 6],
    ['scaled up meanwhile', wants(30), 11, 11],
    ['scaled to nothing', wants(0), 20, 0],
    ['deleted itself', wants(20, { deleted: true }), 20, 0],
    ['gone without them', undefined, 11, 11],
  ])('of a set, %s', (_, set, deleted, expected) => {
    expect(count(set, crew(deleted))).toBe(expected);
  });

  it('leaves out what a set does by its own plan, though it was scaled up again since', () => {
    const clones = crew(15);
    const names = clones.slice(0, 15).map(({ metadata }) => metadata.name);
    expect(count(wants(20), clones, names)).toBe(0);
    expect(count(wants(20), clones, names.slice(1))).toBe(1);
  });

  it('of no set: all that are deleted, but for those of a namespace that ends and those whose VM stays', () => {
    const one = (name: string, fields = {}) => linkedClone({ name, deleted: true, ...fields });
    const clones = [
      one('a'),
      one('b', { namespace: 'ending' }),
      one('c', { spec: { deletionPolicy: 'Retain' } }),
      linkedClone({ name: 'd' }),
    ];
    expect(unexplainedDeletions(clones, view(undefined, clones)).map(({ uid }) => uid)).toEqual(['uid-a']);
  });
});
