// A call whose reply got lost may still arrive: nobody is let go, marked or taken for somebody else's before the session has
// ended that it was sent in. And a call that waited for a socket doesn't go out on what was seen before the wait.
import { describe, expect, it } from '@jest/globals';
import { ANNOTATIONS } from '../../../../src/api/identifiers.ts';
import { deleteClone } from '../../../../src/controllers/linked-clone/delete.ts';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import type { InvokeOptions } from '../../../../src/vsphere/invoke.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import type { Stage } from '../support/deleting-clone.ts';
import { MARKER, UID, deletedClone, onStage, source, victim } from '../support/deleting-clone.ts';

const LOST = new VSphereError({ fault: 'Transport', method: 'Destroy_Task', sent: true });
const RETAINED = victim({ [MARKER_PATH]: formatMarker({ ...MARKER, state: 'retained' }) });

async function outcomeOf(scope: CloneScope): Promise<string> {
  return deleteClone(scope).then(
    () => 'let go',
    (error: unknown) => (error as { reason?: string }).reason ?? (error as Error).message,
  );
}

/** Its Destroy was sent, and no answer came. */
async function lost(more: Partial<Stage> = {}) {
  const vms: Stage['vms'] = { 'vm-10': victim(), 'vm-1': source() };
  const rig = onStage({ vms, ...more });
  const destroy = rig.connection.client.destroy.bind(rig.connection.client);
  rig.connection.client.destroy = async () => Promise.reject(LOST);
  await outcomeOf(rig.scope);
  rig.connection.client.destroy = destroy;
  rig.scope.memory.pause = undefined;
  const patches: string[] = [];
  Object.assign(rig.scope.runtime.rest, {
    patch: async (...patch: unknown[]) => patches.push(JSON.stringify(patch[2])),
  });
  /** What people changed meanwhile. */
  const change = (clone: ReturnType<typeof deletedClone>): void => {
    Object.assign(rig.scope, { clone });
    Object.assign(rig.scope.runtime.live, { get: async () => clone });
  };
  return { ...rig, vms, patches, change };
}

function released(): ReturnType<typeof deletedClone> {
  const clone = deletedClone();
  return { ...clone, metadata: { ...clone.metadata, annotations: { [ANNOTATIONS.release]: UID } } };
}

describe('a clone that is to be kept after its Destroy was sent and not answered', () => {
  it('is marked once that one can not arrive any more', async () => {
    const { scope, calls, change } = await lost();
    change(deletedClone({ deletionPolicy: 'Retain' }));
    expect(await outcomeOf(scope)).toBe('Deleting');
    expect(calls).toEqual(['new session', expect.stringContaining('retained')]);
  });

  it('stays while the session can not be ended, though it carries the mark', async () => {
    const { scope, calls, change, vms } = await lost({ sessionStays: true });
    change(deletedClone({ deletionPolicy: 'Retain' }));
    Object.assign(vms, { 'vm-10': RETAINED });
    expect([await outcomeOf(scope), calls]).toEqual(['OutcomeUnknown', []]);
  });

  it('is let go where its client has ended: nothing can be done about the call any more', async () => {
    const { scope, change, connection, vms } = await lost({ sessionStays: true });
    change(deletedClone({ deletionPolicy: 'Retain' }));
    Object.assign(vms, { 'vm-10': RETAINED });
    Object.assign(connection.client, { ended: true });
    expect(await outcomeOf(scope)).toBe('let go');
  });

  it('is released in a new session', async () => {
    const { scope, calls, change } = await lost();
    change(released());
    expect(await outcomeOf(scope)).toBe('let go');
    expect(calls).toEqual(['new session', expect.stringContaining('released')]);
  });

  it('is released all the same, after some tries, where the session can not be ended', async () => {
    const { scope, clock, change, patches } = await lost({ sessionStays: true });
    change(released());
    const outcomes: string[] = [];
    while (!outcomes.includes('let go') && outcomes.length < 10) {
      outcomes.push(await outcomeOf(scope));
      await clock.advance(60_000);
    }
    expect(outcomes).toEqual(['Deleting', 'Deleting', 'let go']);
    expect(patches.join()).toContain('/status/releasedClones');
  });
});

describe('a call that changes a machine and waited for a socket', () => {
  it.each([
    ['destroy', 'poweredOff'],
    ['powerOff', 'poweredOn'],
  ] as const)('does not go out on what was seen before: %s', async (method, powerState) => {
    const vms = { 'vm-10': victim({ 'runtime.powerState': powerState }), 'vm-1': source() };
    const { scope, clock, connection } = onStage({ vms });
    const sent: string[] = [];
    let waitMs = 2_001;
    connection.client[method] = async (vm: MoRef, options?: InvokeOptions) => {
      await clock.advance(waitMs);
      options?.mayGo?.();
      sent.push(vm.value);
      return { type: 'Task', value: 'task-1' };
    };
    expect([await outcomeOf(scope), sent, connection.slots.delete.inFlight]).toEqual(['Deleting', [], 0]);
    waitMs = 1_000;
    expect([await outcomeOf(scope), sent]).toEqual(['Deleting', ['vm-10']]);
  });
});

describe('a vCenter that another operator claims', () => {
  function claimed(clone: ReturnType<typeof deletedClone>) {
    const rig = onStage({ vms: { 'vm-10': victim(), 'vm-1': source() }, clone });
    const patches: string[] = [];
    Object.assign(rig.scope.runtime.rest, {
      patch: async (...patch: unknown[]) => patches.push(JSON.stringify(patch[2])),
    });
    Object.defineProperty(rig.connection.holds, 'claimed', { get: () => 'another has it' });
    return { ...rig, patches };
  }

  it('holds what is retained, and says why', async () => {
    const { scope, calls } = claimed(deletedClone({ deletionPolicy: 'Retain' }));
    expect([await outcomeOf(scope), calls]).toEqual(['DeletionBlocked', []]);
    expect(scope.draft.find('DeletionBlocked')).toMatchObject({ status: 'True', reason: 'VCenterClaimed' });
  });

  it('does not keep what is released: it is remembered', async () => {
    const { scope, calls, patches } = claimed(released());
    expect([await outcomeOf(scope), calls]).toEqual(['let go', []]);
    expect(patches.join()).toContain(`"releasedClones":["${UID}"]`);
  });
});
