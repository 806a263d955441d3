// The name that a clone is to have belongs to somebody else's machine: said with where and since when, that machine isn't
// touched, the other clones go on, and it heals when the name is free. A vCenter notices at the start of a clone or only at
// its end, so everything is shown in both ways.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LinkedCloneSet } from '../../../src/api/types.generated.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import { vm } from '../../support/second-client.ts';
import type { SecondClient } from '../../support/second-client.ts';
import type { SimulatedVm } from '../../support/simulator-admin.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
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
  operatorCallsOn,
  secondClient,
  vmOf,
} from './support/story.ts';

function stranger(name: string): Record<string, unknown> {
  return { name, folder: 'Labs/lab', memory: '64 MB', disks: [{ capacity: '1 GB', used: '1 MB' }], power: 'on' };
}

describe.each(['start', 'end'])('a vCenter that finds a taken name at the %s of a clone', (when) => {
  const directory = useTemporaryDirectory();
  let lab: Lab;
  let other: SecondClient;

  beforeAll(async () => {
    const taken = ['Taken02', 'Next02', ...[1, 2, 3, 4, 5, 6].map((n) => `Many0${n}`)];
    lab = await Lab.start({
      directory,
      inventory: inventory({ vms: [parent('Tmpl'), ...taken.map(stranger)] }),
      simulatorFlags: { 'duplicate-name': when },
    });
    await lab.applyBase('base', 'Templates/Tmpl');
    await lab.waitReason('basesnapshots', 'base', 'Ready', { timeoutMs: PATIENCE_MS });
    other = await secondClient(lab);
  }, 120_000);

  afterAll(async () => {
    await other?.close();
    await lab?.stop();
  }, 120_000);

  async function named(name: string): Promise<SimulatedVm> {
    const found = (await lab.vcenter.inventory()).vms.filter((one) => one.name === name);
    expect(found).toHaveLength(1);
    return found[0] as SimulatedVm;
  }

  it('says whose it is, leaves it alone, makes the others, and heals when it is gone', async () => {
    const before = await named('Taken02');
    await lab.applySet('taken', 'base', 3, { naming: { pattern: 'Taken##' } });
    const clone = await cloneWhen(lab, 'taken-2', 'NameConflict', (one) => reasonOf(one) === 'NameConflict');
    expect(conditionOf(clone, 'Stalled')?.status).toBe('True');
    expect(conditionOf(clone, 'Ready')?.message).toMatch(
      new RegExp(
        `^the name "Taken02" belongs to another virtual machine: /DC0/vm/Labs/lab/Taken02 \\(${before.moRef}\\), not made by this operator, there since 20\\d\\d-.*; it isn't touched`,
      ),
    );
    const set = await lab.waitReason<LinkedCloneSet>('linkedclonesets', 'taken', 'NameConflict', {
      timeoutMs: PATIENCE_MS,
    });
    expect(conditionOf(set, 'Stalled')?.reason).toBe('NameConflict');
    await cloneReady(lab, 'taken-1');
    await cloneReady(lab, 'taken-3');
    expect(await named('Taken02')).toEqual(before);
    expect(await vmOf(lab, clone.metadata.uid)).toBeUndefined();

    await other.run(vm(before.moRef), 'PowerOffVM_Task');
    await other.run(vm(before.moRef), 'Destroy_Task');
    await lab.setReady('taken', 3, PATIENCE_MS);
    expect((await getClone(lab, 'taken-2')).metadata.uid).toBe(clone.metadata.uid);
    expect((await mustVmOf(lab, clone.metadata.uid)).name).toBe('Taken02');
    const ledger = await lab.vcenter.ledger();
    expect(operatorCallsOn(ledger, before.moRef)).toEqual([]);
    expect(cloneSuccesses(ledger, clone.metadata.uid)).toHaveLength(1);
  }, 180_000);

  it('is no failure that stops a set: what has a free name is made', async () => {
    await lab.applySet('many', 'base', 8, { naming: { pattern: 'Many##' }, provisioning: { maxConcurrent: 1 } });
    await cloneReady(lab, 'many-7');
    await cloneReady(lab, 'many-8');
    const set = await lab.waitReason<LinkedCloneSet>('linkedclonesets', 'many', 'NameConflict', {
      timeoutMs: PATIENCE_MS,
    });
    expect(conditionOf(set, 'Ready')?.message).not.toContain('stopped');
    await lab.api.delete('linkedclonesets', 'many');
    await lab.gone('linkedclonesets', 'many', 'lab', PATIENCE_MS);
    for (const n of [1, 2, 3, 4, 5, 6]) expect((await named(`Many0${n}`)).power).toBe('poweredOn');
    expect((await lab.vcenter.inventory()).vms.filter((one) => /^Many0[78]$/.test(one.name))).toEqual([]);
  }, 180_000);

  it('is stepped over by a set that says NextOrdinal', async () => {
    const before = await named('Next02');
    await lab.applySet('next', 'base', 3, {
      naming: { pattern: 'Next##' },
      provisioning: { onNameConflict: 'NextOrdinal' },
    });
    await lab.setReady('next', 3, PATIENCE_MS);
    const clones = await lab.clonesOf('next');
    expect(clones.map((clone) => clone.metadata.name).toSorted()).toEqual(['next-1', 'next-3', 'next-4']);
    const ledger = await lab.vcenter.ledger();
    for (const clone of clones) expect(cloneSuccesses(ledger, clone.metadata.uid)).toHaveLength(1);
    expect(await named('Next02')).toEqual(before);
    expect(operatorCallsOn(ledger, before.moRef)).toEqual([]);
    const names = (await lab.vcenter.inventory()).vms.map((one) => one.name).filter((name) => name.startsWith('Next'));
    expect(names.toSorted()).toEqual(['Next01', 'Next02', 'Next03', 'Next04']);
  }, 180_000);

  it('names the LinkedClone where the other machine is one of ours', async () => {
    await applyClone(lab, 'first', 'base', { vmName: 'Double' });
    const first = await cloneReady(lab, 'first');
    await applyClone(lab, 'second', 'base', { vmName: 'Double' });
    const second = await cloneWhen(lab, 'second', 'NameConflict', (one) => reasonOf(one) === 'NameConflict');
    expect(conditionOf(second, 'Ready')?.message).toContain('made for lab/first');
    expect((await named('Double')).instanceUuid).toBe(first.metadata.uid);
    // it is given up: nothing of the first one's goes with it
    await lab.api.delete('linkedclones', 'second');
    await lab.gone('linkedclones', 'second', 'lab', PATIENCE_MS);
    expect((await named('Double')).instanceUuid).toBe(first.metadata.uid);
    expect(cloneCalls(await lab.vcenter.ledger(), first.metadata.uid)).toHaveLength(1);
  }, 180_000);
});
