// Slots go to those who can use them: what a clone or a base asked for and can't use any more, because a host is away or
// something else came in between, is given back, and nobody behind it waits for ever.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, reasonOf } from '../../support/lab.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { vm } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, snapshotsOf } from './support/bases.ts';
import { inventory, parent } from './support/inventory.ts';
import {
  PATIENCE_MS,
  applyClone,
  cloneReady,
  cloneWhen,
  getClone,
  lastSeq,
  mustVmOf,
  secondClient,
} from './support/story.ts';

jest.setTimeout(180_000);

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({ directory, inventory: inventory({ vms: [parent('Tmpl'), parent('Shared')] }) });
  other = await secondClient(lab);
  await lab.applyVCenter({ limits: { powerOps: 1 } });
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.waitReason('basesnapshots', 'base', 'Ready', LONG);
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

/** What takes seconds takes minutes. */
async function slowly(): Promise<void> {
  await lab.vcenter.clock({ speed: 0.1 });
}

async function fast(): Promise<void> {
  await lab.vcenter.clock({ speed: 20 });
}

async function calledSince(seq: number, method: string): Promise<void> {
  await waitUntil(
    `a call of ${method}`,
    async () => (await lab.vcenter.ledger(seq)).some((entry) => entry.phase === 'call' && entry.method === method),
    LONG,
  );
}

/** A clone that is powered off and stays so until `powerOn`; its VM. */
async function poweredOff(name: string, host: string): Promise<MoRef> {
  await applyClone(lab, name, 'base', { powerPolicy: 'Off', placement: { host } });
  const made = await cloneReady(lab, name);
  return vm(made.status?.vm?.moRef ?? '');
}

/** Settles when the operator has seen it. */
async function powerOn(name: string): Promise<void> {
  await lab.api.patch('linkedclones', name, { spec: { powerPolicy: 'AlwaysOn' } });
  await cloneWhen(lab, name, 'seen', (one) => one.status?.observedGeneration === one.metadata.generation);
}

describe('the only slot for power operations', () => {
  it('is not kept by a clone whose host went away while it waited: the next one is powered on', async () => {
    await poweredOff('holder', 'esx-1');
    const waiter = await poweredOff('waiter', 'esx-2');
    await poweredOff('behind', 'esx-3');
    await slowly();
    const seq = await lastSeq(lab);
    await powerOn('holder');
    await calledSince(seq, 'PowerOnVM_Task');
    await powerOn('waiter');
    const host = (await other.property(waiter, 'runtime.host')) as MoRef;
    await other.run(host, 'DisconnectHost_Task');
    await lab.waitReason('linkedclones', 'waiter', 'Disconnected', LONG);
    await powerOn('behind');
    await fast();
    for (const name of ['holder', 'behind']) {
      const { metadata } = await cloneWhen(lab, name, 'powered on', (one) => one.status?.powerState === 'PoweredOn');
      expect((await mustVmOf(lab, metadata.uid)).power).toBe('poweredOn');
    }
    expect(reasonOf(await getClone(lab, 'waiter'))).toBe('Disconnected');
    await other.run(host, 'ReconnectHost_Task');
    await cloneWhen(lab, 'waiter', 'powered on', (one) => one.status?.powerState === 'PoweredOn');
  });
});

describe('a set whose maxConcurrent is raised while its clones wait', () => {
  it('has more of them made at once, without waiting for the end of the first', async () => {
    await slowly();
    const seq = await lastSeq(lab);
    const calls = async (): Promise<number> =>
      (await lab.vcenter.ledger(seq)).filter(({ phase, method }) => phase === 'call' && method === 'CloneVM_Task')
        .length;
    await lab.applySet('raised', 'base', 3, { provisioning: { maxConcurrent: 1 } }, { powerPolicy: 'Off' });
    await waitUntil(
      'three intents',
      async () => (await lab.clonesOf('raised')).filter((clone) => clone.status?.operation !== undefined).length === 3,
      LONG,
    );
    await waitUntil('the first call', async () => (await calls()) === 1, LONG);
    await lab.applySet('raised', 'base', 3, { provisioning: { maxConcurrent: 3 } }, { powerPolicy: 'Off' });
    await waitUntil('the other calls', async () => (await calls()) === 3, LONG);
    const ended = (await lab.vcenter.ledger(seq)).filter(
      ({ phase, method }) => phase === 'end' && method === 'CloneVM_Task',
    );
    expect(ended).toEqual([]);
    await fast();
    await lab.setReady('raised', 3, PATIENCE_MS);
  });
});

describe('a base that waits for a clone of its source before it removes its snapshot', () => {
  it('lets clones of other bases of that source begin when something holds it meanwhile', async () => {
    await lab.applyBase('stays', 'Templates/Shared', { snapshot: { existing: { name: 'release' } } });
    await lab.applyBase('goes', 'Templates/Shared', {
      snapshot: { create: { name: 'ours' } },
      deletionPolicy: 'Delete',
    });
    for (const name of ['stays', 'goes']) await lab.waitReason('basesnapshots', name, 'Ready', LONG);
    await slowly();
    const seq = await lastSeq(lab);
    await applyClone(lab, 'running', 'stays', { powerPolicy: 'Off' });
    await calledSince(seq, 'CloneVM_Task');
    await lab.api.delete('basesnapshots', 'goes');
    await lab.waitReason('basesnapshots', 'goes', 'WaitingForSlot', LONG);
    await lab.applySet('late', 'goes', 0);
    await lab.waitReason('basesnapshots', 'goes', 'DependentsExist', { ...LONG, type: 'DeletionBlocked' });
    await fast();
    await cloneReady(lab, 'running');
    await applyClone(lab, 'next', 'stays', { powerPolicy: 'Off' });
    await cloneReady(lab, 'next');
    expect((await snapshotsOf(lab, 'Shared')).map(({ name }) => name)).toContain('ours');
    // and it goes on in its turn when nothing holds it any more
    await lab.api.delete('linkedclonesets', 'late');
    await lab.gone('basesnapshots', 'goes', 'lab', PATIENCE_MS);
    expect((await snapshotsOf(lab, 'Shared')).map(({ name }) => name)).toEqual(['release']);
  });
});
