// A set grows and shrinks: names by pattern and ordinal, who goes first, who never goes, who is let go, what the set says of
// it all, and that a change of mind in the middle of it leaves neither a VM without an object nor the other way round.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../src/api/types.generated.ts';
import { LABELS } from '../../../src/api/identifiers.ts';
import { auditedWrites } from '../../../src/testbed/audit-log.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf } from '../../support/lab.ts';
import { ObjectWatch } from '../../support/object-watch.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { soundCensus, successfulClones, takeCensus } from '../../support/vm-census.ts';
import { inventory } from './support/inventory.ts';
import {
  applySet,
  callsOf,
  cloneNames,
  freshNamespace,
  hasClones,
  mustClone,
  replaced,
  setReady,
  setWhen,
  soundAfter,
  vmNames,
} from './support/sets.ts';
import { PATIENCE_MS, lastSeq, vmOf } from './support/story.ts';

const OPERATOR = 'system:serviceaccount:linked-clone-system:linked-clone-operator';

const directory = useTemporaryDirectory();
let lab: Lab;
let watch: ObjectWatch;

beforeAll(async () => {
  lab = await Lab.start({ directory, speed: 20, inventory: inventory() });
}, 120_000);
afterAll(() => lab.stop());

beforeEach(async () => {
  watch = await ObjectWatch.start(lab.controlPlane.kubeconfig);
});
afterEach(() => watch.end());

const protect = { 'linkedclone.dev/protect': '' };

describe('names', () => {
  it('follow the pattern from the start, and outgrow it with a digit more', async () => {
    const ns = await freshNamespace(lab);
    await applySet(lab, ns, 'capture', 3, { naming: { pattern: 'Capture##', start: 98 } });
    await setReady(lab, ns, 'capture', 3);
    expect(await cloneNames(lab, ns, 'capture')).toEqual(['capture-98', 'capture-99', 'capture-100']);
    expect(await vmNames(lab, ns, 'capture')).toEqual(['Capture98', 'Capture99', 'Capture100']);
  }, 120_000);

  it('are the lowest free ordinals: a gap is filled before the end grows', async () => {
    const ns = await freshNamespace(lab);
    await applySet(lab, ns, 'gaps', 3);
    await setReady(lab, ns, 'gaps', 3);
    const before = await mustClone(lab, ns, 'gaps-2');
    await lab.api.delete('linkedclones', 'gaps-2', ns);
    await replaced(lab, before);
    await setReady(lab, ns, 'gaps', 3);
    expect(await vmNames(lab, ns, 'gaps')).toEqual(['gaps-01', 'gaps-02', 'gaps-03']);
    expect(await vmOf(lab, before.metadata.uid)).toBeUndefined();
  }, 120_000);
});

/** Makes clones again one after the other, a second apart (creation times have no fractions): their ages follow `order`. */
async function aged(ns: string, order: readonly string[]): Promise<void> {
  for (const name of order) {
    const before = await mustClone(lab, ns, name);
    const youngest = Math.max(
      ...(await lab.clonesOf('order', ns)).map((clone) => Date.parse(clone.metadata.creationTimestamp)),
    );
    await waitUntil('the next second', () => Date.now() - youngest > 1100);
    await lab.api.delete('linkedclones', name, ns);
    await replaced(lab, before);
  }
}

