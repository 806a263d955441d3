// The snapshot under a base: pinned once and for all, so one that is gone or replaced by its namesake stops new clones and
// touches nothing; and one that the operator takes itself is taken once, whatever becomes of the reply or the process.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BaseSnapshot, LinkedCloneSet } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { vm } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, changesSince, machineNamed, messageOf, saysSoon, snapshotsOf } from './support/bases.ts';
import { inventory, parent } from './support/inventory.ts';
import { watching } from './support/saw.ts';
import { applyClone, lastSeq, secondClient } from './support/story.ts';

jest.setTimeout(180_000);

const TAKE_AND_REMOVE = {
  snapshot: { create: { name: 'ours', description: 'made for the class' } },
  deletionPolicy: 'Delete',
};

const LOST = Array.from({ length: 6 }, (_, i) => `Lost reply ${i}`);

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  const names = ['Removed', 'Replaced', 'Taken', ...LOST, 'Never arrived', 'Crash', 'Deleted early', 'Doubled', 'Full'];
  names.push('Swapped', 'Not swapped', 'Swapped and deleted', 'Not swapped and deleted');
  lab = await Lab.start({
    directory,
    // 20 simulated seconds are one real one: long enough that the operator looks while the task runs
    inventory: inventory({ vms: names.map((name) => parent(name)), durations: { createSnapshot: 20 } }),
  });
  other = await secondClient(lab);
  await lab.waitReason('vcenters', 'vc', 'Connected', LONG);
}, 120_000);

afterEach(() => lab.vcenter.clearFaults());

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

async function callsOf(method: string, target: string): Promise<LedgerEntry[]> {
  return (await lab.vcenter.ledger()).filter(
    (entry) => entry.phase === 'call' && entry.method === method && entry.target === target,
  );
}

/** Marker of a base at the end of the description of its snapshot. */
async function markerOf(base: BaseSnapshot): Promise<string> {
  const system = await lab.api.get<{ metadata: { uid: string } }>('namespaces', 'kube-system');
  return `[linkedclone.dev/owner=${system?.metadata.uid ?? ''}/${base.metadata.uid ?? ''}]`;
}

async function baseNamed(name: string): Promise<BaseSnapshot> {
  const base = await lab.api.get<BaseSnapshot>('basesnapshots', name);
  if (base === undefined) throw new Error(`there is no base ${name}`);
  return base;
}

/** The base is Ready on the one snapshot with its marker, and CreateSnapshot was called as often as said. */
async function expectTakenOnce(name: string, parentName: string, calls = 1): Promise<void> {
  const base = await lab.waitReason<BaseSnapshot>('basesnapshots', name, 'Ready', LONG);
  const marker = await markerOf(base);
  const marked = (await snapshotsOf(lab, parentName)).filter(({ description }) => description?.endsWith(marker));
  expect(marked.map(({ moRef }) => moRef)).toEqual([base.status?.snapshot?.moRef]);
  expect(base.status?.snapshot).toMatchObject({ name: 'ours', createdByOperator: true });
  expect(base.status?.operation).toBeUndefined();
  const { moRef } = await machineNamed(lab, parentName);
  expect(await callsOf('CreateSnapshot_Task', moRef)).toHaveLength(calls);
}

