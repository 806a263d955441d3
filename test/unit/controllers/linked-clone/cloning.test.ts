// What comes of a clone task that failed: a VM of ours under the name is the clone, and no second one is made.
import { describe, expect, it } from '@jest/globals';
import { cloningPhase } from '../../../../src/controllers/linked-clone/cloning.ts';
import { ownerOf } from '../../../../src/controllers/linked-clone/observe.ts';
import { linkedClone } from '../support/objects.ts';
import { UID, VM, deletedClone, end, vimFault, intended, onStage, source, victim } from '../support/deleting-clone.ts';
import { REFS, tree } from '../support/inventory.ts';
import { ref } from '../support/vm.ts';

describe('DuplicateName', () => {
  it('of a VM that is ours, as the outcome of the task: it is verified, and CloneVM is not called again', async () => {
    const { status } = deletedClone();
    const clone = intended(linkedClone({ name: 'web-1', uid: UID, ...(status !== undefined && { status }) }), {
      folder: REFS.labs.value,
    });
    const { scope, connection, calls } = onStage({ vms: { 'vm-10': victim(), 'vm-1': source() }, clone });
    connection.tree = async () => tree();
    connection.track(ownerOf(scope), 'clone', ref('task-of-clone', 'Task'));
    end(connection, 'clone', vimFault('DuplicateName', 'CloneVM_Task', { name: 'web-01', object: VM }));
    expect(await cloningPhase(scope)).toBeUndefined();
    expect(scope.memory.result).toEqual(VM);
    expect(calls).toEqual([]);
  });
});
