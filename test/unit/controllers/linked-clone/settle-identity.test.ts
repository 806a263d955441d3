// vCenter gave the clone another instanceUuid: its marker follows, one task at a time, and with a pause when that fails.
import { describe, expect, it } from '@jest/globals';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { verifyPhase } from '../../../../src/controllers/linked-clone/verify.ts';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import { MARKER, VM, deletedClone, end, vimFault, intended, onStage, victim } from '../support/deleting-clone.ts';

function stage() {
  const rig = onStage({
    vms: { 'vm-10': victim({ 'config.instanceUuid': 'another' }) },
    clone: intended(deletedClone()),
  });
  Object.assign(rig.scope.memory, { result: VM, resultOfTask: true });
  return rig;
}

async function said(scope: CloneScope): Promise<string> {
  return verifyPhase(scope).then(
    () => 'recorded',
    (error: unknown) => (error as Error).message,
  );
}

describe('a VM of ours with another instanceUuid', () => {
  it('is marked once, however often the clone is woken', async () => {
    const { scope, calls } = stage();
    for (let wakes = 0; wakes < 3; wakes += 1) expect(await said(scope)).toContain('its marker follows');
    expect(calls).toEqual([expect.stringContaining('another')]);
  });

  it('is marked again after a pause when that failed', async () => {
    const { scope, connection, calls, clock } = stage();
    await said(scope);
    end(connection, 'mark', vimFault('FileLocked', 'ReconfigVM_Task'));
    for (let wakes = 0; wakes < 3; wakes += 1) {
      expect(await said(scope)).toMatch(/its marker follows; that failed: .*FileLocked/);
      await clock.advance(5_000);
    }
    expect(calls).toHaveLength(1);
    await said(scope);
    expect(calls).toHaveLength(2);
  });
});

describe("another clone's VM, as the result of a recorded task", () => {
  const theirs = formatMarker({ ...MARKER, uid: 'uid-2', instanceUuid: 'uid-2' });
  const vms = { 'vm-10': victim({ 'config.instanceUuid': 'uid-2', [MARKER_PATH]: theirs }) };

  it.each([
    [false, 'looking for', undefined],
    [true, "isn't touched", VM],
  ])('is not waited for, where the task is not of a call of this process (%s)', async (called, message, result) => {
    const { scope, calls } = onStage({ vms, clone: intended(deletedClone()) });
    Object.assign(scope.memory, { result: VM, resultOfTask: true, fresh: true, called });
    expect(await said(scope)).toContain(message);
    expect([scope.memory.result, scope.memory.fresh, calls]).toEqual([result, called, []]);
  });
});

describe('a VM whose configuration vCenter does not tell', () => {
  it("is nobody else's for that: it is waited for", async () => {
    const { scope, calls } = onStage({
      vms: { 'vm-10': { name: 'web-01', 'runtime.connectionState': 'inaccessible' } },
      clone: intended(deletedClone()),
    });
    Object.assign(scope.memory, { result: VM, resultOfTask: true });
    await expect(verifyPhase(scope)).rejects.toMatchObject({
      reason: 'Disconnected',
      message: expect.stringContaining('"web-01" (vm-10)'),
    });
    expect(calls).toEqual([]);
  });
});
