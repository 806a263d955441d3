// A clone that goes before its VM was recorded: only a call that was never made leaves nothing behind for sure.
import { describe, expect, it } from '@jest/globals';
import { FINALIZERS } from '../../../../src/api/identifiers.ts';
import type { LinkedClone, LinkedCloneStatusOperation } from '../../../../src/api/types.generated.ts';
import { deleteClone } from '../../../../src/controllers/linked-clone/delete.ts';
import { ownerOf } from '../../../../src/controllers/linked-clone/observe.ts';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { requireConnection } from '../../../../src/controllers/linked-clone/scope.ts';
import { NotLeaderError } from '../../../../src/controllers/shared/guard.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import { NotLeadingError } from '../../../../src/kube/lease-watchdog.ts';
import type { Stage } from '../support/deleting-clone.ts';
import { SOURCE, deletedClone, end, vimFault, intended, onStage, source, victim } from '../support/deleting-clone.ts';
import { CREATED, linkedCloneSet } from '../support/objects.ts';
import { ref } from '../support/vm.ts';

const FAULTS = ['HostCommunication', 'Timedout', 'SystemError'];
const MACHINE = '0b5f1a2c-1111-4222-8333-444455556666';
type Vms = Record<string, Record<string, unknown>>;

function stage(vms: Vms, operation: Partial<LinkedCloneStatusOperation> = {}) {
  return onStage({ vms: { 'vm-1': source(), ...vms }, clone: intended(deletedClone(), operation) });
}

/** The clone has its finalizer, and no VM that this process knows of; `live`: the status that the API server has by now. */
function withFinalizer(
  live?: LinkedClone['status'],
  spec: Partial<LinkedClone['spec']> = {},
  more: Partial<Stage> = {},
) {
  const clone = intended(deletedClone(spec));
  const metadata = { ...clone.metadata, finalizers: [FINALIZERS.vm] };
  const staged = onStage({
    vms: { 'vm-1': source() },
    clone: { ...clone, metadata },
    ...(live !== undefined && {
      live: { ...clone, metadata: { ...metadata, resourceVersion: 'newer' }, status: live },
    }),
    ...more,
  });
  const patches: unknown[] = [];
  Object.assign(staged.scope.runtime.rest, { patch: async (...patch: unknown[]) => patches.push(patch[2]) });
  return { ...staged, patches };
}

async function outcomeOf(scope: CloneScope): Promise<string> {
  return deleteClone(scope).then(
    () => 'let go',
    (error: unknown) => (error as { reason?: string }).reason ?? (error as Error).name,
  );
}

describe.each(FAULTS)('a clone task that ended with %s', (name) => {
  it('and left a VM: that goes, too', async () => {
    const { scope, connection, calls } = stage({ 'vm-10': victim() });
    Object.assign(scope.memory, { fresh: false, called: true });
    connection.track(ownerOf(scope), 'clone', ref('task-of-clone', 'Task'), SOURCE);
    end(connection, 'clone', vimFault(name, 'CloneVM_Task'));
    expect([await outcomeOf(scope), calls]).toEqual(['Deleting', ['destroy vm-10']]);
  });

  it('and whose outcome was taken note of already: the same', async () => {
    const { scope, calls } = stage({ 'vm-10': victim() });
    Object.assign(scope.memory, { fresh: true, called: true });
    expect([await outcomeOf(scope), calls]).toEqual(['Deleting', ['destroy vm-10']]);
  });
});

