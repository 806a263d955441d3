// What a clone that can't be made, or isn't what was wanted, says and does: a customization specification that isn't there
// or fails, a datastore that is full, hosts without resources. Nothing is made in vain, other sets go on, and everything
// heals by itself.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LinkedClone, LinkedCloneSet } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
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
  lastSeq,
  mustVmOf,
  secondClient,
  vmOf,
} from './support/story.ts';

const SPEED = 20;
/** Between the failure that stops a set and its first probe; before each next one twice as long. */
const RETRY_SECONDS = 2;

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory({
      datastores: [
        { name: 'shared-1', capacity: '500 GB' },
        // 4 KB are left: less than the small files of a virtual machine
        { name: 'tight', capacity: `${2 * 2 ** 30 + 4096 + 60_000} B` },
      ],
      vms: [
        parent('Tmpl'),
        parent('Tight', { datastore: 'tight', capacity: '2 GB', used: '1 GB' }),
        {
          name: 'Filler',
          folder: 'Elsewhere',
          datastore: 'tight',
          disks: [{ capacity: '1 GB', used: '1 GB', thin: false }],
        },
      ],
    }),
    speed: SPEED,
    operatorFlags: { 'capacity-retry': RETRY_SECONDS },
  });
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.applyBase('tight', 'Templates/Tight');
  for (const name of ['base', 'tight'])
    await lab.waitReason('basesnapshots', name, 'Ready', { timeoutMs: PATIENCE_MS });
  other = await secondClient(lab);
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

function waitClone(name: string, reason: string, type = 'Ready'): Promise<LinkedClone> {
  return lab.waitReason<LinkedClone>('linkedclones', name, reason, { type, timeoutMs: PATIENCE_MS });
}

function waitSet(name: string, reason: string): Promise<LinkedCloneSet> {
  return lab.waitReason<LinkedCloneSet>('linkedclonesets', name, reason, { timeoutMs: PATIENCE_MS });
}

/** Before each attempt for a clone of the set, in order: real seconds since the end of the one before. */
async function pausesOf(set: string, seq: number): Promise<number[]> {
  const uids = new Set((await lab.clonesOf(set)).map((clone) => clone.metadata.uid));
  const attempts = (await lab.vcenter.ledger(seq)).filter(
    ({ method, args }) => method === 'CloneVM_Task' && uids.has(args.instanceUuid ?? ''),
  );
  return attempts.flatMap(({ phase, time }, i) =>
    phase === 'call' ? [(Date.parse(time) - Date.parse(attempts[i - 1]?.time ?? time)) / 1000 / SPEED] : [],
  );
}

/** Five attempts, one after the other; from then on each waits twice as long as the one before, up to eight times the first. */
function expectSlowed(pauses: readonly number[]): void {
  for (const [probe, pause] of pauses.slice(5).entries())
    expect(pause).toBeGreaterThan(RETRY_SECONDS * Math.min(8, 2 ** probe) - 0.1);
}

