// Deleting a clone takes its own machine and nothing else: not a copy that carries its marker, not a disk that somebody
// attached, not the disks of a machine that stands on it. What can't be deleted safely is held and says why; what is to
// stay (Retain, release, paused) stays.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { attachDisk, detachDisk } from '../../support/attached-disk.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import { vm } from '../../support/second-client.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { inventory, parent } from './support/inventory.ts';
import { makeByHand, markByHand } from './support/orphans.ts';
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
  vmWhen,
} from './support/story.ts';

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory({
      vms: [parent('Tmpl'), { name: 'Archive', folder: 'Elsewhere', disks: [{ capacity: '1 GB', used: '500 MB' }] }],
    }),
  });
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.waitReason('basesnapshots', 'base', 'Ready', { timeoutMs: PATIENCE_MS });
  other = await secondClient(lab);
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

async function make(name: string, spec: Readonly<Record<string, unknown>> = {}): Promise<{ uid: string; ref: MoRef }> {
  await applyClone(lab, name, 'base', spec);
  const { uid } = (await cloneReady(lab, name)).metadata;
  return { uid, ref: vm((await mustVmOf(lab, uid)).moRef) };
}

/** It's there, and the operator called nothing on it. */
async function isUntouched(machine: MoRef): Promise<boolean> {
  const calls = operatorCallsOn(await lab.vcenter.ledger(), machine.value);
  return calls.length === 0 && (await lab.vcenter.inventory()).vms.some((one) => one.moRef === machine.value);
}

function held(name: string, reason: string): Promise<LinkedClone> {
  return cloneWhen(lab, name, `held: ${reason}`, (one) => {
    const blocked = conditionOf(one, 'DeletionBlocked');
    return blocked?.status === 'True' && blocked.reason === reason;
  });
}

/** Deletes it, and waits until object and machine are gone. */
async function deleteAll(name: string, uid: string): Promise<void> {
  await lab.api.delete('linkedclones', name);
  await lab.gone('linkedclones', name, 'lab', PATIENCE_MS);
  expect(await vmOf(lab, uid)).toBeUndefined();
}

/**
 * Another clone came and went: whatever was to happen to the others until then has happened. It's a set's, because more than
 * ten that are deleted one by one would pause all deletions.
 */
async function letTimePass(name: string): Promise<void> {
  await lab.applySet(name, 'base', 1);
  await lab.setReady(name, 1, PATIENCE_MS);
  await lab.api.delete('linkedclonesets', name);
  await lab.gone('linkedclonesets', name, 'lab', PATIENCE_MS);
}

async function folderOf(ref: MoRef): Promise<MoRef> {
  return (await other.property(ref, 'parent')) as MoRef;
}

/** A new version of the Secret, and a new session with it. */
async function rotateSecret(): Promise<void> {
  const logins = async (): Promise<number> => (await lab.vcenter.stats()).calls['Login'] ?? 0;
  const before = await logins();
  const { username, password } = lab.simulator;
  await lab.api.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'vc-credentials', namespace: 'linked-clone-system', labels: { rotated: 'yes' } },
    stringData: { username, password },
  });
  await waitUntil('a new session', async () => (await logins()) > before, { timeoutMs: PATIENCE_MS });
  await lab.waitReason('vcenters', 'vc', 'Connected', { timeoutMs: PATIENCE_MS });
}

/** Pauses it, and waits until that was seen. */
async function pause(name: string): Promise<void> {
  await lab.api.patch('linkedclones', name, { spec: { paused: true } });
  await cloneWhen(lab, name, 'observed', (one) => one.status?.observedGeneration === one.metadata.generation);
}

