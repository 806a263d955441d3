// A set deletes nothing on a cached view, and makes nothing while its cache is behind. What a set's look costs others: sets
// that want no more clones don't keep those that do waiting, and while only guests are waited for no step is written that
// would hold up the result.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BaseSnapshot, LinkedClone, LinkedCloneSet } from '../../../../src/api/types.generated.ts';
import { FINALIZERS, LABELS } from '../../../../src/api/identifiers.ts';
import { LinkedCloneSetReconciler } from '../../../../src/controllers/linked-clone-set/reconciler.ts';
import { projectTemplate, revisionName } from '../../../../src/controllers/linked-clone-set/revision.ts';
import { GraceClock } from '../../../../src/controllers/shared/grace-clock.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { WriteLimiter } from '../../../../src/controllers/shared/write-limiter.ts';
import type { ReconcileContext } from '../../../../src/kube/controller.ts';
import type { JsonPatchOperation } from '../../../../src/kube/json-patch.ts';
import type { ObjectKey } from '../../../../src/kube/objects.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { baseSnapshot, condition, linkedCloneSet, pinned, webClone } from '../support/objects.ts';

const STATUS_INTERVAL = 20_000;
const BASE = baseSnapshot({ status: { ...pinned(), conditions: [condition('Ready', 'True', 'Ready')] } });

let clock: FakeClock;
let sets: Map<string, LinkedCloneSet>;
let clones: LinkedClone[];
/** What the API server has, where the cache is behind it. */
let liveClones: LinkedClone[] | undefined;
let created: string[];
let written: string[];
let deleted: string[];
let adopted: unknown[];
/** What the API server has and the cache doesn't show yet. */
let live: Map<string, LinkedCloneSet>;
let reconciler: LinkedCloneSetReconciler;

beforeEach(() => {
  clock = new FakeClock();
  sets = new Map();
  clones = [];
  liveClones = undefined;
  created = [];
  written = [];
  deleted = [];
  adopted = [];
  live = new Map();
  reconciler = new LinkedCloneSetReconciler(runtimeOf());
});

/** An API server that keeps what is created and statuses that are written. */
function runtimeOf(): Runtime {
  const rest = {
    serverNow: () => clock.now(),
    listAll: async () => liveClones ?? clones,
    create: async (_: unknown, __: string, body: LinkedClone) => {
      created.push(body.metadata.name);
      return { ...body, metadata: { ...body.metadata, resourceVersion: '2' } };
    },
    delete: async (_: unknown, { name }: ObjectKey) => void deleted.push(name),
    patch: async ({ kind }: { kind: string }, { name }: ObjectKey, patch: readonly JsonPatchOperation[]) => {
      if (kind === 'LinkedClone') {
        if (JSON.stringify(patch).includes('ownerReferences')) adopted.push(patch);
        return webClone(1); // labels that follow the template
      }
      written.push(name);
      const set = sets.get(name);
      if (set === undefined) throw new Error(`there is no set ${name}`);
      const status = Object.fromEntries(
        patch.map((one) => [one.path.split('/')[2] ?? '', 'value' in one ? one.value : undefined]),
      );
      const next = { ...set, status: { ...set.status, ...status } };
      sets.set(name, next);
      return next;
    },
  };
  const stores = {
    sets: { get: ({ name }: ObjectKey) => sets.get(name) },
    bases: { get: (): BaseSnapshot => BASE },
    clones: {
      list: () => clones,
      byIndex: (_: string, owner: string) =>
        clones.filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === owner),
    },
  };
  return {
    ...{ clock, rest, stores, clusterId: 'cluster-1', logger: createLogger('silent') },
    config: {
      'status-interval': STATUS_INTERVAL,
      'create-rate': 1,
      'create-burst': 10,
      'conflict-retry': 30_000,
      'lost-after': 30_000,
      'resync-interval': 600_000,
      'watch-namespaces': [],
    },
    live: {
      get: async ({ kind }: { kind: string }, { name }: ObjectKey) =>
        kind === 'LinkedClone'
          ? clones.find((clone) => clone.metadata.name === name)
          : (live.get(name) ?? sets.get(name)),
    },
    events: { event: () => undefined },
    gates: { setClones: { record: () => undefined } },
    connections: { get: () => undefined, all: () => [] },
    writes: new WriteLimiter(clock, STATUS_INTERVAL),
    plannedDeletions: new Set<string>(),
    grace: new GraceClock(clock, 60_000),
  } as unknown as Runtime;
}

type SetFields = NonNullable<Parameters<typeof linkedCloneSet>[0]>;

