// Retain: the machine's own marker is what lets the object go, never the end of some reconfiguration.
import { describe, expect, it } from '@jest/globals';
import { ANNOTATIONS, FINALIZERS } from '../../../../src/api/identifiers.ts';
import { deleteClone } from '../../../../src/controllers/linked-clone/delete.ts';
import { ownerOf } from '../../../../src/controllers/linked-clone/observe.ts';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import type { LinkedClone, LinkedCloneSet } from '../../../../src/api/types.generated.ts';
import { MARKER, SOURCE, VM, deletedClone, end, onStage, source, victim } from '../support/deleting-clone.ts';
import { CREATED, linkedCloneSet } from '../support/objects.ts';
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
      connection.track(ownerOf(scope), 'hardware', ref('task-of-notes', 'Task'), VM);
      if (seen) expect([await outcomeOf(scope), calls]).toEqual(['Deleting', []]);
      end(connection, 'hardware');
      expect(await outcomeOf(scope)).toBe('Deleting');
      expect(calls).toEqual([expect.stringContaining('retained')]);
    }
  });

  it('waits for a clone task that runs as well', async () => {
    const { scope, connection, calls } = stage();
    connection.track(ownerOf(scope), 'clone', ref('task-of-clone', 'Task'), SOURCE);
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

  it('is remembered where the machine is not in the inventory: it may be registered again', async () => {
    const { scope, vms } = stage();
    Reflect.deleteProperty(vms, 'vm-10');
    const written: unknown[] = [];
    Object.assign(scope.runtime.rest, { patch: async (...patch: unknown[]) => written.push(patch[2]) });
    expect(await outcomeOf(scope)).toBe('let go');
    expect(JSON.stringify(written[0])).toContain('"releasedClones":["uid-web-1"]');
  });

  it('waits, and says so, while vCenter does not tell whose the machine is', async () => {
    const { scope, vms, calls } = stage();
    vms['vm-10'] = { name: 'web-01', 'runtime.connectionState': 'inaccessible' };
    expect([await outcomeOf(scope), calls]).toEqual(['DeletionBlocked', []]);
    expect(scope.draft.find('DeletionBlocked')?.reason).toBe('NotConnected');
  });

  it('waits, and says so, while the inventory went back in time, unless the machine carries the mark', async () => {
    const { scope, connection, calls, vms, events } = stage();
    connection.holds.add({ type: 'InventoryRewound', id: '100-40', since: CREATED });
    expect([await outcomeOf(scope), calls]).toEqual(['DeletionBlocked', []]);
    expect(scope.draft.find('DeletionBlocked')?.reason).toBe('InventoryRewound');
    expect(events).toEqual(['DeletionBlocked web-1']);
    vms['vm-10'] = RETAINED;
    expect(await outcomeOf(scope)).toBe('let go');
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

describe('a clone that its set keeps', () => {
  const LATER = '2026-01-01T00:01:01Z';
  const SOON_AFTER = '2026-01-01T00:00:02Z';
  const EARLIER = '2025-12-31T23:59:59Z';
  const owned = (): LinkedClone => {
    const clone = deletedClone();
    const owner = { apiVersion: 'linkedclone.dev/v1alpha1', kind: 'LinkedCloneSet', name: 'web', uid: 'uid-web' };
    return { ...clone, metadata: { ...clone.metadata, ownerReferences: [{ ...owner, controller: true }] } };
  };
  const setOf = (whenDeleted: 'Retain' | 'Delete', deletionTimestamp?: string, uid = 'uid-web'): LinkedCloneSet => {
    const set = linkedCloneSet({ uid, spec: { retentionPolicy: { whenDeleted } } });
    return { ...set, metadata: { ...set.metadata, ...(deletionTimestamp !== undefined && { deletionTimestamp }) } };
  };

  it.each<[string, boolean, LinkedCloneSet | undefined, string | undefined]>([
    ['was deleted with it, in the foreground', true, setOf('Retain', CREATED), undefined],
    ['was deleted after it', true, setOf('Retain', EARLIER), undefined],
    ['was deleted with it, by an API server whose clock is behind', true, setOf('Retain', SOON_AFTER), undefined],
    ['goes with its namespace, before its set', true, setOf('Retain'), EARLIER],
    ['was deleted long before it', false, setOf('Retain', LATER), undefined],
    ['was deleted alone', false, setOf('Retain'), undefined],
    ['was deleted with one whose clones go', false, setOf('Delete', CREATED), EARLIER],
    ['has an owner that is no more', false, undefined, EARLIER],
    ['has an owner in whose place there is another', false, setOf('Retain', CREATED, 'another'), undefined],
  ])('where it %s: %s', async (_, isKept, set, namespaceDeletedAt) => {
    const { scope, calls } = onStage({
      vms: { 'vm-10': victim(), 'vm-1': source() },
      clone: owned(),
      ...(set !== undefined && { set }),
      ...(namespaceDeletedAt !== undefined && { namespaceDeletedAt }),
    });
    expect(await outcomeOf(scope)).toBe('Deleting');
    expect(calls).toEqual([expect.stringContaining(isKept ? 'retained' : 'destroy')]);
  });

  it.each<[string, boolean, LinkedCloneSet, string]>([
    ['was deleted with it in the foreground', true, foreground(setOf('Delete', CREATED)), 'yes'],
    ['was deleted alone', false, setOf('Delete'), 'yes'],
    ['was deleted long before it', false, foreground(setOf('Delete', LATER)), 'yes'],
    ['goes with it and its namespace', false, setOf('Delete', CREATED), 'yes'],
    ['is not to be let go any more', false, foreground(setOf('Delete', CREATED)), 'false'],
  ])('which was to let go of it, where it %s: %s', async (_, isKept, set, detach) => {
    const clone = owned();
    const { scope, calls } = onStage({
      vms: { 'vm-10': victim(), 'vm-1': source() },
      clone: { ...clone, metadata: { ...clone.metadata, annotations: { [ANNOTATIONS.detach]: detach } } },
      set,
    });
    expect(await outcomeOf(scope)).toBe('Deleting');
    expect(calls).toEqual([expect.stringContaining(isKept ? 'retained' : 'destroy')]);
  });
});

/** The set, deleted with --cascade=foreground. */
function foreground(set: LinkedCloneSet): LinkedCloneSet {
  return { ...set, metadata: { ...set.metadata, finalizers: [FINALIZERS.clones, 'foregroundDeletion'] } };
}
