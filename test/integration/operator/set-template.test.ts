// What a changed set does to clones that are there (little: some fields in place), to those of which nothing was made yet
// (everything), and to those made later; that revisions are real; and when a set counts as available, stuck or paused.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LinkedClone, LinkedCloneSet } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf } from '../../support/lab.ts';
import { ObjectWatch } from '../../support/object-watch.ts';
import { vm } from '../../support/second-client.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { soundCensus } from '../../support/vm-census.ts';
import { inventory } from './support/inventory.ts';
import {
  applySet,
  callsOf,
  cloneNames,
  freshNamespace,
  mustClone,
  setReady,
  setWhen,
  soundAfter,
} from './support/sets.ts';
import { PATIENCE_MS, lastSeq, mustVmOf, secondClient } from './support/story.ts';

interface Revision {
  readonly metadata: { readonly name: string; readonly ownerReferences?: readonly { readonly uid: string }[] };
  readonly revision: number;
  readonly data: Readonly<Record<string, unknown>>;
}

const directory = useTemporaryDirectory();
let lab: Lab;
let watch: ObjectWatch;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({ directory, speed: 20, inventory: inventory() });
  other = await secondClient(lab);
}, 120_000);
afterAll(async () => {
  await other.close();
  await lab.stop();
});

beforeEach(async () => {
  watch = await ObjectWatch.start(lab.controlPlane.kubeconfig);
});
afterEach(() => watch.end());

function patchSet(ns: string, name: string, spec: Readonly<Record<string, unknown>>): Promise<void> {
  return lab.api.patch('linkedclonesets', name, { spec }, ns);
}

function patchTemplate(ns: string, name: string, template: Readonly<Record<string, unknown>>): Promise<void> {
  return patchSet(ns, name, { template: { spec: template } });
}

async function revisionsOf(ns: string): Promise<Revision[]> {
  const path = `/apis/apps/v1/namespaces/${ns}/controllerrevisions`;
  return (await lab.api.raw.call<{ items: Revision[] }>('GET', path)).items;
}

function mustSet(ns: string, name: string): Promise<LinkedCloneSet> {
  return setWhen(lab, ns, name, 'there', () => true);
}

/** Waits until every clone of the set is as `holds` says. */
async function clonesWhen(
  ns: string,
  name: string,
  what: string,
  holds: (clone: LinkedClone) => boolean,
): Promise<LinkedClone[]> {
  return waitUntil(
    `clones of ${name}: ${what}`,
    async () => {
      const clones = await lab.clonesOf(name, ns);
      return clones.length > 0 && clones.every(holds) ? clones : undefined;
    },
    { timeoutMs: PATIENCE_MS },
  );
}

describe('fields that are applied in place', () => {
  it('change clones that are there, without a new VM and without a new revision', async () => {
    const ns = await freshNamespace(lab);
    await applySet(lab, ns, 'web', 2, {}, { notes: 'first, of {base}' });
    const before = await setReady(lab, ns, 'web', 2);
    const uids = (await lab.clonesOf('web', ns)).map((clone) => clone.metadata.uid);
    const seq = await lastSeq(lab);

    await patchSet(ns, 'web', { powerPolicy: 'Off' });
    await clonesWhen(
      ns,
      'web',
      'off',
      ({ spec, status }) => spec.powerPolicy === 'Off' && status?.powerState === 'PoweredOff',
    );
    for (const uid of uids) expect((await mustVmOf(lab, uid)).power).toBe('poweredOff');
    await setReady(lab, ns, 'web', 2);
    await patchSet(ns, 'web', { powerPolicy: null });
    await clonesWhen(
      ns,
      'web',
      'on',
      ({ spec, status }) => spec.powerPolicy === 'AlwaysOn' && status?.powerState === 'PoweredOn',
    );

    await patchTemplate(ns, 'web', {
      notes: 'second, of {base}',
      readiness: { require: ['PoweredOn', 'ToolsRunning'] },
      deletionPolicy: 'Retain',
    });
    await clonesWhen(
      ns,
      'web',
      'patched',
      ({ spec }) => spec.deletionPolicy === 'Retain' && spec.readiness?.require?.includes('ToolsRunning') === true,
    );
    for (const uid of uids) {
      const { moRef } = await mustVmOf(lab, uid);
      await waitUntil(
        `the notes of ${moRef}`,
        async () => (await other.property(vm(moRef), 'config.annotation')) === 'second, of gold',
        { timeoutMs: PATIENCE_MS },
      );
    }
    const after = await setReady(lab, ns, 'web', 2);
    expect((await lab.clonesOf('web', ns)).map((clone) => clone.metadata.uid)).toEqual(uids);
    expect(callsOf(await lab.vcenter.ledger(seq), 'CloneVM_Task')).toEqual([]);
    expect(after.status?.updateRevision).toBe(before.status?.updateRevision);
    expect(after.status?.upToDateReplicas).toBe(2);
    expect(await revisionsOf(ns)).toHaveLength(1);
  }, 120_000);
});

