// The moment before CreateSnapshot: a task from a lost reply that ends between the look at the snapshots and the look at
// the tasks must not lead to a second snapshot. Too narrow to be met from outside, so told with a scripted vCenter.
import { describe, expect, it } from '@jest/globals';
import type { BaseSnapshot } from '../../../../src/api/types.generated.ts';
import { createSnapshotPhase } from '../../../../src/controllers/base-snapshot/create-snapshot.ts';
import type { BaseScope } from '../../../../src/controllers/base-snapshot/scope.ts';
import { describeSnapshot } from '../../../../src/controllers/base-snapshot/snapshot-marker.ts';
import { NotReady } from '../../../../src/controllers/shared/not-ready.ts';
import { StatusDraft } from '../../../../src/controllers/shared/status-draft.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { CREATED, baseSnapshot, pinned } from '../support/objects.ts';
import { chain, disk } from '../support/vm.ts';

const CLUSTER = 'cluster-1';
const SOURCE = { type: 'VirtualMachine', value: 'vm-1' };

/** A base with a stored intent whose source showed no snapshots when it was inspected. */
function scene(lostTaskEnds: boolean, live?: (base: BaseSnapshot) => BaseSnapshot | undefined) {
  const base = baseSnapshot({
    uid: 'uid-base',
    spec: { snapshot: { create: { name: 'ours', quiesce: false } } },
    status: { operation: { type: 'CreateSnapshot', sourceVm: SOURCE.value, startedAt: CREATED, attempt: 1 } },
  });
  const taken = {
    snapshot: { type: 'VirtualMachineSnapshot', value: 'snapshot-9' },
    id: 9,
    name: 'ours',
    description: describeSnapshot(undefined, CLUSTER, 'uid-base'),
    createTime: CREATED,
    state: 'poweredOff',
    quiesced: false,
  };
  const asked: string[] = [];
  let snapshots: unknown;
  const connection = {
    operations: { running: () => undefined, takeOutcome: () => undefined, forget: () => undefined },
    holds: { rewound: undefined },
    events: { require: () => undefined },
    slots: { requestSnapshot: () => true, release: () => asked.push('release') },
    sourceTasks: {
      snapshotTaskRuns() {
        asked.push('tasks');
        if (lostTaskEnds) snapshots = { rootSnapshotList: [taken] };
        return Promise.resolve(false);
      },
    },
    client: {
      read() {
        asked.push('snapshots');
        return Promise.resolve({ ref: SOURCE, properties: { snapshot: snapshots }, missing: {} });
      },
      createSnapshot() {
        asked.push('create');
        return Promise.resolve({ type: 'Task', value: 'task-1' });
      },
    },
    track: () => undefined,
  };
  const scope = {
    runtime: {
      clusterId: CLUSTER,
      clock: new FakeClock(),
      config: { 'status-interval': 100, 'retry-max': 60_000, 'conflict-retry': 1000 },
      guard: { mayDestroy: () => Promise.resolve() },
      live: { get: () => Promise.resolve(live === undefined ? base : live(base)) },
      wake: { base: () => undefined },
    },
    base,
    draft: new StatusDraft(base.status, 1, new FakeClock()),
    memory: {},
    asked: new Set(),
    connection,
    inspection: { ref: SOURCE, name: 'win', path: '/DC0/vm/win', snapshots: undefined },
  };
  return { scope: scope as unknown as BaseScope, asked };
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof NotReady) return error.reason;
  throw error;
}

