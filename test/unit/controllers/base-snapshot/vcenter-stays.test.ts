// A base is pinned to its VCenter, and its snapshot asked for, only while that isn't being deleted, by what the API server
// has: the list of dependents that its finalizer waits for may have been made before.
import { describe, expect, it } from '@jest/globals';
import type { BaseSnapshot, VCenter } from '../../../../src/api/types.generated.ts';
import { PHASES } from '../../../../src/controllers/base-snapshot/phases.ts';
import type { BaseScope } from '../../../../src/controllers/base-snapshot/scope.ts';
import { describeSnapshot } from '../../../../src/controllers/base-snapshot/snapshot-marker.ts';
import { NotReady } from '../../../../src/controllers/shared/not-ready.ts';
import { StatusDraft } from '../../../../src/controllers/shared/status-draft.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { CREATED, baseSnapshot, pinned, vCenter } from '../support/objects.ts';
import { chain, disk, ref } from '../support/vm.ts';

const CREATE = { snapshot: { create: { name: 'ours', quiesce: false } } };
const NODE = {
  snapshot: ref('snapshot-1', 'VirtualMachineSnapshot'),
  ...{ id: 1, name: 'gold', createTime: CREATED, state: 'poweredOff', quiesced: false },
};
const TAKEN = { ...NODE, description: describeSnapshot(undefined, 'cluster-1', 'uid-base') };

interface Scene {
  readonly spec?: Partial<BaseSnapshot['spec']>;
  readonly status?: BaseSnapshot['status'];
  readonly snapshots?: readonly unknown[];
  /** What the API server has; the cache shows one that stays. */
  readonly live: VCenter | undefined;
}

/** What the phase is stopped by, what would be stored, and how often the API server was asked. */
async function after(phase: 'create' | 'snapshot', { spec = {}, status = {}, snapshots = [NODE], live }: Scene) {
  const base = baseSnapshot({ uid: 'uid-base', spec, status });
  const draft = new StatusDraft(base.status, 1, new FakeClock());
  let reads = 0;
  const scope = {
    runtime: {
      clusterId: 'cluster-1',
      clock: new FakeClock(),
      config: { 'status-interval': 100, 'conflict-retry': 1000 },
      events: { event: () => undefined },
      grace: { clear: () => undefined },
      live: {
        get: async () => {
          reads += 1;
          return live;
        },
      },
    },
    base,
    draft,
    memory: {},
    asked: new Set(),
    vCenter: vCenter(),
    connection: {
      instanceUuid: 'vc-uuid',
      operations: { running: () => undefined, takeOutcome: () => undefined, forgetOutcomes: () => undefined },
      snapshotDisks: async () => [disk(2000, chain('[ds] win/win.vmdk'))],
    },
    inspection: {
      ref: ref('vm-1'),
      ...{ name: 'win', path: '/DC0/vm/win', instanceUuid: 'vm-uuid' },
      snapshots: { currentSnapshot: NODE.snapshot, rootSnapshotList: snapshots },
    },
  } as unknown as BaseScope;
  const run = async (): Promise<unknown> => PHASES.find(({ name }) => name === phase)?.run(scope);
  const reason = await run().then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof NotReady) return error.reason;
      throw error;
    },
  );
  return { reason, reads, pinnedTo: draft.status.vCenter?.uid, intent: draft.status.operation?.type };
}

describe('a base that is new', () => {
  it.each<[string, VCenter | undefined, string]>([
    ['is being deleted', vCenter({ deleted: true }), 'VCenterNotReady'],
    ['is gone', undefined, 'VCenterNotFound'],
    ['was made anew', vCenter({ uid: 'uid-again' }), 'VCenterNotReady'],
  ])('is not pinned, and no snapshot is asked for, where its VCenter %s', async (_, live, reason) => {
    const refused = { reason, reads: 1, pinnedTo: undefined, intent: undefined };
    expect(await after('create', { spec: CREATE, snapshots: [], live })).toEqual(refused);
    expect(await after('create', { spec: CREATE, snapshots: [TAKEN], live })).toEqual(refused);
    expect(await after('snapshot', { live })).toEqual(refused);
  });

  it('is pinned where it stays', async () => {
    const live = vCenter();
    const stays = { reads: 1, pinnedTo: 'uid-vc' };
    expect(await after('create', { spec: CREATE, snapshots: [], live })).toMatchObject({
      ...stays,
      reason: 'CreatingSnapshot',
      intent: 'CreateSnapshot',
    });
    expect(await after('create', { spec: CREATE, snapshots: [TAKEN], live })).toMatchObject(stays);
    expect(await after('snapshot', { live })).toMatchObject({ ...stays, reason: undefined });
  });
});

describe('a base that is pinned', () => {
  it('goes on while its VCenter waits for it, and asks nobody', async () => {
    const live = vCenter({ deleted: true });
    const { snapshot: _, ...machine } = pinned();
    const operation = { type: 'CreateSnapshot', sourceVm: 'vm-1', startedAt: CREATED, attempt: 1 } as const;
    const status = { ...machine, operation };
    const goesOn = { reason: undefined, reads: 0, pinnedTo: 'uid-vc' };
    expect(await after('create', { spec: CREATE, status, snapshots: [TAKEN], live })).toMatchObject(goesOn);
    expect(await after('snapshot', { status: pinned(), live })).toMatchObject(goesOn);
  });
});