/** The set of that name, its revision stored already; one that is deleted is to leave its clones behind. */
function apply(name: string, fields: SetFields = {}): void {
  const set = linkedCloneSet({ name, ...fields });
  const updateRevision = revisionName(set, projectTemplate(set, BASE));
  sets.set(name, {
    ...set,
    metadata: { ...set.metadata, finalizers: [FINALIZERS.clones, ...(fields.deleted === true ? ['orphan'] : [])] },
    status: { observedGeneration: 1, updateRevision, ...sets.get(name)?.status },
  });
}

/** Milliseconds after which it wants to be looked at again. */
async function look(name: string): Promise<number> {
  const context = { logger: createLogger('silent'), gateExpired: false } as unknown as ReconcileContext;
  const result = await reconciler.reconcile({ namespace: 'lab', name }, context);
  return result?.requeueAfterMs ?? Number.NaN;
}

describe('a cache that is behind after a start', () => {
  it('makes none beside those that the API server has, however often the set is looked at', async () => {
    apply('web', { spec: { replicas: 2 } });
    liveClones = [webClone(2), webClone(3)];
    await look('web');
    await look('web');
    await look('web');
    expect(created).toEqual([]);
  });
});

describe('the pace of creates', () => {
  beforeEach(async () => {
    apply('a', { spec: { replicas: 30 } });
    apply('b', { spec: { replicas: 30 } });
    await look('a');
    await look('b');
  });

  it('is shared by those that want more', async () => {
    expect(created).toHaveLength(10);
    expect(await look('b')).toBe(10_000);
  });

  it.each<[string, SetFields]>([
    ['has become invalid', { spec: { replicas: 30, minReadySeconds: -1 } }],
    ['is deleted', { spec: { replicas: 30 }, deleted: true }],
    ['is paused', { spec: { replicas: 30, paused: true } }],
    ['wants none', { spec: { replicas: 0 } }],
  ])('is not held up by a set that %s', async (_, fields) => {
    apply('a', fields);
    await look('a');
    expect(await look('b')).toBe(5_000);
  });
});

describe('a set that vanished without its last reconcile', () => {
  it('is forgotten: it keeps nobody waiting', async () => {
    apply('a', { spec: { replicas: 30 } });
    apply('b', { spec: { replicas: 30 } });
    await look('a');
    await look('b');
    sets.delete('a');
    await look('a');
    expect(await look('b')).toBe(5_000);
  });
});

describe('a set that is to become smaller', () => {
  beforeEach(() => {
    apply('web', { spec: { replicas: 1 } });
    clones = [webClone(1), webClone(2)];
  });

  it('deletes what is too many', async () => {
    await look('web');
    expect(deleted).toEqual(['web-2']);
  });

  it('deletes nothing when it was paused a moment ago, though the cache does not know', async () => {
    const paused = linkedCloneSet({ name: 'web', spec: { replicas: 1, paused: true } });
    live.set('web', paused);
    await look('web');
    expect(deleted).toEqual([]);
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
    clones = [{ ...clone, metadata }];
    apply('web', { spec });
    live.set('web', linkedCloneSet({ name: 'web', spec: { ...spec, paused } }));
    await look('web');
    expect(adopted).toHaveLength(taken);
  });
});

describe('the final stretch', () => {
  const waiting = [condition('Ready', 'False', 'Booting')];

  beforeEach(async () => {
    apply('web', { spec: { replicas: 2 } });
    clones = [webClone(1, { conditions: waiting })];
    await look('web'); // what it says first is told at once
    await clock.advance(10 * STATUS_INTERVAL);
    written = [];
    clones = [webClone(1, { conditions: waiting }), webClone(2, { conditions: waiting })];
  });

  it('keeps steps back until the result comes', async () => {
    expect(await look('web')).toBe(5 * STATUS_INTERVAL);
    clones = [webClone(1), webClone(2, { conditions: waiting })];
    await clock.advance(STATUS_INTERVAL);
    expect(await look('web')).toBe(4 * STATUS_INTERVAL);
    expect(written).toEqual([]);

    clones = [webClone(1), webClone(2)];
    await look('web');
    expect(written).toEqual(['web']);
    expect(sets.get('web')?.status?.readyReplicas).toBe(2);
  });

  it('tells how far it is when guests take their time', async () => {
    await look('web');
    await clock.advance(5 * STATUS_INTERVAL);
    await look('web');
    expect(written).toEqual(['web']);
  });

  it.each<[string, () => LinkedClone[]]>([
    ['a machine is still missing', () => [webClone(1)]],
    [
      'one has no machine yet',
      () => [clones[0] as LinkedClone, webClone(2, { conditions: waiting, status: { vm: undefined } as never })],
    ],
    [
      'one has failed',
      () => [
        clones[0] as LinkedClone,
        webClone(2, { conditions: [condition('Ready', 'False', 'CustomizationFailed')] }),
      ],
    ],
  ])('has not begun while %s', async (_, now) => {
    clones = now();
    await look('web');
    expect(written).toEqual(['web']);
  });
});