describe('scaling down', () => {
  it.each([
    ['HighestOrdinal', ['order-1', 'order-2']],
    ['Newest', ['order-2', 'order-3']],
    ['Oldest', ['order-1', 'order-3']],
  ])(
    'goes by %s',
    async (order, left) => {
      const ns = await freshNamespace(lab);
      await applySet(lab, ns, 'order', 3, { scaleDown: { order } });
      await setReady(lab, ns, 'order', 3);
      await aged(ns, ['order-3', 'order-1']); // and order-2 is older than both
      await setReady(lab, ns, 'order', 3);
      await lab.api.scale('order', 2, ns);
      await setReady(lab, ns, 'order', 2);
      expect(await cloneNames(lab, ns, 'order')).toEqual(left);
    },
    120_000,
  );

  it('takes marked clones first, protected ones never, and says so', async () => {
    const ns = await freshNamespace(lab);
    await applySet(lab, ns, 'marks', 4);
    await setReady(lab, ns, 'marks', 4);
    await lab.api.annotate('linkedclones', 'marks-1', { 'linkedclone.dev/delete-first': 'true' }, ns);
    await lab.api.annotate('linkedclones', 'marks-4', protect, ns);
    await lab.api.annotate('linkedclones', 'marks-2', protect, ns);
    await lab.api.scale('marks', 3, ns);
    await setReady(lab, ns, 'marks', 3);
    expect(await cloneNames(lab, ns, 'marks')).toEqual(['marks-2', 'marks-3', 'marks-4']);

    await lab.api.scale('marks', 0, ns);
    const stuck = await setWhen(
      lab,
      ns,
      'marks',
      'stalled with two left',
      (set) =>
        conditionOf(set, 'Stalled')?.reason === 'AllRemainingProtected' &&
        set.status?.terminatingReplicas === 0 &&
        set.status.replicas === 2,
    );
    expect(conditionOf(stuck, 'ScalingDown')).toMatchObject({ status: 'True', reason: 'AllRemainingProtected' });
    expect(await vmNames(lab, ns, 'marks')).toEqual(['marks-02', 'marks-04']);

    for (const name of ['marks-2', 'marks-4'])
      await lab.api.annotate('linkedclones', name, { 'linkedclone.dev/protect': null }, ns);
    await setReady(lab, ns, 'marks', 0);
    expect(await takeCensus(lab, ns)).toEqual(soundCensus(0));
  }, 120_000);

  it('lets clones go under whenScaled: Retain, and their ordinals stay taken', async () => {
    const ns = await freshNamespace(lab);
    await applySet(lab, ns, 'kept', 2, { retentionPolicy: { whenScaled: 'Retain' } });
    await setReady(lab, ns, 'kept', 2);
    const seq = await lastSeq(lab);
    await lab.api.scale('kept', 1, ns);
    await setReady(lab, ns, 'kept', 1);
    const free = await mustClone(lab, ns, 'kept-2');
    expect(free.metadata.ownerReferences ?? []).toEqual([]);
    expect(free.metadata.labels?.['linkedclone.dev/set']).toBeUndefined();
    await lab.api.scale('kept', 2, ns);
    await setReady(lab, ns, 'kept', 2);
    expect(await cloneNames(lab, ns, 'kept')).toEqual(['kept-1', 'kept-3']);
    expect(callsOf(await lab.vcenter.ledger(seq), 'Destroy_Task')).toEqual([]);
    expect(conditionOf(await mustClone(lab, ns, 'kept-2'), 'Ready')?.status).toBe('True');
    await lab.api.delete('linkedclones', 'kept-2', ns);
    expect(await soundAfter(lab, ns, 2)).toEqual(soundCensus(2));
  }, 120_000);

  it('makes another for one that is detached', async () => {
    const ns = await freshNamespace(lab);
    await applySet(lab, ns, 'loose', 2);
    await setReady(lab, ns, 'loose', 2);
    const before = await mustClone(lab, ns, 'loose-1');
    await lab.api.annotate('linkedclones', 'loose-1', { 'linkedclone.dev/detach': 'true' }, ns);
    await hasClones(lab, ns, 'loose', ['loose-2', 'loose-3']);
    await setReady(lab, ns, 'loose', 2);
    const after = await mustClone(lab, ns, 'loose-1');
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.metadata.ownerReferences ?? []).toEqual([]);
    expect((await vmOf(lab, before.metadata.uid))?.power).toBe('poweredOn');
    expect(await soundAfter(lab, ns, 3)).toEqual(soundCensus(3));
  }, 120_000);
});

function ordinalOf(name: string): number {
  return Number(name.split('-').at(-1));
}

/** A delete carries the version that it was decided on: the last one before the clone was on its way out. */
function wasReadyToTheLast(name: string, namespace: string): boolean {
  const decidedOn = watch
    .of('LinkedClone', name, namespace)
    .findLast(({ metadata }) => metadata.deletionTimestamp === undefined);
  return conditionOf(decidedOn, 'Ready')?.status === 'True';
}

