// What becomes of a VCenter that is deleted while others are pinned to it, or write to it, in whichever order. And what a
// process remembers of a VCenter: its password goes with the object, also where there was never a session, and its
// holds get into the status also where an early phase fails, for a restart to find.
import { describe, expect, it } from '@jest/globals';
import { FINALIZERS } from '../../../../src/api/identifiers.ts';
import type { BaseSnapshot, LinkedClone, VCenter } from '../../../../src/api/types.generated.ts';
import { readConfig } from '../../../../src/config.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { VCenterReconciler } from '../../../../src/controllers/vcenter/reconciler.ts';
import type { ReconcileContext, ReconcileResult } from '../../../../src/kube/controller.ts';
import { ApiError } from '../../../../src/kube/api-error.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { silent } from '../../vsphere/support/calls.ts';
import { baseSnapshot, linkedClone, pinned, vCenter } from '../support/objects.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const SECRET = { metadata: { resourceVersion: '1' }, data: { username: base64('u'), password: base64('p') } };
const nothing = (): undefined => undefined;

function stored(status: VCenter['status'] = {}): VCenter {
  const object = vCenter({ spec: { server: '127.0.0.1' }, status }); // refused before anybody is asked
  Object.assign(object.metadata, { finalizers: [FINALIZERS.dependents] });
  return object;
}

interface Live {
  VCenter: () => VCenter | undefined;
  BaseSnapshot: BaseSnapshot[];
  LinkedClone: LinkedClone[];
  /** What a patch is answered with. */
  refusal?: ApiError;
}

/** Each look finds `object`. */
function rig() {
  const seen = { secretReads: 0, patches: [] as string[], lists: [] as string[], forgotten: [] as string[] };
  let object: VCenter | undefined;
  let onClose = nothing;
  /** What the API server has, by kind; the VCenter: as cached. */
  const live = { VCenter: (): VCenter | undefined => object, BaseSnapshot: [], LinkedClone: [] } as Live;
  const runtime = {
    clock: new FakeClock(),
    config: readConfig([], {}),
    namespace: 'linked-clone-system',
    stores: { vCenters: { get: () => object }, bases: { byIndex: () => [] }, clones: { byIndex: () => [] } },
    rest: {
      serverNow: nothing,
      get: async () => {
        seen.secretReads += 1;
        return SECRET;
      },
      patch: async (...patch: unknown[]) => {
        seen.patches.push(JSON.stringify(patch));
        if (live.refusal !== undefined) throw live.refusal;
        return object;
      },
    },
    connections: { get: nothing, close: async () => onClose() },
    metrics: { vcenterUp: { set: nothing, remove: nothing }, orphans: { remove: nothing } },
    grace: { clear: (uid: string) => seen.forgotten.push(`grace of ${uid}`), leftMs: () => 0 },
    writes: { waitMs: () => 0, wrote: nothing, forget: (uid: string) => seen.forgotten.push(`writes of ${uid}`) },
    events: { event: nothing },
    live: {
      get: async () => live.VCenter(),
      list: async ({ kind }: { kind: 'BaseSnapshot' | 'LinkedClone' }) => {
        seen.lists.push(kind);
        return live[kind];
      },
    },
  } as unknown as Runtime;
  const reconciler = new VCenterReconciler(runtime);
  const context = { logger: silent, signal: new AbortController().signal } as unknown as ReconcileContext;
  const look = async (now: VCenter | undefined): Promise<ReconcileResult> => {
    object = now;
    return reconciler.reconcile({ namespace: '', name: 'vc' }, context);
  };
  return { look, seen, live, onClose: (happens: () => undefined) => (onClose = happens) };
}

it('forgets one that was never connected', async () => {
  const { look, seen } = rig();
  const object = stored();
  await look(object);
  await look(object);
  expect(seen.secretReads).toBe(1);
  seen.forgotten.length = 0;
  await look(undefined);
  expect(seen.forgotten).toEqual(['grace of uid-vc', 'writes of uid-vc']);
  await look(object);
  expect(seen.secretReads).toBe(2);
});

it('writes the holds whichever phase ends the look', async () => {
  const { look, seen } = rig();
  const hold = { type: 'DeletionsPaused', id: 'TooManyDeletions-1', since: '2026-01-01T00:00:00Z' } as const;
  await look(stored({ holds: [hold] }));
  seen.patches.length = 0;
  await look(stored()); // the write that would have told is not there
  expect(seen.patches.join()).toContain('TooManyDeletions-1');
});

