// Live reads: one request for all who ask in one moment, never one that began before the question, and 404 is an answer
// where other errors aren't.
import { describe, expect, it } from '@jest/globals';
import { LiveReads } from '../../../../src/controllers/shared/live.ts';
import { BASE_SNAPSHOTS, LINKED_CLONES } from '../../../../src/controllers/shared/resources.ts';
import { ApiError } from '../../../../src/kube/api-error.ts';
import type { RestClient } from '../../../../src/kube/rest.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const KEY = { namespace: 'lab', name: 'win' };

function rig(answer: (path: string, nth: number) => unknown): { clock: FakeClock; live: LiveReads; asked: string[] } {
  const clock = new FakeClock();
  const asked: string[] = [];
  const rest = {
    get: async (resource: { plural: string }, key: typeof KEY) => {
      asked.push(`${resource.plural} ${key.namespace}/${key.name}`);
      const result = answer(asked.at(-1) ?? '', asked.length);
      if (result instanceof Error) throw result;
      return result;
    },
  };
  return { clock, live: new LiveReads(rest as unknown as RestClient, clock, 25), asked };
}

describe('LiveReads', () => {
  it('asks once for all who want the same object, and by kind and name', async () => {
    const { clock, live, asked } = rig((path) => ({ path }));
    const answers = Promise.all([
      ...Array.from({ length: 50 }, () => live.get(BASE_SNAPSHOTS, KEY)),
      live.get(LINKED_CLONES, KEY),
      live.get(BASE_SNAPSHOTS, { ...KEY, namespace: 'other' }),
    ]);
    await clock.advance(25);
    expect(asked).toEqual(['basesnapshots lab/win', 'linkedclones lab/win', 'basesnapshots other/win']);
    const objects = (await answers) as unknown as { path: string }[];
    expect(objects.map((each) => each.path).slice(-3)).toEqual(asked);
  });

  it('asks again for who comes later', async () => {
    const { clock, live } = rig((_, nth) => ({ nth }));
    const first = live.get(BASE_SNAPSHOTS, KEY);
    await clock.advance(25);
    const second = live.get(BASE_SNAPSHOTS, KEY);
    await clock.advance(25);
    await expect(Promise.all([first, second])).resolves.toEqual([{ nth: 1 }, { nth: 2 }]);
  });

  it('answers undefined only when the API server says that the object is not there', async () => {
    const gone = new ApiError('not found', { code: 404, reason: 'NotFound', details: { name: 'win' } });
    const { clock, live } = rig(() => gone);
    const answer = live.get(BASE_SNAPSHOTS, KEY);
    await clock.advance(25);
    await expect(answer).resolves.toBeUndefined();
  });

  it.each([
    [
      'a missing CRD',
      new ApiError('the server could not find the requested resource', { code: 404, reason: 'NotFound' }),
    ],
    ['no right', new ApiError('forbidden', { code: 403, reason: 'Forbidden' })],
    ['no answer', new ApiError('reset', { code: 0, reason: 'Transport' })],
  ])('throws for %s: that is no absence', async (_, error) => {
    const { clock, live } = rig(() => error);
    const failed = live.get(BASE_SNAPSHOTS, KEY).catch((thrown: unknown) => thrown);
    await clock.advance(25);
    expect(await failed).toBe(error);
  });
});
