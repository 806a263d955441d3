// Calls whose answer never arrives: the connection is cut after vCenter has begun to work, or before. What was begun is
// found again and taken, what wasn't is begun once, and no clone is made twice; also across a killed operator.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { inventory } from './support/inventory.ts';
import {
  PATIENCE_MS,
  applyClone,
  cloneCalls,
  cloneReady,
  cloneSuccesses,
  cloneWhen,
  lastSeq,
  mustVmOf,
  operatorCallsOn,
  vmOf,
} from './support/story.ts';

const directory = useTemporaryDirectory();
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({ directory, inventory: inventory() });
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.waitReason('basesnapshots', 'base', 'Ready', { timeoutMs: PATIENCE_MS });
}, 120_000);

afterAll(async () => {
  await lab?.stop();
}, 120_000);

beforeEach(async () => {
  await lab.vcenter.clearFaults();
  await lab.vcenter.clock({ speed: 20 });
});

/** One machine, one successful clone, one call in all. */
async function expectMadeOnce(clone: LinkedClone): Promise<void> {
  const { uid } = clone.metadata;
  const { vms } = await lab.vcenter.inventory();
  const marked = vms.filter((one) => (one.marker as { uid?: string } | null)?.uid === uid);
  expect(marked.map((one) => one.instanceUuid)).toEqual([uid]);
  expect(marked[0]?.moRef).toBe(clone.status?.vm?.moRef);
  const ledger = await lab.vcenter.ledger();
  expect(cloneCalls(ledger, uid)).toHaveLength(1);
  expect(cloneSuccesses(ledger, uid)).toHaveLength(1);
}

function methods(ledger: readonly LedgerEntry[], moRef: string): string[] {
  return operatorCallsOn(ledger, moRef).map((call) => call.method);
}

describe('the answer to CloneVM_Task is lost', () => {
  it('after vCenter began: the clone is found and taken', async () => {
    await lab.vcenter.fault({ match: { method: 'CloneVM_Task' }, action: { reset: 'after' }, times: 1 });
    await applyClone(lab, 'lost-after', 'base');
    await expectMadeOnce(await cloneReady(lab, 'lost-after'));
  }, 120_000);

  it('while it still runs: the search waits for its end', async () => {
    await lab.vcenter.clock({ speed: 0.2 });
    await lab.vcenter.fault({ match: { method: 'CloneVM_Task' }, action: { reset: 'after' }, times: 1 });
    await applyClone(lab, 'lost-early', 'base');
    const waiting = await cloneWhen(lab, 'lost-early', 'OutcomeUnknown', (one) => reasonOf(one) === 'OutcomeUnknown');
    expect(waiting.status?.operation).toMatchObject({ type: 'Clone', vmName: 'lost-early' });
    await lab.vcenter.clock({ speed: 20 });
    await expectMadeOnce(await cloneReady(lab, 'lost-early'));
  }, 120_000);

  it('before vCenter began: it is called again, once', async () => {
    await lab.vcenter.fault({ match: { method: 'CloneVM_Task' }, action: { reset: 'before' }, times: 1 });
    await applyClone(lab, 'lost-before', 'base');
    await expectMadeOnce(await cloneReady(lab, 'lost-before'));
  }, 120_000);

  it('for many clones of a set, some before and some after', async () => {
    for (const [reset, nth] of [
      ['after', 1],
      ['before', 3],
      ['after', 5],
      ['before', 6],
      ['after', 8],
    ] as const)
      await lab.vcenter.fault({ match: { method: 'CloneVM_Task', nth }, action: { reset } });
    await lab.applySet('shaky', 'base', 8);
    await lab.setReady('shaky', 8, PATIENCE_MS);
    const clones = await lab.clonesOf('shaky');
    expect(clones).toHaveLength(8);
    for (const clone of clones) await expectMadeOnce(clone);
  }, 120_000);

  it('and the operator is killed before it can look', async () => {
    // the reset comes with a delay, so the kill falls between the call and its end
    await lab.vcenter.fault({ match: { method: 'CloneVM_Task' }, action: { delayMs: 1500, reset: 'after' }, times: 1 });
    const seen = (await lab.vcenter.stats()).calls['CloneVM_Task'] ?? 0;
    await applyClone(lab, 'orphaned', 'base');
    await waitUntil('the call', async () => ((await lab.vcenter.stats()).calls['CloneVM_Task'] ?? 0) > seen, {
      timeoutMs: PATIENCE_MS,
      intervalMs: 10,
    });
    await lab.killOperator();
    await lab.startOperator();
    await expectMadeOnce(await cloneReady(lab, 'orphaned'));
  }, 120_000);
});