describe('a pinned snapshot', () => {
  it('removed behind our back: SnapshotFound=False, clones untouched, no new ones, and they can still be deleted', async () => {
    await lab.applyBase('removed', 'Templates/Removed');
    await lab.applySet('removed', 'removed', 2);
    await lab.setReady('removed', 2);
    const [snapshot] = await snapshotsOf(lab, 'Removed');
    const before = await lastSeq(lab);
    await other.run({ type: 'VirtualMachineSnapshot', value: snapshot?.moRef ?? '' }, 'RemoveSnapshot_Task', {
      removeChildren: false,
    });
    const base = await lab.waitReason<BaseSnapshot>('basesnapshots', 'removed', 'SnapshotGone', LONG);
    expect(conditionOf(base, 'SnapshotFound')).toMatchObject({ status: 'False', reason: 'SnapshotGone' });
    expect(conditionOf(base, 'Stalled')?.status).toBe('True');
    expect(messageOf(base)).toContain(snapshot?.moRef);

    await lab.api.scale('removed', 3);
    const set = await saysSoon<LinkedCloneSet>(lab, 'linkedclonesets', 'removed', {
      reason: 'BaseSnapshotNotReady',
      text: 'is gone',
    });
    expect(set.status).toMatchObject({ replicas: 2, readyReplicas: 2 });
    await applyClone(lab, 'late', 'removed');
    await saysSoon(lab, 'linkedclones', 'late', { reason: 'BaseSnapshotNotReady', text: 'is gone' });
    await lab.api.delete('linkedclones', 'late');
    await lab.gone('linkedclones', 'late', 'lab', LONG.timeoutMs);
    for (const clone of await lab.clonesOf('removed')) {
      expect(conditionOf(clone, 'Ready')?.status).toBe('True');
      expect(conditionOf(clone, 'Linked')?.status).toBe('True');
      const machine = await machineNamed(lab, clone.status?.vm?.name ?? '');
      expect(machine.power).toBe('poweredOn');
      expect(machine.disks.flatMap(({ chain }) => chain).filter((file) => file.missing)).toEqual([]);
    }
    expect(await changesSince(lab, before)).toEqual([]);

    await lab.api.scale('removed', 0);
    await lab.setReady('removed', 0);
    expect(await lab.clonesOf('removed')).toEqual([]);
    const left = await machineNamed(lab, 'Removed');
    expect(left.disks.flatMap(({ chain }) => chain).filter((file) => file.missing)).toEqual([]);
  });

  it('replaced by one of the same name: never taken for it, not by a new process either', async () => {
    await lab.applyBase('replaced', 'Templates/Replaced', { snapshot: { existing: { name: 'release' } } });
    await lab.applySet('replaced', 'replaced', 1);
    await lab.setReady('replaced', 1);
    const [pinned] = await snapshotsOf(lab, 'Replaced');
    const source = await machineNamed(lab, 'Replaced');
    const before = await lastSeq(lab);
    await other.run({ type: 'VirtualMachineSnapshot', value: pinned?.moRef ?? '' }, 'RemoveSnapshot_Task', {
      removeChildren: false,
    });
    await other.run(vm(source.moRef), 'CreateSnapshot_Task', { name: 'release', memory: false, quiesce: false });
    const namesake = { reason: 'SnapshotGone', text: 'another snapshot of the same name' };
    await saysSoon(lab, 'basesnapshots', 'replaced', namesake);
    await lab.api.scale('replaced', 2);
    await saysSoon(lab, 'linkedclonesets', 'replaced', { reason: 'BaseSnapshotNotReady', text: 'is gone' });

    await lab.stopOperator();
    await lab.startOperator();
    await lab.api.annotate('basesnapshots', 'replaced', { 'test/look-again': 'yes' });
    // the new process has looked at everything when it answers for an object that it can't know from before
    await lab.applyBase('replaced-2', 'Templates/Replaced', { snapshot: { existing: { name: 'release' } } });
    await lab.waitReason('basesnapshots', 'replaced-2', 'Ready', LONG);
    const base = await saysSoon<BaseSnapshot>(lab, 'basesnapshots', 'replaced', namesake);
    expect(base.status?.snapshot?.moRef).toBe(pinned?.moRef);
    expect(await lab.clonesOf('replaced')).toHaveLength(1);
    expect(await changesSince(lab, before)).toEqual([]);
  });
});

