// Who is let go unmarked is written into a VCenter: into one that has room, or nobody is let go.
import { describe, expect, it } from '@jest/globals';
import type { VCenter } from '../../../../../src/api/types.generated.ts';
import { rememberRelease } from '../../../../../src/controllers/vcenter/orphans/tombstones.ts';
import type { Runtime } from '../../../../../src/controllers/shared/runtime.ts';
import { UID, deletedClone } from '../../support/deleting-clone.ts';
import { vCenter } from '../../support/objects.ts';

const FULL = Array.from({ length: 256 }, (_, i) => `uid-${i}`);

/** VCenters by their names, with the UIDs that each remembers, all for one vCenter. */
function rig(released: Readonly<Record<string, readonly string[]>>): { runtime: Runtime; written: string[] } {
  const written: string[] = [];
  const all = Object.entries(released).map(([name, uids]): VCenter => {
    const object = vCenter({ status: { releasedClones: [...uids], instanceUuid: 'vc-uuid' } });
    return { ...object, metadata: { ...object.metadata, name } };
  });
  const runtime = {
    stores: { vCenters: { list: () => all } },
    live: { get: async (_: unknown, { name }: { name: string }) => all.find((one) => one.metadata.name === name) },
    rest: { patch: async (_: unknown, { name }: { name: string }) => written.push(name) },
  };
  return { runtime: runtime as unknown as Runtime, written };
}

describe('a clone that is let go unmarked', () => {
  it.each<[string, Readonly<Record<string, readonly string[]>>, string, readonly string[]]>([
    ['with room', { vc: ['x'] }, 'done', ['vc']],
    ['that knows it already', { vc: [UID] }, 'done', []],
    ['that is full and knows it already', { vc: [...FULL.slice(1), UID] }, 'done', []],
    ['that is full', { vc: FULL }, 'full', []],
    ['that is full, beside another with room', { vc: FULL, second: [] }, 'done', ['second']],
    ['that is gone, beside another that is full', { second: FULL }, 'full', []],
    ['that is gone', {}, 'noVCenter', []],
  ])('has a VCenter %s', async (_, released, answer, writes) => {
    const { runtime, written } = rig(released);
    expect([await rememberRelease(runtime, deletedClone()), written]).toEqual([answer, writes]);
  });
});
