// What happens to machines while no operator looks: destroyed, registered again under another reference, made and destroyed
// between a clone's end and the first look at it. What was made once is never made twice, what moved is followed also by a
// deletion, and an object whose machine is gone can always be deleted, whatever its policy.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import { vm } from '../../support/second-client.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { inventory } from './support/inventory.ts';
import {
  PATIENCE_MS,
  applyClone,
  cloneCalls,
  cloneObserved,
  cloneReady,
  cloneSuccesses,
  cloneWhen,
  getClone,
  mustVmOf,
  secondClient,
  vmOf,
} from './support/story.ts';

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory(),
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

beforeEach(async () => {
  await lab.vcenter.clearFaults();
  await lab.vcenter.clock({ speed: 20 });
  if (lab.operator === undefined) await lab.startOperator();
});

/** Machines that stay off when somebody switches them off, so that they can be destroyed. */
const LEFT_ALONE = { powerPolicy: 'OnceOn' } as const;

async function refOf(clone: LinkedClone): Promise<MoRef> {
  return vm((await mustVmOf(lab, clone.metadata.uid)).moRef);
}

async function destroyByHand(clone: LinkedClone): Promise<void> {
  const ref = await refOf(clone);
  if ((await mustVmOf(lab, clone.metadata.uid)).power === 'poweredOn') await other.run(ref, 'PowerOffVM_Task');
  await other.run(ref, 'Destroy_Task');
}

function lostClone(name: string): Promise<LinkedClone> {
  return cloneWhen(lab, name, 'Lost', (one) => conditionOf(one, 'Lost')?.status === 'True');
}

/** A clone task of that clone began; the operator is killed. */
async function killDuringClone(name: string): Promise<LinkedClone> {
  const clone = await cloneWhen(lab, name, 'an intent', (one) => one.status?.operation !== undefined);
  await waitUntil('the call', async () => cloneCalls(await lab.vcenter.ledger(), clone.metadata.uid).length === 1, {
    timeoutMs: PATIENCE_MS,
    intervalMs: 10,
  });
  await lab.killOperator();
  return clone;
}

/** Waits until its clone task is on record: that rides on any write of its status, so it's given reasons for one until then. */
async function taskNoted(name: string): Promise<LinkedClone> {
  let timeoutSeconds = 900;
  return waitUntil(
    `the task of ${name}`,
    async () => {
      timeoutSeconds += 1;
      await lab.api.patch('linkedclones', name, { spec: { readiness: { timeoutSeconds } } });
      await cloneObserved(lab, name);
      const clone = await getClone(lab, name);
      return clone.status?.operation?.taskMoRef === undefined ? undefined : clone;
    },
    { timeoutMs: PATIENCE_MS },
  );
}

async function cloneEnded(clone: LinkedClone): Promise<void> {
  await waitUntil(
    'the end of the clone',
    async () => cloneSuccesses(await lab.vcenter.ledger(), clone.metadata.uid).length === 1,
    { timeoutMs: PATIENCE_MS, intervalMs: 20 },
  );
}

describe('a clone that is to be retained, and whose machine was destroyed', () => {
  it('can be deleted', async () => {
    await applyClone(lab, 'kept', 'base', { ...LEFT_ALONE, deletionPolicy: 'Retain' });
    await destroyByHand(await cloneReady(lab, 'kept'));
    await lostClone('kept');
    await lab.api.delete('linkedclones', 'kept');
    await lab.gone('linkedclones', 'kept', 'lab', PATIENCE_MS);
    expect(await lab.api.get('linkedclones', 'kept')).toBeUndefined();
  }, 120_000);

  it('is replaced by its set', async () => {
    await lab.applySet('keepers', 'base', 2, {}, { ...LEFT_ALONE, deletionPolicy: 'Retain' });
    await lab.setReady('keepers', 2, PATIENCE_MS);
    const before = await getClone(lab, 'keepers-1');
    await destroyByHand(before);
    await cloneWhen(lab, 'keepers-1', 'another one', (one) => one.metadata.uid !== before.metadata.uid);
    await lab.setReady('keepers', 2, PATIENCE_MS);
    expect(await lab.clonesOf('keepers')).toHaveLength(2);
  }, 120_000);
});

describe('a machine that was registered again while its object was being deleted', () => {
  it.each([
    ['goes with it, with Delete', 'Delete'],
    ['is marked and stays, with Retain', 'Retain'],
  ] as const)(
    '%s',
    async (_, deletionPolicy) => {
      const name = `moved-${deletionPolicy.toLowerCase()}`;
      await applyClone(lab, name, 'base', { powerPolicy: 'Off', deletionPolicy });
      const clone = await cloneReady(lab, name);
      const ref = await refOf(clone);
      const folder = (await other.property(ref, 'parent')) as MoRef;
      const pool = (await other.property(ref, 'resourcePool')) as MoRef;
      await lab.stopOperator();
      await other.run(ref, 'UnregisterVM');
      const path = clone.status?.vm?.vmPathName ?? '';
      const registered = await other.run(folder, 'RegisterVM_Task', { path, asTemplate: false, pool });
      expect(registered?.value).not.toBe(ref.value);
      await lab.api.delete('linkedclones', name);
      await lab.startOperator();
      await lab.gone('linkedclones', name, 'lab', PATIENCE_MS);
      const left = await vmOf(lab, clone.metadata.uid);
      if (deletionPolicy === 'Delete') expect(left).toBeUndefined();
      else expect(left).toMatchObject({ moRef: registered?.value, marker: { state: 'retained' } });
    },
    120_000,
  );
});

