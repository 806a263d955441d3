// What a process remembers of a VCenter: its password goes with the object, also where there was never a session, and its
// holds get into the status also where an early phase fails, for a restart to find.
import { expect, it } from '@jest/globals';
import { FINALIZERS } from '../../../../src/api/identifiers.ts';
import type { VCenter } from '../../../../src/api/types.generated.ts';
import { readConfig } from '../../../../src/config.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { VCenterReconciler } from '../../../../src/controllers/vcenter/reconciler.ts';
import type { ReconcileContext } from '../../../../src/kube/controller.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { silent } from '../../vsphere/support/calls.ts';
import { vCenter } from '../support/objects.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const SECRET = { metadata: { resourceVersion: '1' }, data: { username: base64('u'), password: base64('p') } };
const nothing = (): undefined => undefined;

function stored(status: VCenter['status'] = {}): VCenter {
  const object = vCenter({ spec: { server: '127.0.0.1' }, status }); // refused before anybody is asked
  Object.assign(object.metadata, { finalizers: [FINALIZERS.dependents] });
  return object;
}

/** Each look finds `object`. */
function rig() {
  const seen = { secretReads: 0, patches: [] as string[], forgotten: [] as string[] };
  let object: VCenter | undefined;
  const runtime = {
    clock: new FakeClock(),
    config: readConfig([], {}),
    namespace: 'linked-clone-system',
    stores: { vCenters: { get: () => object }, bases: { byIndex: () => [] }, clones: { byIndex: () => [] } },
    rest: {
      get: async () => {
        seen.secretReads += 1;
        return SECRET;
      },
      patch: async (...patch: unknown[]) => {
        seen.patches.push(JSON.stringify(patch));
        return object;
      },
    },
    connections: { get: nothing, close: async () => undefined },
    metrics: { vcenterUp: { set: nothing, remove: nothing }, orphans: { remove: nothing } },
    grace: { clear: (uid: string) => seen.forgotten.push(`grace of ${uid}`), leftMs: () => 0 },
    writes: { waitMs: () => 0, wrote: nothing, forget: (uid: string) => seen.forgotten.push(`writes of ${uid}`) },
    events: { event: nothing },
  } as unknown as Runtime;
  const reconciler = new VCenterReconciler(runtime);
  const context = { logger: silent, signal: new AbortController().signal } as unknown as ReconcileContext;
  const look = async (now: VCenter | undefined): Promise<void> => {
    object = now;
    await reconciler.reconcile({ namespace: '', name: 'vc' }, context);
  };
  return { look, seen };
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