describe('a snapshot that the operator takes', () => {
  it('carries its marker, and clones stand on it', async () => {
    await lab.applyBase('taken', 'Templates/Taken', TAKE_AND_REMOVE);
    await expectTakenOnce('taken', 'Taken');
    const ours = (await snapshotsOf(lab, 'Taken')).find(({ name }) => name === 'ours');
    expect(ours?.description).toMatch(/^made for the class\n\[linkedclone\.dev\/owner=/);
    await lab.applySet('taken', 'taken', 1);
    await lab.setReady('taken', 1);
    // the base file, the frozen delta above it, and the clone's own
    expect((await machineNamed(lab, 'taken-01')).disks[0]?.chain).toHaveLength(3);
  });

  it('replies lost after they were applied: found again, no duplicate, whenever the task ends between two looks', async () => {
    const { username } = lab.simulator;
    // slow reads: tasks end between the look at the snapshots and the look at the tasks, too
    await lab.vcenter.fault({ match: { method: 'RetrievePropertiesEx', caller: username }, action: { delayMs: 150 } });
    const lost = { match: { method: 'CreateSnapshot_Task' }, action: { reset: 'after' }, times: LOST.length };
    await lab.vcenter.fault(lost);
    await Promise.all(LOST.map((name, i) => lab.applyBase(`lost-${i}`, `Templates/${name}`, TAKE_AND_REMOVE)));
    for (const [i, name] of LOST.entries()) await expectTakenOnce(`lost-${i}`, name);
  });

  it('call that never arrived: made again', async () => {
    await lab.vcenter.fault({ match: { method: 'CreateSnapshot_Task' }, action: { reset: 'before' }, times: 1 });
    await lab.applyBase('never', 'Templates/Never arrived', TAKE_AND_REMOVE);
    await expectTakenOnce('never', 'Never arrived');
  });

  it('operator killed while the call is on its way: the intent was stored before, the snapshot is found, not taken twice', async () => {
    const before = (await lab.vcenter.stats()).calls['CreateSnapshot_Task'] ?? 0;
    // less than the Lease of the killed one lasts
    await lab.vcenter.fault({ match: { method: 'CreateSnapshot_Task' }, action: { delayMs: 5000 }, times: 1 });
    await lab.applyBase('crash', 'Templates/Crash', TAKE_AND_REMOVE);
    await waitUntil(
      'the call',
      async () => ((await lab.vcenter.stats()).calls['CreateSnapshot_Task'] ?? 0) > before,
      LONG,
    );
    await lab.killOperator();
    const { moRef } = await machineNamed(lab, 'Crash');
    expect((await baseNamed('crash')).status?.operation).toMatchObject({
      type: 'CreateSnapshot',
      sourceVm: moRef,
      snapshotName: 'ours',
    });
    await lab.startOperator();
    await expectTakenOnce('crash', 'Crash');
  });

  it('deleted while the outcome is unknown: the snapshot is found and removed, nothing is left', async () => {
    await lab.vcenter.fault({ match: { method: 'CreateSnapshot_Task' }, action: { reset: 'after' }, times: 1 });
    await lab.applyBase('early', 'Templates/Deleted early', TAKE_AND_REMOVE);
    const { moRef } = await machineNamed(lab, 'Deleted early');
    await waitUntil('the call', async () => (await callsOf('CreateSnapshot_Task', moRef)).length === 1, LONG);
    await lab.api.delete('basesnapshots', 'early');
    await lab.gone('basesnapshots', 'early', 'lab', LONG.timeoutMs);
    // the task may end after its object is gone: only then it shows whether anybody waited for it
    await waitUntil(
      'the end of CreateSnapshot_Task',
      async () =>
        (await lab.vcenter.ledger()).some(
          ({ phase, method, target }) => phase === 'end' && method === 'CreateSnapshot_Task' && target === moRef,
        ),
      LONG,
    );
    expect((await snapshotsOf(lab, 'Deleted early')).map(({ name }) => name)).toEqual(['release']);
    expect(await callsOf('CreateSnapshot_Task', moRef)).toHaveLength(1);
  });

  describe('operator killed before the answer, the parent renamed and another machine in its place', () => {
    /** Applies a base of `name`; when its snapshot is being taken the operator ends, and then `heir` gets the name. */
    async function swap(base: string, name: string, heir: string): Promise<{ source: string; other: string }> {
      const [source, taking] = [await machineNamed(lab, name), await machineNamed(lab, heir)];
      await lab.applyBase(base, `Templates/${name}`, TAKE_AND_REMOVE);
      await waitUntil('the call', async () => (await callsOf('CreateSnapshot_Task', source.moRef)).length === 1, LONG);
      await lab.killOperator();
      await waitUntil('the snapshot', async () => (await snapshotsOf(lab, name)).length === 2, LONG);
      await other.run(vm(source.moRef), 'Rename_Task', { newName: `${name} (old)` });
      await other.run(vm(taking.moRef), 'Rename_Task', { newName: name });
      return { source: source.moRef, other: taking.moRef };
    }

    it('the snapshot that was asked for is found: one in all', async () => {
      const machines = await swap('swapped', 'Swapped', 'Not swapped');
      await lab.startOperator();
      const base = await lab.waitReason<BaseSnapshot>('basesnapshots', 'swapped', 'Ready', LONG);
      expect(base.status?.source).toMatchObject({ moRef: machines.source, name: 'Swapped (old)' });
      expect(base.status?.snapshot).toMatchObject({ name: 'ours', createdByOperator: true });
      expect((await snapshotsOf(lab, 'Swapped (old)')).map(({ name }) => name)).toEqual(['release', 'ours']);
      expect(await callsOf('CreateSnapshot_Task', machines.source)).toHaveLength(1);
      expect(await callsOf('CreateSnapshot_Task', machines.other)).toEqual([]);
    });

    it('deleted meanwhile: it is found and removed, and nothing is done to the other machine', async () => {
      const machines = await swap('swapped-away', 'Swapped and deleted', 'Not swapped and deleted');
      await lab.api.delete('basesnapshots', 'swapped-away');
      await lab.startOperator();
      await lab.gone('basesnapshots', 'swapped-away', 'lab', LONG.timeoutMs);
      const names = (await snapshotsOf(lab, 'Swapped and deleted (old)')).map(({ name }) => name);
      expect(names).toEqual(['release']);
      expect(await callsOf('CreateSnapshot_Task', machines.other)).toEqual([]);
    });
  });

  it('two snapshots with its marker: Ambiguous, none is touched; with one left it goes on', async () => {
    const rule = { match: { method: 'CreateSnapshot_Task' }, action: { http: 503 } };
    await lab.vcenter.fault({ ...rule, match: { ...rule.match, caller: lab.simulator.username } });
    await lab.applyBase('doubled', 'Templates/Doubled', TAKE_AND_REMOVE);
    const marker = await markerOf(
      await lab.waitReason<BaseSnapshot>('basesnapshots', 'doubled', 'OutcomeUnknown', LONG),
    );
    const { moRef } = await machineNamed(lab, 'Doubled');
    const take = async (name: string): Promise<string> => {
      const args = { name, description: marker, memory: false, quiesce: false };
      return (await other.run(vm(moRef), 'CreateSnapshot_Task', args))?.value ?? '';
    };
    // both at once, or the first would be found before the second is there
    await lab.stopOperator();
    const [first, second] = [await take('ours'), await take('ours')];
    await lab.startOperator();
    await lab.vcenter.clearFaults();
    const before = await lastSeq(lab);
    const base = await saysSoon<BaseSnapshot>(lab, 'basesnapshots', 'doubled', { reason: 'Ambiguous', text: first });
    expect(messageOf(base)).toContain(second);
    expect(conditionOf(base, 'SnapshotFound')).toMatchObject({ status: 'Unknown', reason: 'Ambiguous' });
    expect(base.status?.snapshot).toBeUndefined();
    expect(await changesSince(lab, before)).toEqual([]);
    await other.run({ type: 'VirtualMachineSnapshot', value: second }, 'RemoveSnapshot_Task', {
      removeChildren: false,
    });
    const healed = await lab.waitReason<BaseSnapshot>('basesnapshots', 'doubled', 'Ready', LONG);
    expect(healed.status?.snapshot?.moRef).toBe(first);
    expect(await changesSince(lab, before)).toEqual([]);
  });

  it('refused by a fault of the task: said with the fault, tried again', async () => {
    await lab.vcenter.fault({
      match: { method: 'CreateSnapshot_Task' },
      action: { taskFault: 'NoDiskSpace' },
      times: 1,
    });
    await watching(lab, async (saw) => {
      await lab.applyBase('full', 'Templates/Full', TAKE_AND_REMOVE);
      const isFailed = (one: BaseSnapshot): boolean => reasonOf(one) === 'SnapshotFailed';
      expect(messageOf(await saw('basesnapshots', 'full', 'SnapshotFailed', isFailed))).toContain('NoDiskSpace');
    });
    await expectTakenOnce('full', 'Full', 2);
  });
});
