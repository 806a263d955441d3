// Sources that move under what was planned on them: to another datastore, so that their files have other names, or out of
// the inventory and in again, so that all references are new. Clones that waited meanwhile are made all the same, or go.
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { BaseSnapshot } from '../../../src/api/types.generated.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf } from '../../support/lab.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { vm } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, machineNamed } from './support/bases.ts';
import { inventory, parent } from './support/inventory.ts';
import {
  PATIENCE_MS,
  applyClone,
  cloneCalls,
  cloneReady,
  cloneSuccesses,
  cloneWhen,
  getClone,
  mustVmOf,
  secondClient,
  vmOf,
} from './support/story.ts';

jest.setTimeout(180_000);

const directory = useTemporaryDirectory();
const PARENTS = ['Tmpl', 'Moved', 'Again', 'Restarted'];
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({ directory, inventory: inventory({ vms: PARENTS.map((name) => parent(name)) }) });
  other = await secondClient(lab);
  await lab.applyVCenter({ limits: { clones: 1 } });
  for (const name of PARENTS) await lab.applyBase(name.toLowerCase(), `Templates/${name}`);
  for (const name of PARENTS) await lab.waitReason('basesnapshots', name.toLowerCase(), 'Ready', LONG);
}, 120_000);

beforeEach(async () => {
  await lab.vcenter.clock({ speed: 20 });
});

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

/** Takes a VM out of the inventory; what comes back puts it in again, under other references. */
async function unregister(name: string): Promise<() => Promise<void>> {
  const ref = vm((await machineNamed(lab, name)).moRef);
  const path = await other.property(ref, 'config.files.vmPathName');
  const [folder, pool] = [await other.property(ref, 'parent'), await other.property(ref, 'resourcePool')];
  await other.run(ref, 'UnregisterVM');
  return async () => void (await other.run(folder as MoRef, 'RegisterVM_Task', { path, asTemplate: false, pool }));
}

/** Clones on the base, with their intents stored, behind the one that has the only slot for many seconds to come. */
async function waiting(base: string, names: readonly string[]): Promise<void> {
  await lab.vcenter.clock({ speed: 0.1 });
  await applyClone(lab, `${base}-first`, 'tmpl', { powerPolicy: 'Off' });
  const { uid } = (await getClone(lab, `${base}-first`)).metadata;
  await waitUntil(
    'the call for the first clone',
    async () => cloneCalls(await lab.vcenter.ledger(), uid).length > 0,
    LONG,
  );
  for (const name of names) await applyClone(lab, name, base, { powerPolicy: 'Off' });
  for (const name of names) await cloneWhen(lab, name, 'an intent', (one) => one.status?.operation !== undefined);
}

async function madeOnce(name: string): Promise<void> {
  const { metadata } = await cloneReady(lab, name);
  expect(cloneSuccesses(await lab.vcenter.ledger(), metadata.uid)).toHaveLength(1);
  expect((await mustVmOf(lab, metadata.uid)).disks[0]?.chain).toHaveLength(2);
}

describe('the source is moved to another datastore', () => {
  it('clones made after that are linked, lie where it lies now, and are not taken for full copies', async () => {
    await applyClone(lab, 'before', 'moved', { powerPolicy: 'Off' });
    await cloneReady(lab, 'before');
    const source = vm((await machineNamed(lab, 'Moved')).moRef);
    await other.run(source, 'RelocateVM_Task', { spec: { datastore: await other.at('DC0/datastore/shared-2') } });
    await applyClone(lab, 'after', 'moved', { powerPolicy: 'Off' });
    const after = await cloneReady(lab, 'after');
    expect(conditionOf(after, 'Linked')).toMatchObject({ status: 'True', reason: 'DeltaDisks' });
    expect(after.status?.vm?.datastoreName).toBe('shared-2');
    const { disks } = await mustVmOf(lab, after.metadata.uid);
    expect(disks[0]?.chain.map(({ file }) => file.split(' ')[0])).toEqual(['[shared-2]', '[shared-2]']);
  });
});

describe('the source is registered again while clones of it wait for a slot', () => {
  it('their plans are made anew, and all of them are made', async () => {
    await waiting('again', ['again-1', 'again-2']);
    const planned = (await getClone(lab, 'again-1')).status?.operation?.sourceVm;
    const registerAgain = await unregister('Again');
    await lab.waitReason('basesnapshots', 'again', 'SourceNotRegistered', LONG);
    await registerAgain();
    const back = await lab.waitReason<BaseSnapshot>('basesnapshots', 'again', 'Ready', LONG);
    expect(back.status?.source?.moRef).not.toBe(planned);
    await lab.vcenter.clock({ speed: 20 });
    for (const name of ['again-1', 'again-2', 'again-first']) await madeOnce(name);
  });

  it('across a restart: one that is deleted meanwhile goes, the others are made', async () => {
    await waiting('restarted', ['restarted-1', 'restarted-2', 'restarted-3']);
    const deleted = await getClone(lab, 'restarted-3');
    await lab.stopOperator();
    const registerAgain = await unregister('Restarted');
    await lab.startOperator();
    await lab.waitReason('basesnapshots', 'restarted', 'SourceNotRegistered', LONG);
    await lab.api.delete('linkedclones', 'restarted-3');
    await lab.gone('linkedclones', 'restarted-3', 'lab', PATIENCE_MS);
    expect(await vmOf(lab, deleted.metadata.uid)).toBeUndefined();
    await registerAgain();
    await lab.waitReason('basesnapshots', 'restarted', 'Ready', LONG);
    await lab.vcenter.clock({ speed: 20 });
    for (const name of ['restarted-1', 'restarted-2', 'restarted-first']) await madeOnce(name);
  });
});