describe('the answer to another call is lost', () => {
  it('PowerOnVM_Task: the machine runs, powered on once', async () => {
    await lab.vcenter.fault({ match: { method: 'PowerOnVM_Task' }, action: { reset: 'after' }, times: 1 });
    await applyClone(lab, 'lit', 'base');
    const clone = await cloneReady(lab, 'lit');
    await expectMadeOnce(clone);
    const { moRef, power } = await mustVmOf(lab, clone.metadata.uid);
    expect(power).toBe('poweredOn');
    const ends = (await lab.vcenter.ledger()).filter(
      (entry) => entry.phase === 'end' && entry.target === moRef && entry.fault === undefined,
    );
    expect(ends.map((entry) => entry.method)).toEqual(['PowerOnVM_Task']);
  }, 120_000);

  it('PowerOffVM_Task and Destroy_Task of a deletion: it ends, and takes nothing else along', async () => {
    await applyClone(lab, 'doomed', 'base');
    const { metadata, status } = await cloneReady(lab, 'doomed');
    const before = (await lab.vcenter.inventory()).vms.map((one) => one.moRef);
    const seq = await lastSeq(lab);
    for (const method of ['PowerOffVM_Task', 'Destroy_Task'])
      await lab.vcenter.fault({ match: { method }, action: { reset: 'after' }, times: 1 });
    await lab.api.delete('linkedclones', 'doomed');
    await lab.gone('linkedclones', 'doomed', 'lab', PATIENCE_MS);
    expect(await vmOf(lab, metadata.uid)).toBeUndefined();
    const moRef = status?.vm?.moRef ?? '';
    const after = (await lab.vcenter.inventory()).vms.map((one) => one.moRef);
    expect(after).toEqual(before.filter((one) => one !== moRef));
    const ledger = await lab.vcenter.ledger(seq);
    expect(new Set(methods(ledger, moRef))).toEqual(new Set(['PowerOffVM_Task', 'Destroy_Task']));
    expect(ledger.filter((one) => one.phase === 'call' && one.target !== moRef)).toEqual([]);
  }, 120_000);

  it('ReconfigVM_Task of a retained clone: the marker says so, and the machine stays', async () => {
    await applyClone(lab, 'kept', 'base', { deletionPolicy: 'Retain' });
    const { metadata } = await cloneReady(lab, 'kept');
    await lab.vcenter.fault({ match: { method: 'ReconfigVM_Task' }, action: { reset: 'after' }, times: 1 });
    await lab.api.delete('linkedclones', 'kept');
    await lab.gone('linkedclones', 'kept', 'lab', PATIENCE_MS);
    const kept = await mustVmOf(lab, metadata.uid);
    expect(kept).toMatchObject({ power: 'poweredOn', marker: { uid: metadata.uid, state: 'retained' } });
  }, 120_000);

  it('CreateFolder: the folder is there once, and the clone in it', async () => {
    await lab.vcenter.fault({ match: { method: 'CreateFolder' }, action: { reset: 'after' }, times: 1 });
    await applyClone(lab, 'foldered', 'base', { placement: { folder: 'Labs/deep' } });
    const clone = await cloneReady(lab, 'foldered');
    await expectMadeOnce(clone);
    expect((await mustVmOf(lab, clone.metadata.uid)).folder).toBe('/DC0/vm/Labs/deep');
    const made = (await lab.vcenter.ledger()).filter(
      (entry) =>
        entry.phase === 'end' &&
        entry.method === 'CreateFolder' &&
        entry.args.name === 'deep' &&
        entry.fault === undefined,
    );
    expect(made).toHaveLength(1);
    expect(conditionOf(clone, 'Stalled')).toBeUndefined();
  }, 120_000);
});
