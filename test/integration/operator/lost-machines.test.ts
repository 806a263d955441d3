// A machine that is gone, and one that only can't be seen. Gone has to be proven: then its clone is Lost, never cloned
// again, and its set makes another with the same ordinal. A host that isn't connected proves nothing: nothing is done.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LinkedClone, LinkedCloneSet } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import { vm } from '../../support/second-client.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { inventory, parent } from './support/inventory.ts';
import { watching } from './support/saw.ts';
import {
  PATIENCE_MS,
  applyClone,
  cloneCalls,
  cloneReady,
  cloneSuccesses,
  cloneWhen,
  eventNotes,
  getClone,
  lastSeq,
  mustVmOf,
  operatorCallsOn,
  secondClient,
  vmOf,
} from './support/story.ts';

const PARENT_HOST = 'esx-3';
const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    // not on the first host, which is where clones go when all are idle: no clone can be made without the parent's host
    inventory: inventory({ vms: [parent('Tmpl', { host: PARENT_HOST })] }),
    operatorFlags: { 'lost-after': 2 },
  });
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.waitReason('basesnapshots', 'base', 'Ready', { timeoutMs: PATIENCE_MS });
  other = await secondClient(lab);
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

/** Machines that stay off when somebody switches them off, so that they can be destroyed. */
const LEFT_ALONE = { powerPolicy: 'OnceOn' } as const;

async function refOf(clone: LinkedClone): Promise<MoRef> {
  return vm((await mustVmOf(lab, clone.metadata.uid)).moRef);
}

async function destroyByHand(clone: LinkedClone): Promise<MoRef> {
  const ref = await refOf(clone);
  await other.run(ref, 'PowerOffVM_Task');
  await other.run(ref, 'Destroy_Task');
  return ref;
}

