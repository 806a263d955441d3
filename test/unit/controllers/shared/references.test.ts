// References in words: what isn't there is said with at most five of the names that are. And a VCenter that is being deleted:
// it takes nothing new, and all that is pinned to it goes on.
import { describe, expect, it } from '@jest/globals';
import type { VCenter } from '../../../../src/api/types.generated.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { baseSnapshot, linkedClone, pinned, vCenter } from '../support/objects.ts';
import { listNames, requireStays, resolveVCenter } from '../../../../src/controllers/shared/references.ts';

describe('listNames', () => {
  it.each([
    [[], 'are none'],
    [['a'], 'is "a"'],
    [['b', 'a'], 'are "a", "b"'],
    [['f', 'e', 'd', 'c', 'b', 'a', 'g'], 'are "a", "b", "c", "d", "e" and 2 more'],
  ])('of %j: there %s', (names, expected) => {
    expect(listNames(names)).toBe(expected);
  });

  it('leaves the list as it is', () => {
    const names = Object.freeze(['b', 'a']);
    expect(listNames(names)).toBe('are "a", "b"');
    expect(names).toEqual(['b', 'a']);
  });
});

const GOING = vCenter({ deleted: true });

function runtimeWith(cached: VCenter, live: VCenter | undefined = cached): Runtime {
  return {
    config: { vcenters: [], 'conflict-retry': 30_000, 'status-interval': 1_000 },
    stores: { vCenters: { get: () => cached, list: () => [cached] } },
    connections: { get: () => ({ uid: cached.metadata.uid }) },
    live: { get: async () => live },
  } as unknown as Runtime;
}

describe('a VCenter that is being deleted', () => {
  const refusal = { reason: 'VCenterNotReady', stalled: true, message: expect.stringContaining('is being deleted') };
  const status = { vCenter: pinned().vCenter };

  it.each([
    ['base', baseSnapshot(), false],
    ['clone', linkedClone({ name: 'web-1' }), false],
    ['base that is pinned', baseSnapshot({ status }), true],
    ['clone that is pinned', linkedClone({ name: 'web-1', status }), true],
    ['base that is being deleted', baseSnapshot({ deleted: true }), true],
  ])('is resolved for what it must look after: a %s', (_, asker, resolved) => {
    const resolve = (): unknown => resolveVCenter(runtimeWith(GOING), 'vc', asker);
    if (resolved) expect(resolve()).toMatchObject({ vCenter: GOING });
    else expect(resolve).toThrow(expect.objectContaining(refusal));
  });

  it('has nothing pinned to it, whatever the cache shows', async () => {
    await expect(requireStays(runtimeWith(vCenter()), vCenter())).resolves.toBeUndefined();
    await expect(requireStays(runtimeWith(vCenter(), GOING), vCenter())).rejects.toMatchObject(refusal);
    const again = vCenter({ uid: 'uid-again' });
    await expect(requireStays(runtimeWith(vCenter(), again), vCenter())).rejects.toMatchObject({
      reason: 'VCenterNotReady',
      stalled: false,
    });
    const gone = { ...runtimeWith(vCenter()), live: { get: async () => undefined } } as unknown as Runtime;
    await expect(requireStays(gone, vCenter())).rejects.toMatchObject({ reason: 'VCenterNotFound' });
  });
});
