// A set's write to a clone that somebody else wrote to meanwhile: no failure, the newer version wakes the set by itself.
import { describe, expect, it } from '@jest/globals';
import { deleteClone, patchClone } from '../../../../src/controllers/linked-clone-set/children.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { ApiError } from '../../../../src/kube/api-error.ts';
import { linkedCloneSet, webClone } from '../support/objects.ts';

async function patched(code: number | undefined): Promise<string[]> {
  const recorded: string[] = [];
  const runtime = {
    rest: {
      patch: async () => {
        if (code !== undefined) throw failure(code);
        return { metadata: { resourceVersion: '7' } };
      },
    },
    gates: { setClones: { record: (_: unknown, version: string) => recorded.push(version) } },
  } as unknown as Runtime;
  await patchClone(runtime, linkedCloneSet(), webClone(1), { spec: {} });
  return recorded;
}

function failure(code: number): ApiError {
  const reason = { 404: 'NotFound', 409: 'Conflict' }[code] ?? 'InternalError';
  return new ApiError(`status ${code}`, { code, reason, details: { name: 'web-01' } });
}

describe('patchClone', () => {
  it('waits for the cache to show its write', async () => {
    expect(await patched(undefined)).toEqual(['7']);
  });

  it.each([409, 404])('leaves alone what was changed or has gone (%i)', async (code) => {
    expect(await patched(code)).toEqual([]);
  });

  it('passes on what else goes wrong', async () => {
    await expect(patched(500)).rejects.toThrow('status 500');
  });
});

describe('deleteClone', () => {
  it.each<[string, ApiError | undefined, boolean]>([
    ['is the plan of the set, session or not', undefined, true],
    [
      'still is when the answer got lost: it may have been carried out',
      new ApiError('reset', { code: 0, reason: 'Transport' }),
      true,
    ],
    ['still is when the server had trouble', failure(500), true],
    ['is no more when it was never sent', new ApiError('reset', { code: 0, reason: 'Transport', sent: false }), false],
    ['is no more when it was refused', failure(403), false],
    ['is no more when somebody changed the clone', failure(409), false],
  ])('%s', async (_, error, planned) => {
    const runtime = {
      rest: {
        delete: async () => {
          if (error !== undefined) throw error;
          return undefined;
        },
      },
      plannedDeletions: new Set<string>(),
    } as unknown as Runtime;
    const clone = webClone(1);
    await deleteClone(runtime, linkedCloneSet(), clone).catch(() => undefined);
    expect(runtime.plannedDeletions.has(clone.metadata.uid)).toBe(planned);
  });
});
