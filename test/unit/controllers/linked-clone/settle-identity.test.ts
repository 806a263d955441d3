// vCenter gave the clone another instanceUuid: its marker follows, one task at a time, and with a pause when that fails.
import { describe, expect, it } from '@jest/globals';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { verifyPhase } from '../../../../src/controllers/linked-clone/verify.ts';
import { VM, deletedClone, end, vimFault, intended, onStage, victim } from '../support/deleting-clone.ts';

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