describe("somebody's clone of our clone", () => {
  it('copies the marker and is never touched, whatever happens to ours', async () => {
    const { uid, ref } = await make('copied');
    const copy = (await other.run(ref, 'CloneVM_Task', {
      folder: await folderOf(ref),
      name: 'somebody-elses',
      spec: { location: {}, powerOn: false, template: false },
    })) as MoRef;
    await other.run(copy, 'PowerOnVM_Task');
    const before = await vmWhen(lab, copy.value, 'an address', (one) => one.ipAddress !== null);
    expect(before.marker).toMatchObject({ uid });
    expect(before.instanceUuid).not.toBe(uid);
    await lab.api.annotate('linkedclones', 'copied', { touched: '1' });
    await letTimePass('after-copied');
    expect(reasonOf(await getClone(lab, 'copied'))).toBe('Ready');
    expect((await getClone(lab, 'copied')).status?.vm?.moRef).toBe(ref.value);
    await deleteAll('copied', uid);
    await letTimePass('long-after-copied');
    const after = (await lab.vcenter.inventory()).vms.find((one) => one.moRef === copy.value);
    expect(after).toEqual(before);
    expect(operatorCallsOn(await lab.vcenter.ledger(), copy.value)).toEqual([]);
  }, 120_000);

  it("isn't taken for ours when ours is gone: the clone is lost, and goes", async () => {
    const { ref } = await make('impostor', { powerPolicy: 'OnceOn' });
    const copy = (await other.run(ref, 'CloneVM_Task', {
      folder: await folderOf(ref),
      name: 'impostors-copy',
      spec: { location: {}, powerOn: false, template: false },
    })) as MoRef;
    await other.run(ref, 'PowerOffVM_Task');
    await other.run(ref, 'Destroy_Task');
    await cloneWhen(lab, 'impostor', 'Lost', (one) => conditionOf(one, 'Lost')?.status === 'True');
    await lab.api.delete('linkedclones', 'impostor');
    await lab.gone('linkedclones', 'impostor', 'lab', PATIENCE_MS);
    expect(await isUntouched(copy)).toBe(true);
  }, 120_000);

  it('by no event is neither taken for ours nor passed over: held until a human decides, and then let go untouched', async () => {
    const { uid, ref } = await make('doubtful', { powerPolicy: 'OnceOn' });
    const { marker } = await mustVmOf(lab, uid);
    const unlike = await makeByHand(other, 'unlike', { linked: false });
    await markByHand(other, unlike, marker as Record<string, unknown>);
    await other.run(await folderOf(ref), 'MoveIntoFolder_Task', { list: [unlike.ref] });
    await other.run(ref, 'PowerOffVM_Task');
    await other.run(ref, 'Destroy_Task');
    const unsure = await cloneWhen(lab, 'doubtful', 'Ambiguous', (one) => reasonOf(one) === 'Ambiguous');
    expect(conditionOf(unsure, 'Ready')?.message).toContain(unlike.ref.value);
    await lab.api.delete('linkedclones', 'doubtful');
    await letTimePass('after-doubtful');
    expect(await getClone(lab, 'doubtful')).toBeDefined();
    await lab.api.annotate('linkedclones', 'doubtful', { 'linkedclone.dev/release': uid });
    await lab.gone('linkedclones', 'doubtful', 'lab', PATIENCE_MS);
    expect(await isUntouched(unlike.ref)).toBe(true);
  }, 120_000);

  it('that is linked to it holds its deletion', async () => {
    const { uid, ref } = await make('grandparent');
    const snapshot = await other.run(ref, 'CreateSnapshot_Task', { name: 'theirs', memory: false, quiesce: false });
    const child = (await other.run(ref, 'CloneVM_Task', {
      folder: await folderOf(ref),
      name: 'grandchild',
      spec: { location: { diskMoveType: 'createNewChildDiskBacking' }, powerOn: false, template: false, snapshot },
    })) as MoRef;
    const seq = await lastSeq(lab);
    await lab.api.delete('linkedclones', 'grandparent');
    const blocked = await held('grandparent', 'DisksInUse');
    expect(conditionOf(blocked, 'DeletionBlocked')?.message).toContain(`"grandchild" (${child.value})`);
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), ref.value)).toEqual([]);
    expect((await mustVmOf(lab, uid)).power).toBe('poweredOn');
    await other.run(child, 'Destroy_Task');
    await lab.gone('linkedclones', 'grandparent', 'lab', PATIENCE_MS);
    expect(await vmOf(lab, uid)).toBeUndefined();
  }, 120_000);
});

