// What the process keeps of a clone between looks: it goes with the object, and a slot that nobody of ours needs goes sooner.
import { expect, it } from '@jest/globals';
import { FINALIZERS } from '../../../../src/api/identifiers.ts';
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import { LinkedCloneReconciler } from '../../../../src/controllers/linked-clone/reconciler.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import type { ReconcileContext } from '../../../../src/kube/controller.ts';
import { silent } from '../../vsphere/support/calls.ts';
import { UID, deletedClone, onStage, source, victim } from '../support/deleting-clone.ts';

/** Each look finds `object`. */
function rig() {
  const { scope, connection, calls } = onStage({ vms: { 'vm-10': victim(), 'vm-1': source() } });
  const forgotten: string[] = [];
  let object: LinkedClone | undefined;
  const runtime = {
    ...scope.runtime,
    stores: { ...scope.runtime.stores, clones: { ...scope.runtime.stores.clones, get: () => object } },
    grace: { clear: (uid: string) => forgotten.push(uid) },
  } as unknown as Runtime;
  const reconciler = new LinkedCloneReconciler(runtime);
  const context = { logger: silent, signal: new AbortController().signal } as unknown as ReconcileContext;
  const look = async (now: LinkedClone | undefined): Promise<unknown> => {
    object = now;
    return reconciler.reconcile({ namespace: 'lab', name: 'web-1' }, context);
  };
  return { look, runtime, connection, calls, forgotten };
}

function withFinalizers(...finalizers: readonly string[]): LinkedClone {
  const clone = deletedClone();
  return { ...clone, metadata: { ...clone.metadata, finalizers: [...finalizers] } };
}

it("gives up the slots of a clone that only somebody else's finalizer keeps", async () => {
  const { look, connection, calls } = rig();
  for (const powerOps of [0, 5]) {
    connection.setLimits({ ...connection.slots.limits, powerOps });
    connection.slots.requestPower(UID, 'uid-web', () => undefined);
    await look(withFinalizers('example.com/theirs'));
    expect([connection.slots.power.waiting, connection.slots.power.inFlight]).toEqual([0, 0]);
  }
  expect(calls).toEqual([]);
});

it('forgets that a clone was to go by plan, and whatever else it knew, once it is gone', async () => {
  const { look, runtime, connection, forgotten } = rig();
  runtime.plannedDeletions.add(UID);
  await look(withFinalizers('example.com/theirs', FINALIZERS.dependents));
  expect(runtime.plannedDeletions.has(UID)).toBe(true);
  connection.admissions.admit('base uid-win', UID);
  await look(undefined);
  expect([...runtime.plannedDeletions]).toEqual([]);
  expect(forgotten).toEqual([UID]);
  expect(connection.admissions.count('base uid-win', [], 'another')).toBe(0);
});