describe('a changed template', () => {
  it('is for clones made after it; those from before go first when there are too many', async () => {
    const ns = await freshNamespace(lab);
    await applySet(lab, ns, 'mix', 2);
    const before = await setReady(lab, ns, 'mix', 2);
    const old = await mustClone(lab, ns, 'mix-1');
    const seq = await lastSeq(lab);
    await patchSet(ns, 'mix', { replicas: 3, template: { spec: { customization: { specName: 'good' } } } });
    const after = await setReady(lab, ns, 'mix', 3);

    const [first, third] = [await mustClone(lab, ns, 'mix-1'), await mustClone(lab, ns, 'mix-3')];
    expect(first.metadata.uid).toBe(old.metadata.uid);
    expect(first.spec.customization).toBeUndefined();
    expect(third.spec.customization?.specName).toBe('good');
    expect((await mustVmOf(lab, third.metadata.uid)).customization).toBe('TOOLSDEPLOYPKG_SUCCEEDED');
    expect(callsOf(await lab.vcenter.ledger(seq), 'CloneVM_Task')).toHaveLength(1);

    const revisions = await revisionsOf(ns);
    expect(revisions.map(({ revision }) => revision).toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect(revisions.every(({ metadata }) => metadata.ownerReferences?.[0]?.uid === after.metadata.uid)).toBe(true);
    expect(after.status).toMatchObject({ upToDateReplicas: 1, currentRevision: before.status?.updateRevision });
    expect(after.status?.updateRevision).not.toBe(before.status?.updateRevision);
    expect(conditionOf(after, 'UpToDate')).toMatchObject({ status: 'False', reason: 'NotUpToDate' });

    await lab.api.scale('mix', 1, ns);
    await setReady(lab, ns, 'mix', 1);
    expect(await cloneNames(lab, ns, 'mix')).toEqual(['mix-3']);
  }, 120_000);

  it('mends a typo: clones of which nothing was made yet take it whole', async () => {
    const ns = await freshNamespace(lab);
    const seq = await lastSeq(lab);
    await applySet(lab, ns, 'typo', 2, {}, { placement: { folder: 'Lbas/elsewhere' } });
    const stuck = await setWhen(
      lab,
      ns,
      'typo',
      'refused',
      (set) => conditionOf(set, 'Ready')?.reason === 'AccessDenied',
    );
    expect(conditionOf(stuck, 'Ready')?.message).toContain('Lbas/elsewhere');
    expect(await lab.vcenter.ledger(seq)).toEqual([]);

    await patchTemplate(ns, 'typo', { placement: { folder: `Labs/${ns}` } });
    await setReady(lab, ns, 'typo', 2);
    for (const clone of await lab.clonesOf('typo', ns))
      expect((await mustVmOf(lab, clone.metadata.uid)).folder).toBe(`/DC0/vm/Labs/${ns}`);
    const after = await mustSet(ns, 'typo');
    expect(after.status?.upToDateReplicas).toBe(2);
    expect(after.status?.currentRevision).toBe(after.status?.updateRevision);
    expect(await soundAfter(lab, ns, 2)).toEqual(soundCensus(2));
  }, 120_000);

  it('makes no new revision when it points at another BaseSnapshot of the same snapshot', async () => {
    const ns = await freshNamespace(lab);
    await applySet(lab, ns, 'same', 1);
    const before = await setReady(lab, ns, 'same', 1);
    await lab.applyBase('silver', 'Templates/Tmpl', { snapshot: { existing: { name: 'release' } } }, ns);
    await lab.waitReason('basesnapshots', 'silver', 'Ready', { namespace: ns, timeoutMs: PATIENCE_MS });
    const seq = await lastSeq(lab);
    await patchTemplate(ns, 'same', { baseSnapshotRef: { name: 'silver' } });
    const after = await setWhen(
      lab,
      ns,
      'same',
      'looked at',
      (set) =>
        set.status?.observedGeneration === set.metadata.generation && conditionOf(set, 'Ready')?.status === 'True',
    );
    expect(after.status).toMatchObject({
      updateRevision: before.status?.updateRevision,
      currentRevision: before.status?.updateRevision,
      upToDateReplicas: 1,
    });
    const revisions = await revisionsOf(ns);
    expect(revisions).toHaveLength(1);
    const parent = (await lab.vcenter.inventory()).vms.find((one) => one.name === 'Tmpl');
    expect(JSON.stringify(revisions[0]?.data)).toContain(parent?.instanceUuid ?? 'no parent');
    expect(await lab.vcenter.ledger(seq)).toEqual([]);
    // what is made from now on stands on the new one
    await lab.api.scale('same', 2, ns);
    await setReady(lab, ns, 'same', 2);
    expect((await mustClone(lab, ns, 'same-1')).spec.baseSnapshotRef.name).toBe('gold');
    expect((await mustClone(lab, ns, 'same-2')).spec.baseSnapshotRef.name).toBe('silver');
    expect((await mustSet(ns, 'same')).status?.upToDateReplicas).toBe(2);
  }, 120_000);
});

describe('time', () => {
  it('has to pass before a ready clone counts as available', async () => {
    const ns = await freshNamespace(lab);
    await applySet(lab, ns, 'slow', 2, { minReadySeconds: 3 });
    const done = await setWhen(lab, ns, 'slow', 'available', (set) => set.status?.availableReplicas === 2);
    expect(conditionOf(done, 'Available')).toMatchObject({ status: 'True', reason: 'Available' });
    const versions = watch.of('LinkedCloneSet', 'slow', ns);
    const early = versions.filter(({ status }) => status?.['readyReplicas'] === 2 && status['availableReplicas'] === 0);
    expect(early.length).toBeGreaterThan(0);
    expect(conditionOf(early[0], 'Available')).toMatchObject({ status: 'False', reason: 'NotAvailable' });
    const since = (await lab.clonesOf('slow', ns)).map((clone) =>
      Date.parse(conditionOf(clone, 'Ready')?.lastTransitionTime ?? ''),
    );
    const available = Date.parse(conditionOf(done, 'Available')?.lastTransitionTime ?? '');
    expect(available - Math.max(...since)).toBeGreaterThanOrEqual(3000);
  }, 120_000);

  it('without progress makes the set Stalled, and progress heals it', async () => {
    const ns = await freshNamespace(lab);
    await lab.waitReason('basesnapshots', 'gold', 'Ready', { namespace: ns, timeoutMs: PATIENCE_MS });
    await lab.vcenter.clock({ speed: 0 }); // no clone ends any more
    try {
      await applySet(lab, ns, 'stuck', 2, { progressDeadlineSeconds: 3 });
      const stalled = await setWhen(lab, ns, 'stuck', 'stalled', (set) => conditionOf(set, 'Stalled') !== undefined);
      expect(conditionOf(stalled, 'Ready')?.reason).toBe('ProgressDeadlineExceeded');
      const lasted =
        Date.parse(conditionOf(stalled, 'Stalled')?.lastTransitionTime ?? '') -
        Date.parse(stalled.metadata.creationTimestamp);
      expect(lasted).toBeGreaterThanOrEqual(3000);
      expect(lasted).toBeLessThan(20_000);
    } finally {
      await lab.vcenter.clock({ speed: 20 });
    }
    await setReady(lab, ns, 'stuck', 2);
  }, 120_000);

  it('says what the API server refuses of it, and goes on once that is corrected', async () => {
    const ns = await freshNamespace(lab);
    const metadata = { annotations: { 'no key': 'x' } };
    await applySet(lab, ns, 'web', 2);
    await patchSet(ns, 'web', { replicas: 3, template: { metadata } });
    const isRefused = (set: LinkedCloneSet): boolean => conditionOf(set, 'Ready')?.reason === 'RefusedByApiServer';
    const refused = await setWhen(lab, ns, 'web', 'refused', isRefused);
    expect(conditionOf(refused, 'Ready')?.message).toContain('no key');
    expect(conditionOf(refused, 'Stalled')?.status).toBe('True');
    await patchSet(ns, 'web', { template: { metadata: { annotations: null } } });
    await setReady(lab, ns, 'web', 3);
  });

  it('stands still for a paused set: nothing is made, removed or replaced', async () => {
    const ns = await freshNamespace(lab);
    await applySet(lab, ns, 'rest', 3);
    await setReady(lab, ns, 'rest', 3);
    await patchSet(ns, 'rest', { paused: true });
    await setWhen(lab, ns, 'rest', 'paused', (set) => conditionOf(set, 'Paused')?.status === 'True');
    const seq = await lastSeq(lab);
    await lab.api.scale('rest', 1, ns);
    await setWhen(lab, ns, 'rest', 'told', ({ status }) => status?.summary === 'Paused 3/1');
    await lab.api.scale('rest', 5, ns);
    const told = await setWhen(lab, ns, 'rest', 'told', ({ status }) => status?.summary === 'Paused 3/5');
    expect(conditionOf(told, 'Ready')).toMatchObject({ status: 'False', reason: 'Paused' });
    expect(conditionOf(told, 'Reconciling')).toBeUndefined();
    expect(await lab.vcenter.ledger(seq)).toEqual([]);
    expect(await cloneNames(lab, ns, 'rest')).toEqual(['rest-1', 'rest-2', 'rest-3']);
    await lab.api.delete('linkedclones', 'rest-2', ns);
    await setWhen(
      lab,
      ns,
      'rest',
      'told',
      ({ status }) => status?.summary === 'Paused 2/5' && status.terminatingReplicas === 0,
    );
    expect(callsOf(await lab.vcenter.ledger(seq), 'CloneVM_Task')).toEqual([]);
    await patchSet(ns, 'rest', { paused: false });
    await setReady(lab, ns, 'rest', 5);
    expect(await soundAfter(lab, ns, 5)).toEqual(soundCensus(5));
  }, 120_000);
});
