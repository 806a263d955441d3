// A clone on its way out, step by step: what is called, in which slot, and that neither Retain nor release ever writes to a
// VM that isn't ours.
import { describe, expect, it } from '@jest/globals';
import { deleteClone } from '../../../../src/controllers/linked-clone/delete.ts';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import { NotLeadingError } from '../../../../src/kube/lease-watchdog.ts';
import { CREATED, linkedClone, pinned } from '../support/objects.ts';
import { MARKER, UID, deletedClone, onStage, source, victim, vimFault } from '../support/deleting-clone.ts';

const FINE = { 'vm-10': victim(), 'vm-1': source() };
const COPY = { 'vm-10': victim({ 'config.instanceUuid': 'another' }) };
const STRANGER = { 'vm-10': victim({ [MARKER_PATH]: undefined, 'config.instanceUuid': 'another' }) };

/** What the reconcile threw, as reason and message. */
async function outcomeOf(scope: Parameters<typeof deleteClone>[0]): Promise<string> {
  return deleteClone(scope).then(
    () => 'let go',
    (error: unknown) => (error as { reason?: string }).reason ?? (error as Error).name,
  );
}

describe('deleteClone', () => {
  it('destroys a powered-off VM of ours, in a slot of the delete pool', async () => {
    const { scope, calls, connection } = onStage({ vms: FINE });
    expect(await outcomeOf(scope)).toBe('Deleting');
    expect(calls).toEqual(['destroy vm-10']);
    expect([connection.slots.delete.inFlight, connection.slots.power.inFlight]).toEqual([1, 0]);
  });

  it('powers a running one off first, in a slot of the power pool', async () => {
    const { scope, calls, connection } = onStage({
      vms: { ...FINE, 'vm-10': victim({ 'runtime.powerState': 'poweredOn' }) },
    });
    expect(await outcomeOf(scope)).toBe('Deleting');
    expect(calls).toEqual(['powerOff vm-10']);
    expect([connection.slots.delete.inFlight, connection.slots.power.inFlight]).toEqual([0, 1]);
  });

  it('lets the object go and the VM stay where its mark says that it was let go before', async () => {
    const released = victim({ [MARKER_PATH]: formatMarker({ ...MARKER, state: 'released' }) });
    const { scope, calls, connection, events } = onStage({ vms: { ...FINE, 'vm-10': released } });
    expect(await outcomeOf(scope)).toBe('let go');
    expect([calls, events]).toEqual([[], ['NotDestroyed web-1']]);
    expect(connection.slots.delete.inFlight).toBe(0);
  });

  it('does nothing while it is paused or an operation of it runs', async () => {
    const paused = onStage({ vms: FINE, clone: deletedClone({ paused: true }) });
    expect([await outcomeOf(paused.scope), paused.calls]).toEqual(['DeletionBlocked', []]);
    const busy = onStage({ vms: FINE });
    await outcomeOf(busy.scope);
    expect([await outcomeOf(busy.scope), busy.calls]).toEqual(['Deleting', ['destroy vm-10']]);
  });

  it.each([
    ['powers off', 'poweredOn', 'powerOff vm-10'],
    ['destroys', 'poweredOff', 'destroy vm-10'],
  ])('%s only what was looked at less than two seconds ago', async (_, powerState, call) => {
    const { scope, calls, connection, clock } = onStage({
      vms: { ...FINE, 'vm-10': victim({ 'runtime.powerState': powerState }) },
    });
    scope.runtime.guard.mayDestroy = () => clock.advance(2_001); // the API server took its time
    expect([await outcomeOf(scope), calls]).toEqual(['Deleting', []]);
    expect([connection.slots.delete.inFlight, connection.slots.power.inFlight]).toEqual([0, 0]);
    scope.runtime.guard.mayDestroy = async () => undefined;
    expect([await outcomeOf(scope), calls]).toEqual(['Deleting', [call]]);
  });

  it('gives its slot back when something holds it', async () => {
    const { scope, calls, connection } = onStage({ vms: { ...FINE, ...COPY } });
    expect([await outcomeOf(scope), calls]).toEqual(['DeletionBlocked', []]);
    expect(connection.slots.delete.inFlight).toBe(0);
    expect(scope.draft.find('DeletionBlocked')).toMatchObject({ status: 'True', reason: 'NotOurs' });
  });

  it('gives up a slot for powering on that it still waits for, or holds', async () => {
    for (const powerOps of [0, 5]) {
      const { scope, connection } = onStage({ vms: FINE });
      connection.setLimits({ ...connection.slots.limits, powerOps });
      connection.slots.requestPower(UID, 'uid-web', () => undefined);
      await outcomeOf(scope);
      expect([connection.slots.power.waiting, connection.slots.power.inFlight]).toEqual([0, 0]);
      expect(connection.slots.delete.inFlight).toBe(1);
    }
  });

  it('holds everything while the inventory went back in time', async () => {
    const { scope, calls, connection } = onStage({ vms: FINE });
    connection.holds.add({ type: 'InventoryRewound', id: '100-40', since: CREATED });
    expect([await outcomeOf(scope), calls]).toEqual(['DeletionBlocked', []]);
  });

  it('waits after a login until the events were looked at, and says nothing new meanwhile', async () => {
    const { scope, calls, connection, relogin } = onStage({ vms: FINE });
    relogin();
    const before = JSON.stringify(scope.draft.status);
    expect([await outcomeOf(scope), calls]).toEqual(['RequeueAfter', []]);
    expect(JSON.stringify(scope.draft.status)).toBe(before);
    connection.events.checked(0, 0, 2);
    expect([await outcomeOf(scope), calls]).toEqual(['Deleting', ['destroy vm-10']]);
  });

  it('does not take a VM for gone after a login before the events were looked at', async () => {
    const { scope, connection, relogin } = onStage({ vms: { 'vm-1': source() }, duringReads: () => relogin() });
    expect(await outcomeOf(scope)).toBe('RequeueAfter');
    connection.holds.add({ type: 'InventoryRewound', id: '100-40', since: CREATED });
    expect(await outcomeOf(scope)).toBe('DeletionBlocked');
  });

  it('does not take an intent for void where a restored vCenter has nothing', async () => {
    const operation = { type: 'Clone' as const, vmName: 'web-01', startedAt: CREATED, attempt: 1 };
    const { vm: _, ...status } = deletedClone().status ?? {};
    const clone = { ...deletedClone(), status: { ...status, operation } };
    const { scope, connection } = onStage({ vms: { 'vm-1': source() }, clone });
    connection.holds.add({ type: 'InventoryRewound', id: '100-40', since: CREATED });
    expect(await outcomeOf(scope)).toBe('DeletionBlocked');
  });
});

