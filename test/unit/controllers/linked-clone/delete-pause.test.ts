// A task on the way out that always fails: it's tried again after a pause, however often the clone is woken meanwhile.
import { describe, expect, it } from '@jest/globals';
import { deleteClone } from '../../../../src/controllers/linked-clone/delete.ts';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { deletedClone, end, vimFault, onStage, source, victim } from '../support/deleting-clone.ts';

const PAUSE_MS = 15_000;

/** What the reconcile threw, as reason and message. */
async function said(scope: CloneScope): Promise<string> {
  return deleteClone(scope).then(
    () => 'let go',
    (error: unknown) => `${(error as { reason?: string }).reason ?? ''}: ${(error as Error).message}`,
  );
}

describe.each([
  ['Destroy_Task', 'destroy', {}],
  ['PowerOffVM_Task', 'powerOff', { 'runtime.powerState': 'poweredOn' }],
] as const)('%s that fails each time', (method, kind, fields) => {
  it('is called once in a pause, and says all the time why', async () => {
    const { scope, connection, calls, clock } = onStage({ vms: { 'vm-10': victim(fields), 'vm-1': source() } });
    for (let failures = 1; failures <= 5; failures += 1) {
      await said(scope);
      expect(calls).toHaveLength(failures);
      end(connection, kind, vimFault('FileLocked', method));
      for (let wakes = 0; wakes < 5; wakes += 1) {
        expect(await said(scope)).toMatch(/^Deleting: .*FileLocked.*; tried again$/);
        await clock.advance(PAUSE_MS / 6);
      }
      expect(calls).toHaveLength(failures);
      await clock.advance(PAUSE_MS / 6);
    }
    expect([connection.slots.delete.inFlight, connection.slots.power.inFlight]).toEqual([0, 0]);
  });
});

describe('a missing privilege', () => {
  it.each(['task', 'call'] as const)('of a %s holds the deletion, and is said', async (what) => {
    const { scope, connection, calls, clock } = onStage({ vms: { 'vm-10': victim(), 'vm-1': source() } });
    const error = vimFault('NoPermission', 'Destroy_Task', { privilegeId: 'VirtualMachine.Inventory.Delete' });
    if (what === 'call') Object.assign(connection.client, { destroy: () => Promise.reject(error) });
    await said(scope);
    if (what === 'task') end(connection, 'destroy', error);
    expect(await said(scope)).toMatch(/^DeletionBlocked: .*NoPermission, missing VirtualMachine.Inventory.Delete/);
    expect(scope.draft.find('DeletionBlocked')).toMatchObject({ status: 'True', reason: 'NoPermission' });
    await clock.advance(PAUSE_MS / 100);
    expect(await said(scope)).toMatch(/^DeletionBlocked: /);
    expect(calls.length).toBeLessThanOrEqual(1);
  });
});

describe('a call that is refused', () => {
  it('is repeated after the pause alone', async () => {
    const { scope, connection, clock } = onStage({ vms: { 'vm-10': victim(), 'vm-1': source() } });
    let calls = 0;
    connection.client.destroy = async () => {
      calls += 1;
      throw vimFault('TaskInProgress', 'Destroy_Task');
    };
    for (let wakes = 0; wakes < 6; wakes += 1) {
      expect(await said(scope)).toContain('TaskInProgress');
      await clock.advance(PAUSE_MS / 3);
    }
    expect(calls).toBe(2);
  });
});

describe('the mark of a machine that is retained', () => {
  it.each(['task', 'call'] as const)('whose %s fails is tried again after a minute', async (what) => {
    const clone = deletedClone({ deletionPolicy: 'Retain' });
    const { scope, connection, calls, clock } = onStage({ vms: { 'vm-10': victim(), 'vm-1': source() }, clone });
    const error = vimFault('FileLocked', 'ReconfigVM_Task');
    let refused = 0;
    if (what === 'call')
      connection.client.reconfigure = async () => {
        refused += 1;
        throw error;
      };
    await said(scope);
    if (what === 'task') end(connection, 'mark', error);
    for (let wakes = 0; wakes < 6; wakes += 1) {
      expect(await said(scope)).toMatch(/setting the marker to retained failed: .*FileLocked/);
      await clock.advance(9_999);
    }
    expect(calls.length + refused).toBe(1);
    await clock.advance(6);
    await said(scope);
    expect(calls.length + refused).toBe(2);
  });
});
