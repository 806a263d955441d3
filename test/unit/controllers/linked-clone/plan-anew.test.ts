// A plan on a base that is deleted, or not there any more, is taken back where nothing has come of it and nothing can: only then
// may the clone be moved to another base, and the base go. In any doubt it stays.
import { describe, expect, it } from '@jest/globals';
import type { BaseSnapshot, LinkedClone } from '../../../../src/api/types.generated.ts';
import { cloningPhase } from '../../../../src/controllers/linked-clone/cloning.ts';
import { basePhase } from '../../../../src/controllers/linked-clone/references.ts';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import type { VCenterHolds } from '../../../../src/controllers/vcenter/holds.ts';
import { CREATED, baseSnapshot, linkedClone, pinned } from '../support/objects.ts';
import { UID, VM, deletedClone, intended, onStage, source, victim } from '../support/deleting-clone.ts';
import type { Stage } from '../support/deleting-clone.ts';
import { REFS, tree } from '../support/inventory.ts';
import { ref } from '../support/vm.ts';

const FOLDER = REFS.labs.value;
const DELETED = baseSnapshot({ uid: 'uid-win', status: pinned(), deleted: true });
const MADE_AGAIN = baseSnapshot({ uid: 'uid-win-2', status: pinned() });
/** The event of a clone as this one was asked for. */
const CLONED = {
  $type: 'VmClonedEvent',
  ...{ key: 1, chainId: 1, createdTime: '2026-01-01T00:00:01Z' },
  vm: { name: 'web-01', vm: VM },
  sourceVm: { name: 'win', vm: ref('vm-1') },
};

function planned(fields: Parameters<typeof intended>[1] = {}): LinkedClone {
  const { vm: _, ...status } = deletedClone().status ?? {};
  const snapshot = { moRef: 'snapshot-1', id: 1, createTime: CREATED };
  const where = { moRef: 'vm-1', instanceUuid: 'vm-uuid', name: 'win', snapshot };
  const clone = linkedClone({ name: 'web-1', uid: UID, status: { ...status, source: where } });
  return intended(clone, { folder: FOLDER, snapshot: 'snapshot-1', ...fields });
}

function rig(stage: Partial<Stage> = {}) {
  const staged = onStage({ vms: { 'vm-1': source() }, clone: planned(), base: DELETED, events: [], ...stage });
  staged.connection.tree = async () => tree();
  return staged;
}

/** What it says, and what is left of the plan. */
async function look(scope: CloneScope): Promise<{ says: string; kept: readonly string[] }> {
  const says = await cloningPhase(scope).then(
    () => 'a machine came of it',
    (error: unknown) => (error as { reason?: string }).reason ?? String(error),
  );
  const kept = Object.keys(scope.draft.status).filter((key) =>
    ['operation', 'baseSnapshotUid', 'source', 'vCenter'].includes(key),
  );
  return { says, kept };
}

const ALL = ['vCenter', 'baseSnapshotUid', 'source', 'operation'];