describe('the mass-deletion breaker', () => {
  const others = Array.from({ length: 40 }, (_, i) =>
    linkedClone({
      name: `one-${i}`,
      deleted: i < 11,
      status: { vCenter: pinned().vCenter, vm: { moRef: `vm-${i}`, instanceUuid: `uid-${i}` } },
    }),
  );

  it('holds before any slot is asked for, says how to resume, and makes no event of the clone', async () => {
    const { scope, calls, connection, events } = onStage({ vms: FINE, others, now: CREATED });
    expect([await outcomeOf(scope), calls]).toEqual(['DeletionBlocked', []]);
    expect(connection.slots.delete.inFlight).toBe(0);
    const [hold] = connection.holds.all;
    expect(scope.draft.find('DeletionBlocked')).toMatchObject({ status: 'True', reason: 'DeletionsPaused' });
    expect(scope.draft.find('DeletionBlocked')?.message).toContain(
      `kubectl annotate vcenter vc linkedclone.dev/resume-deletions=${hold?.id ?? ''} --overwrite`,
    );
    expect(events).toEqual(['DeletionsPaused vc']);
  });

  it('counts none that are pinned to another vCenter, which the name stood for', async () => {
    const elsewhere = { ...pinned().vCenter, instanceUuid: 'before' };
    const strangers = others.map((one) => ({ ...one, status: { ...one.status, vCenter: elsewhere } }));
    const { scope, calls } = onStage({ vms: FINE, others: strangers, now: CREATED });
    expect([await outcomeOf(scope), calls]).toEqual(['Deleting', ['destroy vm-10']]);
  });

  it('counts none that a set has deleted by its own plan', async () => {
    const { scope, calls } = onStage({ vms: FINE, others, now: CREATED });
    for (const { metadata } of others) scope.runtime.plannedDeletions.add(metadata.uid);
    expect([await outcomeOf(scope), calls]).toEqual(['Deleting', ['destroy vm-10']]);
  });

  it('holds when one of our definitions is being deleted, and gives the slot back', async () => {
    const terminatingCrds = [{ name: 'linkedclones.linkedclone.dev', since: Date.parse(CREATED) }];
    const { scope, calls, connection } = onStage({ vms: FINE, terminatingCrds });
    expect([await outcomeOf(scope), calls]).toEqual(['DeletionBlocked', []]);
    expect(connection.slots.delete.inFlight).toBe(0);
    expect(connection.holds.find('DeletionsPaused')?.id).toMatch(/^crds-\d+$/);
    expect(scope.draft.find('DeletionBlocked')?.reason).toBe('DeletionsPaused');
  });

  it('lets go what an administrator accepted', async () => {
    const terminatingCrds = [{ name: 'linkedclones.linkedclone.dev', since: Date.parse(CREATED) }];
    const { scope, calls, connection } = onStage({ vms: FINE, others, terminatingCrds, now: CREATED });
    connection.holds.deletions.accept(Date.parse(CREATED));
    expect([await outcomeOf(scope), calls]).toEqual(['Deleting', ['destroy vm-10']]);
  });
});

