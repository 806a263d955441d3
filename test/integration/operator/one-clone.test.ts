// The way of one clone to a machine that is ready: CloneVM's arguments, its disks, its status, and a user's knobs.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BaseSnapshot, LinkedCloneSet } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import { vm } from '../../support/second-client.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { inventory, parent } from './support/inventory.ts';
import {
  PATIENCE_MS,
  applyClone,
  cloneCalls,
  cloneReady,
  cloneSeconds,
  cloneSuccesses,
  cloneWhen,
  eventNotes,
  getClone,
  lastSeq,
  mustVmOf,
  operatorCallsOn,
  secondClient,
  vmOf,
  vmWhen,
} from './support/story.ts';

/** Between two tries of a task on a machine that failed: a quarter of --retry-max. */
const RETRY_SECONDS = 2;

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    operatorFlags: { 'retry-max': 4 * RETRY_SECONDS },
    inventory: inventory({
      vms: [
        parent('Tmpl'),
        parent('Mute', { guest: { tools: false } }),
        parent('Dark', { networks: ['Dark Network'] }),
      ],
    }),
  });
  for (const [name, path] of [
    ['base', 'Templates/Tmpl'],
    ['mute', 'Templates/Mute'],
    ['dark', 'Templates/Dark'],
  ] as const)
    await lab.applyBase(name, path);
  for (const name of ['base', 'mute', 'dark'])
    await lab.waitReason('basesnapshots', name, 'Ready', { timeoutMs: PATIENCE_MS });
  other = await secondClient(lab);
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

async function clusterId(): Promise<string> {
  const namespace = await lab.api.get<{ metadata: { uid: string } }>('namespaces', 'kube-system');
  return namespace?.metadata.uid ?? '';
}

