// A base whose finalizer somebody took away vanishes without a last reconcile of its own: what it held or waited for goes,
// too, also where another one of its name is there at once.
import { describe, expect, it } from '@jest/globals';
import type { BaseSnapshot } from '../../../../src/api/types.generated.ts';
import { BaseSnapshotReconciler } from '../../../../src/controllers/base-snapshot/reconciler.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import type { ReconcileContext } from '../../../../src/kube/controller.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { baseSnapshot } from '../support/objects.ts';

const KEY = { namespace: 'lab', name: 'win' };

function rig(): { see: (base: BaseSnapshot | undefined) => Promise<unknown>; forgotten: string[] } {
  let cached: BaseSnapshot | undefined;
  const forgotten: string[] = [];
  const runtime = {
    clock: new FakeClock(),
    stores: { bases: { get: () => cached } },
    rest: { patch: async () => cached }, // the finalizer is added, and nothing else is done in that reconcile
    grace: { clear: () => undefined },
    writes: { forget: () => undefined },
    connections: { all: () => [{ forget: (uid: string) => forgotten.push(uid) }] },
  };
  const reconciler = new BaseSnapshotReconciler(runtime as unknown as Runtime);
  const context = { logger: createLogger('silent'), gateExpired: false } as unknown as ReconcileContext;
  return {
    see: (base) => {
      cached = base;
      return reconciler.reconcile(KEY, context);
    },
    forgotten,
  };
}

describe('a base that is gone', () => {
  it('is forgotten, once', async () => {
    const { see, forgotten } = rig();
    await see(baseSnapshot({ uid: 'uid-1' }));
    await see(baseSnapshot({ uid: 'uid-1' }));
    expect(forgotten).toEqual([]);
    await see(undefined);
    await see(undefined);
    expect(forgotten).toEqual(['uid-1']);
  });

  it('is forgotten when another has its name', async () => {
    const { see, forgotten } = rig();
    await see(baseSnapshot({ uid: 'uid-1' }));
    await see(baseSnapshot({ uid: 'uid-2' }));
    expect(forgotten).toEqual(['uid-1']);
  });
});
