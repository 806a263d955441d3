// Where clones may go: on another datastore than the base's only where every host that may run them sees both, on a named
// host only if that can take them; else refused before anything is done, with host, datastore and what to do. A set whose
// source's host was away goes on when it's back. The longest name that a set may have makes a clone.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { LinkedClone, LinkedCloneSet } from '../../../src/api/types.generated.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { Lab, conditionOf } from '../../support/lab.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, changesSince, machineNamed, messageOf, saysSoon } from './support/bases.ts';
import { inventory, parent } from './support/inventory.ts';
import { PATIENCE_MS, applyClone, cloneCalls, cloneReady, lastSeq, mustVmOf, secondClient } from './support/story.ts';

jest.setTimeout(180_000);

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory({
      clusters: [
        { name: 'Lab Cluster', hosts: ['esx-1', 'esx-2', 'esx-3'] },
        { name: 'Far Cluster', hosts: ['far-1'] },
      ],
      datastores: [
        { name: 'shared-1', capacity: '500 GB', hosts: ['esx-1', 'esx-2', 'esx-3', 'far-1'] },
        { name: 'shared-2', capacity: '500 GB', hosts: ['esx-1', 'esx-2', 'esx-3'] },
        { name: 'near', capacity: '500 GB', hosts: ['esx-1'] },
      ],
      vms: [
        parent('Tmpl', { host: 'esx-3', datastore: 'shared-1' }),
        parent('Near', { host: 'esx-1', datastore: 'near' }),
      ],
    }),
    // an attempt that failed isn't repeated within these tests, unless something wakes it
    operatorFlags: { 'capacity-retry': 600, 'retry-max': 600 },
  });
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.applyBase('near', 'Templates/Near');
  for (const name of ['base', 'near']) await lab.waitReason('basesnapshots', name, 'Ready', LONG);
  other = await secondClient(lab);
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

async function hostNamed(name: string, cluster = 'Lab Cluster'): Promise<MoRef> {
  return other.at(`DC0/host/${cluster}/${name}`);
}

function refused(name: string, reason: string, text: string): Promise<LinkedClone> {
  return saysSoon<LinkedClone>(lab, 'linkedclones', name, { reason, text });
}

describe('a set with the longest name', () => {
  it('makes its clones', async () => {
    const name = `long-${'x'.repeat(58)}`;
    await lab.applySet(name, 'base', 2, { naming: { pattern: 'Long##' } });
    const set = await lab.setReady(name, 2, PATIENCE_MS);
    expect(set.status?.upToDateReplicas).toBe(2);
    const [clone] = await lab.clonesOf(name);
    expect(clone?.metadata.labels).toMatchObject({
      'linkedclone.dev/set': name,
      'linkedclone.dev/revision': set.status?.updateRevision,
    });
  });
});

describe("another datastore than the base's", () => {
  it('has the clone where every host sees both', async () => {
    await applyClone(lab, 'moved', 'base', { placement: { datastore: 'shared-2' } });
    const clone = await cloneReady(lab, 'moved');
    expect(clone.status?.vm?.datastoreName).toBe('shared-2');
    const made = await mustVmOf(lab, clone.metadata.uid);
    expect(made.disks[0]?.chain.map(({ file }) => file.split(' ')[0])).toEqual(['[shared-2]', '[shared-1]']);
  });

  it("is refused where hosts see it and not the base's; the base's own is not", async () => {
    const before = await lastSeq(lab);
    await applyClone(lab, 'blind', 'near', { placement: { datastore: 'shared-1' } });
    const clone = await refused('blind', 'PlacementInvalid', '"esx-2", "esx-3" don\'t see "near": mount it there, or');
    expect(conditionOf(clone, 'Stalled')?.status).toBe('True');
    expect(clone.status?.operation).toBeUndefined();
    expect(await changesSince(lab, before)).toEqual([]);
    await lab.api.patch('linkedclones', 'blind', { spec: { placement: null } });
    await cloneReady(lab, 'blind');
    expect((await machineNamed(lab, 'blind')).host).toBe('esx-1');
  });
});

describe('a host that the placement names', () => {
  it.each([
    [
      'doesnt-see',
      'near',
      { host: 'esx-2' },
      'PlacementInvalid',
      'host "esx-2" of placement.host doesn\'t see datastore "near"',
    ],
    [
      'elsewhere',
      'base',
      { host: 'far-1', cluster: 'Lab Cluster' },
      'PlacementInvalid',
      'host "far-1" of placement.host isn\'t a host of /DC0/host/Lab Cluster ("esx-1", "esx-2", "esx-3")',
    ],
    ['unknown', 'base', { host: 'esx-9' }, 'PlacementNotFound', 'there is no host "esx-9"; there are "esx-1"'],
  ])('%s: refused, nothing is done', async (name, base, placement, reason, text) => {
    const before = await lastSeq(lab);
    await applyClone(lab, name, base, { placement });
    await refused(name, reason, text);
    expect(await changesSince(lab, before)).toEqual([]);
  });

  it('a folder whose name vCenter refuses is named', async () => {
    // as many UTF-16 units as vCenter counts, and more than it takes
    await applyClone(lab, 'long', 'base', { placement: { folder: `Labs/${'💻'.repeat(45)}` } });
    await refused('long', 'PlacementNotFound', "vCenter doesn't take the name");
    expect((await lab.vcenter.inventory()).vms.map((one) => one.name)).not.toContain('long');
    await lab.api.delete('linkedclones', 'long'); // it would go on asking for its folder beside the next one
    await lab.gone('linkedclones', 'long');
  });

  it('is waited for while it is not connected', async () => {
    const host = await hostNamed('esx-2');
    await other.run(host, 'DisconnectHost_Task');
    const before = await lastSeq(lab);
    await applyClone(lab, 'patient', 'base', { placement: { host: 'esx-2' } });
    await refused('patient', 'NoSuitableHost', 'host "esx-2" of placement.host isn\'t connected');
    expect(await changesSince(lab, before)).toEqual([]);
    await other.run(host, 'ReconnectHost_Task');
    await cloneReady(lab, 'patient');
    expect((await machineNamed(lab, 'patient')).host).toBe('esx-2');
  });
});

describe("a set that stopped because its source's host was away", () => {
  it('goes on as soon as that host is back, without waiting for its next attempt', async () => {
    const host = await hostNamed('esx-3');
    await other.run(host, 'DisconnectHost_Task');
    await lab.applySet('waiting', 'base', 8, { provisioning: { maxConcurrent: 1 } });
    const set = await lab.waitReason<LinkedCloneSet>('linkedclonesets', 'waiting', 'StoppedAfterFailures', LONG);
    expect(messageOf(set)).toContain('HostNotConnected');
    await other.run(host, 'ReconnectHost_Task');
    await lab.setReady('waiting', 8, PATIENCE_MS);
  });

  it('so does a clone of its own', async () => {
    const host = await hostNamed('esx-3');
    await other.run(host, 'DisconnectHost_Task');
    await applyClone(lab, 'alone', 'base');
    const failed = await lab.waitReason<LinkedClone>('linkedclones', 'alone', 'CloneFailed', LONG);
    await other.run(host, 'ReconnectHost_Task');
    const clone = await cloneReady(lab, 'alone');
    expect(cloneCalls(await lab.vcenter.ledger(), clone.metadata.uid)).toHaveLength(2);
    expect(clone.metadata.uid).toBe(failed.metadata.uid);
  });
});
