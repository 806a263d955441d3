// Virtual machines with our marker and no LinkedClone: reported and left alone, deleted only where the policy says so, after
// two scans and the grace, and never what was retained or released, somebody else's, or only looks like ours.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LinkedClone, VCenter } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { inventory } from './support/inventory.ts';
import type { Orphaned } from './support/orphans.ts';
import { makeByHand, markByHand, orphaned } from './support/orphans.ts';
import {
  PATIENCE_MS,
  applyClone,
  cloneReady,
  cloneWhen,
  eventNotes,
  lastSeq,
  mustVmOf,
  operatorCallsOn,
  secondClient,
  vmOf,
} from './support/story.ts';

const SCAN_SECONDS = 0.4;

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory(),
    speed: 50,
    operatorFlags: { 'orphan-interval': SCAN_SECONDS, 'credentials-interval': 0.2 },
  });
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.waitReason('basesnapshots', 'base', 'Ready', { timeoutMs: PATIENCE_MS });
  other = await secondClient(lab);
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

let seq = 0;
beforeEach(async () => {
  await policy('Report');
  seq = await lastSeq(lab);
});

async function policy(orphanPolicy: 'Report' | 'Delete', orphanGraceSeconds = 86_400): Promise<void> {
  await lab.api.patch('vcenters', 'vc', { spec: { orphanPolicy, orphanGraceSeconds } });
}

type Orphans = NonNullable<NonNullable<VCenter['status']>['orphans']>;

