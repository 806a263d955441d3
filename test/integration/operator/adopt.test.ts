// Machines that exist are taken over by name of their instanceUuid: made by a script, orphaned, retained, of a lost cluster.
// Nothing is cloned for it, what may not be taken over isn't touched, and one machine never has two clones.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { inventory, parent } from './support/inventory.ts';
import type { HandMade } from './support/orphans.ts';
import { makeByHand, markByHand, orphaned } from './support/orphans.ts';
import { callsOf } from './support/sets.ts';
import {
  PATIENCE_MS,
  applyClone,
  cloneReady,
  cloneWhen,
  eventNotes,
  getClone,
  lastSeq,
  mustVmOf,
  operatorCallsOn,
  secondClient,
  vmOf,
} from './support/story.ts';

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory({ vms: [parent('Tmpl'), parent('Another')] }),
    speed: 50,
    operatorFlags: { 'orphan-interval': 0.5, 'credentials-interval': 0.2 },
  });
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.waitReason('basesnapshots', 'base', 'Ready', { timeoutMs: PATIENCE_MS });
  await applyClone(lab, 'first', 'base'); // makes the folder
  await cloneReady(lab, 'first');
  other = await secondClient(lab);
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

let seq = 0;
beforeEach(async () => {
  seq = await lastSeq(lab);
});

const FOLDER = 'DC0/vm/Labs/lab';

function byHand(name: string, how: { source?: string; folder?: string; linked?: boolean } = {}): Promise<HandMade> {
  return makeByHand(other, name, { folder: FOLDER, ...how });
}

async function adopt(name: string, instanceUuid: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await applyClone(lab, name, 'base', { adopt: { instanceUuid, ...more } });
}

async function refusedWith(name: string, reason: string): Promise<string> {
  const clone = await cloneWhen(lab, name, reason, (one) => reasonOf(one) === reason);
  expect(clone.status?.vm).toBeUndefined();
  expect(clone.status?.operation).toBeUndefined();
  return conditionOf(clone, 'Ready')?.message ?? '';
}

async function neverTouched(moRef: string): Promise<void> {
  expect(operatorCallsOn(await lab.vcenter.ledger(seq), moRef)).toEqual([]);
  expect(
    callsOf(await lab.vcenter.ledger(seq), 'CloneVM_Task').filter(({ user }) => user !== 'other@vsphere.local'),
  ).toEqual([]);
}

async function remove(name: string): Promise<void> {
  await lab.api.delete('linkedclones', name);
  await lab.gone('linkedclones', name, 'lab', PATIENCE_MS);
}

