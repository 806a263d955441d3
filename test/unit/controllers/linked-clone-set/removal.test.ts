// How a set's clones go: a few on each look at the set and the Lease, never by a policy that the template doesn't have any
// more, and not at all where they are to stay.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ANNOTATIONS, FINALIZERS } from '../../../../src/api/identifiers.ts';
import type { LinkedCloneSet } from '../../../../src/api/types.generated.ts';
import type { ApiError } from '../../../../src/kube/api-error.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import { toRfc3339 } from '../../../../src/util/clock.ts';
import { CREATED, condition, linkedCloneSet, webClone } from '../support/objects.ts';
import { SetRig, refused } from '../support/set-rig.ts';
import { ref } from '../support/vm.ts';

let rig: SetRig;

beforeEach(() => {
  rig = new SetRig();
});

describe('a set that lets many clones go', () => {
  beforeEach(() => {
    rig.apply('web', { spec: { replicas: 1 } });
    rig.clones = Array.from({ length: 60 }, (_, i) => webClone(i + 1));
  });

  it('goes on until all that are too many are deleted', async () => {
    await rig.look('web');
    expect(rig.deleted).toHaveLength(59);
  });

  it('has told which, before the first goes', async () => {
    const told: unknown[] = [];
    rig.onDelete = () => told.push(rig.sets.get('web')?.status?.removals);
    await rig.look('web');
    expect(told[0]).toEqual([{ at: toRfc3339(rig.clock.now()), ordinals: '2-60' }]);
    expect(new Set(told).size).toBe(1); // once for all
  });

  it('lets none go where that is not taken', async () => {
    rig.statusRefusal = refused(500, 'InternalError');
    await expect(rig.look('web')).rejects.toThrow('InternalError');
    expect(rig.deleted).toEqual([]);
  });

  it('takes back what it does not delete, because it wants something else by then', async () => {
    rig.onDelete = () => {
      const { status } = rig.sets.get('web') ?? {};
      const set = linkedCloneSet({ name: 'web', spec: { replicas: 60 }, ...(status !== undefined && { status }) });
      rig.live.set('web', { ...set, metadata: { ...set.metadata, generation: 2 } });
    };
    await rig.look('web');
    expect(rig.sets.get('web')?.status?.removals?.[0]?.ordinals).toBe('45-60');
  });

  it('tells nothing of those that are to get the policy of the template first', async () => {
    rig.apply('web', { spec: { replicas: 1 }, template: { deletionPolicy: 'Retain' } });
    rig.clones = [1, 2, 3, 4].map((ordinal) => {
      const clone = webClone(ordinal);
      return ordinal === 2 ? clone : { ...clone, spec: { ...clone.spec, deletionPolicy: 'Retain' } };
    });
    const told: unknown[] = [];
    rig.onDelete = () => told.push(rig.sets.get('web')?.status?.removals?.[0]?.ordinals);
    await rig.look('web');
    expect(rig.deleted.toSorted()).toEqual(['web-3', 'web-4']);
    expect(told).toEqual(['3-4', '3-4']); // at no time of 2
    expect(rig.sets.get('web')?.status?.removals?.[0]?.ordinals).toBe('3-4');
  });

  it('tells nothing when it leads no more, which would explain what others delete', async () => {
    rig.guard.mayChange = () => {
      throw new Error('not the leader');
    };
    await expect(rig.look('web')).rejects.toThrow('not the leader');
    expect([rig.deleted, rig.sets.get('web')?.status?.removals]).toEqual([[], undefined]);
  });

  it('tells nothing of a single one', async () => {
    rig.clones = rig.clones.slice(0, 2);
    await rig.look('web');
    expect([rig.deleted, rig.sets.get('web')?.status?.removals]).toEqual([['web-2'], undefined]);
  });

  it.each<[string, () => void]>([
    [
      'somebody corrects the number',
      () => {
        const set = linkedCloneSet({ name: 'web', spec: { replicas: 60 } });
        rig.live.set('web', { ...set, metadata: { ...set.metadata, generation: 2 } });
      },
    ],
    ['it is deleted, its clones to stay', () => rig.live.set('web', orphaning())],
    [
      'this process leads no more',
      () => (rig.guard.mayDestroy = async () => Promise.reject(new Error('not the leader'))),
    ],
  ])('goes on no further when %s', async (_, happens) => {
    rig.onDelete = happens;
    await rig.look('web').catch((error: Error) => expect(error.message).toBe('not the leader'));
    expect(rig.deleted).toHaveLength(16);
  });

  it('begins nothing when it leads no more', async () => {
    rig.guard.mayDestroy = async () => Promise.reject(new Error('not the leader'));
    await expect(rig.look('web')).rejects.toThrow('not the leader');
    expect(rig.deleted).toEqual([]);
  });
});

function orphaning(): LinkedCloneSet {
  const set = linkedCloneSet({ name: 'web', spec: { replicas: 1 }, deleted: true });
  return { ...set, metadata: { ...set.metadata, finalizers: ['orphan'] } };
}