async function orphansWhen(what: string, holds: (orphans: Orphans | undefined) => boolean): Promise<VCenter> {
  let last: VCenter | undefined;
  return waitUntil(
    what,
    async () => {
      last = await lab.api.get<VCenter>('vcenters', 'vc');
      return last !== undefined && holds(last.status?.orphans) ? last : undefined;
    },
    { timeoutMs: PATIENCE_MS },
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; it says ${JSON.stringify(last?.status?.orphans)}`);
  });
}

/** So many scans from now on: each makes a view of its own. */
async function scans(count: number): Promise<void> {
  const views = async (): Promise<number> => (await lab.vcenter.stats()).calls['CreateContainerView'] ?? 0;
  const before = await views();
  await waitUntil(`${count} scans`, async () => (await views()) >= before + count, { timeoutMs: PATIENCE_MS });
}

async function lose(name: string): Promise<Orphaned> {
  const lost = await orphaned(lab, name);
  seq = await lastSeq(lab);
  return lost;
}

async function removeByHand(ref: MoRef): Promise<void> {
  await other.run(ref, 'PowerOffVM_Task').catch(() => undefined);
  await other.run(ref, 'Destroy_Task');
  await orphansWhen('no orphan', (orphans) => orphans === undefined);
}

describe('orphanPolicy Report', () => {
  it('names what lost its object, in status, an event and a metric, and does nothing to it', async () => {
    const { uid, ref } = await lose('lost');
    const vCenter = await orphansWhen('two scans', (orphans) => orphans?.samples[0]?.scans === 2);
    expect(vCenter.status?.orphans).toMatchObject({
      count: 1,
      otherClusters: 0,
      samples: [{ name: 'lost', moRef: ref.value, instanceUuid: uid, linkedClone: 'lab/lost', uid, why: 'NotFound' }],
    });
    expect(conditionOf(vCenter, 'Ready')?.status).toBe('True');
    const metrics = await (await fetch(`${lab.operator?.metricsUrl ?? ''}/metrics`)).text();
    expect(metrics).toContain('linkedclone_orphans{vcenter="vc"} 1');
    await policy('Report', 1);
    await scans(3);
    expect((await mustVmOf(lab, uid)).power).toBe('poweredOn');
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), ref.value)).toEqual([]);
    // found and unchanged: nothing is written, once what came of the changes before is
    await waitUntil('three scans without a write', async () => {
      const version = async (): Promise<string | undefined> =>
        (await lab.api.get<VCenter>('vcenters', 'vc'))?.metadata.resourceVersion;
      const before = await version();
      await scans(3);
      return (await version()) === before;
    });
    await removeByHand(ref);
  }, 180_000);

  it('a restored object with another UID adopts nothing: it says whose the machine is', async () => {
    const { uid, ref } = await lose('restored');
    await applyClone(lab, 'restored', 'base');
    const refused = await cloneWhen(lab, 'restored', 'NameConflict', (one) => reasonOf(one) === 'NameConflict');
    expect(refused.metadata.uid).not.toBe(uid);
    await orphansWhen('another UID', (orphans) => orphans?.samples[0]?.why === 'AnotherUid');
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), ref.value)).toEqual([]);
    await lab.api.delete('linkedclones', 'restored');
    await lab.gone('linkedclones', 'restored', 'lab', PATIENCE_MS);
    expect((await mustVmOf(lab, uid)).moRef).toBe(ref.value);
    await removeByHand(ref);
  }, 180_000);
});

describe('orphanPolicy Delete', () => {
  it('waits for two scans and the grace, powers off, destroys, and tells', async () => {
    const { uid, ref } = await lose('doomed');
    // reported first: under Delete it may be gone before anybody looks
    const { status } = await orphansWhen('two scans', (orphans) => orphans?.samples[0]?.scans === 2);
    await policy('Delete', 3);
    const firstSeenAt = Date.parse(status?.orphans?.samples[0]?.firstSeenAt ?? '');
    await waitUntil('the machine to go', async () => (await vmOf(lab, uid)) === undefined, { timeoutMs: PATIENCE_MS });
    const calls = operatorCallsOn(await lab.vcenter.ledger(seq), ref.value);
    expect(calls.map(({ method }) => method)).toEqual(['PowerOffVM_Task', 'Destroy_Task']);
    expect(Date.now() - firstSeenAt).toBeGreaterThanOrEqual(3000);
    await orphansWhen('none', (orphans) => orphans === undefined);
    const base = await lab.vcenter.inventory();
    expect(base.vms.find(({ name }) => name === 'Tmpl')?.disks[0]?.chain.every(({ missing }) => !missing)).toBe(true);
    await waitUntil('the event', async () => {
      const events = await lab.api.list<{ reason: string; involvedObject: { name: string } }>('events', 'default');
      return events.some(({ reason, involvedObject }) => reason === 'OrphanDeleted' && involvedObject.name === 'vc');
    });
  }, 180_000);

  it('leaves what was retained or released, copies of a marker, and what is of another cluster', async () => {
    await applyClone(lab, 'kept', 'base', { deletionPolicy: 'Retain' });
    await applyClone(lab, 'let-go', 'base');
    const [kept, letGo] = [await cloneReady(lab, 'kept'), await cloneReady(lab, 'let-go')];
    const ours = (await mustVmOf(lab, kept.metadata.uid)).marker as { cluster: string };
    const gone = { namespace: 'lab', name: 'never-was' };
    const copied = await makeByHand(other, 'copied', { linked: false });
    const foreign = await makeByHand(other, 'foreign', { linked: false });
    await markByHand(other, copied, { ...gone, cluster: ours.cluster, uid: 'uid-1', instanceUuid: 'another-machine' });
    await markByHand(other, foreign, { ...gone, cluster: 'another-cluster', uid: 'uid-2' });
    await lab.api.delete('linkedclones', 'kept');
    await lab.api.annotate('linkedclones', 'let-go', { 'linkedclone.dev/release': letGo.metadata.uid });
    await lab.api.delete('linkedclones', 'let-go');
    await lab.gone('linkedclones', 'kept', 'lab', PATIENCE_MS);
    await lab.gone('linkedclones', 'let-go', 'lab', PATIENCE_MS);
    await policy('Delete', 1);
    await scans(6);
    const { status } = await orphansWhen('the other cluster', (orphans) => orphans?.otherClusters === 1);
    expect(status?.orphans).toMatchObject({ count: 0, samples: [] });
    const names = (await lab.vcenter.inventory()).vms.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['kept', 'let-go', 'copied', 'foreign']));
    const destroyed = (await lab.vcenter.ledger(seq)).filter(({ method }) => method === 'Destroy_Task');
    expect(destroyed).toEqual([]);
  }, 180_000);

  it('a machine that could not be marked when its object was released is remembered, and marked later', async () => {
    await applyClone(lab, 'unmarked', 'base');
    const { metadata } = await cloneReady(lab, 'unmarked');
    await policy('Delete', 1);
    await lab.vcenter.fault({ match: { method: 'ReconfigVM_Task' }, action: { fault: 'InvalidState' } });
    await lab.api.annotate('linkedclones', 'unmarked', { 'linkedclone.dev/release': metadata.uid });
    await lab.api.delete('linkedclones', 'unmarked');
    await lab.gone('linkedclones', 'unmarked', 'lab', PATIENCE_MS);
    const remembered = await lab.api.get<VCenter>('vcenters', 'vc');
    expect(remembered?.status?.releasedClones).toEqual([metadata.uid]);
    await scans(5);
    expect((await mustVmOf(lab, metadata.uid)).power).toBe('poweredOn');
    await lab.vcenter.clearFaults();
    await waitUntil(
      'the mark',
      async () => ((await mustVmOf(lab, metadata.uid)).marker as { state?: string }).state === 'released',
      { timeoutMs: PATIENCE_MS },
    );
    await waitUntil(
      'nothing to remember',
      async () => ((await lab.api.get<VCenter>('vcenters', 'vc'))?.status?.releasedClones ?? []).length === 0,
      { timeoutMs: PATIENCE_MS },
    );
    expect((await mustVmOf(lab, metadata.uid)).power).toBe('poweredOn');
    expect(await eventNotes(lab, 'unmarked', 'Lost')).toEqual([]);
  }, 180_000);

  it('holds where the base is not registered, and goes on when it is', async () => {
    const { uid, ref } = await lose('standing');
    const source = await other.at('DC0/vm/Templates/Tmpl');
    const [path, folder] = [
      String(await other.property(source, 'config.files.vmPathName')),
      (await other.property(source, 'parent')) as MoRef,
    ];
    const pool = (await other.property(source, 'resourcePool')) as MoRef;
    await other.run(source, 'UnregisterVM');
    await policy('Delete', 1);
    const { status } = await orphansWhen('held', (orphans) => orphans?.samples[0]?.held !== undefined);
    expect(status?.orphans?.samples[0]?.held).toMatch(/isn't registered|can't be told/);
    expect(status?.orphans?.samples[0]?.held).not.toContain('kubectl');
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), ref.value)).toEqual([]);
    await other.run(folder, 'RegisterVM_Task', { path, asTemplate: false, pool });
    await waitUntil('the machine to go', async () => (await vmOf(lab, uid)) === undefined, { timeoutMs: PATIENCE_MS });
  }, 180_000);
});

describe('a machine that is released while its VCenter object is missing', () => {
  it('is never taken for an orphan: the object stays until a VCenter can remember it, and that one until it is marked', async () => {
    await applyClone(lab, 'unseen', 'base');
    const clone = (await cloneReady(lab, 'unseen')).metadata;
    const { uid = '' } = (await lab.api.get<VCenter>('vcenters', 'vc'))?.metadata ?? {};
    await lab.api.annotate('vcenters', 'vc', { 'linkedclone.dev/release': uid });
    await lab.api.delete('vcenters', 'vc');
    await lab.gone('vcenters', 'vc', '', PATIENCE_MS);
    await lab.api.annotate('linkedclones', 'unseen', { 'linkedclone.dev/release': clone.uid });
    await lab.api.delete('linkedclones', 'unseen');
    const blocked = (one: LinkedClone): boolean => reasonOf(one, 'DeletionBlocked') === 'ReleaseNotRecorded';
    const held = await cloneWhen(lab, 'unseen', 'held', blocked);
    expect(conditionOf(held, 'DeletionBlocked')?.message).toContain('Apply VCenter "vc" again');

    const spec = { orphanPolicy: 'Delete', orphanGraceSeconds: 1 };
    await lab.applyVCenter({ ...spec, server: '127.0.0.1:1' });
    await lab.gone('linkedclones', 'unseen', 'lab', PATIENCE_MS);
    expect((await lab.api.get<VCenter>('vcenters', 'vc'))?.status?.releasedClones).toEqual([clone.uid]);
    // nothing is pinned to this object, which was never connected
    await lab.api.delete('vcenters', 'vc');
    const kept = await lab.waitReason<VCenter>('vcenters', 'vc', 'ReleasesUnmarked', {
      type: 'DeletionBlocked',
      timeoutMs: PATIENCE_MS,
    });
    expect(conditionOf(kept, 'DeletionBlocked')?.message).toContain('linkedclone.dev/release=');
    seq = await lastSeq(lab);
    await lab.api.patch('vcenters', 'vc', { spec: { server: new URL(lab.simulator.url).host } });
    const mark = async (): Promise<unknown> => ((await mustVmOf(lab, clone.uid)).marker as { state?: string }).state;
    await waitUntil('the mark', async () => (await mark()) === 'released', { timeoutMs: PATIENCE_MS });
    expect((await mustVmOf(lab, clone.uid)).power).toBe('poweredOn');
    const calls = operatorCallsOn(await lab.vcenter.ledger(seq), (await mustVmOf(lab, clone.uid)).moRef);
    expect(calls.map(({ method }) => method)).toEqual(['ReconfigVM_Task']);
  }, 180_000);
});
