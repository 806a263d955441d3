// A set deletes nothing on a cached view, and makes nothing while its cache is behind. What a set's look costs others: sets
// that want no more clones don't keep those that do waiting, and while only guests are waited for no step is written that
// would hold up the result.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import { LABELS } from '../../../../src/api/identifiers.ts';
import { condition, linkedCloneSet, webClone } from '../support/objects.ts';
import { STATUS_INTERVAL, SetRig, refused } from '../support/set-rig.ts';
import type { SetFields } from '../support/set-rig.ts';

let rig: SetRig;

beforeEach(() => {
  rig = new SetRig();
});

describe('a cache that is behind after a start', () => {
  it('makes none beside those that the API server has, however often the set is looked at', async () => {
    rig.apply('web', { spec: { replicas: 2 } });
    rig.liveClones = [webClone(2), webClone(3)];
    await rig.look('web');
    await rig.look('web');
    await rig.look('web');
    expect(rig.created).toEqual([]);
  });
});

describe('the pace of creates', () => {
  beforeEach(async () => {
    rig.apply('a', { spec: { replicas: 30 } });
    rig.apply('b', { spec: { replicas: 30 } });
    await rig.look('a');
    await rig.look('b');
  });

  it('is shared by those that want more', async () => {
    expect(rig.created).toHaveLength(10);
    expect(await rig.look('b')).toBe(10_000);
  });

  it.each<[string, SetFields]>([
    ['has become invalid', { spec: { replicas: 30, minReadySeconds: -1 } }],
    ['is deleted', { spec: { replicas: 30 }, deleted: true }],
    ['is paused', { spec: { replicas: 30, paused: true } }],
    ['wants none', { spec: { replicas: 0 } }],
  ])('is not held up by a set that %s', async (_, fields) => {
    rig.apply('a', fields);
    await rig.look('a');
    expect(await rig.look('b')).toBe(5_000);
  });
});

describe('a set that vanished without its last reconcile', () => {
  it('is forgotten: it keeps nobody waiting', async () => {
    rig.apply('a', { spec: { replicas: 30 } });
    rig.apply('b', { spec: { replicas: 30 } });
    await rig.look('a');
    await rig.look('b');
    rig.sets.delete('a');
    await rig.look('a');
    expect(await rig.look('b')).toBe(5_000);
  });
});

describe('a set that is to become smaller', () => {
  beforeEach(() => {
    rig.apply('web', { spec: { replicas: 1 } });
    rig.clones = [webClone(1), webClone(2)];
  });

  it('deletes what is too many', async () => {
    await rig.look('web');
    expect(rig.deleted).toEqual(['web-2']);
  });

  it('deletes nothing when it was paused a moment ago, though the cache does not know', async () => {
    const paused = linkedCloneSet({ name: 'web', spec: { replicas: 1, paused: true } });
    rig.live.set('web', paused);
    await rig.look('web');
    expect(rig.deleted).toEqual([]);
  });
});

describe('a set that the API server has no more as it is cached', () => {
  it('makes nothing without its finalizer', async () => {
    rig.apply('web', { spec: { replicas: 2 } });
    rig.amend('web', { finalizers: [] });
    rig.live.set('web', linkedCloneSet({ name: 'web', uid: 'another' }));
    expect(await rig.look('web')).toBeNaN();
    expect(rig.created).toEqual([]);
  });

  it('makes nothing for one that was replaced, or changed', async () => {
    rig.apply('web', { spec: { replicas: 2 } });
    rig.live.set('web', linkedCloneSet({ name: 'web', uid: 'another' }));
    await rig.look('web');
    const changed = linkedCloneSet({ name: 'web', spec: { replicas: 0 } });
    rig.live.set('web', { ...changed, metadata: { ...changed.metadata, generation: 2 } });
    await rig.look('web');
    expect(rig.created).toEqual([]);
    rig.live.clear();
    await rig.look('web');
    expect(rig.created).toEqual(['web-1', 'web-2']);
  });
});

describe('a set that takes clones without an owner', () => {
  const spec = { replicas: 1, adopt: 'Ownerless' } as const;

  it.each([
    ['takes one that it lacks', false, 1],
    ['takes none when it was paused a moment ago, though the cache does not know', true, 0],
  ])('%s', async (_, paused, taken) => {
    const [clone] = [webClone(1)];
    const metadata = { ...clone.metadata, ownerReferences: [], labels: { [LABELS.set]: 'web' } };
    rig.clones = [{ ...clone, metadata }];
    rig.apply('web', { spec });
    rig.live.set('web', linkedCloneSet({ name: 'web', spec: { ...spec, paused } }));
    await rig.look('web');
    expect(rig.adopted).toHaveLength(taken);
  });

  describe('of which the cache says that it lacks one', () => {
    beforeEach(() => {
      const one = webClone(1);
      rig.clones = [{ ...one, metadata: { ...one.metadata, ownerReferences: [], labels: { [LABELS.set]: 'web' } } }];
      rig.apply('web', { spec });
    });

    it('takes none when it wants fewer by now, or has enough', async () => {
      rig.live.set('web', linkedCloneSet({ name: 'web', spec: { ...spec, replicas: 0 } }));
      await rig.look('web');
      rig.live.clear();
      rig.liveClones = [...rig.clones, webClone(2)];
      await rig.look('web');
      expect(rig.adopted).toEqual([]);
    });

    it('comes again, and makes none beside it, where others go on changing it', async () => {
      rig.refusal = refused(409, 'Conflict');
      await expect(rig.look('web')).rejects.toThrow('others go on changing it');
      expect([rig.adopted, rig.created]).toEqual([[], []]);
    });
  });
});

describe('the final stretch', () => {
  const waiting = [condition('Ready', 'False', 'Booting')];

  beforeEach(async () => {
    rig.apply('web', { spec: { replicas: 2 } });
    rig.clones = [webClone(1, { conditions: waiting })];
    await rig.look('web'); // what it says first is told at once
    await rig.clock.advance(10 * STATUS_INTERVAL);
    rig.written = [];
    rig.clones = [webClone(1, { conditions: waiting }), webClone(2, { conditions: waiting })];
  });

  it('keeps steps back until the result comes', async () => {
    expect(await rig.look('web')).toBe(5 * STATUS_INTERVAL);
    rig.clones = [webClone(1), webClone(2, { conditions: waiting })];
    await rig.clock.advance(STATUS_INTERVAL);
    expect(await rig.look('web')).toBe(4 * STATUS_INTERVAL);
    expect(rig.written).toEqual([]);

    rig.clones = [webClone(1), webClone(2)];
    await rig.look('web');
    expect(rig.written).toEqual(['web']);
    expect(rig.sets.get('web')?.status?.readyReplicas).toBe(2);
  });

  it('tells how far it is when guests take their time', async () => {
    await rig.look('web');
    await rig.clock.advance(5 * STATUS_INTERVAL);
    await rig.look('web');
    expect(rig.written).toEqual(['web']);
  });

  it.each<[string, () => LinkedClone[]]>([
    ['a machine is still missing', () => [webClone(1)]],
    [
      'one has no machine yet',
      () => [rig.clones[0] as LinkedClone, webClone(2, { conditions: waiting, status: { vm: undefined } as never })],
    ],
    [
      'one has failed',
      () => [
        rig.clones[0] as LinkedClone,
        webClone(2, { conditions: [condition('Ready', 'False', 'CustomizationFailed')] }),
      ],
    ],
  ])('has not begun while %s', async (_, now) => {
    rig.clones = now();
    await rig.look('web');
    expect(rig.written).toEqual(['web']);
  });
});
