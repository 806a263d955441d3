// A clone that isn't linked. Made so: it is removed before its first power-on, said, and never tried a second time, not
// even by an operator that was killed in between. Become so later, by a storage vMotion: said, and never touched.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { LinkedClone, LinkedCloneSet } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import { vm } from '../../support/second-client.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { inventory } from './support/inventory.ts';
import {
  PATIENCE_MS,
  applyClone,
  cloneCalls,
  cloneReady,
  cloneSuccesses,
  cloneWhen,
  eventNotes,
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
    inventory: inventory({ durations: { copyRate: '2 GB' } }),
  });
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.waitReason('basesnapshots', 'base', 'Ready', { timeoutMs: PATIENCE_MS });
  other = await secondClient(lab);
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

afterEach(async () => {
  await lab.vcenter.clearFaults();
});

function makeFullCopies(times: number): Promise<unknown> {
  return lab.vcenter.fault({ match: { method: 'CloneVM_Task' }, action: { ignoreDiskMoveType: true }, times });
}

/** Removed, never powered on, cloned once, and said so. */
async function expectRemovedForGood(name: string): Promise<LinkedClone> {
  const clone = await cloneWhen(
    lab,
    name,
    'NotLinked, removed',
    (one) => reasonOf(one) === 'NotLinked' && one.status?.operation === undefined,
  );
  expect(conditionOf(clone, 'Stalled')).toMatchObject({ status: 'True', reason: 'NotLinked' });
  expect(conditionOf(clone, 'Linked')).toMatchObject({ status: 'False', reason: 'FullCopy' });
  expect(clone.status?.vm).toBeUndefined();
  const { uid } = clone.metadata;
  expect(await vmOf(lab, uid)).toBeUndefined();
  const ledger = await lab.vcenter.ledger();
  expect(cloneCalls(ledger, uid)).toHaveLength(1);
  const [made] = cloneSuccesses(ledger, uid);
  expect(new Set(operatorCallsOn(ledger, made?.result ?? '').map((call) => call.method))).toEqual(
    new Set(['Destroy_Task']),
  );
  return clone;
}

/** A look at everything later: another clone came and went all the way, and the object was touched. */
async function letTimePass(name: string): Promise<void> {
  await lab.api.annotate('linkedclones', name, { touched: String(Date.now()) });
  await applyClone(lab, `after-${name}`, 'base');
  await cloneReady(lab, `after-${name}`);
}

describe('a clone that comes out as a full copy', () => {
  it('is removed before its first power-on and not tried again', async () => {
    await makeFullCopies(1);
    await applyClone(lab, 'fat', 'base');
    await expectRemovedForGood('fat');
    await letTimePass('fat');
    await expectRemovedForGood('fat');
    const notes = await waitUntil('the event', async () => {
      const found = await eventNotes(lab, 'fat', 'NotLinked');
      return found.length > 0 ? found : undefined;
    });
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain('came out as a full copy');
    await lab.api.delete('linkedclones', 'fat');
    await lab.gone('linkedclones', 'fat', 'lab', PATIENCE_MS);
  }, 120_000);

  it('is removed in the end when vCenter refuses at first, without haste', async () => {
    await makeFullCopies(1);
    await lab.vcenter.fault({ match: { method: 'Destroy_Task' }, action: { taskFault: 'ResourceInUse' }, times: 2 });
    await applyClone(lab, 'fat-and-stuck', 'base');
    const clone = await expectRemovedForGood('fat-and-stuck');
    const [made] = cloneSuccesses(await lab.vcenter.ledger(), clone.metadata.uid);
    const destroys = operatorCallsOn(await lab.vcenter.ledger(), made?.result ?? '');
    expect(destroys.map((call) => call.method)).toEqual(['Destroy_Task', 'Destroy_Task', 'Destroy_Task']);
  }, 120_000);

  it('is one of a set, whose others go on and which says what is wrong', async () => {
    await makeFullCopies(2);
    await lab.applySet('mixed', 'base', 4);
    const set = await waitUntil(
      'two ready and two failed',
      async () => {
        const one = await lab.api.get<LinkedCloneSet>('linkedclonesets', 'mixed');
        return one?.status?.readyReplicas === 2 && one.status.failedReplicas === 2 ? one : undefined;
      },
      { timeoutMs: PATIENCE_MS },
    );
    expect(reasonOf(set)).toBe('CloneFailures');
    expect(conditionOf(set, 'Stalled')?.message).toContain('full copy');
    const clones = await lab.clonesOf('mixed');
    expect(clones).toHaveLength(4);
    const ledger = await lab.vcenter.ledger();
    for (const clone of clones) expect(cloneCalls(ledger, clone.metadata.uid)).toHaveLength(1);
    for (const clone of clones.filter((one) => reasonOf(one) === 'NotLinked'))
      await expectRemovedForGood(clone.metadata.name);
  }, 120_000);

  it('is removed by the next operator when this one is killed before it has looked', async () => {
    await makeFullCopies(1);
    await lab.vcenter.clock({ speed: 0.5 }); // it lasts until the operator is gone
    const seq = await lastSeq(lab);
    await applyClone(lab, 'fat-while-cloning', 'base');
    await waitUntil(
      'the call',
      async () => (await lab.vcenter.ledger(seq)).some((entry) => entry.method === 'CloneVM_Task'),
      { timeoutMs: PATIENCE_MS, intervalMs: 10 },
    );
    await lab.killOperator();
    await lab.vcenter.clock({ speed: 20 });
    await lab.startOperator();
    await expectRemovedForGood('fat-while-cloning');
    await letTimePass('fat-while-cloning');
    await expectRemovedForGood('fat-while-cloning');
  }, 120_000);

  it('is kept when somebody has used it while no operator looked, and goes with its object', async () => {
    await makeFullCopies(1);
    await lab.vcenter.clock({ speed: 0.5 }); // it lasts until the operator is gone
    const seq = await lastSeq(lab);
    await applyClone(lab, 'fat-and-used', 'base');
    const uid = await waitUntil(
      'the call',
      async () => {
        const called = (await lab.vcenter.ledger(seq)).some((entry) => entry.method === 'CloneVM_Task');
        return called ? (await lab.api.get<LinkedClone>('linkedclones', 'fat-and-used'))?.metadata.uid : undefined;
      },
      { timeoutMs: PATIENCE_MS, intervalMs: 10 },
    );
    await lab.killOperator();
    await lab.vcenter.clock({ speed: 20 });
    const { moRef } = await waitUntil('the machine', () => vmOf(lab, uid), { timeoutMs: PATIENCE_MS });
    await other.run(vm(moRef), 'PowerOnVM_Task', {});
    await other.run(vm(moRef), 'PowerOffVM_Task', {});
    await lab.startOperator();
    const isKept = (clone: LinkedClone): boolean => reasonOf(clone, 'Linked') === 'FullCopyKept';
    const clone = await cloneWhen(lab, 'fat-and-used', 'NotLinked, kept', isKept);
    expect(reasonOf(clone)).toBe('NotLinked');
    await letTimePass('fat-and-used');
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), moRef)).toEqual([]);
    expect(await mustVmOf(lab, uid)).toMatchObject({ moRef, power: 'poweredOff' });
    await lab.api.delete('linkedclones', 'fat-and-used');
    await lab.gone('linkedclones', 'fat-and-used', 'lab', PATIENCE_MS);
    expect(await vmOf(lab, uid)).toBeUndefined();
  }, 120_000);

  it('stays removed when the operator is killed while it is being removed', async () => {
    await makeFullCopies(1);
    // the call has arrived, its answer and all that would follow it never come
    await lab.vcenter.fault({ match: { method: 'Destroy_Task' }, action: { delayMs: 2000 }, times: 1 });
    const seen = (await lab.vcenter.stats()).calls['Destroy_Task'] ?? 0;
    await applyClone(lab, 'fat-while-removing', 'base');
    await waitUntil('the call', async () => ((await lab.vcenter.stats()).calls['Destroy_Task'] ?? 0) > seen, {
      timeoutMs: PATIENCE_MS,
      intervalMs: 10,
    });
    await lab.killOperator();
    await lab.startOperator();
    await expectRemovedForGood('fat-while-removing');
    await letTimePass('fat-while-removing');
    await expectRemovedForGood('fat-while-removing');
  }, 120_000);
});