describe('a template whose deletionPolicy has changed', () => {
  const fields = { spec: { replicas: 1 }, template: { deletionPolicy: 'Retain' } } as const;

  beforeEach(() => {
    rig.clones = [webClone(1), webClone(2)]; // of which each has Delete
  });

  it.each<[string, ApiError | undefined]>([
    ['by somebody who wrote to the clone meanwhile', refused(409, 'Conflict')],
    ['which the cache does not show yet', undefined],
  ])('lets no clone go that does not have it, %s', async (_, answer) => {
    rig.refusal = answer;
    rig.apply('web', fields);
    await rig.look('web');
    expect(rig.deleted).toEqual([]);
    rig.clones = rig.clones.map((clone) => ({ ...clone, spec: { ...clone.spec, deletionPolicy: 'Retain' } }));
    await rig.look('web');
    expect(rig.deleted).toEqual(['web-2']);
  });

  it('holds for a set that is deleted, too', async () => {
    rig.apply('web', fields);
    rig.remove('web');
    await rig.look('web');
    expect(rig.deleted).toEqual([]);
    rig.clones = rig.clones.map((clone) => ({ ...clone, spec: { ...clone.spec, deletionPolicy: 'Retain' } }));
    await rig.look('web');
    expect(rig.deleted).toEqual(['web-1', 'web-2']);
  });
});

describe('a set that is deleted and whose clones are to stay', () => {
  beforeEach(() => {
    rig.clones = [webClone(1), webClone(2)];
    rig.apply('web', { spec: { replicas: 2, retentionPolicy: { whenDeleted: 'Retain' } } });
    rig.remove('web');
  });

  it('lets them go', async () => {
    await rig.look('web');
    expect([rig.orphaned, rig.deleted]).toEqual([['web-1', 'web-2'], []]);
  });

  it('stays itself until all are let go: those of a set that is gone would be deleted', async () => {
    rig.clones = Array.from({ length: 40 }, (_, i) => webClone(i + 1));
    rig.onOrphan = () => {
      const set = linkedCloneSet({ name: 'web', deleted: true, spec: { retentionPolicy: { whenDeleted: 'Retain' } } });
      rig.live.set('web', { ...set, metadata: { ...set.metadata, generation: 2 } });
    };
    await rig.look('web');
    expect([rig.orphaned.length, rig.letGo]).toEqual([16, []]);
  });

  it('lets all others go where somebody wrote to one a moment ago, and stays for that one', async () => {
    rig.clones = Array.from({ length: 40 }, (_, i) => webClone(i + 1));
    rig.onOrphan = (name) => {
      if (name === 'web-3') throw refused(409, 'Conflict');
    };
    await expect(rig.look('web')).rejects.toThrow('Conflict');
    expect([rig.orphaned.length, rig.letGo]).toEqual([40, []]); // web-3 was tried
  });

  it.each<[string, () => void]>([
    ['with its namespace', () => (rig.namespaceDeletedAt = '2026-01-01T00:00:00Z')],
    ['in the foreground', () => rig.amend('web', { finalizers: [FINALIZERS.clones, 'foregroundDeletion'] })],
  ])(
    'keeps them as its own where Kubernetes deletes them itself, %s: they would go by their own policy',
    async (_, how) => {
      how();
      await rig.look('web');
      expect([rig.orphaned, rig.deleted]).toEqual([[], []]);
    },
  );
});

describe('a clone that its set is to let go of', () => {
  const marked = webClone(2, { annotations: { [ANNOTATIONS.detach]: 'yes' } });

  it('stays when the set is deleted before it has looked, and is let go before the set is', async () => {
    rig.clones = [webClone(1), marked];
    rig.apply('web', { spec: { replicas: 2, paused: true } });
    rig.remove('web');
    await rig.look('web');
    expect([rig.orphaned, rig.deleted, rig.letGo]).toEqual([['web-2'], ['web-1'], []]);
    rig.clones = [marked];
    await rig.look('web');
    expect([rig.orphaned, rig.letGo]).toEqual([['web-2', 'web-2'], ['web']]);
  });

  it('keeps the set, and whatever else it has, while it cannot be let go', async () => {
    rig.clones = [webClone(1), marked];
    rig.apply('web', { spec: { replicas: 2 } });
    rig.remove('web');
    rig.refusal = refused(409, 'Conflict');
    await expect(rig.look('web')).rejects.toThrow('Conflict');
    expect([rig.deleted, rig.letGo]).toEqual([[], []]);
  });

  it('stays with a set that goes with its namespace and retains its machines: it would go by its own policy', async () => {
    rig.clones = [marked];
    rig.apply('web', { spec: { replicas: 1, retentionPolicy: { whenDeleted: 'Retain' } } });
    rig.remove('web');
    rig.namespaceDeletedAt = CREATED;
    await rig.look('web');
    expect([rig.orphaned, rig.deleted, rig.letGo]).toEqual([[], [], []]);
  });

  it.each<[string, number, readonly string[]]>([
    ['is not deleted in its place, nor another', 1, []],
    ['does not count for those that are to stay', 0, ['web-1']],
  ])('and does not know yet %s when it becomes smaller', async (_, replicas, deleted) => {
    rig.clones = [webClone(1), webClone(2)];
    rig.liveClones = [webClone(1), marked];
    rig.apply('web', { spec: { replicas } });
    await rig.look('web');
    expect([rig.orphaned, rig.deleted]).toEqual([['web-2'], deleted]);
  });

  it('stays as it is while the set is paused', async () => {
    rig.clones = [webClone(1), marked];
    rig.apply('web', { spec: { replicas: 1, paused: true } });
    await rig.look('web');
    expect([rig.orphaned, rig.deleted]).toEqual([[], []]);
  });
});

