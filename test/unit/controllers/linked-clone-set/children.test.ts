// A set's write to a clone that somebody else wrote to meanwhile: no failure, the newer version wakes the set by itself.
import { describe, expect, it } from '@jest/globals';
import { createClones, deleteClone, patchClone } from '../../../../src/controllers/linked-clone-set/children.ts';
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { ApiError } from '../../../../src/kube/api-error.ts';
import { NotLeadingError } from '../../../../src/kube/lease-watchdog.ts';
import { silent } from '../../vsphere/support/calls.ts';
import { linkedClone, linkedCloneSet, webClone } from '../support/objects.ts';

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

describe('createClones', () => {
  it('makes nothing more once this process leads no more', async () => {
    const created: string[] = [];
    let asked = 0;
    const runtime = {
      guard: {
        mayChange: () => {
          asked += 1;
          if (asked > 3) throw new NotLeadingError('this process is not the leader');
        },
      },
      rest: {
        create: async (_: unknown, __: string, clone: LinkedClone) => {
          created.push(clone.metadata.name);
          return { metadata: { resourceVersion: '7' } };
        },
      },
      gates: { setClones: { record: () => undefined } },
    } as unknown as Runtime;
    const made = createClones(runtime, linkedCloneSet(), [1, 2, 3, 4, 5], 'web-1');
    await expect(made).rejects.toThrow(NotLeadingError);
    expect(created).toHaveLength(3);
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
    expect(await isPlanned(error, async () => webClone(1, { deleted: true }))).toBe(planned);
  });

  const lost = new ApiError('reset', { code: 0, reason: 'Transport' });
  it.each<[string, () => Promise<LinkedClone | undefined>]>([
    ['the clone is not on its way out', async () => webClone(1)],
    ['another clone has the name', async () => linkedClone({ name: 'web-1', uid: 'another', deleted: true })],
    ['it is gone', async () => undefined],
    ['nobody can tell', async () => Promise.reject(lost)],
  ])('whose answer got lost is no more where %s', async (_, live) => {
    expect(await isPlanned(lost, live)).toBe(false);
  });

  async function isPlanned(
    refusal: ApiError | undefined,
    read: () => Promise<LinkedClone | undefined>,
  ): Promise<boolean> {
    const runtime = {
      rest: {
        delete: async () => {
          if (refusal !== undefined) throw refusal;
          return undefined;
        },
      },
      live: { get: read },
      logger: silent,
      plannedDeletions: new Set<string>(),
    } as unknown as Runtime;
    const clone = webClone(1);
    await Promise.allSettled([deleteClone(runtime, linkedCloneSet(), clone)]);
    return runtime.plannedDeletions.has(clone.metadata.uid);
  }
});