describe('createSnapshotPhase', () => {
  it.each<[string, (base: BaseSnapshot) => BaseSnapshot | undefined]>([
    ['is gone, by a deletion that a leader before this one has carried out', () => undefined],
    ['is another one of the same name', (base) => ({ ...base, metadata: { ...base.metadata, uid: 'uid-other' } })],
    ['is being deleted', (base) => ({ ...base, metadata: { ...base.metadata, deletionTimestamp: CREATED } })],
    ['has its snapshot', (base) => ({ ...base, status: { ...base.status, ...pinned() } })],
    ['has no such intent', (base) => ({ ...base, status: {} })],
  ])('does not call when the object, read live, %s', async (_, live) => {
    const { scope, asked } = scene(false, live);
    await expect(Promise.resolve(createSnapshotPhase(scope))).rejects.toMatchObject({ name: 'RequeueAfter' });
    expect(asked).toEqual(['tasks', 'snapshots', 'release']);
  });

  it('calls when no task runs and, read after that, no snapshot is there', async () => {
    const { scope, asked } = scene(false);
    expect(await reasonOf(Promise.resolve(createSnapshotPhase(scope)))).toBe('CreatingSnapshot');
    expect(asked).toEqual(['tasks', 'snapshots', 'create']);
  });

  it('does not call for a snapshot on a chain that is deeper than allowed', async () => {
    const { scope, asked } = scene(false);
    const files = ['win-3.vmdk', 'win-2.vmdk', 'win-1.vmdk', 'win.vmdk'];
    for (const [allowed, reason] of [
      [4, 'CreatingSnapshot'],
      [3, 'SourceNotSuitable'],
    ] as const) {
      asked.length = 0;
      Object.assign(scope.inspection ?? {}, { devices: [disk(2000, chain(...files))] });
      Object.assign(scope.base.spec, { maxChainDepth: allowed });
      expect(await reasonOf(Promise.resolve(createSnapshotPhase(scope)))).toBe(reason);
    }
    expect(asked).toEqual([]);
    expect(scope.draft.find('SourceSuitable')).toMatchObject({ status: 'False', reason: 'ChainTooDeep' });
    // nor is it planned
    Object.assign(scope.base, { status: {} });
    expect(await reasonOf(Promise.resolve(createSnapshotPhase(scope)))).toBe('SourceNotSuitable');
  });

  it('does not call when a task that was not known has put the snapshot there meanwhile', async () => {
    const { scope, asked } = scene(true);
    expect(await reasonOf(Promise.resolve(createSnapshotPhase(scope)))).toBe('OutcomeUnknown');
    expect(asked).toEqual(['tasks', 'snapshots', 'release']);
    expect(scope.memory.inspected).toBeUndefined();
  });

  it('ends the session of a call whose reply got lost before it looks again, and calls only then', async () => {
    const { scope, asked } = scene(false);
    const client = scope.connection?.client ?? {};
    const lost = new VSphereError({ fault: 'Timeout', method: 'CreateSnapshot_Task' });
    Object.assign(client, { generation: 3, createSnapshot: () => Promise.reject(lost) });
    expect(await reasonOf(Promise.resolve(createSnapshotPhase(scope)))).toBe('OutcomeUnknown');
    asked.length = 0;
    let failure: Error | undefined = new VSphereError({ fault: 'Timeout', method: 'Logout' });
    Object.assign(client, {
      replaceSession(generation: number) {
        asked.push(`replace ${generation}`);
        return failure === undefined ? Promise.resolve() : Promise.reject(failure);
      },
      createSnapshot() {
        asked.push('create');
        return Promise.resolve({ type: 'Task', value: 'task-1' });
      },
    });
    expect(await reasonOf(Promise.resolve(createSnapshotPhase(scope)))).toBe('OutcomeUnknown');
    expect(asked).toEqual(['replace 3', 'release']);
    asked.length = 0;
    failure = undefined;
    // one that has just been asked to end isn't asked again before a quarter of the longest pause is over
    expect(await reasonOf(Promise.resolve(createSnapshotPhase(scope)))).toBe('OutcomeUnknown');
    expect(asked).toEqual(['release']);
    asked.length = 0;
    await (scope.runtime.clock as FakeClock).advance(15_000);
    expect(await reasonOf(Promise.resolve(createSnapshotPhase(scope)))).toBe('CreatingSnapshot');
    expect(asked).toEqual(['replace 3', 'tasks', 'snapshots', 'create']);
    expect(scope.memory.lost).toBeUndefined();
  });

  it('says that a privilege is missing, and goes on saying so until the next attempt', async () => {
    const { scope, asked } = scene(false);
    const refused = new VSphereError({ fault: 'NoPermission', method: 'CreateSnapshot_Task' });
    Object.assign(scope.connection?.client ?? {}, { createSnapshot: () => Promise.reject(refused) });
    expect(await reasonOf(Promise.resolve(createSnapshotPhase(scope)))).toBe('NoPermission');
    scope.draft.summarize('Stalled', 'NoPermission', refused.message);
    Object.assign(scope.base, { status: scope.draft.status });
    asked.length = 0;
    expect(await reasonOf(Promise.resolve(createSnapshotPhase(scope)))).toBe('NoPermission');
    expect(asked).toEqual([]);
  });

  it('counts no attempt for a call that was not sent', async () => {
    const { scope } = scene(false);
    const notSent = new VSphereError({ fault: 'Away', method: 'CreateSnapshot_Task', sent: false });
    Object.assign(scope.connection?.client ?? {}, { createSnapshot: () => Promise.reject(notSent) });
    await expect(Promise.resolve(createSnapshotPhase(scope))).rejects.toBe(notSent);
    expect(scope.draft.status.operation).toMatchObject({ attempt: 1 });
  });
});
