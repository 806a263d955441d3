// The trap of linked clones: with the parent unregistered, destroying the last known clone takes the base's files along. So
// while the parent isn't in the inventory no clone is powered off or destroyed for a deletion, unless somebody says so for
// that one clone; registered again, under new references, everything goes on.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BaseSnapshot, LinkedClone } from '../../../src/api/types.generated.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf } from '../../support/lab.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { vm } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import {
  LONG,
  changeCounts,
  changesSince,
  looksAgain,
  machineNamed,
  messageOf,
  saysSoon,
  snapshotsOf,
} from './support/bases.ts';
import { inventory, parent } from './support/inventory.ts';
import { lastSeq, secondClient } from './support/story.ts';

jest.setTimeout(180_000);

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory({ vms: ['Lost', 'One by one', 'Baseless', 'Whole set', 'Ours'].map((name) => parent(name)) }),
  });
  other = await secondClient(lab);
  await lab.waitReason('vcenters', 'vc', 'Connected', LONG);
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

/** Base and set of that name on the parent, all ready. */
async function readySet(name: string, parentName: string, replicas: number, spec = {}): Promise<BaseSnapshot> {
  await lab.applyBase(name, `Templates/${parentName}`, spec);
  await lab.applySet(name, name, replicas);
  await lab.setReady(name, replicas);
  return lab.waitReason<BaseSnapshot>('basesnapshots', name, 'Ready', LONG);
}

/** Takes a VM out of the inventory; what comes back puts it in again and gives its new reference. */
async function unregister(name: string): Promise<() => Promise<MoRef>> {
  const ref = vm((await machineNamed(lab, name)).moRef);
  const path = await other.property(ref, 'config.files.vmPathName');
  const [folder, pool] = [await other.property(ref, 'parent'), await other.property(ref, 'resourcePool')];
  await other.run(ref, 'UnregisterVM');
  return async () => {
    const again = await other.run(folder as MoRef, 'RegisterVM_Task', { path, asTemplate: false, pool });
    if (again === undefined) throw new Error('RegisterVM_Task gave nothing');
    return again;
  };
}

async function deletionHeld(name: string): Promise<LinkedClone> {
  return saysSoon<LinkedClone>(lab, 'linkedclones', name, {
    type: 'DeletionBlocked',
    reason: 'BaseNotRegistered',
    text: "isn't registered",
  });
}

async function noClonesLeft(set: string): Promise<void> {
  await waitUntil(`no clones of ${set}`, async () => (await lab.clonesOf(set)).length === 0, LONG);
}

/** Files of the parent's chain that are on the datastore. */
async function filesOf(folder: string): Promise<string[]> {
  const { datastores } = await lab.vcenter.inventory();
  const files = datastores.flatMap((store) => store.files.map(({ file }) => file));
  return files.filter((file) => file.includes(`] ${folder}/`) && file.endsWith('.vmdk'));
}

