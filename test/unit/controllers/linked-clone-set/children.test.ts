// A set's write to a clone that somebody else wrote to meanwhile: no failure, the newer version wakes the set by itself.
import { describe, expect, it } from '@jest/globals';
import { patchClone } from '../../../../src/controllers/linked-clone-set/children.ts';
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
