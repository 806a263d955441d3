// Many clones deleted at once behind their set's back, and a CustomResourceDefinition that is deleted with everything of its
// kind: deletions stop, say why and how they go on, and stay stopped over a restart. What a set is told to be is carried out.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LinkedClone, VCenter } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { inventory } from './support/inventory.ts';
import { PATIENCE_MS, cloneWhen, lastSeq } from './support/story.ts';

const MANY = 20;
/** So many may go before the next is one too many. */
const MOST = 10;
const SPEED = 50;
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const directory = useTemporaryDirectory();
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory(),
    speed: SPEED,
    // a set deletes what it has looked at: no figures are written in between, so all are deleted at once
    operatorFlags: { 'storage-interval': 600 },
  });
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.waitReason('basesnapshots', 'base', 'Ready', { timeoutMs: PATIENCE_MS });
}, 120_000);

afterAll(() => lab?.stop(), 120_000);

let seq = 0;
beforeEach(async () => {
  seq = await lastSeq(lab);
});

async function vCenter(): Promise<VCenter | undefined> {
  return lab.api.get<VCenter>('vcenters', 'vc');
}

async function destroyed(): Promise<number> {
  const ledger = await lab.vcenter.ledger(seq);
  return ledger.filter(({ phase, method }) => phase === 'call' && method === 'Destroy_Task').length;
}

async function names(set: string): Promise<string[]> {
  return (await lab.clonesOf(set)).map((clone) => clone.metadata.name).toSorted();
}

/** Waits until the VCenter is held for that reason, and gives the id that resumes. */
async function pausedFor(reason: string): Promise<string> {
  const held = await waitUntil(
    `DeletionsPaused ${reason}`,
    async () => {
      const object = await vCenter();
      return reasonOf(object, 'DeletionsPaused') === reason ? object : undefined;
    },
    { timeoutMs: PATIENCE_MS },
  );
  const id = held.status?.holds?.find(({ type }) => type === 'DeletionsPaused')?.id ?? 'none';
  expect(conditionOf(held, 'DeletionsPaused')).toMatchObject({ status: 'True' });
  expect(conditionOf(held, 'DeletionsPaused')?.message).toContain(
    `kubectl annotate vcenter vc linkedclone.dev/resume-deletions=${id} --overwrite`,
  );
  expect(conditionOf(held, 'Ready')?.status).toBe('True'); // all else goes on
  return id;
}

/** All clones that are being deleted say why they are still there. */
async function heldClones(): Promise<LinkedClone[]> {
  let last: LinkedClone[] = [];
  await waitUntil(
    'clones that say why they stay',
    async () => {
      last = (await lab.api.list<LinkedClone>('linkedclones')).filter(
        ({ metadata }) => metadata.deletionTimestamp !== undefined,
      );
      return last.length > 0 && last.every((clone) => reasonOf(clone, 'DeletionBlocked') === 'DeletionsPaused');
    },
    { timeoutMs: PATIENCE_MS },
  );
  return last;
}

async function resume(id: string): Promise<void> {
  await lab.api.annotate('vcenters', 'vc', { 'linkedclone.dev/resume-deletions': id });
}

