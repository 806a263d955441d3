// The verdict about the disks is remembered as told only when it's stored: a refused write must not be the end of it.
import { describe, expect, it } from '@jest/globals';
import { FINALIZERS } from '../../../../src/api/identifiers.ts';
import { LinkedCloneReconciler } from '../../../../src/controllers/linked-clone/reconciler.ts';
import { vmView } from '../../../../src/controllers/vcenter/vm-view.ts';
import { UID, VM, deletedClone, onStage, victim } from '../support/deleting-clone.ts';
import { condition, linkedClone } from '../support/objects.ts';
import { chain, disk } from '../support/vm.ts';

function stage() {
  const { status } = deletedClone();
  const made = linkedClone({
    name: 'web-1',
    uid: UID,
    spec: { powerPolicy: 'Off' },
    status: { ...status, chainDepth: 2, conditions: [condition('Linked', 'True', 'DeltaDisks')] },
  });
  const clone = { ...made, metadata: { ...made.metadata, finalizers: [FINALIZERS.vm] } };
  const flat = victim({
    'config.changeVersion': '2',
    'config.hardware.device': [disk(2000, chain('[ds2] web-01/web-01.vmdk'))],
  });
  const snapshot = { 'config.hardware.device': [disk(2000, chain('[ds] win/win.vmdk'))] };
  const { scope, connection } = onStage({ vms: { 'vm-10': flat, 'snapshot-1': snapshot }, clone });
  connection.inventory.upsert(vmView(VM, flat));
  const written: string[] = [];
  let refusals = 1;
  let looks = 0;
  const readSoon = connection.client.readSoon.bind(connection.client);
  connection.client.readSoon = async (ref, paths) => {
    if (paths.includes('config.hardware.device')) looks += 1;
    return readSoon(ref, paths);
  };
  Object.assign(scope.runtime.stores.clones, { get: () => clone });
  Object.assign(scope.runtime, {
    grace: { clear: () => undefined, leftMs: () => 0 },
    rest: {
      patch: async (...[, , patch]: unknown[]) => {
        refusals -= 1;
        if (refusals >= 0) throw Object.assign(new Error('the object has been modified'), { conflict: true });
        written.push(JSON.stringify(patch));
        return clone;
      },
    },
  });
  const reconciler = new LinkedCloneReconciler(scope.runtime);
  const context = { ...scope.context, gateExpired: false } as Parameters<LinkedCloneReconciler['reconcile']>[1];
  const reconcile = async () => reconciler.reconcile({ namespace: 'lab', name: 'web-1' }, context);
  return { reconcile, written, looks: () => looks };
}

describe('a clone that was flattened', () => {
  it('is told to be Detached also when the first write of that is refused, and then looked at no more', async () => {
    const { reconcile, written, looks } = stage();
    await expect(reconcile()).rejects.toThrow('the object has been modified');
    await reconcile();
    expect(written).toEqual([expect.stringContaining('"Detached"')]);
    const before = looks();
    await reconcile();
    expect(looks()).toBe(before);
  });
});