async function namedClones(set: string): Promise<LinkedClone[]> {
  return (await lab.clonesOf(set)).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

describe('a machine that another client destroyed', () => {
  it('is Lost, said in an event, never cloned again; its object can be deleted', async () => {
    await applyClone(lab, 'single', 'base', LEFT_ALONE);
    const clone = await cloneReady(lab, 'single');
    const ref = await destroyByHand(clone);
    const lost = await cloneWhen(lab, 'single', 'Lost', (one) => conditionOf(one, 'Lost')?.status === 'True');
    expect(conditionOf(lost, 'Lost')).toMatchObject({ reason: 'VirtualMachineGone' });
    expect(reasonOf(lost)).toBe('Lost');
    expect(conditionOf(lost, 'Stalled')?.status).toBe('True');
    expect(conditionOf(lost, 'PoweredOn')?.status).toBe('False');
    expect(conditionOf(lost, 'GuestReady')).toMatchObject({ status: 'False', reason: 'NotCloned' });
    await waitUntil('the event', async () => (await eventNotes(lab, 'single', 'Lost')).length === 1);
    await lab.api.annotate('linkedclones', 'single', { touched: '1' });
    await applyClone(lab, 'meanwhile', 'base');
    await cloneReady(lab, 'meanwhile');
    expect(cloneCalls(await lab.vcenter.ledger(), clone.metadata.uid)).toHaveLength(1);
    await lab.api.delete('linkedclones', 'single');
    await lab.gone('linkedclones', 'single', 'lab', PATIENCE_MS);
    const calls = operatorCallsOn(await lab.vcenter.ledger(), ref.value).map((call) => call.method);
    expect(calls).toEqual(['PowerOnVM_Task']);
  }, 120_000);

  it('before the operator had a look at it: Lost, too, and never cloned a second time', async () => {
    await lab.vcenter.clock({ speed: 0.5 });
    await applyClone(lab, 'unseen', 'base', LEFT_ALONE);
    const { uid } = (await getClone(lab, 'unseen')).metadata;
    await waitUntil('the call', async () => cloneCalls(await lab.vcenter.ledger(), uid).length === 1);
    // from now on only the operator's reads are slow; the second client has an account of its own
    await lab.vcenter.fault({
      match: { method: 'RetrievePropertiesEx', caller: lab.simulator.username },
      action: { delayMs: 5000 },
    });
    await lab.vcenter.clock({ speed: 20 });
    const made = await waitUntil(
      'the machine',
      async () => (await lab.vcenter.inventory()).vms.find((one) => one.name === 'unseen'),
      { timeoutMs: PATIENCE_MS, intervalMs: 10 },
    );
    await other.run(vm(made.moRef), 'Destroy_Task');
    await lab.vcenter.clearFaults();
    const lost = await cloneWhen(lab, 'unseen', 'Lost', (one) => conditionOf(one, 'Lost')?.status === 'True');
    expect(lost.status?.vm).toBeUndefined();
    await lab.stopOperator();
    await lab.startOperator();
    await applyClone(lab, 'after-unseen', 'base');
    await cloneReady(lab, 'after-unseen');
    await lab.api.annotate('linkedclones', 'unseen', { touched: '1' });
    await applyClone(lab, 'long-after-unseen', 'base');
    await cloneReady(lab, 'long-after-unseen');
    expect(reasonOf(await getClone(lab, 'unseen'))).toBe('Lost');
    expect(cloneCalls(await lab.vcenter.ledger(), lost.metadata.uid)).toHaveLength(1);
    await lab.api.delete('linkedclones', 'unseen');
    await lab.gone('linkedclones', 'unseen', 'lab', PATIENCE_MS);
  }, 120_000);

  it('is replaced by its set with the same ordinal and name, after the wait; the others stay', async () => {
    await lab.applySet('crew', 'base', 4, { naming: { pattern: 'Crew##' } }, LEFT_ALONE);
    await lab.setReady('crew', 4, PATIENCE_MS);
    const before = await namedClones('crew');
    const gone = before[1] as LinkedClone;
    const lost = await watching(lab, async (saw) => {
      await destroyByHand(gone);
      await saw<LinkedCloneSet>('linkedclonesets', 'crew', 'one lost', ({ status }) => status?.lostReplicas === 1);
      const isLost = (one: LinkedClone): boolean => conditionOf(one, 'Lost')?.status === 'True';
      return saw<LinkedClone>('linkedclones', 'crew-2', 'Lost', isLost);
    });
    expect(lost.metadata.uid).toBe(gone.metadata.uid);
    const lostAt = Date.parse(conditionOf(lost, 'Lost')?.lastTransitionTime ?? '');
    const again = await cloneWhen(lab, 'crew-2', 'another one', (one) => one.metadata.uid !== gone.metadata.uid);
    expect(Date.parse(again.metadata.creationTimestamp) - lostAt).toBeGreaterThanOrEqual(2000);
    const set = await lab.setReady('crew', 4, PATIENCE_MS);
    expect(set.status?.lostReplicas).toBe(0);
    const after = await namedClones('crew');
    expect(after.map((clone) => clone.metadata.name)).toEqual(before.map((clone) => clone.metadata.name));
    for (const i of [0, 2, 3]) expect(after[i]?.metadata.uid).toBe(before[i]?.metadata.uid);
    expect((await mustVmOf(lab, again.metadata.uid)).name).toBe('Crew02');
    const ledger = await lab.vcenter.ledger();
    for (const clone of [...after, gone]) expect(cloneSuccesses(ledger, clone.metadata.uid)).toHaveLength(1);
  }, 120_000);

  it('together with many others is not replaced before somebody has looked', async () => {
    await lab.applySet('mob', 'base', 5, {}, LEFT_ALONE);
    await lab.setReady('mob', 5, PATIENCE_MS);
    const clones = await namedClones('mob');
    await lab.stopOperator(); // so that all of them are gone at once
    for (const clone of clones.slice(0, 3)) await destroyByHand(clone);
    // long enough for the last of them to be found lost before the first is replaced
    await lab.startOperator({ 'lost-after': 60 });
    const held = await lab.waitReason<LinkedCloneSet>('linkedclonesets', 'mob', 'ReplacementHeld', {
      timeoutMs: PATIENCE_MS,
    });
    expect(conditionOf(held, 'Stalled')?.reason).toBe('ReplacementHeld');
    expect(held.status).toMatchObject({ lostReplicas: 3, readyReplicas: 2 });
    await lab.applySet('after-mob', 'base', 2);
    await lab.setReady('after-mob', 2, PATIENCE_MS);
    expect((await namedClones('mob')).map((clone) => clone.metadata.uid)).toEqual(
      clones.map((clone) => clone.metadata.uid),
    );

    for (const clone of clones.slice(0, 3)) await lab.api.delete('linkedclones', clone.metadata.name);
    await lab.setReady('mob', 5, PATIENCE_MS);
    expect((await namedClones('mob')).map((clone) => clone.metadata.name)).toEqual(
      clones.map((clone) => clone.metadata.name),
    );
    await lab.stopOperator();
    await lab.startOperator();
  }, 120_000);
});

describe('a host that is not connected', () => {
  async function hostOf(ref: MoRef): Promise<MoRef> {
    return (await other.property(ref, 'runtime.host')) as MoRef;
  }

  it('concludes nothing and does nothing about its machines, and they come back', async () => {
    await lab.applySet('cut-off', 'base', 3);
    await lab.setReady('cut-off', 3, PATIENCE_MS);
    const clones = await namedClones('cut-off');
    const clone = clones.find((one) => one.status?.vm?.hostName !== PARENT_HOST) as LinkedClone;
    const ref = await refOf(clone);
    const { name } = clone.metadata;
    const host = await hostOf(ref);
    const seq = await lastSeq(lab);
    await other.run(host, 'DisconnectHost_Task');
    const away = await cloneWhen(lab, name, 'Disconnected', (one) => reasonOf(one) === 'Disconnected');
    expect(conditionOf(away, 'PoweredOn')).toMatchObject({ status: 'Unknown', reason: 'Disconnected' });
    expect(conditionOf(away, 'GuestReady')).toMatchObject({ status: 'Unknown', reason: 'Disconnected' });
    expect(conditionOf(away, 'Lost')).toBeUndefined();
    // longer than the wait for a lost clone: another one comes and goes on the hosts that are left
    await applyClone(lab, 'elsewhere', 'base');
    const elsewhere = await cloneReady(lab, 'elsewhere');
    expect((await hostOf(await refOf(elsewhere))).value).not.toBe(host.value);
    await lab.api.annotate('linkedclones', name, { touched: '1' });
    await waitUntil('three seconds of being away', async () => {
      const since = Date.parse(conditionOf(await getClone(lab, name), 'PoweredOn')?.lastTransitionTime ?? '');
      return Date.now() - since > 3000;
    });
    const still = await getClone(lab, name);
    expect(reasonOf(still)).toBe('Disconnected');
    expect(still.metadata.uid).toBe(clone.metadata.uid);
    expect(conditionOf(still, 'Lost')).toBeUndefined();
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), ref.value)).toEqual([]);

    await other.run(host, 'ReconnectHost_Task');
    await lab.setReady('cut-off', 3, PATIENCE_MS);
    expect((await namedClones('cut-off')).map((one) => one.metadata.uid)).toEqual(
      clones.map((one) => one.metadata.uid),
    );
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), ref.value)).toEqual([]);
  }, 120_000);

  it('holds a deletion until it is back', async () => {
    await applyClone(lab, 'held', 'base');
    const clone = await cloneReady(lab, 'held');
    const ref = await refOf(clone);
    const host = await hostOf(ref);
    await other.run(host, 'DisconnectHost_Task');
    await cloneWhen(lab, 'held', 'Disconnected', (one) => reasonOf(one) === 'Disconnected');
    const seq = await lastSeq(lab);
    await lab.api.delete('linkedclones', 'held');
    const blocked = await cloneWhen(lab, 'held', 'held', (one) => reasonOf(one, 'DeletionBlocked') === 'NotConnected');
    expect(conditionOf(blocked, 'DeletionBlocked')?.status).toBe('True');
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), ref.value)).toEqual([]);
    await other.run(host, 'ReconnectHost_Task');
    await lab.gone('linkedclones', 'held', 'lab', PATIENCE_MS);
    expect(await vmOf(lab, clone.metadata.uid)).toBeUndefined();
  }, 120_000);

  it('leaves open whether a machine that vanished from it is gone, until it is back', async () => {
    await lab.applySet('doubtful', 'base', 2, {}, LEFT_ALONE);
    await lab.setReady('doubtful', 2, PATIENCE_MS);
    const clone = (await namedClones('doubtful')).find(
      (one) => one.status?.vm?.hostName !== PARENT_HOST,
    ) as LinkedClone;
    const { name, uid } = clone.metadata;
    const ref = await refOf(clone);
    const host = await hostOf(ref);
    await other.run(ref, 'PowerOffVM_Task');
    await cloneWhen(lab, name, 'off', (one) => one.status?.powerState === 'PoweredOff');
    await other.run(host, 'DisconnectHost_Task');
    await cloneWhen(lab, name, 'Disconnected', (one) => reasonOf(one) === 'Disconnected');
    await other.run(ref, 'UnregisterVM');
    const unsure = await cloneWhen(
      lab,
      name,
      'unsure',
      (one) =>
        /nothing is concluded/.test(conditionOf(one, 'Ready')?.message ?? '') &&
        /can't be relied on/.test(conditionOf(one, 'Ready')?.message ?? ''),
    );
    expect(conditionOf(unsure, 'Lost')).toBeUndefined();
    await applyClone(lab, 'after-doubt', 'base');
    await cloneReady(lab, 'after-doubt');
    expect((await getClone(lab, name)).metadata.uid).toBe(uid);
    expect(conditionOf(await getClone(lab, name), 'Lost')).toBeUndefined();
    await other.run(host, 'ReconnectHost_Task');
    await cloneWhen(lab, name, 'replaced', (one) => one.metadata.uid !== uid);
    await lab.setReady('doubtful', 2, PATIENCE_MS);
  }, 120_000);
});