describe('a clone that is flattened later', () => {
  it('by a storage vMotion: Detached, an event, and nothing is done to it; deleting it works', async () => {
    await applyClone(lab, 'moved', 'base');
    const { metadata } = await cloneReady(lab, 'moved');
    const made = await mustVmOf(lab, metadata.uid);
    const seq = await lastSeq(lab);
    await other.run(vm(made.moRef), 'RelocateVM_Task', {
      spec: { datastore: await other.at('DC0/datastore/shared-2') },
    });
    const flat = await mustVmOf(lab, metadata.uid);
    expect(flat.disks[0]?.chain.map((link) => link.file)).toEqual([expect.stringMatching(/^\[shared-2\] moved\//)]);

    const detached = await cloneWhen(lab, 'moved', 'Detached', (one) => reasonOf(one, 'Linked') === 'Detached');
    expect(conditionOf(detached, 'Linked')?.status).toBe('False');
    expect(reasonOf(detached)).toBe('Ready');
    expect(detached.status?.chainDepth).toBe(1);
    await waitUntil('the event', async () => (await eventNotes(lab, 'moved', 'Detached')).length === 1);
    await letTimePass('moved');
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), made.moRef)).toEqual([]);
    expect(await mustVmOf(lab, metadata.uid)).toMatchObject({ moRef: made.moRef, power: 'poweredOn' });

    await lab.api.delete('linkedclones', 'moved');
    await lab.gone('linkedclones', 'moved', 'lab', PATIENCE_MS);
    expect(await vmOf(lab, metadata.uid)).toBeUndefined();
    const base = (await lab.vcenter.inventory()).vms.find((one) => one.name === 'Tmpl');
    expect(base?.disks[0]?.chain.every((link) => !link.missing)).toBe(true);
  }, 120_000);

  it('in a set: it still counts as ready and is not replaced', async () => {
    await lab.applySet('settled', 'base', 2);
    await lab.setReady('settled', 2, PATIENCE_MS);
    const [clone] = await lab.clonesOf('settled');
    const made = await mustVmOf(lab, clone?.metadata.uid ?? '');
    await other.run(vm(made.moRef), 'PromoteDisks_Task', { unlink: true });
    await cloneWhen(lab, clone?.metadata.name ?? '', 'Detached', (one) => reasonOf(one, 'Linked') === 'Detached');
    await letTimePass(clone?.metadata.name ?? '');
    const after = await lab.setReady('settled', 2, PATIENCE_MS);
    expect(after.status?.readyReplicas).toBe(2);
    expect((await lab.clonesOf('settled')).map((one) => one.metadata.uid)).toContain(clone?.metadata.uid);
  }, 120_000);
});