describe('a machine that a script made', () => {
  it('is marked, recorded, looked after and, with its object, deleted', async () => {
    const { ref, instanceUuid } = await byHand('Scripted');
    await adopt('scripted', instanceUuid);
    const clone = await cloneReady(lab, 'scripted');
    expect(clone.status?.vm).toMatchObject({ moRef: ref.value, instanceUuid, name: 'Scripted' });
    expect(conditionOf(clone, 'Cloned')).toMatchObject({ status: 'True', reason: 'Adopted' });
    expect(conditionOf(clone, 'Linked')).toMatchObject({ status: 'True', reason: 'DeltaDisks' });
    expect(conditionOf(clone, 'Ready')?.message).not.toContain('Drifted');
    const machine = (await lab.vcenter.inventory()).vms.find(({ moRef }) => moRef === ref.value);
    expect(machine).toMatchObject({
      power: 'poweredOn',
      marker: { uid: clone.metadata.uid, namespace: 'lab', name: 'scripted', instanceUuid },
    });
    const calls = operatorCallsOn(await lab.vcenter.ledger(seq), ref.value).map(({ method }) => method);
    expect(calls).toEqual(['ReconfigVM_Task', 'PowerOnVM_Task']);
    await waitUntil('the event', async () => (await eventNotes(lab, 'scripted', 'Adopted')).length === 1);

    await lab.stopOperator();
    await lab.startOperator(); // found again by what is recorded
    await remove('scripted');
    expect((await lab.vcenter.inventory()).vms.some(({ moRef }) => moRef === ref.value)).toBe(false);
    expect((await lab.vcenter.inventory()).vms.some(({ name }) => name === 'Tmpl')).toBe(true);
  }, 120_000);

  it('goes to one of two that want it; the other says why', async () => {
    const { ref, instanceUuid } = await byHand('Wanted');
    await Promise.all([adopt('wants-1', instanceUuid), adopt('wants-2', instanceUuid)]);
    const clones = async (): Promise<LinkedClone[]> =>
      Promise.all(['wants-1', 'wants-2'].map((name) => getClone(lab, name)));
    await waitUntil(
      'one of each',
      async () =>
        (await clones())
          .map((clone) => reasonOf(clone))
          .toSorted()
          .join() === 'AdoptRefused,Ready',
      { timeoutMs: PATIENCE_MS },
    );
    const [winner, loser] = (await clones()).toSorted((a, b) => (reasonOf(a) < reasonOf(b) ? 1 : -1));
    expect(conditionOf(loser, 'Ready')?.message).toContain('belongs to another LinkedClone');
    await remove(loser?.metadata.name ?? '');
    expect((await lab.vcenter.inventory()).vms.find(({ moRef }) => moRef === ref.value)?.marker).toMatchObject({
      uid: winner?.metadata.uid,
    });
    await remove(winner?.metadata.name ?? '');
  }, 120_000);

  it('stays as it is when the object is deleted on the way', async () => {
    const { ref, instanceUuid } = await byHand('Undecided');
    await lab.vcenter.fault({ match: { method: 'ReconfigVM_Task' }, action: { fault: 'InvalidState' } });
    await adopt('undecided', instanceUuid);
    await cloneWhen(lab, 'undecided', 'the intent', (one) => one.status?.operation?.type === 'Adopt');
    const { status, text } = await lab.api.raw.request(
      'PATCH',
      '/apis/linkedclone.dev/v1alpha1/namespaces/lab/linkedclones/undecided',
      { body: { spec: { adopt: null } }, contentType: 'application/merge-patch+json' },
    );
    expect([status, text]).toEqual([422, expect.stringContaining('adopt is immutable once')]);
    await remove('undecided');
    await lab.vcenter.clearFaults();
    const machine = (await lab.vcenter.inventory()).vms.find(({ moRef }) => moRef === ref.value);
    expect(machine).toMatchObject({ name: 'Undecided', power: 'poweredOff' });
    expect(machine?.marker ?? undefined).toBeUndefined();
  }, 120_000);
});

describe('a machine that lost its object', () => {
  it('is taken over by the restored one, which is told how', async () => {
    const { uid, ref } = await orphaned(lab, 'restored');
    await applyClone(lab, 'restored', 'base');
    const refused = await cloneWhen(lab, 'restored', 'NameConflict', (one) => reasonOf(one) === 'NameConflict');
    expect(conditionOf(refused, 'Ready')?.message).toContain(`spec.adopt.instanceUuid: ${uid} would take it over`);
    await lab.api.patch('linkedclones', 'restored', { spec: { adopt: { instanceUuid: uid } } });
    const clone = await cloneReady(lab, 'restored');
    expect(clone.metadata.uid).not.toBe(uid);
    expect(clone.status?.vm).toMatchObject({ moRef: ref.value, instanceUuid: uid });
    expect(clone.status?.operation).toBeUndefined();
    expect((await mustVmOf(lab, uid)).marker).toMatchObject({ uid: clone.metadata.uid, instanceUuid: uid });
    const named = (await lab.vcenter.inventory()).vms.filter(({ name }) => name === 'restored');
    expect(named).toHaveLength(1);
    await remove('restored');
    expect(await vmOf(lab, uid)).toBeUndefined();
  }, 120_000);

  it('is taken over after it was retained', async () => {
    await applyClone(lab, 'kept', 'base', { deletionPolicy: 'Retain' });
    const { metadata } = await cloneReady(lab, 'kept');
    await remove('kept');
    await adopt('kept-again', metadata.uid);
    await cloneReady(lab, 'kept-again');
    expect((await mustVmOf(lab, metadata.uid)).marker).not.toHaveProperty('state');
    await remove('kept-again');
    expect(await vmOf(lab, metadata.uid)).toBeUndefined();
  }, 120_000);

  it('of another cluster only where that cluster is named', async () => {
    const made = await byHand('Lost-cluster');
    await markByHand(other, made, { cluster: 'lost-cluster', namespace: 'lab', name: 'old', uid: 'old-uid' });
    await adopt('from-lost', made.instanceUuid);
    expect(await refusedWith('from-lost', 'AdoptRefused')).toContain('was made by another cluster, lost-cluster');
    await neverTouched(made.ref.value);
    await lab.api.patch('linkedclones', 'from-lost', { spec: { adopt: { clusterId: 'lost-cluster' } } });
    await cloneReady(lab, 'from-lost');
    await remove('from-lost');
  }, 120_000);
});

