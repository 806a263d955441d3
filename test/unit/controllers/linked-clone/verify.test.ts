// A clone that came out as a full copy: it's removed in a slot of the delete pool like everything else that is destroyed.
import { describe, expect, it } from '@jest/globals';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { verifyPhase } from '../../../../src/controllers/linked-clone/verify.ts';
import type { VCenterConnection } from '../../../../src/controllers/vcenter/connection.ts';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import { MARKER, UID, VM, deletedClone, living, onStage, victim } from '../support/deleting-clone.ts';
import type { FakeClock } from '../../../support/fake-clock.ts';
import { CREATED, condition } from '../support/objects.ts';
import { chain, disk } from '../support/vm.ts';

const INTENT = { type: 'Clone', startedAt: '2026-01-01T00:00:00Z', attempt: 1, snapshot: 'snapshot-1' } as const;

function stage(fields: Record<string, unknown> = {}): {
  scope: CloneScope;
  connection: VCenterConnection;
  calls: string[];
  clock: FakeClock;
} {
  const { vm: _, ...status } = deletedClone().status ?? {};
  const conditions = [condition('Linked', 'False', 'FullCopy')]; // the verdict is stored already
  const clone = { ...living(deletedClone()), status: { ...status, operation: INTENT, conditions } };
  const vms = {
    'vm-10': victim({ 'config.hardware.device': [disk(2000, chain('[ds] web-01/web-01.vmdk'))], ...fields }),
    'snapshot-1': { 'config.hardware.device': [disk(2000, chain('[ds] win/win.vmdk'))] },
  };
  const made = { $type: 'VmClonedEvent', key: 1, chainId: 1, vm: { name: 'web-01', vm: VM } };
  const { scope, connection, calls, clock } = onStage({ vms, clone, events: [made] });
  Object.assign(scope.memory, { result: VM, resultOfTask: true, called: true });
  return { scope, connection, calls, clock };
}

async function outcomeOf(scope: CloneScope): Promise<string> {
  return verifyPhase(scope).then(
    () => 'recorded',
    (error: unknown) => (error as { reason?: string }).reason ?? String(error),
  );
}

/** What changed something: the events that prove that it was never used are read, too. */
function changes(calls: readonly string[]): string[] {
  return calls.filter((call) => call !== 'QueryEvents');
}

describe('a machine that was let go', () => {
  it('is not recorded again where a backup has brought the intent back', async () => {
    const { scope, calls } = stage({ [MARKER_PATH]: formatMarker({ ...MARKER, state: 'retained' }) });
    expect(await outcomeOf(scope)).toBe('NotOurs');
    expect(calls).toEqual([]);
  });
});

describe('a full copy', () => {
  it('is removed in a slot of the delete pool', async () => {
    const { scope, connection, calls } = stage();
    expect([await outcomeOf(scope), changes(calls)]).toEqual(['NotLinked', ['destroy vm-10']]);
    expect(connection.slots.delete.inFlight).toBe(1);
  });

  it('waits for one while all are taken, and gets it', async () => {
    const { scope, connection, calls } = stage();
    connection.setLimits({ ...connection.slots.limits, deletes: 1 });
    connection.slots.requestDelete('another', 'another', () => undefined);
    expect([await outcomeOf(scope), changes(calls)]).toEqual(['NotLinked', []]);
    connection.slots.release('delete', 'another');
    expect([await outcomeOf(scope), changes(calls)]).toEqual(['NotLinked', ['destroy vm-10']]);
  });

  it.each<[string, (clone: LinkedClone) => LinkedClone | undefined]>([
    ['paused', (clone) => ({ ...clone, spec: { ...clone.spec, paused: true } })],
    ['deleted', (clone) => ({ ...clone, metadata: { ...clone.metadata, deletionTimestamp: CREATED } })],
    ['another of its name', (clone) => ({ ...clone, metadata: { ...clone.metadata, uid: 'uid-other' } })],
    ['gone', () => undefined],
  ])('stays where its object is %s, and the cache does not know', async (_, change) => {
    const { scope, connection, calls } = stage();
    Object.assign(scope.runtime.live, { get: async () => change(scope.clone) });
    expect([await outcomeOf(scope), changes(calls), connection.slots.delete.inFlight]).toEqual(['NotLinked', [], 0]);
  });

  it('may still go by a call that was not answered: nothing is concluded before that can not arrive', async () => {
    const { scope, connection } = stage();
    connection.client.destroy = async () => {
      throw new VSphereError({ fault: 'Transport', method: 'Destroy_Task', sent: true });
    };
    await outcomeOf(scope);
    expect(scope.memory.lost?.method).toBe('Destroy_Task');
  });

  it('is not removed on what was seen before its call waited for a socket', async () => {
    const { scope, connection, clock } = stage();
    connection.client.destroy = async (_, options) => {
      await clock.advance(2_001);
      options?.mayGo?.();
      throw new Error('it went out');
    };
    expect([await outcomeOf(scope), connection.slots.delete.inFlight]).toEqual(['NotLinked', 0]);
  });

  it('gives the slot back when nothing was begun', async () => {
    const { scope, connection, calls } = stage();
    scope.runtime.guard.mayDestroy = async () => Promise.reject(new Error('not the leader'));
    expect([await outcomeOf(scope), changes(calls)]).toEqual(['Error: not the leader', []]);
    expect([connection.slots.delete.inFlight, connection.slots.delete.usage('all')]).toEqual([0, 0]);
    expect(connection.operations.running(UID, 'destroy')).toBeUndefined();
  });
});