describe('a clone made by hand', () => {
  it('is cloned by delta disks, with its identity inside the call', async () => {
    await applyClone(lab, 'hand-made', 'base', { vmName: 'Hand Made 1' });
    const clone = await cloneReady(lab, 'hand-made');
    const { uid } = clone.metadata;
    const base = await lab.api.get<BaseSnapshot>('basesnapshots', 'base');
    const ledger = await lab.vcenter.ledger();
    expect(cloneSuccesses(ledger, uid)).toHaveLength(1);
    const [call, ...more] = cloneCalls(ledger, uid);
    expect(more).toEqual([]);
    expect(call?.target).toBe(base?.status?.source?.moRef);
    expect(call?.args).toMatchObject({
      name: 'Hand Made 1',
      snapshot: base?.status?.snapshot?.moRef,
      instanceUuid: uid,
      diskMoveType: 'createNewChildDiskBacking',
    });
    expect(JSON.parse(call?.args.marker ?? '')).toEqual({
      cluster: await clusterId(),
      namespace: 'lab',
      name: 'hand-made',
      uid,
      instanceUuid: uid,
    });

    const made = await mustVmOf(lab, uid);
    const source = (await lab.vcenter.inventory()).vms.find((one) => one.name === 'Tmpl');
    expect(made).toMatchObject({ name: 'Hand Made 1', folder: '/DC0/vm/Labs/lab', power: 'poweredOn' });
    expect(made.disks).toHaveLength(1);
    const [own, ...below] = made.disks[0]?.chain.map((link) => link.file) ?? [];
    expect(own).toMatch(/^\[shared-1\] Hand Made 1\//);
    // the parent writes to a delta of its own; what both stand on is the file under the snapshot
    expect(below).toEqual(source?.disks[0]?.chain.slice(1).map((link) => link.file));
    expect(below.at(-1)).toBe('[shared-1] Tmpl/Tmpl.vmdk');
  }, 120_000);

  it('says what was proven, where it is, how long it took and what it takes', async () => {
    await applyClone(lab, 'described', 'base', {
      vmName: 'Described1',
      customization: { specName: 'good' },
      readiness: { require: ['PoweredOn', 'ToolsRunning', 'IPAssigned', 'CustomizationSucceeded'] },
    });
    const { status, metadata } = await cloneReady(lab, 'described');
    const made = await mustVmOf(lab, metadata.uid);
    const reasons = { Ready: 'Ready', Cloned: 'Cloned', Linked: 'DeltaDisks', Customized: 'CustomizationSucceeded' };
    for (const [type, reason] of Object.entries({ ...reasons, PoweredOn: 'PoweredOn', GuestReady: 'GuestReady' }))
      expect(conditionOf({ status: status ?? {} }, type)).toMatchObject({
        status: 'True',
        reason,
        observedGeneration: 1,
      });
    expect(status?.conditions?.map((one) => one.type)).not.toEqual(expect.arrayContaining(['Stalled']));
    expect(status).toMatchObject({
      powerState: 'PoweredOn',
      guestHostname: 'Described1',
      chainDepth: 2,
      addresses: [made.ipAddress],
      vm: {
        moRef: made.moRef,
        instanceUuid: metadata.uid,
        name: 'Described1',
        hostName: made.host,
        datastoreName: 'shared-1',
      },
      vCenter: { name: 'vc' },
    });
    expect(made.ipAddress).toMatch(/^10\.20\./);
    expect(status?.operation).toBeUndefined();
    const took = cloneSeconds(await lab.vcenter.ledger(), metadata.uid);
    expect(took).toBeGreaterThanOrEqual(5);
    expect(Math.abs(Number(status?.timings?.cloneSeconds) - took)).toBeLessThanOrEqual(1);
    const { readySeconds, customizeSeconds } = status?.timings ?? {};
    for (const seconds of [readySeconds, customizeSeconds]) expect(seconds).toBeGreaterThanOrEqual(0);
  }, 120_000);

  it('has storage figures of its own disks, without the swap file', async () => {
    await applyClone(lab, 'measured', 'base', { vmName: 'Measured' });
    const clone = await cloneWhen(
      lab,
      'measured',
      'storage figures with the first boot in them',
      (one) => (one.status?.storage?.unsharedBytes ?? 0) >= 16 * 2 ** 20,
    );
    const made = await mustVmOf(lab, clone.metadata.uid);
    const swap = 64 * 2 ** 20;
    expect(clone.status?.storage?.unsharedBytes).toBe(made.unsharedBytes - swap);
    expect(clone.status?.storage?.delta).toBe('16 MiB');
  }, 120_000);
});

describe('a small set', () => {
  it('names by ordinal, one marked machine for each clone, and sums up', async () => {
    await lab.applySet(
      'demo',
      'base',
      3,
      { naming: { pattern: 'Demo##' } },
      { customization: { specName: 'good', hostname: 'demo-host-##' } },
    );
    const set = await lab.setReady('demo', 3, PATIENCE_MS);
    const clones = (await lab.clonesOf('demo')).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    expect(clones.map((clone) => clone.metadata.name)).toEqual(['demo-1', 'demo-2', 'demo-3']);
    const ledger = await lab.vcenter.ledger();
    for (const [i, clone] of clones.entries()) {
      const made = await mustVmOf(lab, clone.metadata.uid);
      expect(made).toMatchObject({ name: `Demo0${i + 1}`, hostName: `demo-host-0${i + 1}` });
      expect(made.marker).toMatchObject({ namespace: 'lab', name: clone.metadata.name, uid: clone.metadata.uid });
      expect(cloneCalls(ledger, clone.metadata.uid)).toHaveLength(1);
    }
    expect(set.status).toMatchObject({ replicas: 3, readyReplicas: 3, failedReplicas: 0, summary: 'Ready 3/3' });
    expect(set.status?.storage?.fullCloneBytes).toBe(3 * 8 * 2 ** 30);
  }, 120_000);
});

describe('powerPolicy', () => {
  it('Off keeps it off, counts as ready, and can be changed both ways', async () => {
    await applyClone(lab, 'kept-off', 'base', { powerPolicy: 'Off' });
    const clone = await cloneReady(lab, 'kept-off');
    const made = await mustVmOf(lab, clone.metadata.uid);
    expect(made.power).toBe('poweredOff');
    expect(clone.status?.powerState).toBe('PoweredOff');
    expect(operatorCallsOn(await lab.vcenter.ledger(), made.moRef)).toEqual([]);

    await lab.api.patch('linkedclones', 'kept-off', { spec: { powerPolicy: 'AlwaysOn' } });
    await vmWhen(lab, made.moRef, 'on', (one) => one.power === 'poweredOn');
    await cloneWhen(
      lab,
      'kept-off',
      'PoweredOn and Ready',
      (one) => one.status?.powerState === 'PoweredOn' && reasonOf(one) === 'Ready',
    );
    await lab.api.patch('linkedclones', 'kept-off', { spec: { powerPolicy: 'Off' } });
    await vmWhen(lab, made.moRef, 'off', (one) => one.power === 'poweredOff');
    await cloneWhen(
      lab,
      'kept-off',
      'PoweredOff and Ready',
      (one) => one.status?.powerState === 'PoweredOff' && reasonOf(one) === 'Ready',
    );
    await lab.api.patch('linkedclones', 'kept-off', { spec: { hardware: { cpus: 2 } } });
    await waitForProperty(made.moRef, 'config.hardware.numCPU', 2);
  }, 120_000);

  it('OnceOn powers it on when it is made and then leaves it to its user', async () => {
    await applyClone(lab, 'once-on', 'base', { powerPolicy: 'OnceOn' });
    const { metadata } = await cloneReady(lab, 'once-on');
    const made = await vmWhen(lab, (await mustVmOf(lab, metadata.uid)).moRef, 'on', (one) => one.power === 'poweredOn');
    const seq = await lastSeq(lab);
    await other.run(vm(made.moRef), 'PowerOffVM_Task');
    const off = await cloneWhen(
      lab,
      'once-on',
      'seen off and still ready',
      (one) => one.status?.powerState === 'PoweredOff' && reasonOf(one) === 'Ready',
    );
    expect(conditionOf(off, 'GuestReady')).toMatchObject({ status: 'False', reason: 'PoweredOff' });
    await other.run(vm(made.moRef), 'PowerOnVM_Task');
    await cloneWhen(
      lab,
      'once-on',
      'seen on again',
      (one) => one.status?.powerState === 'PoweredOn' && reasonOf(one) === 'Ready',
    );
    expect(operatorCallsOn(await lab.vcenter.ledger(seq), made.moRef)).toEqual([]);
  }, 120_000);

  it('Manual never touches it', async () => {
    await applyClone(lab, 'manual', 'base', { powerPolicy: 'Manual' });
    const { metadata } = await cloneReady(lab, 'manual');
    const made = await mustVmOf(lab, metadata.uid);
    expect(made.power).toBe('poweredOff');
    await other.run(vm(made.moRef), 'PowerOnVM_Task');
    await cloneWhen(lab, 'manual', 'seen on', (one) => one.status?.powerState === 'PoweredOn');
    await other.run(vm(made.moRef), 'PowerOffVM_Task');
    await cloneWhen(
      lab,
      'manual',
      'seen off',
      (one) => one.status?.powerState === 'PoweredOff' && reasonOf(one) === 'Ready',
    );
    expect(operatorCallsOn(await lab.vcenter.ledger(), made.moRef)).toEqual([]);
  }, 120_000);
});

describe('hardware and notes', () => {
  it('are in the CloneVM call; changed ones follow: notes at once, hardware at the next power cycle', async () => {
    await applyClone(lab, 'hardened', 'base', {
      hardware: { cpus: 2, coresPerSocket: 2, memoryMiB: 128 },
      notes: 'on {base} at {snapshot}, made {createdAt}, for {assignedTo}; {nobody} stays',
    });
    const clone = await cloneReady(lab, 'hardened');
    const made = vm((await mustVmOf(lab, clone.metadata.uid)).moRef);
    const cpus = (): Promise<unknown> => other.property(made, 'config.hardware.numCPU');
    expect(await cpus()).toBe(2);
    expect(await other.property(made, 'config.hardware.memoryMB')).toBe(128);
    expect(await other.property(made, 'config.annotation')).toMatch(
      /^on base at release, made 20\d\d-\d\d-\d\dT[\d:.]+Z, for ; \{nobody\} stays$/,
    );
    expect(operatorCallsOn(await lab.vcenter.ledger(), made.value).map((call) => call.method)).toEqual([
      'PowerOnVM_Task',
    ]);

    const seq = await lastSeq(lab);
    await lab.api.patch('linkedclones', 'hardened', {
      spec: { notes: 'mended', hardware: { cpus: 4, memoryMiB: 256 } },
    });
    await waitForProperty(made.value, 'config.annotation', 'mended');
    await cloneWhen(lab, 'hardened', 'observed', (one) => one.status?.observedGeneration === one.metadata.generation);
    expect(await cpus()).toBe(2);
    await other.run(made, 'PowerOffVM_Task');
    await waitForProperty(made.value, 'config.hardware.numCPU', 4);
    await vmWhen(lab, made.value, 'on again', (one) => one.power === 'poweredOn');
    expect(await other.property(made, 'config.hardware.memoryMB')).toBe(256);
    const methods = operatorCallsOn(await lab.vcenter.ledger(seq), made.value).map((call) => call.method);
    expect(methods).toEqual(['ReconfigVM_Task', 'ReconfigVM_Task', 'PowerOnVM_Task']);
  }, 120_000);
});

describe('a change of the machine that vCenter refuses', () => {
  it('is said, tried again at its own pace and no faster, and done in the end', async () => {
    await applyClone(lab, 'refused', 'base', { hardware: { cpus: 1 }, notes: 'first' });
    const made = vm((await mustVmOf(lab, (await cloneReady(lab, 'refused')).metadata.uid)).moRef);
    await lab.vcenter.fault({
      match: { method: 'ReconfigVM_Task', object: made.value },
      action: { taskFault: 'InvalidState' },
    });
    const seq = await lastSeq(lab);
    const reconfigures = async (): Promise<number> =>
      operatorCallsOn(await lab.vcenter.ledger(seq), made.value).filter((call) => call.method === 'ReconfigVM_Task')
        .length;
    await lab.api.patch('linkedclones', 'refused', { spec: { notes: 'second' } });
    await waitUntil(
      'a word about the notes',
      async () => (await eventNotes(lab, 'refused', 'NotesFailed')).length > 0,
      {
        timeoutMs: PATIENCE_MS,
      },
    );
    expect(reasonOf(await getClone(lab, 'refused'))).toBe('Ready');
    await lab.vcenter.clearFaults();
    await waitForProperty(made.value, 'config.annotation', 'second');

    await lab.vcenter.fault({
      match: { method: 'ReconfigVM_Task', object: made.value },
      action: { taskFault: 'InvalidState' },
    });
    await lab.api.patch('linkedclones', 'refused', { spec: { hardware: { cpus: 3 } } });
    const [before, startedAt] = [await reconfigures(), Date.now()];
    await other.run(made, 'PowerOffVM_Task');
    const failed = await lab.waitReason('linkedclones', 'refused', 'HardwareFailed', { timeoutMs: PATIENCE_MS });
    expect(conditionOf(failed, 'Ready')?.message).toMatch(
      /^changing the hardware of "refused", which is off, failed: Reconf.*InvalidState/,
    );
    for (let nth = 0; nth < 8; nth += 1) {
      // each of these wakes the operator, and none of them is a reason to try again
      await lab.api.annotate('linkedclones', 'refused', { nth: String(nth) });
      await cloneWhen(lab, 'refused', 'still failed', (one) => reasonOf(one) === 'HardwareFailed');
    }
    const allowed = 1 + Math.ceil((Date.now() - startedAt) / (RETRY_SECONDS * 1000));
    expect((await reconfigures()) - before).toBeLessThanOrEqual(allowed);
    await lab.vcenter.clearFaults();
    await cloneReady(lab, 'refused');
    expect(await other.property(made, 'config.hardware.numCPU')).toBe(3);
  }, 120_000);
});

function waitForProperty(moRef: string, path: string, value: unknown): Promise<unknown> {
  return waitUntil(
    `${path} of ${moRef} to be ${String(value)}`,
    async () => ((await other.property(vm(moRef), path)) === value ? value : undefined),
    { timeoutMs: PATIENCE_MS },
  );
}

describe('host name', () => {
  it('is set by customization.hostname; one that Windows refuses makes no machine', async () => {
    await applyClone(lab, 'named', 'base', { customization: { specName: 'good', hostname: 'pc-1' } });
    expect((await cloneReady(lab, 'named')).status?.guestHostname).toBe('pc-1');
    await applyClone(lab, 'a-name-of-far-too-many-letters', 'base', { customization: { specName: 'good' } });
    const refused = await lab.waitReason('linkedclones', 'a-name-of-far-too-many-letters', 'InvalidHostname', {
      timeoutMs: PATIENCE_MS,
    });
    expect(conditionOf(refused, 'Stalled')?.status).toBe('True');
    expect(conditionOf(refused, 'Ready')?.message).toMatch(/at most 15 for Windows: set customization\.hostname/);
    expect(cloneCalls(await lab.vcenter.ledger(), refused.metadata.uid)).toEqual([]);
    expect(await vmOf(lab, refused.metadata.uid)).toBeUndefined();
    await lab.api.patch('linkedclones', 'a-name-of-far-too-many-letters', {
      spec: { customization: { hostname: 'short' } },
    });
    expect((await cloneReady(lab, 'a-name-of-far-too-many-letters')).status?.guestHostname).toBe('short');
  }, 120_000);
});

describe('readiness', () => {
  it('IPAssigned waits for an address, times out, and is still taken when it gets there', async () => {
    await applyClone(lab, 'unaddressed', 'dark', { readiness: { require: ['IPAssigned'], timeoutSeconds: 1 } });
    const stalled = await lab.waitReason('linkedclones', 'unaddressed', 'ReadinessTimeout', { timeoutMs: PATIENCE_MS });
    expect(conditionOf(stalled, 'Stalled')?.status).toBe('True');
    expect(conditionOf(stalled, 'Ready')?.message).toBe('IPAssigned not reached within 1 s of power-on');
    expect(conditionOf(stalled, 'GuestReady')).toMatchObject({ status: 'False', reason: 'WaitingForAddress' });
    const { moRef } = await mustVmOf(lab, stalled.metadata.uid);
    const network = await other.at('DC0/network/VM Network');
    const devices = (await other.property(vm(moRef), 'config.hardware.device')) as readonly Record<string, unknown>[];
    const card = devices.find((device) => device['macAddress'] !== undefined);
    const backing = { $type: 'VirtualEthernetCardNetworkBackingInfo', deviceName: 'VM Network', network };
    const deviceChange = [{ $type: 'VirtualDeviceConfigSpec', operation: 'edit', device: { ...card, backing } }];
    await other.run(vm(moRef), 'ReconfigVM_Task', { spec: { deviceChange } });
    await other.run(vm(moRef), 'ResetVM_Task');
    const ready = await cloneReady(lab, 'unaddressed');
    expect(ready.status?.addresses).toEqual([(await mustVmOf(lab, ready.metadata.uid)).ipAddress]);
    expect(conditionOf(ready, 'Stalled')).toBeUndefined();
  }, 120_000);

  it('ToolsRunning is not met by a guest without VMware Tools; asking for less is enough', async () => {
    await applyClone(lab, 'silent', 'mute', {
      readiness: { require: ['PoweredOn', 'ToolsRunning'], timeoutSeconds: 1 },
    });
    const stalled = await lab.waitReason('linkedclones', 'silent', 'ReadinessTimeout', { timeoutMs: PATIENCE_MS });
    expect(stalled.metadata.uid).toBe((await getClone(lab, 'silent')).metadata.uid);
    expect(conditionOf(stalled, 'GuestReady')).toMatchObject({ status: 'False', reason: 'WaitingForTools' });
    expect((await mustVmOf(lab, stalled.metadata.uid)).power).toBe('poweredOn');
    await lab.api.patch('linkedclones', 'silent', { spec: { readiness: { require: ['PoweredOn'] } } });
    await cloneReady(lab, 'silent');
  }, 120_000);

  it('a set counts what is ready, and says what fails', async () => {
    await lab.applySet('silents', 'mute', 2, {}, { readiness: { require: ['ToolsRunning'], timeoutSeconds: 1 } });
    const set = await lab.waitReason<LinkedCloneSet>('linkedclonesets', 'silents', 'CloneFailures', {
      timeoutMs: PATIENCE_MS,
    });
    expect(set.status).toMatchObject({ readyReplicas: 0, replicas: 2 });
  }, 120_000);
});
