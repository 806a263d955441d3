// One clone that is deleted during a scan, or made anew under its name, costs nobody else its figures.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { StorageScan } from '../../../../src/controllers/vcenter/storage-scan.ts';
import { ApiError } from '../../../../src/kube/api-error.ts';
import type { ObjectKey } from '../../../../src/kube/objects.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { moRefKey } from '../../../../src/vsphere/mo-ref.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { webClone } from '../support/objects.ts';

const GONE = { code: 404, reason: 'NotFound', details: { name: 'web-1' } };
const ANEW = { code: 409, reason: 'Conflict', details: { name: 'web-1' } };
const OURS = [1, 2, 3].map((n) => pinnedClone(n, 'vc-uuid'));
const DOWN = { code: 500, reason: 'InternalError' };

function pinnedClone(ordinal: number, instanceUuid: string): LinkedClone {
  const clone = webClone(ordinal);
  return { ...clone, status: { ...clone.status, vCenter: { name: 'vc', uid: 'uid-vc', instanceUuid } } };
}

/** Names of the clones whose figures were written by one scan of three, where the first one's write fails. */
async function written(failure: ConstructorParameters<typeof ApiError>[1], clones = OURS): Promise<string[]> {
  const clock = new FakeClock();
  const names: string[] = [];
  const storage = { perDatastoreUsage: [{ committed: 10, unshared: 5 }] };
  const connection = {
    name: 'vc',
    instanceUuid: 'vc-uuid',
    client: {
      readMany: async (refs: readonly MoRef[]) =>
        new Map(refs.map((ref) => [moRefKey(ref), { properties: { storage } }])),
    },
  };
  const runtime = {
    clock,
    config: { 'storage-interval': 1000 },
    logger: createLogger('silent'),
    connections: { all: () => [connection] },
    stores: { clones: { byIndex: () => clones } },
    rest: {
      patch: async (_resource: unknown, key: ObjectKey) => {
        if (key.name === 'web-1') throw new ApiError('refused', failure);
        names.push(key.name);
      },
    },
  };
  const stop = new AbortController();
  new StorageScan(runtime as unknown as Runtime).start(stop.signal);
  await clock.advance(1500);
  stop.abort();
  return names;
}

describe('StorageScan', () => {
  it('goes on with the others when one is gone or another one now', async () => {
    expect(await written(GONE)).toEqual(['web-2', 'web-3']);
    expect(await written(ANEW)).toEqual(['web-2', 'web-3']);
  });

  it('writes nothing of a clone that is pinned to another vCenter, which that name stood for', async () => {
    expect(await written(GONE, [pinnedClone(2, 'before'), pinnedClone(3, 'vc-uuid')])).toEqual(['web-3']);
  });

  it('gives up until the next interval when the API server has trouble', async () => {
    expect(await written(DOWN)).toEqual([]);
  });
});