describe('what may not be taken over is refused and never touched', () => {
  it('a full copy, a clone of another parent, the source of a base', async () => {
    const copy = await byHand('Full', { linked: false });
    const stranger = await byHand('Stranger', { source: 'DC0/vm/Templates/Another' });
    const source = await other.at('DC0/vm/Templates/Tmpl');
    await adopt('full', copy.instanceUuid);
    await adopt('stranger', stranger.instanceUuid);
    await adopt('source', String(await other.property(source, 'config.instanceUuid')));
    expect(await refusedWith('full', 'AdoptRefused')).toContain("isn't a linked clone of this base");
    expect(await refusedWith('stranger', 'AdoptRefused')).toContain("isn't a linked clone of this base");
    expect(await refusedWith('source', 'AdoptRefused')).toContain('is the source of a BaseSnapshot');
    for (const moRef of [copy.ref.value, stranger.ref.value, source.value]) await neverTouched(moRef);
    for (const name of ['full', 'stranger', 'source']) await remove(name);
    for (const moRef of [copy.ref.value, stranger.ref.value, source.value]) await neverTouched(moRef);
  }, 120_000);

  it('a machine that belongs to another LinkedClone, or that was made for another namespace', async () => {
    const { uid, moRef } = await getClone(lab, 'first').then(({ metadata, status }) => ({
      uid: metadata.uid,
      moRef: status?.vm?.moRef ?? '',
    }));
    const elsewhere = await byHand('Tenant');
    const { cluster } = (await mustVmOf(lab, uid)).marker as { cluster: string };
    await markByHand(other, elsewhere, { cluster, namespace: 'tenant', name: 'theirs', uid: 'their-uid' });
    await adopt('thief', uid);
    await adopt('burglar', elsewhere.instanceUuid);
    expect(await refusedWith('thief', 'AdoptRefused')).toContain('belongs to another LinkedClone');
    expect(await refusedWith('burglar', 'AdoptRefused')).toContain('was made for another namespace');
    await neverTouched(elsewhere.ref.value);
    await neverTouched(moRef);
    await remove('thief');
    await remove('burglar');
  }, 120_000);

  it('a machine in a folder that no rule allows, and one that is not there', async () => {
    const { ref, instanceUuid } = await byHand('Outside', { folder: 'DC0/vm/Elsewhere' });
    await adopt('outside', instanceUuid);
    await adopt('nobody', '00000000-0000-4000-8000-000000000000');
    expect(await refusedWith('outside', 'AccessDenied')).toContain('Elsewhere');
    expect(await refusedWith('nobody', 'AdoptNotFound')).toContain('no virtual machine with instanceUuid');
    await neverTouched(ref.value);
    await remove('outside');
    await remove('nobody');
  }, 120_000);
});

describe('a set', () => {
  it('takes over clones that lost their owner, as many as it wants, and nothing is made or deleted for it', async () => {
    await lab.applySet('class', 'base', 3);
    await lab.setReady('class', 3, PATIENCE_MS);
    const before = (await lab.clonesOf('class')).map(({ metadata }) => metadata.uid).toSorted();
    await lab.api.delete('linkedclonesets', 'class', 'lab', 'Orphan');
    await lab.gone('linkedclonesets', 'class', 'lab', PATIENCE_MS);
    await waitUntil('clones without an owner', async () => (await lab.clonesOf('class')).length === 0, {
      timeoutMs: PATIENCE_MS,
    });
    seq = await lastSeq(lab);
    await lab.applySet('class', 'base', 2, { adopt: 'Ownerless' });
    await lab.setReady('class', 2, PATIENCE_MS);
    expect((await lab.clonesOf('class')).map(({ metadata }) => metadata.name).toSorted()).toEqual([
      'class-1',
      'class-2',
    ]);
    await lab.api.scale('class', 3);
    await lab.setReady('class', 3, PATIENCE_MS);
    expect((await lab.clonesOf('class')).map(({ metadata }) => metadata.uid).toSorted()).toEqual(before);
    const ledger = await lab.vcenter.ledger(seq);
    expect([...callsOf(ledger, 'CloneVM_Task'), ...callsOf(ledger, 'Destroy_Task')]).toEqual([]);
  }, 120_000);
});
