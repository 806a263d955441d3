// A full copy that this process didn't make itself, or not a moment ago: removed where vCenter's events prove that nobody has
// used it, else kept for good.
import { describe, expect, it } from '@jest/globals';
import type { Condition } from '../../../../src/api/types.generated.ts';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { fullCopyRemoved, verifyPhase } from '../../../../src/controllers/linked-clone/verify.ts';
import { VM, deletedClone, intended, living, onStage, source, victim } from '../support/deleting-clone.ts';
import { condition } from '../support/objects.ts';
import { chain, disk, ref } from '../support/vm.ts';

const FAT = { 'config.hardware.device': [disk(2000, chain('[ds] web-01/web-01.vmdk'))] };
/** One disk on the base, one that stands on its own. */
const HALF_FAT = {
  'config.hardware.device': [
    disk(2000, chain('[ds] web-01/web-01.vmdk', '[ds] win/win.vmdk')),
    disk(2001, chain('[ds] web-01/web-01_1.vmdk')),
  ],
};
const TWO_DISKS = {
  'config.hardware.device': [disk(2000, chain('[ds] win/win.vmdk')), disk(2001, chain('[ds] win/w2.vmdk'))],
};
const MADE = { $type: 'VmClonedEvent', key: 1, chainId: 1, vm: { name: 'web-01', vm: VM } };
const VERDICT = condition('Linked', 'False', 'FullCopy');

function happened($type: string): Record<string, unknown> {
  return { $type, key: 2, chainId: 2, vm: { name: 'web-01', vm: VM } };
}

/** The operator started and the search found the VM; `conditions` is what was stored before. */
function stage(events: readonly unknown[] | undefined, conditions: Condition[] = [VERDICT], fields = {}) {
  const clone = intended(living(deletedClone()), { snapshot: 'snapshot-1' });
  const vms = {
    'vm-10': victim({ ...FAT, ...fields }),
    'snapshot-1': { 'config.hardware.device': [disk(2000, chain('[ds] win/win.vmdk'))] },
  };
  const rig = onStage({ vms, clone: { ...clone, status: { ...clone.status, conditions } }, ...(events && { events }) });
  rig.scope.memory.result = VM;
  return { ...rig, vms };
}

async function said(scope: CloneScope): Promise<string> {
  return verifyPhase(scope).then(
    () => 'recorded',
    (error: unknown) => `${(error as { reason?: string }).reason ?? ''}: ${(error as Error).message}`,
  );
}

function linked({ draft }: CloneScope): string | undefined {
  return draft.find('Linked')?.reason;
}