describe('Retain', () => {
  const clone = deletedClone({ deletionPolicy: 'Retain' });

  it('marks nothing while the object is paused', async () => {
    const paused = deletedClone({ deletionPolicy: 'Retain', paused: true });
    const { scope, calls } = onStage({ vms: FINE, clone: paused });
    expect([await outcomeOf(scope), calls]).toEqual(['DeletionBlocked', []]);
    expect(scope.draft.find('DeletionBlocked')?.reason).toBe('Paused');
  });

  it('marks a VM of ours as retained, and destroys nothing', async () => {
    const { scope, calls } = onStage({ vms: FINE, clone });
    expect(await outcomeOf(scope)).toBe('Deleting');
    expect(calls).toHaveLength(1);
    expect(calls[0]).toContain(JSON.stringify(formatMarker({ ...MARKER, state: 'retained' })));
  });

  it('lets a VM go that carries the mark, and writes it once', async () => {
    const marked = victim({ [MARKER_PATH]: formatMarker({ ...MARKER, state: 'retained' }) });
    const { scope, calls } = onStage({ vms: { ...FINE, 'vm-10': marked }, clone, live: null });
    expect([await outcomeOf(scope), calls]).toEqual(['let go', []]);
  });

  it.each([
    ['a copy', COPY],
    ['a VM of somebody else under the recorded reference', STRANGER],
  ])('does not write to %s', async (_, vms) => {
    const { scope, calls } = onStage({ vms, clone });
    expect(await outcomeOf(scope)).toBe('DeletionBlocked');
    expect(calls).toEqual([]);
    expect(scope.draft.find('DeletionBlocked')?.reason).toBe('NotOurs');
  });
});