describe('a plan on a base that is being deleted', () => {
  it('is taken back where this process made no call for it, without a look at the vCenter', async () => {
    const { scope, connection, calls } = rig();
    scope.memory.fresh = true;
    connection.admissions.admit('base uid-win', UID);
    expect(await look(scope)).toEqual({ says: 'BaseSnapshotDeleting', kept: [] });
    expect(calls).toEqual([]);
    expect(connection.admissions.count('base uid-win', [], 'another')).toBe(0);
  });

  it('is taken back where it is that of another process, and nothing has come of it', async () => {
    const { scope, calls } = rig();
    expect(await look(scope)).toEqual({ says: 'BaseSnapshotDeleting', kept: [] });
    expect(calls).toEqual(['QueryEvents']);
  });

  it('is taken back at once where it waits for its next attempt, when nothing has come of the last one', async () => {
    const { scope, calls } = rig({ clone: planned({ attempt: 2, nextAttemptAt: '2026-01-01T00:01:00Z' }) });
    Object.assign(scope.memory, { fresh: true, called: true });
    expect(await look(scope)).toEqual({ says: 'BaseSnapshotDeleting', kept: [] });
    expect(calls).toEqual(['QueryEvents']);
  });

  it('that moved, too, is taken back as a whole: a pin to it would hold it', async () => {
    const { scope } = rig({ clone: planned({ sourceVm: 'vm-2' }) });
    scope.memory.fresh = true;
    expect(await look(scope)).toEqual({ says: 'BaseSnapshotDeleting', kept: [] });
  });

  it.each<[string, Partial<CloneScope['memory']>]>([
    ['another process', {}],
    ['this process, and answered with a fault', { fresh: true, called: true }],
  ])('stays where a machine has come of a call of %s', async (_, memory) => {
    const { scope } = rig({ vms: { 'vm-1': source(), 'vm-10': victim() } });
    Object.assign(scope.memory, memory);
    expect(await look(scope)).toEqual({ says: 'a machine came of it', kept: ALL });
    expect(scope.memory.result).toEqual(VM);
  });

  it('stays where the event history tells of a machine that nobody sees any more', async () => {
    const { scope } = rig({ events: [CLONED] });
    const { kept } = await look(scope);
    expect([kept, scope.memory.vanished]).toEqual([ALL, true]);
  });

  it('stays while a clone task runs on its source that may be its own', async () => {
    const { scope, connection } = rig();
    Object.assign(connection.sourceTasks, { lookAt: async () => 1, onEnd: () => undefined });
    expect(await look(scope)).toEqual({ says: 'OutcomeUnknown', kept: ALL });
  });

  it('stays while a call whose reply got lost may still arrive', async () => {
    const { scope, connection } = rig({ sessionStays: true });
    scope.memory.called = true;
    const { client } = connection;
    scope.memory.lost = { method: 'CloneVM_Task', generation: client.generation, client };
    expect(await look(scope)).toEqual({ says: 'OutcomeUnknown', kept: ALL });
  });

  it('stays while its own task runs', async () => {
    const { scope, connection } = rig();
    scope.memory.called = true;
    connection.track(
      { controller: 'linked-clone', key: { namespace: 'lab', name: 'web-1' }, uid: UID },
      'clone',
      { type: 'Task', value: 'task-1' },
      undefined,
    );
    expect(await look(scope)).toEqual({ says: 'Cloning', kept: ALL });
  });

  it.each<[string, (holds: VCenterHolds) => void]>([
    ['InventoryRewound', (holds) => holds.add({ type: 'InventoryRewound', id: '100-40', since: CREATED })],
    ['VCenterClaimed', (holds) => holds.claim.elsewhere(undefined)],
  ])('stays in a vCenter under %s', async (says, happens) => {
    const { scope, connection } = rig();
    happens(connection.holds);
    expect(await look(scope)).toEqual({ says, kept: ALL });
  });
});

describe('a plan on a base that is not in the cache', () => {
  function without(live: BaseSnapshot | undefined, cached?: BaseSnapshot): CloneScope {
    const { scope } = rig({ base: null });
    const { live: reads, stores } = scope.runtime;
    const get = reads.get.bind(reads);
    Object.assign(stores.bases, { get: () => cached });
    Object.assign(reads, {
      get: async (resource: { kind: string }, key: never) =>
        resource.kind === 'BaseSnapshot' ? live : get(resource as never, key),
    });
    scope.memory.fresh = true;
    return scope;
  }

  it.each<[string, BaseSnapshot | undefined, BaseSnapshot | undefined]>([
    ['is nowhere', undefined, undefined],
    ['was made again under its name', MADE_AGAIN, MADE_AGAIN],
    ['was made again under its name a moment ago', MADE_AGAIN, undefined],
  ])('is taken back where it %s', async (_, live, cached) => {
    const scope = without(live, cached);
    expect(basePhase(scope)).toBeUndefined();
    expect(await look(scope)).toEqual({ says: 'BaseSnapshotNotFound', kept: [] });
  });

  it('stays where the API server has it: the cache is behind', async () => {
    const scope = without(baseSnapshot({ uid: 'uid-win', status: pinned() }));
    expect(basePhase(scope)).toBeUndefined();
    expect(await look(scope)).toEqual({ says: 'BaseSnapshotNotFound', kept: ALL });
  });

  it.each<[string, (scope: CloneScope) => void]>([
    ['is to take over a machine', (scope) => Object.assign(scope.clone.spec, { adopt: { instanceUuid: 'a' } })],
    ['may not see where it is', (scope) => Object.assign(scope.runtime.config, { 'watch-namespaces': ['other'] })],
    ['has no plan', (scope) => Object.assign(scope.clone.status ?? {}, { operation: undefined })],
  ])('is not looked at where the clone %s', (_, happens) => {
    const scope = without(undefined);
    happens(scope);
    expect(() => basePhase(scope)).toThrow(expect.objectContaining({ reason: 'BaseSnapshotNotFound' }));
  });
});