describe('a clone of which no VM is found', () => {
  it('goes without a look when nothing was ever called', async () => {
    const { scope, connection } = stage({ 'vm-10': victim() });
    scope.memory.fresh = true;
    connection.client.findAllByUuid = async () => Promise.reject(new Error('looked'));
    expect(await outcomeOf(scope)).toBe('let go');
  });

  it('stays where another process leads by now: that one may have called', async () => {
    const { scope, patches } = withFinalizer();
    scope.memory.fresh = true;
    scope.runtime.guard.mayDestroy = async () => Promise.reject(new NotLeaderError('the Lease is held by another'));
    expect([await outcomeOf(scope), patches]).toEqual(['NotLeaderError', []]);
    scope.runtime.guard.mayDestroy = async () => undefined;
    scope.runtime.guard.mayChange = () => {
      throw new NotLeadingError('the Lease ran out while the object was read');
    };
    expect([await outcomeOf(scope), patches]).toEqual(['NotLeadingError', []]);
    scope.runtime.guard.mayChange = () => undefined;
    expect([await outcomeOf(scope), patches.length]).toEqual(['let go', 1]);
  });

  it('stays until its own status shows a VM that was recorded meanwhile', async () => {
    const { scope, patches } = withFinalizer(deletedClone().status);
    scope.memory.fresh = true;
    expect([await deleteClone(scope), patches]).toEqual([{ requeueAfterMs: 25 }, []]);
  });

  it('goes after a look', async () => {
    const { scope } = stage({});
    scope.memory.called = true;
    expect(await outcomeOf(scope)).toBe('let go');
  });

  it('is held while the inventory went back in time', async () => {
    const { scope, connection } = stage({});
    connection.holds.add({ type: 'InventoryRewound', id: '100-40', since: '2026-01-01T00:00:00Z' });
    expect(await outcomeOf(scope)).toBe('DeletionBlocked');
    expect(scope.draft.find('DeletionBlocked')?.reason).toBe('InventoryRewound');
  });

  it('but that was there once, is held until its host can be seen', async () => {
    const host = { 'runtime.connectionState': 'notResponding' };
    const { scope } = stage({ 'host-1': host }, { host: 'host-1' });
    scope.memory.vanished = true;
    expect(await outcomeOf(scope)).toBe('Disconnected');
    host['runtime.connectionState'] = 'connected';
    expect(await outcomeOf(scope)).toBe('let go');
  });
});

describe('a clone that another life made and never recorded, and that is not seen', () => {
  const made = (host?: string): unknown => ({
    ...{ $type: 'VmClonedEvent', key: 2, chainId: 1, createdTime: CREATED },
    ...{ vm: { name: 'web-01', vm: ref('vm-10') }, sourceVm: { name: 'win', vm: ref('vm-1') } },
    ...(host !== undefined && { host: { name: host, host: ref(host, 'HostSystem') } }),
  });
  const up = { 'runtime.connectionState': 'connected' };

  it('stays while its host is out of the inventory, and is asked about once', async () => {
    const vms: Vms = { 'vm-1': source() };
    const { scope, patches, calls } = withFinalizer(undefined, {}, { vms, events: [made('host-7')] });
    expect([await outcomeOf(scope), await outcomeOf(scope), patches]).toEqual(['Disconnected', 'Disconnected', []]);
    expect(scope.draft.find('DeletionBlocked')?.status).toBe('True');
    expect(calls).toEqual(['QueryEvents']);
    vms['host-7'] = up;
    expect([await outcomeOf(scope), patches.length]).toEqual(['let go', 1]);
  });

  it.each([
    ['its own policy', { deletionPolicy: 'Retain' }, []],
    ['its set', {}, [{ kind: 'LinkedCloneSet', apiVersion: 'v1', controller: true, name: 'web', uid: 'uid-web' }]],
  ] as const)('is remembered as released where it stays by %s: it may be registered again', async (_, spec, owners) => {
    const set = linkedCloneSet({ name: 'web', spec: { retentionPolicy: { whenDeleted: 'Retain' } }, deleted: true });
    const vms = { 'vm-1': source(), 'host-7': up };
    const { scope, patches } = withFinalizer(undefined, spec, { vms, events: [made('host-7')], set });
    Object.assign(scope.clone.metadata, { ownerReferences: owners });
    expect(await outcomeOf(scope)).toBe('let go');
    expect(patches.map((patch) => JSON.stringify(patch).includes('releasedClones'))).toEqual([true, false]);
  });

  it('goes where the history tells of none', async () => {
    const { scope, patches } = withFinalizer(undefined, { deletionPolicy: 'Retain' }, { events: [] });
    expect([await outcomeOf(scope), patches.length]).toEqual(['let go', 1]);
  });
});