describe('a machine of which vCenter tells no configuration', () => {
  it('may stand on the clone: its deletion is held until that can be told', async () => {
    const { uid, ref } = await make('unsure');
    const snapshot = await other.run(ref, 'CreateSnapshot_Task', { name: 'theirs', memory: false, quiesce: false });
    const child = (await other.run(ref, 'CloneVM_Task', {
      folder: await folderOf(ref),
      name: 'untold',
      spec: { location: { diskMoveType: 'createNewChildDiskBacking' }, powerOn: false, template: false, snapshot },
    })) as MoRef;
    await lab.vcenter.post('/v1/conditions', { condition: 'vmInaccessible', object: child.value });
    expect(await other.property(child, 'config.hardware.device')).toBeUndefined();
    const seq = await lastSeq(lab);
    await lab.api.delete('linkedclones', 'unsure');
    const blocked = await held('unsure', 'DisksInUse');
    expect(conditionOf(blocked, 'DeletionBlocked')?.message).toContain(`"untold" (${child.value}) can't be read`);
    await letTimePass('after-unsure');
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), ref.value)).toEqual([]);
    expect((await mustVmOf(lab, uid)).power).toBe('poweredOn');
    await lab.vcenter.endCondition('vmInaccessible', child.value);
    await cloneWhen(lab, 'unsure', 'held by the one that stands on it', (one) =>
      (conditionOf(one, 'DeletionBlocked')?.message ?? '').includes('stand on its disks'),
    );
    await other.run(child, 'Destroy_Task');
    await lab.gone('linkedclones', 'unsure', 'lab', PATIENCE_MS);
    expect(await vmOf(lab, uid)).toBeUndefined();
  }, 120_000);
});

describe('a foreign disk on a clone', () => {
  it('holds the deletion, is named, and stays when the clone goes', async () => {
    const { uid, ref } = await make('borrower');
    const archive = (await lab.vcenter.inventory()).vms.find((one) => one.name === 'Archive');
    const fileName = archive?.disks[0]?.chain[0]?.file;
    await attachDisk(other, ref.value, fileName);
    expect((await mustVmOf(lab, uid)).disks).toHaveLength(2);

    const seq = await lastSeq(lab);
    await lab.api.delete('linkedclones', 'borrower');
    const blocked = await held('borrower', 'ForeignDisks');
    expect(conditionOf(blocked, 'DeletionBlocked')?.message).toContain(fileName);
    expect(reasonOf(blocked)).toBe('DeletionBlocked');
    await waitUntil('the event', async () => (await eventNotes(lab, 'borrower', 'DeletionBlocked')).length > 0);
    await letTimePass('after-borrower');
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), ref.value)).toEqual([]);
    expect((await mustVmOf(lab, uid)).power).toBe('poweredOn');

    await detachDisk(other, ref.value, fileName);
    await lab.gone('linkedclones', 'borrower', 'lab', PATIENCE_MS);
    expect(await vmOf(lab, uid)).toBeUndefined();
    const left = (await lab.vcenter.inventory()).vms.find((one) => one.name === 'Archive');
    expect(left?.disks[0]?.chain[0]).toMatchObject({ file: fileName, missing: false });
  }, 120_000);

  it("that is another clone's holds that one's deletion, too, until it's detached", async () => {
    const [lender, taker] = [await make('lender'), await make('taker')];
    const file = (await mustVmOf(lab, lender.uid)).disks[0]?.chain[0]?.file;
    await attachDisk(other, taker.ref.value, file);
    expect((await mustVmOf(lab, taker.uid)).disks).toHaveLength(2);
    await letTimePass('after-taker');
    const seq = await lastSeq(lab);
    await lab.api.delete('linkedclones', 'lender');
    const blocked = await held('lender', 'DisksInUse');
    expect(conditionOf(blocked, 'DeletionBlocked')?.message).toContain(`"taker" (${taker.ref.value})`);
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), lender.ref.value)).toEqual([]);
    await detachDisk(other, taker.ref.value, file);
    await lab.gone('linkedclones', 'lender', 'lab', PATIENCE_MS);
    expect(await vmOf(lab, lender.uid)).toBeUndefined();
    await deleteAll('taker', taker.uid);
  }, 120_000);
});

