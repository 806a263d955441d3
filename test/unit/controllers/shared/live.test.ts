// Live reads: one request at a time for all who ask, never one that began before the question, and 404 is an answer where
// other errors aren't.
import { describe, expect, it } from '@jest/globals';
import { LiveReads } from '../../../../src/controllers/shared/live.ts';
import { BASE_SNAPSHOTS, LINKED_CLONES } from '../../../../src/controllers/shared/resources.ts';
import { ApiError } from '../../../../src/kube/api-error.ts';
import type { RestClient } from '../../../../src/kube/rest.ts';

const KEY = { namespace: 'lab', name: 'win' };

function rig(answer: (path: string, nth: number) => unknown): { live: LiveReads; asked: string[] } {
  const asked: string[] = [];
  const rest = {
    get: async (resource: { plural: string }, key: typeof KEY) => {
      asked.push(`${resource.plural} ${key.namespace}/${key.name}`);
      const result = answer(asked.at(-1) ?? '', asked.length);
      if (result instanceof Error) throw result;
      return result;
    },
  };
  const list = async (resource: { plural: string }, { namespace = '' }: { namespace?: string }): Promise<unknown> => {
    asked.push(`${resource.plural} ${namespace}`);
    return [answer(asked.at(-1) ?? '', asked.length)];
  };
  Object.assign(rest, { listAll: list });
  return { live: new LiveReads(rest as unknown as RestClient), asked };
}

describe('LiveReads', () => {
  it('asks at once, and once more for all who came meanwhile, by kind and name', async () => {
    const { live, asked } = rig((_, nth) => ({ nth }));
    const answers = Promise.all([
      ...Array.from({ length: 50 }, () => live.get(BASE_SNAPSHOTS, KEY)),
      live.get(LINKED_CLONES, KEY),
      live.get(BASE_SNAPSHOTS, { ...KEY, namespace: 'other' }),
    ]);
    expect(asked).toEqual(['basesnapshots lab/win', 'linkedclones lab/win', 'basesnapshots other/win']);
    const numbers = ((await answers) as unknown as { nth: number }[]).map(({ nth }) => nth);
    expect(asked.slice(3)).toEqual(['basesnapshots lab/win']);
    expect(numbers).toEqual([1, ...Array.from({ length: 49 }, () => 4), 2, 3]);
  });

  it('lists once, and once more for all who came meanwhile, by kind and namespace', async () => {
    const { live, asked } = rig((_, nth) => nth);
    const answers = await Promise.all([
      ...Array.from({ length: 500 }, () => live.list(LINKED_CLONES)),
      live.list(LINKED_CLONES, 'lab'),
      live.list(BASE_SNAPSHOTS),
    ]);
    expect(asked).toEqual(['linkedclones ', 'linkedclones lab', 'basesnapshots ', 'linkedclones ']);
    expect(answers).toEqual([[1], ...Array.from({ length: 499 }, () => [4]), [2], [3]]);
  });

  it('asks anew for who comes later', async () => {
    const { live } = rig((_, nth) => ({ nth }));
    expect(await live.get(BASE_SNAPSHOTS, KEY)).toEqual({ nth: 1 });
    expect(await live.get(BASE_SNAPSHOTS, KEY)).toEqual({ nth: 2 });
    expect(await Promise.all([live.get(BASE_SNAPSHOTS, KEY), live.get(BASE_SNAPSHOTS, KEY)])).toEqual([
      { nth: 3 },
      { nth: 4 },
    ]);
  });

  it('answers who waited behind a read that failed', async () => {
    const { live } = rig((_, nth) => (nth === 1 ? new ApiError('reset', { code: 0, reason: 'Transport' }) : { nth }));
    const [first, second] = await Promise.allSettled([live.get(BASE_SNAPSHOTS, KEY), live.get(BASE_SNAPSHOTS, KEY)]);
    expect(first).toMatchObject({ status: 'rejected' });
    expect(second).toEqual({ status: 'fulfilled', value: { nth: 2 } });
  });

  it('answers undefined only when the API server says that the object is not there', async () => {
    const gone = new ApiError('not found', { code: 404, reason: 'NotFound', details: { name: 'win' } });
    expect(await rig(() => gone).live.get(BASE_SNAPSHOTS, KEY)).toBeUndefined();
  });

  it.each([
    [
      'a missing CRD',
      new ApiError('the server could not find the requested resource', { code: 404, reason: 'NotFound' }),
    ],
    ['no right', new ApiError('forbidden', { code: 403, reason: 'Forbidden' })],
    ['no answer', new ApiError('reset', { code: 0, reason: 'Transport' })],
  ])('throws for %s: that is no absence', async (_, error) => {
    await expect(rig(() => error).live.get(BASE_SNAPSHOTS, KEY)).rejects.toBe(error);
  });
});