describe('a customization specification that is not there', () => {
  it('makes no virtual machine, lists what is there, stalls after the grace time, and heals when it is stored', async () => {
    const waiting = await watching(lab, async (saw) => {
      await applyClone(lab, 'unspecified', 'base', { customization: { specName: 'later' } });
      const isMissing = (one: LinkedClone): boolean => reasonOf(one) === 'CustomizationSpecNotFound';
      return saw<LinkedClone>('linkedclones', 'unspecified', 'CustomizationSpecNotFound', isMissing);
    });
    expect(conditionOf(waiting, 'Ready')?.message).toMatch(/no customization specification "later".*"broken", "good"/);
    expect(conditionOf(waiting, 'Reconciling')?.status).toBe('True');
    const stalled = await cloneWhen(lab, 'unspecified', 'Stalled', (one) => conditionOf(one, 'Stalled') !== undefined);
    expect(reasonOf(stalled, 'Stalled')).toBe('CustomizationSpecNotFound');
    expect(stalled.status?.operation).toBeUndefined();
    expect(cloneCalls(await lab.vcenter.ledger(), stalled.metadata.uid)).toEqual([]);

    const manager = other.client.content.customizationSpecManager;
    if (manager === undefined) throw new Error('no customization specifications');
    await other.run(manager, 'DuplicateCustomizationSpec', { name: 'good', newName: 'later' });
    const healed = await cloneReady(lab, 'unspecified');
    expect(reasonOf(healed, 'Customized')).toBe('CustomizationSucceeded');
    expect(conditionOf(healed, 'Stalled')).toBeUndefined();
    expect(cloneCalls(await lab.vcenter.ledger(), healed.metadata.uid)).toHaveLength(1);
  }, 120_000);

  it('is mended for the clones of a set by editing the template', async () => {
    await lab.applySet('typo', 'base', 2, {}, { customization: { specName: 'goood' } });
    await cloneWhen(lab, 'typo-1', 'refused', (one) => reasonOf(one) === 'CustomizationSpecNotFound');
    await lab.applySet('typo', 'base', 2, {}, { customization: { specName: 'good' } });
    await lab.setReady('typo', 2, PATIENCE_MS);
    const ledger = await lab.vcenter.ledger();
    for (const clone of await lab.clonesOf('typo')) expect(cloneCalls(ledger, clone.metadata.uid)).toHaveLength(1);
  }, 120_000);
});

describe('a customization that fails', () => {
  it("says the event's reason, keeps the machine, isn't ready and isn't cloned again", async () => {
    await applyClone(lab, 'mangled', 'base', { customization: { specName: 'broken' } });
    const failed = await waitClone('mangled', 'CustomizationFailed');
    expect(conditionOf(failed, 'Customized')).toMatchObject({
      status: 'False',
      reason: 'CustomizationFailed',
      message: expect.stringMatching(/The domain controller did not answer.*reference the log file/),
    });
    expect(conditionOf(failed, 'GuestReady')).toMatchObject({ status: 'False', reason: 'CustomizationFailed' });
    expect(conditionOf(failed, 'Ready')).toMatchObject({
      status: 'False',
      message: expect.stringContaining('The domain controller did not answer'),
    });
    expect(conditionOf(failed, 'Stalled')?.status).toBe('True');
    const kept = await mustVmOf(lab, failed.metadata.uid);
    expect(kept).toMatchObject({ power: 'poweredOn', customization: 'TOOLSDEPLOYPKG_FAILED' });

    await applyClone(lab, 'after-mangled', 'base');
    await cloneReady(lab, 'after-mangled');
    const ledger = await lab.vcenter.ledger();
    expect(cloneCalls(ledger, failed.metadata.uid)).toHaveLength(1);
    expect(await vmOf(lab, failed.metadata.uid)).toMatchObject({ moRef: kept.moRef, power: 'poweredOn' });
    await lab.api.delete('linkedclones', 'mangled');
    await lab.gone('linkedclones', 'mangled', 'lab', PATIENCE_MS);
    expect(await vmOf(lab, failed.metadata.uid)).toBeUndefined();
  }, 120_000);

  it('counts as failed in its set, which waits for a human', async () => {
    await lab.applySet('mangles', 'base', 2, {}, { customization: { specName: 'broken' } });
    await waitSet('mangles', 'CloneFailures');
    const set = await waitUntil(
      'both failed',
      async () => {
        const one = await lab.api.get<LinkedCloneSet>('linkedclonesets', 'mangles');
        return one?.status?.failedReplicas === 2 ? one : undefined;
      },
      { timeoutMs: PATIENCE_MS },
    );
    expect(conditionOf(set, 'Stalled')).toMatchObject({ reason: 'CloneFailures' });
    expect(conditionOf(set, 'Ready')?.message).toContain('The domain controller did not answer');
  }, 120_000);
});