describe('a full copy that the search found', () => {
  it('is removed when the events prove that it was never used', async () => {
    const { scope, calls } = stage([MADE]);
    expect(await said(scope)).toMatch(/^NotLinked: .*it's removed again/);
    expect(calls).toEqual(['QueryEvents', 'destroy vm-10']);
  });

  it.each([
    ['it ran', [MADE, happened('VmPoweredOnEvent'), happened('VmPoweredOffEvent')]],
    ['it was moved to other storage', [MADE, happened('VmRelocatedEvent')]],
    ['the history does not reach back to its making', []],
    ['the history has the making of another alone', [{ ...MADE, vm: { name: 'web-02', vm: ref('vm-11') } }]],
    ['the answer is empty', undefined],
  ])('is kept when %s, whatever was stored', async (_, events) => {
    for (const conditions of [[VERDICT], []]) {
      const { scope, calls } = stage(events, conditions);
      expect(await said(scope)).toMatch(
        /^NotLinked: .*it isn't touched: delete this object to remove it, with deletionPolicy Retain/,
      );
      expect(calls).toEqual(['QueryEvents']);
      expect(linked(scope)).toBe('FullCopyKept');
    }
  });

  it('stays kept when it is seen off later', async () => {
    const running = stage([MADE], [], { 'runtime.powerState': 'poweredOn' });
    expect(await said(running.scope)).toContain("and runs; it isn't touched");
    expect([linked(running.scope), running.calls]).toEqual(['FullCopyKept', []]);
    const later = stage([MADE], [condition('Linked', 'False', 'FullCopyKept')]);
    Object.assign(later.scope.memory, { called: true, resultOfTask: true });
    expect(await said(later.scope)).toContain("it isn't touched");
    expect([linked(later.scope), later.calls]).toEqual(['FullCopyKept', []]);
  });

  it('is kept as well when it came out of a task of another life', async () => {
    const { scope, calls } = stage([MADE, happened('VmPoweredOnEvent')]);
    scope.memory.resultOfTask = true;
    expect(await said(scope)).toContain("it isn't touched");
    expect(calls).toEqual(['QueryEvents']);
  });

  it('whose removal had to wait is asked about like any other, and kept when it was used meanwhile', async () => {
    const { scope, calls } = stage([MADE, happened('VmPoweredOnEvent'), happened('VmPoweredOffEvent')]);
    Object.assign(scope.memory, { called: true, resultOfTask: true });
    expect(await said(scope)).toContain("it isn't touched");
    expect([linked(scope), calls]).toEqual(['FullCopyKept', ['QueryEvents']]);
  });

  it('waits for the event of its making, which may be late, where this process made it itself', async () => {
    const { scope, calls } = stage([]);
    Object.assign(scope.memory, { called: true, resultOfTask: true });
    expect(await said(scope)).toMatch(/^NotLinked: .*once vCenter's events tell that nobody has used it/);
    expect([linked(scope), calls]).toEqual(['FullCopy', ['QueryEvents']]);
  });

  it('is not taken away with a disk that somebody attached to it', async () => {
    const attached = [...FAT['config.hardware.device'], disk(2005, chain('[ds] data/data.vmdk'))];
    const { scope, calls } = stage([MADE], [VERDICT], { 'config.hardware.device': attached });
    expect(await said(scope)).toMatch(/^NotLinked: .*that waits: disks that aren't its own are attached: .*data\.vmdk/);
    expect(calls).toEqual(['QueryEvents']);
  });

  it('is not destroyed once it was powered on after it was looked at', async () => {
    const { scope, connection, calls, vms } = stage([MADE]);
    const get = connection.victims.get.bind(connection.victims);
    connection.victims.get = async (machine) => {
      Object.assign(vms['vm-10'], { 'runtime.powerState': 'poweredOn' });
      return get(machine);
    };
    expect(await said(scope)).toMatch(/^NotLinked: /);
    expect(calls).toEqual(['QueryEvents']);
    expect(connection.slots.delete.inFlight).toBe(0);
  });

  it('is removed only while the machine of the base is registered, where a disk of it still stands on the base', async () => {
    const { scope, calls, vms, clock } = stage([MADE], [VERDICT], HALF_FAT);
    Object.assign(vms, { 'snapshot-1': TWO_DISKS });
    expect(await said(scope)).toMatch(/^NotLinked: .*isn't registered in the vCenter.*: register it again/);
    expect(calls).toEqual(['QueryEvents']);
    Object.assign(vms, { 'vm-1': source() });
    await clock.advance(60_000);
    expect(await said(scope)).toMatch(/^NotLinked: .*it's removed again/);
    expect(calls).toEqual(['QueryEvents', 'QueryEvents', 'destroy vm-10']);
  });

  it('is not removed on what was seen of the base before a slow look at the Lease', async () => {
    const { scope, calls, vms, clock } = stage([MADE], [VERDICT], HALF_FAT);
    Object.assign(vms, { 'vm-1': source(), 'snapshot-1': TWO_DISKS });
    const guard = { mayDestroy: () => clock.advance(3_000) };
    Object.assign(scope.runtime, { guard: { ...scope.runtime.guard, ...guard } });
    expect(await said(scope)).toMatch(/^NotLinked: /);
    expect(calls).toEqual(['QueryEvents']);
    guard.mayDestroy = async () => undefined;
    Object.assign(scope.runtime, { guard: { ...scope.runtime.guard, ...guard } });
    expect(await said(scope)).toMatch(/^NotLinked: /);
    expect(calls).toContain('destroy vm-10');
  });
});

describe('a full copy that was removed', () => {
  it('leaves its places under the limits to others', () => {
    const { scope, connection } = stage([MADE]);
    connection.admissions.admit('base uid-win', scope.uid);
    expect(connection.admissions.count('base uid-win', [], 'another')).toBe(1);
    expect(() => fullCopyRemoved(scope)).toThrow('was removed');
    expect(connection.admissions.count('base uid-win', [], 'another')).toBe(0);
    expect(scope.draft.status.operation).toBeUndefined();
  });
});