describe('the parent is unregistered', () => {
  it('set scaled to 0: deletion held with BaseNotRegistered and nothing touched; registered again, it goes on', async () => {
    const before = await readySet('lost', 'Lost', 2);
    const seq = await lastSeq(lab);
    const files = await filesOf('Lost');
    const registerAgain = await unregister('Lost');
    const gone = await lab.waitReason<BaseSnapshot>('basesnapshots', 'lost', 'SourceNotRegistered', LONG);
    expect(conditionOf(gone, 'SnapshotFound')).toMatchObject({ status: 'False', reason: 'SourceNotRegistered' });
    for (const clone of await lab.clonesOf('lost')) expect(conditionOf(clone, 'Ready')?.status).toBe('True');

    await lab.api.scale('lost', 0);
    for (const name of ['lost-1', 'lost-2']) {
      const clone = await deletionHeld(name);
      expect(conditionOf(clone, 'Ready')).toMatchObject({ status: 'False', reason: 'DeletionBlocked' });
      const command = `linkedclone.dev/delete-without-base=${clone.metadata.uid ?? ''}`;
      expect(messageOf(clone, 'DeletionBlocked')).toContain(command);
    }
    await looksAgain(lab, 'RetrievePropertiesEx', 6); // it looks for the parent again and again
    expect(await changesSince(lab, seq)).toEqual([]);
    for (const name of ['lost-01', 'lost-02']) expect((await machineNamed(lab, name)).power).toBe('poweredOn');

    const again = await registerAgain();
    await noClonesLeft('lost');
    await lab.setReady('lost', 0);
    expect(await changeCounts(lab, seq)).toEqual({ PowerOffVM_Task: 2, Destroy_Task: 2 });
    expect(await filesOf('Lost')).toEqual(files);

    const back = await lab.waitReason<BaseSnapshot>('basesnapshots', 'lost', 'Ready', LONG);
    expect(back.status?.source?.moRef).toBe(again.value);
    expect(again.value).not.toBe(before.status?.source?.moRef);
    const [snapshot] = await snapshotsOf(lab, 'Lost');
    expect(back.status?.snapshot?.moRef).toBe(snapshot?.moRef);
    expect(back.status?.snapshot).toMatchObject({ id: before.status?.snapshot?.id, name: 'release' });
    await lab.api.scale('lost', 1);
    await lab.setReady('lost', 1);
    expect((await machineNamed(lab, 'lost-01')).disks[0]?.chain).toHaveLength(2);
  });

  it('delete-without-base: its UID lets that one clone go, another value none', async () => {
    await readySet('one', 'One by one', 2);
    const registerAgain = await unregister('One by one');
    await lab.waitReason('basesnapshots', 'one', 'SourceNotRegistered', LONG);
    const seq = await lastSeq(lab);
    await lab.api.scale('one', 0);
    const [first, second] = [await deletionHeld('one-1'), await deletionHeld('one-2')];
    const annotation = 'linkedclone.dev/delete-without-base';
    await lab.api.annotate('linkedclones', 'one-1', { [annotation]: second.metadata.uid ?? '' });
    await lab.api.annotate('linkedclones', 'one-2', { [annotation]: second.metadata.uid ?? '' });
    await lab.gone('linkedclones', 'one-2', 'lab', LONG.timeoutMs);
    await deletionHeld('one-1');
    const targets = new Set((await changesSince(lab, seq)).map((change) => change.split(' ')[1]));
    expect(targets).toEqual(new Set([second.status?.vm?.moRef]));
    expect((await machineNamed(lab, 'one-01')).moRef).toBe(first.status?.vm?.moRef);
    await registerAgain();
    await noClonesLeft('one');
  });

  it('the base object released before: still held, and it goes on when the parent is back', async () => {
    const base = await readySet('baseless', 'Baseless', 1);
    await lab.api.delete('basesnapshots', 'baseless');
    await lab.api.annotate('basesnapshots', 'baseless', { 'linkedclone.dev/release': base.metadata.uid ?? '' });
    await lab.gone('basesnapshots', 'baseless', 'lab', LONG.timeoutMs);
    const files = await filesOf('Baseless');
    const registerAgain = await unregister('Baseless');
    const seq = await lastSeq(lab);
    await lab.api.delete('linkedclonesets', 'baseless');
    await deletionHeld('baseless-1');
    expect(await changesSince(lab, seq)).toEqual([]);
    expect((await machineNamed(lab, 'baseless-01')).power).toBe('poweredOn');
    await registerAgain();
    await lab.gone('linkedclonesets', 'baseless', 'lab', LONG.timeoutMs);
    expect((await lab.vcenter.inventory()).vms.map(({ name }) => name)).not.toContain('baseless-01');
    expect(await filesOf('Baseless')).toEqual(files);
  });

  it('the base object released before, a set deleted at once: each of its clones is held, none counts for another', async () => {
    const base = await readySet('whole', 'Whole set', 4);
    const clones = await lab.clonesOf('whole');
    await lab.api.delete('basesnapshots', 'whole');
    await lab.api.annotate('basesnapshots', 'whole', { 'linkedclone.dev/release': base.metadata.uid ?? '' });
    await lab.gone('basesnapshots', 'whole', 'lab', LONG.timeoutMs);
    const files = await filesOf('Whole set');
    expect(files.length).toBeGreaterThan(0);
    const registerAgain = await unregister('Whole set');
    const seq = await lastSeq(lab);
    await lab.api.delete('linkedclonesets', 'whole');
    const names = ['whole-1', 'whole-2', 'whole-3', 'whole-4'];
    for (const name of names) await deletionHeld(name);
    await looksAgain(lab, 'RetrievePropertiesEx', 6);
    expect(await changesSince(lab, seq)).toEqual([]);
    expect(await filesOf('Whole set')).toEqual(files);
    await registerAgain();
    await lab.gone('linkedclonesets', 'whole', 'lab', LONG.timeoutMs);
    expect(await changeCounts(lab, seq)).toEqual({ PowerOffVM_Task: 4, Destroy_Task: 4 });
    expect(await filesOf('Whole set')).toEqual(files);

    const { moRef, instanceUuid } = base.status?.source ?? {};
    const { id, createTime } = base.status?.snapshot ?? {};
    for (const clone of clones)
      expect(clone.status?.source).toMatchObject({ moRef, instanceUuid, snapshot: { id, createTime } });
  });

  it('a base that is to remove its snapshot waits, too', async () => {
    await lab.applyBase('ours', 'Templates/Ours', { snapshot: { create: { name: 'ours' } }, deletionPolicy: 'Delete' });
    await lab.waitReason('basesnapshots', 'ours', 'Ready', LONG);
    const registerAgain = await unregister('Ours');
    await lab.waitReason('basesnapshots', 'ours', 'SourceNotRegistered', LONG);
    await lab.api.delete('basesnapshots', 'ours');
    await saysSoon(lab, 'basesnapshots', 'ours', {
      type: 'DeletionBlocked',
      reason: 'SourceNotRegistered',
      text: '"Ours"',
    });
    await registerAgain();
    await lab.gone('basesnapshots', 'ours', 'lab', LONG.timeoutMs);
    expect((await snapshotsOf(lab, 'Ours')).map(({ name }) => name)).toEqual(['release']);
  });
});