describe('a full datastore', () => {
  const SIZE = 12;

  it('is named; after five failures in a row one clone tries at a time, slowly; other sets go on; room heals it', async () => {
    const seq = await lastSeq(lab);
    await lab.applySet('crammed', 'tight', SIZE, { provisioning: { maxConcurrent: 1 } });
    const set = await waitSet('crammed', 'NoDiskSpace');
    expect(conditionOf(set, 'Ready')?.message).toContain('"tight"');
    expect(set.status?.summary).toMatch(/^NoDiskSpace/);
    const first = await waitClone('crammed-1', 'NoDiskSpace');
    expect(conditionOf(first, 'Ready')?.message).toMatch(/NoDiskSpace on datastore "tight"; retry at 20\d\d-/);
    expect(conditionOf(first, 'Reconciling')?.status).toBe('True');

    await waitUntil('five failures', async () => (await pausesOf('crammed', seq)).length >= 5);
    // the same source host, the same vCenter slots: the stopped set must not hold them
    await lab.applySet('neighbour', 'base', 10);
    await lab.setReady('neighbour', 10, PATIENCE_MS);
    const stopped = await waitSet('crammed', 'NoDiskSpace');
    expect(stopped.status?.readyReplicas).toBe(0);
    // of twelve clones that retry every 2 s there would be many more
    await waitUntil('the second probe', async () => (await pausesOf('crammed', seq)).length >= 7);
    expectSlowed(await pausesOf('crammed', seq));

    const filler = (await lab.vcenter.inventory()).vms.find((one) => one.name === 'Filler');
    await other.run(vm(filler?.moRef ?? ''), 'Destroy_Task');
    await lab.setReady('crammed', SIZE, 120_000);
    const ledger = await lab.vcenter.ledger(seq);
    for (const clone of await lab.clonesOf('crammed'))
      expect(cloneSuccesses(ledger, clone.metadata.uid)).toHaveLength(1);
  }, 240_000);
});

describe('hosts that are full when machines are to be powered on', () => {
  const SIZE = 12;

  it('stop the set before it is all made, one more tries at a time, and it goes on when there is room', async () => {
    await lab.vcenter.fault({
      match: { method: 'PowerOnVM_Task' },
      action: { taskFault: 'InsufficientResourcesFault' },
    });
    const seq = await lastSeq(lab);
    await lab.applySet('dark', 'base', SIZE, { provisioning: { maxConcurrent: 1 } });
    const set = await waitUntil(
      'the set to say that it stopped',
      async () => {
        const one = await lab.api.get<LinkedCloneSet>('linkedclonesets', 'dark');
        return conditionOf(one, 'Ready')?.message.includes('stopped after 5 failures in a row') === true
          ? one
          : undefined;
      },
      { timeoutMs: PATIENCE_MS },
    );
    expect(conditionOf(set, 'Ready')).toMatchObject({
      reason: 'InsufficientResources',
      message: expect.stringMatching(/powering on "dark-\d+" failed: .*InsufficientResourcesFault on host "esx-\d"/),
    });
    const made = async (): Promise<number> => {
      const ledger = await lab.vcenter.ledger(seq);
      const all = (await lab.clonesOf('dark')).map(({ metadata }) => cloneSuccesses(ledger, metadata.uid).length);
      return all.reduce((sum, one) => sum + one, 0);
    };
    const atStop = await made();
    expect(atStop).toBeGreaterThanOrEqual(1);
    expect(atStop).toBeLessThan(SIZE - 2);
    await waitUntil('the second probe', async () => (await made()) >= atStop + 2, { timeoutMs: PATIENCE_MS });
    expect(await made()).toBeLessThan(SIZE);

    await lab.vcenter.clearFaults();
    await lab.setReady('dark', SIZE, 120_000);
    const ledger = await lab.vcenter.ledger(seq);
    for (const clone of await lab.clonesOf('dark')) expect(cloneSuccesses(ledger, clone.metadata.uid)).toHaveLength(1);
  }, 240_000);
});