describe('a set one of whose clones is lost for long enough', () => {
  beforeEach(() => {
    const [lost, fine] = [webClone(1), webClone(2)];
    const gone = { ...condition('Lost', 'True', 'VirtualMachineGone'), lastTransitionTime: CREATED };
    rig.clones = [{ ...lost, status: { ...lost.status, conditions: [gone] } }, fine];
    rig.apply('web', { spec: { replicas: 2 } });
  });

  it.each<[string, SetRig['found'], readonly string[], readonly string[]]>([
    ['replaces it when its machine is still nowhere', [], ['web-1'], []],
    ['keeps it when somebody registered its machine again', [ref('vm-7')], [], ['lab/web-1']],
    ['keeps it while vCenter does not answer', new VSphereError({ fault: 'NoConnection', method: 'x' }), [], []],
    ['keeps it while nobody is connected to the vCenter', undefined, [], ['lab/web-1']],
  ])('%s', async (_, found, deleted, woken) => {
    rig.found = found;
    await rig.clock.advance(60_000);
    const again = await rig.look('web');
    expect([rig.deleted, rig.woken]).toEqual([deleted, woken]);
    if (deleted.length === 0) expect(again).toBeLessThanOrEqual(30_000);
  });

  it('gives it the policy of the template before it replaces it', async () => {
    rig.found = [];
    rig.apply('web', { spec: { replicas: 2 }, template: { deletionPolicy: 'Retain' } });
    await rig.clock.advance(60_000);
    await rig.look('web');
    expect(rig.deleted).toEqual([]);
    rig.clones = rig.clones.map((clone) => ({ ...clone, spec: { ...clone.spec, deletionPolicy: 'Retain' } }));
    await rig.look('web');
    expect(rig.deleted).toEqual(['web-1']);
  });

  it('keeps it while another vCenter answers under the name of its own', async () => {
    Object.assign(rig, { found: [], vCenterUuid: 'another' });
    await rig.clock.advance(60_000);
    await rig.look('web');
    expect([rig.deleted, rig.woken]).toEqual([[], ['lab/web-1']]);
  });

  it.each<[string, SetRig['told'], readonly string[]]>([
    ['is replaced where it tells of no mark', { 'config.instanceUuid': 'uid-web-1' }, ['web-1']],
    [
      "is replaced where it has another's mark",
      { 'config.instanceUuid': 'uid-web-1', [MARKER_PATH]: markOf('uid-9') },
      ['web-1'],
    ],
    ['is kept where it has its own', { 'config.instanceUuid': 'uid-web-1', [MARKER_PATH]: markOf('uid-web-1') }, []],
    ["is kept where it doesn't tell who it is", {}, []],
  ])('whose machine was found by its identity %s', async (_, told, deleted) => {
    Object.assign(rig, { found: [ref('vm-7')], told });
    await rig.clock.advance(60_000);
    await rig.look('web');
    expect(rig.deleted).toEqual(deleted);
  });
});

function markOf(uid: string): string {
  return formatMarker({ cluster: 'cluster-1', namespace: 'lab', name: 'web-1', uid, instanceUuid: 'uid-web-1' });
}

describe('a set that is changed while it lets clones go', () => {
  it('replaces none of the others', async () => {
    rig.clones = Array.from({ length: 60 }, (_, i) => webClone(i + 1));
    const [first, ...rest] = rig.clones;
    const gone = { ...condition('Lost', 'True', 'VirtualMachineGone'), lastTransitionTime: CREATED };
    if (first !== undefined) rig.clones = [{ ...first, status: { ...first.status, conditions: [gone] } }, ...rest];
    rig.apply('web', { spec: { replicas: 2 } });
    rig.onDelete = () => {
      const set = linkedCloneSet({ name: 'web', spec: { replicas: 60 } });
      rig.live.set('web', { ...set, metadata: { ...set.metadata, generation: 2 } });
    };
    await rig.clock.advance(60_000);
    await rig.look('web');
    expect(rig.deleted).toHaveLength(16);
  });
});