describe("a clone's disk that is attached to another one", () => {
  it('holds its deletion also in a new session, whose connection has seen neither', async () => {
    const [lender, taker] = [await make('lender-2'), await make('taker-2')];
    const file = (await mustVmOf(lab, lender.uid)).disks[0]?.chain[0]?.file;
    await attachDisk(other, taker.ref.value, file);
    await letTimePass('after-taker-2');
    await rotateSecret();
    const seq = await lastSeq(lab);
    await lab.api.delete('linkedclones', 'lender-2');
    const blocked = await held('lender-2', 'DisksInUse');
    expect(conditionOf(blocked, 'DeletionBlocked')?.message).toContain(`"taker-2" (${taker.ref.value})`);
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), lender.ref.value)).toEqual([]);
    await detachDisk(other, taker.ref.value, file);
    await lab.gone('linkedclones', 'lender-2', 'lab', PATIENCE_MS);
    await deleteAll('taker-2', taker.uid);
  }, 120_000);

  it('holds both deletions over a restart, with both on their way out', async () => {
    const [lender, taker] = [await make('lender-3'), await make('taker-3')];
    const file = (await mustVmOf(lab, lender.uid)).disks[0]?.chain[0]?.file;
    await lab.stopOperator();
    await attachDisk(other, taker.ref.value, file);
    const seq = await lastSeq(lab);
    for (const name of ['lender-3', 'taker-3']) await lab.api.delete('linkedclones', name);
    await lab.startOperator();
    const blocked = await held('lender-3', 'DisksInUse');
    expect(conditionOf(blocked, 'DeletionBlocked')?.message).toContain(`"taker-3" (${taker.ref.value})`);
    await held('taker-3', 'ForeignDisks');
    const ledger = await lab.vcenter.ledger(seq);
    expect([...operatorCallsOn(ledger, lender.ref.value), ...operatorCallsOn(ledger, taker.ref.value)]).toEqual([]);
    await detachDisk(other, taker.ref.value, file);
    for (const name of ['lender-3', 'taker-3']) await lab.gone('linkedclones', name, 'lab', PATIENCE_MS);
    expect([await vmOf(lab, lender.uid), await vmOf(lab, taker.uid)]).toEqual([undefined, undefined]);
  }, 120_000);
});