describe('a change of mind', () => {
  it.each([
    ['while clones are made', 'CloneVM_Task', 3],
    ['while clones are deleted', 'Destroy_Task', 25],
  ])(
    '%s ends right',
    async (_when, method, end) => {
      const ns = await freshNamespace(lab);
      const seq = await lastSeq(lab);
      await applySet(lab, ns, 'turn', 25);
      if (method === 'Destroy_Task') {
        await setReady(lab, ns, 'turn', 25);
        await lab.api.scale('turn', 3, ns);
      }
      await waitUntil(
        `some calls of ${method}`,
        async () => callsOf(await lab.vcenter.ledger(seq), method).length >= 4,
        { timeoutMs: PATIENCE_MS, intervalMs: 5 },
      );
      await lab.api.scale('turn', end, ns);
      await setReady(lab, ns, 'turn', end);
      expect(await soundAfter(lab, ns, end)).toEqual(soundCensus(end));
      const names = await cloneNames(lab, ns, 'turn');
      expect(names).toHaveLength(end);
      // the first ones stay, but for those that weren't ready yet when they had to go: ready ones go last
      const last = Math.max(...names.map(ordinalOf));
      const gone = Array.from({ length: last }, (_, i) => `turn-${i + 1}`).filter((name) => !names.includes(name));
      expect(gone.filter((name) => wasReadyToTheLast(name, ns))).toEqual([]);
      const successes = [...successfulClones(await lab.vcenter.ledger(seq)).values()];
      expect(successes).toEqual(successes.map(() => 1));
      // one object of a name at a time, so never more than were wanted
      const most = Math.max(
        ...watch.of('LinkedCloneSet', 'turn', ns).map((set) => Number(set.status?.['replicas'] ?? 0)),
      );
      expect(most).toBeLessThanOrEqual(25);
      await lab.api.scale('turn', 0, ns);
      await setReady(lab, ns, 'turn', 0);
      expect(await soundAfter(lab, ns, 0)).toEqual(soundCensus(0));
    },
    240_000,
  );
});

describe('the pace of creates', () => {
  const [burst, rate] = [6, 2];

  it('is one for all sets, which take turns, and a change of mind comes in between', async () => {
    const ns = await freshNamespace(lab);
    await lab.stopOperator();
    await applySet(lab, ns, 'pace-a', 30);
    await applySet(lab, ns, 'pace-b', 30);
    await lab.startOperator({ 'create-burst': burst, 'create-rate': rate });
    try {
      await waitUntil(
        'clones of both sets',
        async () => {
          const sets = (await lab.api.list<LinkedClone>('linkedclones', ns)).map(
            ({ metadata }) => metadata.labels?.[LABELS.set],
          );
          return ['pace-a', 'pace-b'].every((set) => sets.filter((each) => each === set).length >= 4);
        },
        { timeoutMs: PATIENCE_MS, intervalMs: 100 },
      );
      const all = (await auditedWrites(lab.controlPlane.auditLogPath, OPERATOR))
        .filter(({ verb, resource, namespace }) => verb === 'create' && resource === 'linkedclones' && namespace === ns)
        .map(({ at }) => at);
      await Promise.all(['pace-a', 'pace-b'].map((set) => lab.api.scale(set, 2, ns)));
      expect(all.length).toBeGreaterThan(burst);
      // a second for those that were on their way when the first one came
      const seconds = (Math.max(...all) - Math.min(...all)) / 1000 + 1;
      expect(all.length).toBeLessThanOrEqual(burst + rate * seconds);
      for (const set of ['pace-a', 'pace-b']) await setReady(lab, ns, set, 2);
      expect(await soundAfter(lab, ns, 4)).toEqual(soundCensus(4));
    } finally {
      await lab.stopOperator();
      await lab.startOperator();
    }
  }, 120_000);
});