describe('a clone task that ends for want of something', () => {
  it('NoDiskSpace: names the datastore, is tried again, and is one clone in the end', async () => {
    await lab.vcenter.fault({
      match: { method: 'CloneVM_Task' },
      action: { taskFault: { type: 'NoDiskSpace', datastore: 'shared-1', file: '[shared-1] x' } },
      times: 1,
    });
    const failed = await watching(lab, async (saw) => {
      await applyClone(lab, 'squeezed', 'base');
      return saw<LinkedClone>('linkedclones', 'squeezed', 'NoDiskSpace', (one) => reasonOf(one) === 'NoDiskSpace');
    });
    expect(conditionOf(failed, 'Ready')?.message).toMatch(/NoDiskSpace on datastore "shared-1"; retry at/);
    const ready = await cloneReady(lab, 'squeezed');
    const ledger = await lab.vcenter.ledger();
    expect(cloneCalls(ledger, ready.metadata.uid)).toHaveLength(2);
    expect(cloneSuccesses(ledger, ready.metadata.uid)).toHaveLength(1);
  }, 120_000);

  it('NoDiskSpace: names the datastore that the fault does not name, at the clone and at the power-on', async () => {
    for (const method of ['CloneVM_Task', 'PowerOnVM_Task'])
      await lab.vcenter.fault({ match: { method }, action: { taskFault: 'NoDiskSpace' }, times: 1 });
    const isFull = (one: LinkedClone): boolean => reasonOf(one) === 'NoDiskSpace';
    const [refused, dark] = await watching(lab, async (saw) => {
      await applyClone(lab, 'cramped', 'base');
      return [
        await saw<LinkedClone>('linkedclones', 'cramped', 'refused', isFull),
        await saw<LinkedClone>(
          'linkedclones',
          'cramped',
          'made, but not powered on',
          (one) => isFull(one) && one.status?.vm !== undefined,
        ),
      ];
    });
    for (const failed of [refused, dark])
      expect(conditionOf(failed, 'Ready')?.message).toMatch(/NoDiskSpace on datastore "shared-\d"/);
    await cloneReady(lab, 'cramped');
  }, 120_000);

  it('InsufficientResources: names the host, at the clone and at the power-on', async () => {
    await lab.vcenter.fault({
      match: { method: 'CloneVM_Task' },
      action: { fault: 'InsufficientResourcesFault' },
      times: 1,
    });
    await lab.vcenter.fault({
      match: { method: 'PowerOnVM_Task' },
      action: { taskFault: 'InsufficientMemoryResourcesFault' },
      times: 1,
    });
    const isStarved = (one: LinkedClone): boolean => reasonOf(one) === 'InsufficientResources';
    const [refused, dark] = await watching(lab, async (saw) => {
      await applyClone(lab, 'starved', 'base');
      return [
        await saw<LinkedClone>('linkedclones', 'starved', 'refused', isStarved),
        await saw<LinkedClone>(
          'linkedclones',
          'starved',
          'made, but not powered on',
          (one) => one.status?.vm !== undefined && isStarved(one),
        ),
      ];
    });
    expect(conditionOf(refused, 'Ready')?.message).toMatch(/InsufficientResourcesFault.* on host "esx-\d"; retry at/);
    const { host } = await mustVmOf(lab, dark.metadata.uid);
    expect(conditionOf(dark, 'Ready')?.message).toContain(`InsufficientMemoryResourcesFault`);
    expect(conditionOf(dark, 'Ready')?.message).toContain(`on host "${host}"`);
    const ready = await cloneReady(lab, 'starved');
    expect(cloneSuccesses(await lab.vcenter.ledger(), ready.metadata.uid)).toHaveLength(1);
  }, 120_000);

  it('any other fault, five times in a row, stops the set, which says so until a clone succeeds', async () => {
    await lab.vcenter.fault({ match: { method: 'CloneVM_Task' }, action: { taskFault: 'FileLocked' } });
    const seq = await lastSeq(lab);
    await lab.applySet('jammed', 'base', 8, { provisioning: { maxConcurrent: 1 } });
    const set = await waitSet('jammed', 'StoppedAfterFailures');
    expect(conditionOf(set, 'Stalled')?.reason).toBe('StoppedAfterFailures');
    expect(conditionOf(set, 'Ready')?.message).toContain('FileLocked');
    const pauses = await pausesOf('jammed', seq); // a slow look may see probes
    expect(pauses.length).toBeGreaterThanOrEqual(5);
    expectSlowed(pauses);
    await lab.vcenter.clearFaults();
    await lab.setReady('jammed', 8, 120_000);
  }, 180_000);
});