describe('a clone whose recorded task is another by now', () => {
  it.each([
    ['told', { result: undefined }],
    ['taken note of', { result: ref('vm-99'), resultOfTask: true }],
  ])('takes what the search finds along, not what came of that one: %s', async (_, memory) => {
    const { scope, connection, calls } = stage({ 'vm-10': victim(), 'vm-99': {} }, { taskMoRef: 'task-50' });
    expect(await outcomeOf(scope)).toBe('Cloning');
    end(connection, 'clone', undefined, ref('vm-99'));
    Object.assign(scope.memory, memory);
    expect([await outcomeOf(scope), calls]).toEqual(['Deleting', ['destroy vm-10']]);
  });
});

describe('a clone task that runs beside a recorded VM', () => {
  it('is waited for', async () => {
    const { scope, connection, calls } = onStage({ vms: { 'vm-10': victim(), 'vm-1': source() } });
    connection.track(ownerOf(scope), 'clone', ref('task-of-clone', 'Task'), SOURCE);
    expect([await outcomeOf(scope), calls]).toEqual(['Deleting', []]);
  });
});

describe('a machine that was to be adopted and is not there', () => {
  function adopting(vms: Vms = {}) {
    const clone = intended(deletedClone({ adopt: { instanceUuid: MACHINE } }), { type: 'Adopt' });
    const staged = onStage({ vms: { 'vm-1': source(), ...vms }, clone });
    const remembered: unknown[] = [];
    Object.assign(staged.scope.runtime.rest, { patch: async (...patch: unknown[]) => remembered.push(patch[2]) });
    return { ...staged, remembered };
  }

  it('is remembered as released: it may carry the marker where it is', async () => {
    const { scope, remembered } = adopting();
    expect(await outcomeOf(scope)).toBe('let go');
    expect(JSON.stringify(remembered)).toContain('releasedClones');
  });

  it('holds the deletion while the inventory went back in time', async () => {
    const { scope, connection, remembered } = adopting();
    connection.holds.add({ type: 'InventoryRewound', id: '100-40', since: '2026-01-01T00:00:00Z' });
    expect([await outcomeOf(scope), remembered]).toEqual(['DeletionBlocked', []]);
  });

  it('is nothing to remember where nothing was written to it', async () => {
    const { scope, remembered } = adopting();
    scope.memory.onlyPlannedToAdopt = true;
    expect([await outcomeOf(scope), remembered]).toEqual(['let go', []]);
  });

  it('is nothing to conclude on where another process leads by now: that one may have marked it', async () => {
    const { scope, remembered } = adopting();
    scope.memory.onlyPlannedToAdopt = true;
    scope.runtime.guard.mayDestroy = async () => Promise.reject(new NotLeaderError('the Lease is held by another'));
    expect([await outcomeOf(scope), remembered]).toEqual(['NotLeaderError', []]);
  });

  it('is nothing to remember where it is there and was never marked', async () => {
    const { scope, remembered } = adopting({ 'vm-10': { ...victim(), 'config.instanceUuid': MACHINE } });
    expect(await outcomeOf(scope)).toBe('let go');
    expect(JSON.stringify(remembered)).not.toContain('releasedClones');
  });

  it('is remembered where it is there and vCenter does not tell whose it is', async () => {
    const { scope, remembered } = adopting({ 'vm-10': { name: 'web-01', 'runtime.connectionState': 'inaccessible' } });
    requireConnection(scope).connection.client.findAllByUuid = async () => [ref('vm-10')];
    expect(await outcomeOf(scope)).toBe('let go');
    expect(JSON.stringify(remembered)).toContain('releasedClones');
  });

  it('is waited for while something is under way on it: that may be the marker, asked for in another life', async () => {
    const task = { 'info.state': 'queued', 'info.descriptionId': 'VirtualMachine.reconfigure' };
    const machine: Record<string, unknown> = {
      ...victim(),
      ...{ [MARKER_PATH]: undefined, 'config.instanceUuid': MACHINE, recentTask: [ref('task-7', 'Task')] },
    };
    const { scope, remembered } = adopting({ 'vm-10': machine, 'task-7': task });
    expect([await outcomeOf(scope), remembered]).toEqual(['Deleting', []]);
    task['info.state'] = 'error';
    expect(await outcomeOf(scope)).toBe('let go');
    expect(JSON.stringify(remembered)).not.toContain('releasedClones');
  });
});