describe('what a set says', () => {
  it('tells of the last scale, and how many it waits for', async () => {
    const ns = await freshNamespace(lab);
    const from = Date.now();
    await applySet(lab, ns, 'said', 3);
    const done = await setReady(lab, ns, 'said', 3);
    expect(done.status?.lastScale).toMatchObject({ from: 0, to: 3, seconds: expect.any(Number) });
    expect(done.status?.summary).toBe('Ready 3/3');
    const said = watch.of('LinkedCloneSet', 'said', ns).map((set) => String(set.status?.['summary'] ?? ''));
    expect(said.some((summary) => /^Cloning [012]\/3$/.test(summary))).toBe(true);
    await lab.api.scale('said', 1, ns);
    const less = await setReady(lab, ns, 'said', 1);
    const scale = less.status?.lastScale;
    expect(scale).toMatchObject({ from: 3, to: 1, seconds: expect.any(Number) });
    expect(Date.parse(scale?.startedAt ?? '')).toBeGreaterThan(from - 1000);
    expect((scale?.seconds ?? Number.NaN) * 1000).toBeLessThanOrEqual(Date.now() - from + 1000);
  }, 120_000);

  it('is what kubectl shows, and kubectl scale changes it', async () => {
    const ns = await freshNamespace(lab);
    const kubectl = (...args: readonly string[]): Promise<string> => lab.controlPlane.kubectl(['-n', ns, ...args]);
    await applySet(lab, ns, 'shown', 1);
    await setReady(lab, ns, 'shown', 1);
    const scale = await lab.api.raw.call<{
      spec: { replicas: number };
      status: { replicas: number; selector: string };
    }>('GET', `/apis/linkedclone.dev/v1alpha1/namespaces/${ns}/linkedclonesets/shown/scale`);
    expect(scale).toMatchObject({
      spec: { replicas: 1 },
      status: { replicas: 1, selector: 'linkedclone.dev/set=shown' },
    });
    await kubectl('scale', 'lcs', 'shown', '--replicas=2');
    await setReady(lab, ns, 'shown', 2);
    const [header = '', row = ''] = (await kubectl('get', 'lcs', 'shown')).trim().split('\n');
    expect(header.split(/\s{2,}/)).toEqual(['NAME', 'DESIRED', 'READY', 'STATUS', 'BASE', 'SAVED%', 'AGE']);
    expect(row.split(/\s{2,}/).slice(0, 5)).toEqual(['shown', '2', '2', 'Ready 2/2', 'gold']);
    const selected = await kubectl('get', 'lclone', '-l', scale.status.selector, '-o', 'name');
    expect(selected.trim().split('\n')).toHaveLength(2);
  }, 120_000);

  it("keeps its own labels to itself, and isn't fooled by a clone's", async () => {
    const ns = await freshNamespace(lab);
    await lab.api.apply({
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'LinkedCloneSet',
      metadata: {
        name: 'labels',
        namespace: ns,
        labels: { 'app.kubernetes.io/instance': 'argo' },
        annotations: { 'argocd.argoproj.io/tracking-id': 'x' },
      },
      spec: {
        replicas: 2,
        template: { metadata: { labels: { room: '12' } }, spec: { baseSnapshotRef: { name: 'gold' } } },
      },
    });
    await setReady(lab, ns, 'labels', 2);
    const [one, two] = [await mustClone(lab, ns, 'labels-1'), await mustClone(lab, ns, 'labels-2')];
    expect(one.metadata.labels).toMatchObject({ room: '12', 'linkedclone.dev/set': 'labels' });
    expect(one.metadata.labels?.['app.kubernetes.io/instance']).toBeUndefined();
    expect(one.metadata.annotations?.['argocd.argoproj.io/tracking-id']).toBeUndefined();

    const seq = await lastSeq(lab);
    await lab.api.patch('linkedclones', 'labels-1', { metadata: { labels: { 'linkedclone.dev/set': 'another' } } }, ns);
    await waitUntil(
      'the label to be put right',
      async () => (await mustClone(lab, ns, 'labels-1')).metadata.labels?.['linkedclone.dev/set'] === 'labels',
      { timeoutMs: PATIENCE_MS },
    );
    await setReady(lab, ns, 'labels', 2);
    expect(await cloneNames(lab, ns, 'labels')).toEqual(['labels-1', 'labels-2']);
    expect((await mustClone(lab, ns, 'labels-2')).metadata.uid).toBe(two.metadata.uid);
    expect(await lab.vcenter.ledger(seq)).toEqual([]);
  }, 120_000);
});
