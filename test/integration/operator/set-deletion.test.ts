// The ways in which a set goes: with its clones, without them, before and after what it stands on, with its whole
// namespace. What is asked to stay stays untouched; what goes leaves nothing; nothing goes before what needs it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BaseSnapshot, LinkedClone, VCenter } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf } from '../../support/lab.ts';
import { ObjectWatch } from '../../support/object-watch.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { soundCensus, takeCensus } from '../../support/vm-census.ts';
import { inventory } from './support/inventory.ts';
import { applySet, callsOf, cloneNames, freshNamespace, setReady, soundAfter } from './support/sets.ts';
import { PATIENCE_MS, lastSeq, mustVmOf } from './support/story.ts';

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

/** UIDs of the namespace's clones, all of which must be there as they were, without an owner, and with a VM that runs. */
async function expectFree(ns: string, uids: readonly string[]): Promise<void> {
  const clones = await lab.api.list<LinkedClone>('linkedclones', ns);
  expect(clones.map((clone) => clone.metadata.uid)).toEqual(uids);
  expect(clones.flatMap((clone) => clone.metadata.ownerReferences ?? [])).toEqual([]);
  for (const clone of clones) {
    expect(clone.metadata.deletionTimestamp).toBeUndefined();
    expect((await mustVmOf(lab, clone.metadata.uid)).power).toBe('poweredOn');
  }
}

async function uidsOf(ns: string): Promise<string[]> {
  return (await lab.api.list<LinkedClone>('linkedclones', ns)).map((clone) => clone.metadata.uid);
}

function setGone(ns: string, name: string): Promise<void> {
  return lab.gone('linkedclonesets', name, ns, PATIENCE_MS);
}

describe('clones that are to stay', () => {
  it.each([
    ['whenDeleted: Retain', { retentionPolicy: { whenDeleted: 'Retain' } }, []],
    ['--cascade=orphan', {}, ['--cascade=orphan']],
  ])(
    'stay under %s, without an owner, and nothing is done to their VMs',
    async (_why, spec, flags) => {
      const ns = await freshNamespace(lab);
      // characters that writers of JSON and XML escape in different ways: the garbage collector must be able to patch all of it
      await applySet(lab, ns, 'web', 3, spec, { placement: { folder: `Labs/R&D <${ns}>` } });
      await setReady(lab, ns, 'web', 3);
      const uids = await uidsOf(ns);
      const seq = await lastSeq(lab);
      await lab.controlPlane.kubectl(['-n', ns, 'delete', 'lcs', 'web', '--wait=false', ...flags]);
      await setGone(ns, 'web');
      await expectFree(ns, uids);
      // what comes later in the same streams has found them unharmed: a clone of its own, made and ready
      await applySet(lab, ns, 'later', 1);
      await setReady(lab, ns, 'later', 1);
      await expectFreeBeside(ns, uids);
      expect(callsOf(await lab.vcenter.ledger(seq), 'Destroy_Task')).toEqual([]);
      expect(callsOf(await lab.vcenter.ledger(seq), 'PowerOffVM_Task')).toEqual([]);
      // they are still looked after, and go when they are told to
      for (const name of ['web-1', 'web-2', 'web-3']) await lab.api.delete('linkedclones', name, ns);
      expect(await soundAfter(lab, ns, 1)).toEqual(soundCensus(1));
    },
    120_000,
  );
});

describe('machines that are to stay', () => {
  it.each<[string, (ns: string) => Promise<unknown>]>([
    [
      '--cascade=foreground',
      (ns) => lab.controlPlane.kubectl(['-n', ns, 'delete', 'lcs', 'web', '--wait=false', '--cascade=foreground']),
    ],
    ['the deletion of their namespace', (ns) => lab.api.delete('namespaces', ns)],
  ])(
    'are retained under whenDeleted: Retain by %s, which deletes their objects',
    async (_how, remove) => {
      const ns = await freshNamespace(lab);
      await applySet(lab, ns, 'web', 3, { retentionPolicy: { whenDeleted: 'Retain' } });
      await setReady(lab, ns, 'web', 3);
      const uids = await uidsOf(ns);
      const seq = await lastSeq(lab);
      await remove(ns);
      await setGone(ns, 'web');
      expect(await uidsOf(ns)).toEqual([]);
      for (const uid of uids)
        expect(await mustVmOf(lab, uid)).toMatchObject({ power: 'poweredOn', marker: { state: 'retained' } });
      expect(callsOf(await lab.vcenter.ledger(seq), 'Destroy_Task')).toEqual([]);
      expect(callsOf(await lab.vcenter.ledger(seq), 'PowerOffVM_Task')).toEqual([]);
    },
    120_000,
  );
});

async function expectFreeBeside(ns: string, uids: readonly string[]): Promise<void> {
  expect(await uidsOf(ns)).toEqual(expect.arrayContaining([...uids]));
  for (const uid of uids) expect((await mustVmOf(lab, uid)).power).toBe('poweredOn');
}