describe('the mass-deletion breaker', () => {
  it('lets a set be scaled down and up again, and be deleted', async () => {
    await lab.applySet('scaled', 'base', MANY);
    await lab.setReady('scaled', MANY, PATIENCE_MS);
    await lab.api.scale('scaled', 2);
    await waitUntil(
      'all of them to go',
      async () => {
        const staying = (await lab.clonesOf('scaled')).filter(
          ({ metadata }) => metadata.deletionTimestamp === undefined,
        );
        return staying.length === 2;
      },
      { timeoutMs: PATIENCE_MS, intervalMs: 5 },
    );
    await lab.api.scale('scaled', MANY); // while they go: that they are missed now doesn't make them unplanned
    await lab.setReady('scaled', MANY, PATIENCE_MS);
    expect(await destroyed()).toBe(MANY - 2);
    await lab.api.delete('linkedclonesets', 'scaled');
    await lab.gone('linkedclonesets', 'scaled', 'lab', PATIENCE_MS);
    expect(await destroyed()).toBe(2 * MANY - 2);
    expect((await vCenter())?.status?.holds ?? []).toEqual([]);
    expect(conditionOf(await vCenter(), 'DeletionsPaused')).toBeUndefined();
  }, 240_000);

  it('lets a set be scaled down and up again when the process that scaled it down died meanwhile', async () => {
    await lab.applySet('scaled', 'base', MANY);
    await lab.setReady('scaled', MANY, PATIENCE_MS);
    const going = async (): Promise<number> =>
      (await lab.clonesOf('scaled')).filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length;
    await lab.vcenter.clock({ speed: 0.5 }); // their machines are destroyed later
    await lab.api.scale('scaled', 2);
    await waitUntil('all of them to go', async () => (await going()) === MANY - 2, { timeoutMs: PATIENCE_MS });
    await lab.killOperator();
    await lab.api.scale('scaled', MANY);
    await lab.vcenter.clock({ speed: SPEED });
    expect(await going()).toBeGreaterThan(MOST); // so many that nobody's plan explains would be too many
    await lab.startOperator();
    await lab.setReady('scaled', MANY, PATIENCE_MS);
    expect((await vCenter())?.status?.holds ?? []).toEqual([]);
    await lab.api.delete('linkedclonesets', 'scaled');
    await lab.gone('linkedclonesets', 'scaled', 'lab', PATIENCE_MS);
  }, 240_000);

  it('lets a namespace end with all that is in it', async () => {
    await lab.api.ensureNamespace('short');
    const base = { baseSnapshotRef: { name: 'base', namespace: 'lab' } };
    await lab.api.patch('basesnapshots', 'base', { spec: { allowedNamespaces: { from: 'All' } } });
    for (let i = 0; i < MOST + 2; i += 1)
      await lab.api.apply({
        apiVersion: 'linkedclone.dev/v1alpha1',
        kind: 'LinkedClone',
        metadata: { name: `one-${i}`, namespace: 'short' },
        spec: base,
      });
    await waitUntil(
      'clones in it',
      async () => {
        const clones = await lab.api.list<LinkedClone>('linkedclones', 'short');
        return clones.length === MOST + 2 && clones.every((clone) => reasonOf(clone) === 'Ready');
      },
      { timeoutMs: PATIENCE_MS },
    );
    // nobody ends namespaces here; what its end means for the operator is its timestamp
    await lab.api.delete('namespaces', 'short', '');
    await Promise.all(Array.from({ length: MOST + 2 }, (_, i) => lab.api.delete('linkedclones', `one-${i}`, 'short')));
    await waitUntil('an empty namespace', async () => (await lab.api.list('linkedclones', 'short')).length === 0, {
      timeoutMs: PATIENCE_MS,
    });
    expect(await destroyed()).toBe(MOST + 2);
    expect((await vCenter())?.status?.holds ?? []).toEqual([]);
  }, 240_000);

  it('stops when more than ten clones of a set are deleted behind its back; over a restart; until it is resumed', async () => {
    await lab.applySet('class', 'base', MANY);
    await lab.setReady('class', MANY, PATIENCE_MS);
    const all = await names('class');
    await Promise.all(all.slice(0, 15).map((name) => lab.api.delete('linkedclones', name)));
    const id = await pausedFor('TooManyDeletions');
    const held = await heldClones();
    expect(await destroyed()).toBeLessThanOrEqual(MOST);
    expect(held.length).toBeGreaterThanOrEqual(15 - MOST);
    expect(conditionOf(held[0], 'DeletionBlocked')?.message).toContain(`resume-deletions=${id} --overwrite`);

    await lab.stopOperator();
    await lab.startOperator();
    const before = await destroyed();
    const gone = held.map((clone) => clone.metadata.name);
    const next = all.find((name) => !gone.includes(name) && all.indexOf(name) >= 15) ?? '';
    await lab.api.delete('linkedclones', next); // a deletion of this life is held by what was stored in the last
    await cloneWhen(lab, next, 'held', (clone) => reasonOf(clone, 'DeletionBlocked') === 'DeletionsPaused');
    await resume('deletions-1'); // an answer to another one
    await lab.api.annotate('linkedclones', next, { touched: '1' });
    expect(await pausedFor('TooManyDeletions')).toBe(id);
    expect((await heldClones()).map((clone) => clone.metadata.name).toSorted()).toEqual([...gone, next].toSorted());
    expect(await destroyed()).toBe(before);

    const uids = new Set((await heldClones()).map((clone) => clone.metadata.uid));
    await resume(id);
    await waitUntil(
      'the held clones to go',
      async () => (await lab.api.list<LinkedClone>('linkedclones')).every((clone) => !uids.has(clone.metadata.uid)),
      { timeoutMs: PATIENCE_MS },
    );
    await lab.setReady('class', MANY, PATIENCE_MS);
    expect((await vCenter())?.status?.holds ?? []).toEqual([]);
    expect(conditionOf(await vCenter(), 'DeletionsPaused')).toBeUndefined();
  }, 300_000);

  it('stops when one of the definitions is deleted, and goes on when that was meant', async () => {
    const before = (await lab.vcenter.owned()).length;
    expect(before).toBe(MANY);
    const { status } = await lab.api.raw.request('DELETE', `${CRDS}/linkedclones.linkedclone.dev`);
    expect(status).toBe(200);
    const id = await pausedFor('CrdTerminating');
    await waitUntil('all to be deleted', async () => (await heldClones()).length === MANY, { timeoutMs: PATIENCE_MS });
    expect(await destroyed()).toBe(0);

    await lab.stopOperator();
    await lab.startOperator();
    await lab.waitReason('vcenters', 'vc', 'Connected', { timeoutMs: PATIENCE_MS });
    expect(await pausedFor('CrdTerminating')).toBe(id);
    expect((await lab.vcenter.owned()).length).toBe(before);

    await resume(id);
    await waitUntil('no machines', async () => (await lab.vcenter.owned()).length === 0, { timeoutMs: PATIENCE_MS });
    await waitUntil(
      'the definition to be gone',
      async () => (await lab.api.raw.request('GET', `${CRDS}/linkedclones.linkedclone.dev`)).status === 404,
      { timeoutMs: PATIENCE_MS },
    );
  }, 300_000);
});