describe('a process that has just begun to lead', () => {
  const hold = { type: 'DeletionsPaused', id: 'deletions-1', since: '2026-01-01T00:00:00Z' } as const;
  const late = { key: 50, createdTime: '2026-01-01T00:00:00Z' };
  const early = { key: 40, createdTime: '2025-12-31T00:00:00Z' };
  const there = stored({ holds: [hold], eventHighWaterMark: late });

  it('has the holds and the mark that the API server has, and not those that its cache shows yet', async () => {
    const { look, seen, live } = rig();
    live.VCenter = () => there;
    await look(stored({ eventHighWaterMark: early }));
    expect(seen.patches.join()).toContain('resume-deletions=deletions-1'); // the condition is that of what stands in memory
    await look(stored({ eventHighWaterMark: early })); // still behind
    await look(there);
    expect(seen.patches.length).toBe(3);
    for (const patch of seen.patches) expect(patch).not.toMatch(/"holds","value":\[\]|"key":40/);
  });

  it('reads it once', async () => {
    const { look, live } = rig();
    let reads = 0;
    live.VCenter = () => {
      reads += 1;
      return there;
    };
    for (let looks = 0; looks < 3; looks += 1) await look(there);
    expect(reads).toBe(1);
  });

  it('asks nobody for anything while that can not be read, or once it is gone', async () => {
    const { look, seen, live } = rig();
    live.VCenter = () => {
      throw new ApiError('not now', { code: 503, reason: 'ServiceUnavailable' });
    };
    await expect(look(stored())).rejects.toThrow('not now');
    live.VCenter = nothing;
    expect(await look(stored())).toBeUndefined();
    expect([seen.secretReads, seen.patches]).toEqual([0, []]);
    live.VCenter = () => there;
    await look(there);
    expect(seen.patches.join()).toContain('resume-deletions=deletions-1');
  });
});

describe('a VCenter that is deleted', () => {
  const deleted = (status: VCenter['status'] = {}): VCenter => {
    const object = stored(status);
    Object.assign(object.metadata, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    return object;
  };
  const newBase = baseSnapshot();
  const newClone = linkedClone({ name: 'web-1', status: { vCenter: pinned().vCenter } });

  /** How often the finalizer was to be taken away. */
  const removals = (patches: readonly string[]): number =>
    patches.filter((patch) => patch.includes('"/metadata/finalizers"')).length;

  it('goes when nothing depends on it, as it was read', async () => {
    const { look, seen } = rig();
    expect(await look(deleted())).toBeUndefined();
    expect(removals(seen.patches)).toBe(1);
    expect(seen.patches[0]).toContain('{"op":"replace","path":"/metadata/resourceVersion","value":"1"}');
  });

  it.each([
    ['a base that the cache does not show yet', { BaseSnapshot: [newBase] }],
    ['a clone that the cache does not show yet', { LinkedClone: [newClone] }],
  ])('stays for %s', async (_, more) => {
    const { look, seen, live } = rig();
    Object.assign(live, more);
    await look(deleted());
    expect(removals(seen.patches)).toBe(0);
    expect(seen.patches.join()).toContain('DependentsExist');
  });

  it.each([
    ['base', { BaseSnapshot: [newBase] }],
    ['clone', { LinkedClone: [newClone] }],
  ])('stays for a %s that was pinned to it while its session was being ended', async (_, more) => {
    const { look, seen, live, onClose } = rig();
    onClose(() => void Object.assign(live, more));
    expect(await look(deleted())).toEqual({ requeueAfterMs: 1_000 });
    expect([seen.patches, seen.lists.length]).toEqual([[], 4]);
  });

  it('stays when somebody wrote to it meanwhile: a released machine may be remembered in it', async () => {
    const { look, seen, live } = rig();
    live.refusal = new ApiError('changed', { code: 409, reason: 'Conflict' });
    expect(await look(deleted())).toEqual({ requeueAfterMs: 1_000 });
    expect(removals(seen.patches)).toBe(1); // it was not asked again without the condition
    delete live.refusal;
    live.VCenter = () => deleted({ releasedClones: ['uid-web-1'], instanceUuid: 'vc-uuid' });
    await look(deleted());
    expect(removals(seen.patches)).toBe(1);
    expect(seen.patches.join()).toContain('ReleasesUnmarked');
  });

  it('goes though others depend on it when it was released by its UID', async () => {
    const { look, seen, live } = rig();
    live.BaseSnapshot = [newBase];
    const object = deleted();
    Object.assign(object.metadata, { annotations: { 'linkedclone.dev/release': object.metadata.uid } });
    expect(await look(object)).toBeUndefined();
    expect([removals(seen.patches), seen.lists]).toEqual([1, []]);
  });
});