describe('a machine that was made and destroyed between two lives of the operator', () => {
  it('is Lost by what the event history tells, and not made a second time', async () => {
    await lab.vcenter.clock({ speed: 1 }); // its clock goes as ours does, as a real one's
    await applyClone(lab, 'blink', 'base');
    const clone = await killDuringClone('blink');
    expect(clone.status?.operation?.taskMoRef).toBeUndefined();
    await cloneEnded(clone);
    await destroyByHand(clone);
    await lab.startOperator();
    const lost = await lostClone('blink');
    expect(lost.status?.vm).toBeUndefined();
    expect(cloneCalls(await lab.vcenter.ledger(), clone.metadata.uid)).toHaveLength(1);
    await lab.api.delete('linkedclones', 'blink');
    await lab.gone('linkedclones', 'blink', 'lab', PATIENCE_MS);
  }, 120_000);

  it('is replaced by its set with another object', async () => {
    await lab.vcenter.clock({ speed: 1 });
    await lab.applySet('short', 'base', 1);
    const clone = await killDuringClone('short-1');
    await cloneEnded(clone);
    await destroyByHand(clone);
    await lab.startOperator();
    const again = await cloneWhen(lab, 'short-1', 'another one', (one) => one.metadata.uid !== clone.metadata.uid);
    await lab.setReady('short', 1, PATIENCE_MS);
    const ledger = await lab.vcenter.ledger();
    expect(cloneCalls(ledger, clone.metadata.uid)).toHaveLength(1);
    expect(cloneSuccesses(ledger, again.metadata.uid)).toHaveLength(1);
  }, 120_000);

  it('is something else than one of an earlier object with its name', async () => {
    await lab.vcenter.clock({ speed: 1 });
    await applyClone(lab, 'twice', 'base', { powerPolicy: 'Off' });
    await cloneReady(lab, 'twice');
    const madeAt = Date.now();
    await lab.api.delete('linkedclones', 'twice');
    await lab.gone('linkedclones', 'twice', 'lab', PATIENCE_MS);
    // more than the two clocks may be off
    await waitUntil('seconds between the two', () => Date.now() - madeAt > 8000, { timeoutMs: PATIENCE_MS });
    await lab.vcenter.fault({
      match: { method: 'CloneVM_Task' },
      action: { delayMs: 1500, reset: 'before' },
      times: 1,
    });
    const seen = (await lab.vcenter.stats()).calls['CloneVM_Task'] ?? 0;
    await applyClone(lab, 'twice', 'base', { powerPolicy: 'Off' });
    await waitUntil('the call', async () => ((await lab.vcenter.stats()).calls['CloneVM_Task'] ?? 0) > seen, {
      timeoutMs: PATIENCE_MS,
      intervalMs: 10,
    });
    await lab.killOperator();
    expect((await getClone(lab, 'twice')).status?.operation).toBeDefined();
    await lab.startOperator();
    const made = await cloneReady(lab, 'twice');
    expect(cloneSuccesses(await lab.vcenter.ledger(), made.metadata.uid)).toHaveLength(1);
  }, 120_000);

  it('is known by its task, where a status write took that along', async () => {
    await lab.vcenter.clock({ speed: 0.2 });
    await applyClone(lab, 'noted', 'base');
    const noted = await taskNoted('noted');
    await lab.killOperator();
    await lab.vcenter.clock({ speed: 20 });
    await cloneEnded(noted);
    await destroyByHand(noted);
    await lab.startOperator();
    await lostClone('noted');
    expect(cloneCalls(await lab.vcenter.ledger(), noted.metadata.uid)).toHaveLength(1);
  }, 120_000);

  it('still runs: a task that was noted is followed to its end', async () => {
    await lab.vcenter.clock({ speed: 0.2 });
    await applyClone(lab, 'followed', 'base');
    await taskNoted('followed');
    await lab.killOperator();
    await lab.startOperator();
    await lab.vcenter.clock({ speed: 20 });
    const clone = await cloneReady(lab, 'followed');
    expect(clone.status?.operation).toBeUndefined();
    expect(cloneCalls(await lab.vcenter.ledger(), clone.metadata.uid)).toHaveLength(1);
  }, 120_000);
});

describe('notes that were changed while the machine could not be reached', () => {
  it('are written when it can be, also by the next operator', async () => {
    await applyClone(lab, 'noticed', 'base', { notes: 'first' });
    const clone = await cloneReady(lab, 'noticed');
    const ref = await refOf(clone);
    const host = (await other.property(ref, 'runtime.host')) as MoRef;
    await other.run(host, 'DisconnectHost_Task');
    await cloneWhen(lab, 'noticed', 'Disconnected', (one) => reasonOf(one) === 'Disconnected');
    await lab.api.patch('linkedclones', 'noticed', { spec: { notes: 'second' } });
    await cloneWhen(lab, 'noticed', 'observed', (one) => one.status?.observedGeneration === one.metadata.generation);
    await lab.stopOperator();
    await other.run(host, 'ReconnectHost_Task');
    await lab.startOperator();
    const annotation = (): Promise<unknown> => other.property(ref, 'config.annotation');
    await waitUntil('the notes', async () => (await annotation()) !== 'first', { timeoutMs: PATIENCE_MS });
    expect(await annotation()).toBe('second');
  }, 120_000);
});
