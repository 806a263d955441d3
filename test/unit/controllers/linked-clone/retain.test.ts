// Retain: the machine's own marker is what lets the object go, never the end of some reconfiguration.
import { describe, expect, it } from '@jest/globals';
import { deleteClone } from '../../../../src/controllers/linked-clone/delete.ts';
import { ownerOf } from '../../../../src/controllers/linked-clone/observe.ts';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import { MARKER, deletedClone, end, onStage, source, victim } from '../support/deleting-clone.ts';
import { ref } from '../support/vm.ts';

const RETAINED = victim({ [MARKER_PATH]: formatMarker({ ...MARKER, state: 'retained' }) });

function stage() {
  const vms = { 'vm-10': victim(), 'vm-1': source() };
  return { ...onStage({ vms, clone: deletedClone({ deletionPolicy: 'Retain' }) }), vms };
}

async function outcomeOf(scope: CloneScope): Promise<string> {
  return deleteClone(scope).then(
    () => 'let go',
    (error: unknown) => (error as { reason?: string }).reason ?? String(error),
  );
}

describe('Retain', () => {
  it('does not take the end of another change, of notes or hardware, for its mark', async () => {
    for (const seen of [true, false]) {
      const { scope, connection, calls } = stage();
      connection.track(ownerOf(scope), 'hardware', ref('task-of-notes', 'Task'));
      if (seen) expect([await outcomeOf(scope), calls]).toEqual(['Deleting', []]);
      end(connection, 'hardware');
      expect(await outcomeOf(scope)).toBe('Deleting');
      expect(calls).toEqual([expect.stringContaining('retained')]);
    }
  });

  it('waits for a clone task that runs as well', async () => {
    const { scope, connection, calls } = stage();
    connection.track(ownerOf(scope), 'clone', ref('task-of-clone', 'Task'));
    expect([await outcomeOf(scope), calls]).toEqual(['Deleting', []]);
  });

  it('lets go when the machine carries the mark, and marks again when it does not', async () => {
    const { scope, connection, calls, vms } = stage();
    await outcomeOf(scope);
    end(connection, 'mark');
    expect([await outcomeOf(scope), calls.length]).toEqual(['Deleting', 2]);
    vms['vm-10'] = RETAINED;
    end(connection, 'mark');
    expect([await outcomeOf(scope), calls.length]).toEqual(['let go', 2]);
  });

  it('gives back whatever slot it holds or waits for, in every pool', async () => {
    const { scope, connection, vms } = stage();
    vms['vm-10'] = RETAINED;
    for (const powerOps of [0, 5]) {
      connection.setLimits({ ...connection.slots.limits, powerOps });
      connection.slots.requestPower(scope.uid, 'uid-web', () => undefined);
      connection.slots.requestDelete(scope.uid, 'uid-web', () => undefined);
      expect(await outcomeOf(scope)).toBe('let go');
      const { power, delete: deletes } = connection.slots;
      expect([power.waiting, power.inFlight, deletes.waiting, deletes.inFlight]).toEqual([0, 0, 0, 0]);
    }
  });
});