describe('what is to stay', () => {
  it('deletionPolicy Retain: the machine goes on, marked as retained, and its name says whose it was', async () => {
    const { uid, ref } = await make('kept', { deletionPolicy: 'Retain', vmName: 'Kept' });
    const seq = await lastSeq(lab);
    await lab.api.delete('linkedclones', 'kept');
    await lab.gone('linkedclones', 'kept', 'lab', PATIENCE_MS);
    const kept = await mustVmOf(lab, uid);
    expect(kept).toMatchObject({
      moRef: ref.value,
      power: 'poweredOn',
      marker: { uid, namespace: 'lab', name: 'kept', state: 'retained' },
    });
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), ref.value).map((call) => call.method)).toEqual([
      'ReconfigVM_Task',
    ]);

    await applyClone(lab, 'newcomer', 'base', { vmName: 'Kept' });
    const refused = await cloneWhen(lab, 'newcomer', 'NameConflict', (one) => reasonOf(one) === 'NameConflict');
    expect(conditionOf(refused, 'Ready')?.message).toContain('made for lab/kept, retained');
    await lab.api.delete('linkedclones', 'newcomer');
    await lab.gone('linkedclones', 'newcomer', 'lab', PATIENCE_MS);
    expect(await mustVmOf(lab, uid)).toEqual(kept);
  }, 120_000);

  it('can be decided while the deletion is held', async () => {
    const { uid } = await make('decided', { paused: false });
    await lab.api.patch('linkedclones', 'decided', { spec: { paused: true } });
    await lab.api.delete('linkedclones', 'decided');
    await held('decided', 'Paused');
    await lab.api.patch('linkedclones', 'decided', { spec: { deletionPolicy: 'Retain', paused: false } });
    await lab.gone('linkedclones', 'decided', 'lab', PATIENCE_MS);
    expect(await mustVmOf(lab, uid)).toMatchObject({ power: 'poweredOn', marker: { state: 'retained' } });
  }, 120_000);

  it('the release annotation with its UID, and with no other value, drops the object and leaves the machine', async () => {
    const { uid, ref } = await make('released');
    await lab.api.patch('linkedclones', 'released', { spec: { paused: true } });
    await lab.api.delete('linkedclones', 'released');
    await held('released', 'Paused');
    await lab.api.annotate('linkedclones', 'released', { 'linkedclone.dev/release': 'yes' });
    await letTimePass('after-released');
    expect(await getClone(lab, 'released')).toBeDefined();
    const seq = await lastSeq(lab);
    await lab.api.annotate('linkedclones', 'released', { 'linkedclone.dev/release': uid });
    await lab.gone('linkedclones', 'released', 'lab', PATIENCE_MS);
    await waitUntil('the mark', async () => {
      const marker = (await mustVmOf(lab, uid)).marker as { state?: string };
      return marker.state === 'released';
    });
    expect((await mustVmOf(lab, uid)).power).toBe('poweredOn');
    const calls = operatorCallsOn(await lab.vcenter.ledger(seq), ref.value).map((call) => call.method);
    expect(calls).toEqual(['ReconfigVM_Task']);
  }, 120_000);

  it('paused: nothing is done to it, neither power nor deletion, until it is no longer', async () => {
    const { uid, ref } = await make('paused');
    await pause('paused');
    expect(reasonOf(await getClone(lab, 'paused'))).toBe('Ready');
    const seq = await lastSeq(lab);
    await other.run(ref, 'PowerOffVM_Task');
    const off = await cloneWhen(lab, 'paused', 'Paused', (one) => reasonOf(one) === 'Paused');
    expect(off.status?.powerState).toBe('PoweredOff');
    expect(conditionOf(off, 'Ready')?.message).toContain('spec.paused is true');
    await lab.api.patch('linkedclones', 'paused', { spec: { notes: 'changed', hardware: { cpus: 2 } } });
    await letTimePass('after-power-off');
    await lab.api.delete('linkedclones', 'paused');
    const blocked = await held('paused', 'Paused');
    expect(conditionOf(blocked, 'DeletionBlocked')?.message).toContain('spec.paused');
    await letTimePass('after-deletion');
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), ref.value)).toEqual([]);
    expect((await mustVmOf(lab, uid)).power).toBe('poweredOff');
    await lab.api.patch('linkedclones', 'paused', { spec: { paused: false } });
    await lab.gone('linkedclones', 'paused', 'lab', PATIENCE_MS);
    expect(await vmOf(lab, uid)).toBeUndefined();
  }, 120_000);

  it('paused and continued: what had to wait is done', async () => {
    const { ref, uid } = await make('resumed');
    await pause('resumed');
    await other.run(ref, 'PowerOffVM_Task');
    await cloneWhen(lab, 'resumed', 'Paused', (one) => reasonOf(one) === 'Paused');
    await lab.api.patch('linkedclones', 'resumed', { spec: { notes: 'while paused' } });
    await lab.api.patch('linkedclones', 'resumed', { spec: { paused: false } });
    await cloneReady(lab, 'resumed');
    expect((await mustVmOf(lab, uid)).power).toBe('poweredOn');
    await waitUntil('the notes', async () => (await other.property(ref, 'config.annotation')) === 'while paused', {
      timeoutMs: PATIENCE_MS,
    });
  }, 120_000);

  it('paused before anything was made: nothing is made, and deleting it needs nothing', async () => {
    await applyClone(lab, 'unborn', 'base', { paused: true });
    const { metadata } = await cloneWhen(lab, 'unborn', 'Paused', (one) => reasonOf(one) === 'Paused');
    await letTimePass('after-unborn');
    expect(await vmOf(lab, metadata.uid)).toBeUndefined();
    await lab.api.patch('linkedclones', 'unborn', { spec: { paused: false } });
    await cloneReady(lab, 'unborn');
  }, 120_000);
});