describe.each(['Delete', 'Retain'] as const)('a VM that its reference does not find, with %s', (deletionPolicy) => {
  const clone = deletedClone({ deletionPolicy });

  it('and that is proven to be gone lets the object go', async () => {
    const { scope, calls } = onStage({ vms: { 'vm-1': source() }, clone });
    expect([await outcomeOf(scope), calls]).toEqual(['let go', []]);
    expect(scope.draft.isTrue('Lost')).toBe(true);
  });

  it('and whose host cannot be seen holds it', async () => {
    const recorded = { moRef: 'vm-10', instanceUuid: UID, host: 'host-1' };
    const held = deletedClone({ deletionPolicy }, { vm: recorded });
    const vms = { 'vm-1': source(), 'host-1': { 'runtime.connectionState': 'notResponding' } };
    const { scope, calls } = onStage({ vms, clone: held });
    expect([await outcomeOf(scope), calls]).toEqual(['Disconnected', []]);
  });

  it('and that has another reference now is followed, and recorded', async () => {
    const { scope, calls } = onStage({ vms: { 'vm-1': source(), 'vm-11': victim() }, clone });
    expect([await outcomeOf(scope), calls]).toEqual(['Deleting', []]);
    expect(scope.draft.status.vm?.moRef).toBe('vm-11');
  });
});

describe('the release annotation', () => {
  const metadata = { ...deletedClone().metadata, annotations: { 'linkedclone.dev/release': UID } };
  const clone = { ...deletedClone(), metadata };

  it('marks a VM of ours as released', async () => {
    const { scope, calls } = onStage({ vms: FINE, clone, live: null });
    expect(await outcomeOf(scope)).toBe('let go');
    expect(calls).toHaveLength(1);
    expect(calls[0]).toContain(JSON.stringify(formatMarker({ ...MARKER, state: 'released' })));
  });

  it('marks it also where it has another reference now', async () => {
    const { scope, calls } = onStage({ vms: { 'vm-11': victim() }, clone, live: null });
    expect(await outcomeOf(scope)).toBe('let go');
    expect(calls).toEqual([expect.stringContaining('reconfigure vm-11')]);
  });

  it.each([
    ['a copy', COPY],
    ['a VM of somebody else under the recorded reference', STRANGER],
    ['nothing', {}],
  ])('lets the object go where there is %s, and writes to nothing', async (_, vms) => {
    const { scope, calls } = onStage({ vms, clone, live: null });
    expect([await outcomeOf(scope), calls]).toEqual(['let go', []]);
  });

  it('is held where the VM carries no mark and no VCenter object could remember that it was released', async () => {
    for (const vms of [FINE, {}]) {
      const stage = { vms, clone, vCenter: null };
      const { scope } = onStage(stage);
      expect(await outcomeOf(scope)).toBe('DeletionBlocked');
      expect(scope.draft.find('DeletionBlocked')).toMatchObject({ status: 'True', reason: 'ReleaseNotRecorded' });
      expect(scope.draft.find('DeletionBlocked')?.message).toContain('Apply VCenter "vc" again');
    }
  });

  it('is not followed without the Lease', async () => {
    const { scope, calls } = onStage({ vms: FINE, clone, live: null });
    scope.runtime.guard.mayChange = () => {
      throw new NotLeadingError('this process is not the leader');
    };
    expect([await outcomeOf(scope), calls]).toEqual(['NotLeadingError', []]);
  });

  it('marks the VM as soon as that works, and lets the object go without after three failures', async () => {
    for (const failures of [1, 99]) {
      const { scope, connection, clock } = onStage({ vms: FINE, clone, live: null });
      let tries = 0;
      const mark = connection.client.reconfigure.bind(connection.client);
      connection.client.reconfigure = async (...args) => {
        tries += 1;
        if (tries <= failures) throw vimFault('TaskInProgress', 'ReconfigVM_Task');
        return mark(...args);
      };
      const said = [];
      for (let wakes = 0; wakes < 5 && said.at(-1) !== 'let go'; wakes += 1) {
        said.push(await outcomeOf(scope));
        await clock.advance(2_500);
      }
      const waits = Array.from({ length: failures === 1 ? 2 : 4 }, () => 'Deleting');
      expect([said, tries]).toEqual([[...waits, 'let go'], failures === 1 ? 2 : 3]);
    }
  });
});