describe('clones that are to go', () => {
  it.each(['background', 'foreground'])(
    'are gone before their set is, deleted in the %s',
    async (cascade) => {
      const ns = await freshNamespace(lab);
      await applySet(lab, ns, 'web', 4);
      await setReady(lab, ns, 'web', 4);
      await lab.controlPlane.kubectl(['-n', ns, 'delete', 'lcs', 'web', '--wait=false', `--cascade=${cascade}`]);
      await setGone(ns, 'web');
      expect(await takeCensus(lab, ns)).toEqual(soundCensus(0));
      await waitUntil(
        'its last word in the watch',
        () => conditionOf(watch.of('LinkedCloneSet', 'web', ns).at(-1), 'Ready')?.status === 'False',
      );
      expect(await lab.api.get('basesnapshots', 'gold', ns)).toBeDefined();
    },
    120_000,
  );

  it('go with their namespace, and their base after them', async () => {
    const ns = await freshNamespace(lab);
    await applySet(lab, ns, 'web', 5);
    await setReady(lab, ns, 'web', 5);
    const seq = await lastSeq(lab);
    await lab.api.delete('namespaces', ns);
    await waitUntil('the namespace to be gone', async () => (await lab.api.get('namespaces', ns)) === undefined, {
      timeoutMs: PATIENCE_MS,
    });
    expect(await soundAfter(lab, ns, 0)).toEqual(soundCensus(0));
    const ledger = await lab.vcenter.ledger(seq);
    expect(callsOf(ledger, 'CloneVM_Task')).toEqual([]);
    expect(callsOf(ledger, 'Destroy_Task')).toHaveLength(5);
    const { vms, snapshots } = await lab.vcenter.inventory();
    const parent = vms.find((vm) => vm.name === 'Tmpl');
    expect(snapshots.filter((snapshot) => snapshot.vm === parent?.moRef)).toHaveLength(1);
  }, 120_000);

  it('go while they are still being made, as their namespace does', async () => {
    const ns = await freshNamespace(lab);
    const seq = await lastSeq(lab);
    await applySet(lab, ns, 'web', 12);
    await waitUntil(
      'some clones under way',
      async () => callsOf(await lab.vcenter.ledger(seq), 'CloneVM_Task').length >= 4,
      { timeoutMs: PATIENCE_MS, intervalMs: 5 },
    );
    await lab.api.delete('namespaces', ns);
    await waitUntil('the namespace to be gone', async () => (await lab.api.get('namespaces', ns)) === undefined, {
      timeoutMs: PATIENCE_MS,
    });
    expect(await soundAfter(lab, ns, 0)).toEqual(soundCensus(0));
  }, 120_000);

  it('may go last: VCenter and base wait, say for what, and follow', async () => {
    const ns = await freshNamespace(lab);
    await lab.api.apply({
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'VCenter',
      metadata: { name: 'second' },
      spec: lab.vCenterSpec(),
    });
    await lab.applyBase('own', 'Templates/Tmpl', { vCenterRef: { name: 'second' } }, ns);
    await applySet(lab, ns, 'web', 2, {}, { baseSnapshotRef: { name: 'own' } });
    await setReady(lab, ns, 'web', 2);
    const uids = await uidsOf(ns);

    await lab.api.delete('vcenters', 'second');
    await lab.api.delete('basesnapshots', 'own', ns);
    await lab.waitReason<VCenter>('vcenters', 'second', 'DependentsExist', {
      type: 'DeletionBlocked',
      timeoutMs: PATIENCE_MS,
    });
    const blocked = await lab.waitReason<BaseSnapshot>('basesnapshots', 'own', 'DependentsExist', {
      type: 'DeletionBlocked',
      namespace: ns,
      timeoutMs: PATIENCE_MS,
    });
    expect(conditionOf(blocked, 'DeletionBlocked')?.message).toMatch(/2 clones \("web-1", "web-2"\), 1 set \("web"\)/);
    for (const uid of uids) expect((await mustVmOf(lab, uid)).power).toBe('poweredOn');

    // no clone is made of a base that is going
    const seq = await lastSeq(lab);
    await lab.api.scale('web', 3, ns);
    await lab.waitReason('linkedclonesets', 'web', 'BaseSnapshotDeleting', { namespace: ns, timeoutMs: PATIENCE_MS });
    expect(await cloneNames(lab, ns, 'web')).toEqual(['web-1', 'web-2']);
    expect(await lab.vcenter.ledger(seq)).toEqual([]);

    await lab.api.delete('linkedclonesets', 'web', ns);
    await lab.gone('basesnapshots', 'own', ns, PATIENCE_MS);
    await lab.gone('vcenters', 'second', '', PATIENCE_MS);
    expect(await takeCensus(lab, ns)).toEqual(soundCensus(0));
    const order = callsOf(await lab.vcenter.ledger(seq), 'Destroy_Task').map(({ target }) => target);
    expect(order).toHaveLength(2);
  }, 120_000);
});
