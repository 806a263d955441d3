// What a process remembers of a VCenter, its password among it, goes with the object, also where there was never a session.
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

it('forgets one that was never connected', async () => {
  const object = vCenter({ spec: { server: '127.0.0.1' } }); // refused before anybody is asked
  Object.assign(object.metadata, { finalizers: [FINALIZERS.dependents] });
  let stored: VCenter | undefined = object;
  let secretReads = 0;
  const runtime = {
    clock: new FakeClock(),
    config: readConfig([], {}),
    namespace: 'linked-clone-system',
    stores: { vCenters: { get: () => stored }, bases: { byIndex: () => [] }, clones: { byIndex: () => [] } },
    rest: {
      get: async () => {
        secretReads += 1;
        return SECRET;
      },
      patch: async () => object,
    },
    connections: { get: nothing, close: async () => undefined },
    metrics: { vcenterUp: { set: nothing, remove: nothing }, orphans: { remove: nothing } },
    grace: { clear: nothing, leftMs: () => 0 },
    writes: { waitMs: () => 0, wrote: nothing },
  } as unknown as Runtime;
  const reconciler = new VCenterReconciler(runtime);
  const context = { logger: silent, signal: new AbortController().signal } as unknown as ReconcileContext;
  const look = (): Promise<unknown> => reconciler.reconcile({ namespace: '', name: 'vc' }, context);
  await look();
  await look();
  expect(secretReads).toBe(1);
  stored = undefined;
  await look();
  stored = object;
  await look();
  expect(secretReads).toBe(2);
});
