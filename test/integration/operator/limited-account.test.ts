// One story of the operator, from snapshot to the last deletion, with an account that holds what it needs and no more: five
// roles, each on its own sort of object. The vCenter refuses what isn't granted, so a call that needs more fails here.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { VCenter } from '../../../src/api/types.generated.ts';
import { Lab, conditionOf } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { inventory } from './support/inventory.ts';
import { PATIENCE_MS, applyClone, cloneReady, cloneWhen, mustVmOf } from './support/story.ts';

const ACCOUNT = { name: 'linked-clones@vsphere.local', password: 'simulator' };

const ROLES: Readonly<Record<string, readonly string[]>> = {
  'linked-clone-root': ['VirtualMachine.Provisioning.ReadCustSpecs'],
  'linked-clone-folder': [
    'VirtualMachine.Inventory.CreateFromExisting',
    'VirtualMachine.Config.AdvancedConfig',
    'VirtualMachine.Config.Settings',
    'VirtualMachine.Config.CPUCount',
    'VirtualMachine.Config.Memory',
    'VirtualMachine.Config.Annotation',
    'VirtualMachine.Interact.PowerOn',
    'VirtualMachine.Interact.PowerOff',
    'VirtualMachine.Inventory.Delete',
    'Folder.Create',
  ],
  'linked-clone-pool': ['Resource.AssignVMToPool'],
  'linked-clone-datastore': ['Datastore.AllocateSpace'],
  'linked-clone-parents': [
    'VirtualMachine.Provisioning.Clone',
    'VirtualMachine.Provisioning.Customize',
    'VirtualMachine.State.CreateSnapshot',
    'VirtualMachine.State.RemoveSnapshot',
  ],
};

const GRANTED: readonly (readonly [role: string, entity: string])[] = [
  ['linked-clone-root', '/'],
  ['linked-clone-folder', '/DC0/vm/Labs'],
  ['linked-clone-pool', '/DC0/host/Lab Cluster/Resources'],
  ['linked-clone-datastore', '/DC0/datastore/shared-1'],
  ['linked-clone-parents', '/DC0/vm/Templates'],
];

const directory = useTemporaryDirectory();
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory({
      users: [ACCOUNT],
      roles: Object.entries(ROLES).map(([name, privileges]) => ({ name, privileges })),
      permissions: GRANTED.map(([role, entity]) => ({ entity, user: ACCOUNT.name, role })),
    }),
    applyVCenter: false,
    operatorFlags: { 'claim-renew': 180 },
  });
  await lab.applyVCenter({ credentialsSecretRef: { name: 'limited' } });
  await lab.api.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'limited', namespace: 'linked-clone-system' },
    stringData: { username: ACCOUNT.name, password: ACCOUNT.password },
  });
}, 120_000);

afterAll(() => lab?.stop(), 120_000);

describe('an account with the rights that are listed', () => {
  it('is enough from snapshot to deletion', async () => {
    await lab.applyBase('base', 'Templates/Tmpl', {
      snapshot: { create: { name: 'taken' } },
      deletionPolicy: 'Delete',
    });
    await lab.waitReason('basesnapshots', 'base', 'Ready', { timeoutMs: PATIENCE_MS });
    await applyClone(lab, 'one', 'base', {
      customization: { specName: 'good' },
      hardware: { cpus: 2, memoryMiB: 128 },
      notes: 'made with few rights',
    });
    const clone = await cloneReady(lab, 'one');
    const machine = await mustVmOf(lab, clone.metadata.uid);
    expect(machine).toMatchObject({
      power: 'poweredOn',
      folder: '/DC0/vm/Labs/lab',
      customization: 'TOOLSDEPLOYPKG_SUCCEEDED',
    });
    await lab.api.delete('linkedclones', 'one');
    await lab.gone('linkedclones', 'one', 'lab', PATIENCE_MS);
    await lab.api.delete('basesnapshots', 'base');
    await lab.gone('basesnapshots', 'base', 'lab', PATIENCE_MS);
    const { vms, snapshots } = await lab.vcenter.inventory();
    expect(vms.map(({ name }) => name)).toEqual(['Tmpl']);
    expect(snapshots.map(({ name }) => name)).toEqual(['release']);
    const ledger = await lab.vcenter.ledger();
    expect(ledger.filter(({ user }) => user !== ACCOUNT.name)).toEqual([]);
    expect(ledger.filter(({ fault }) => fault !== undefined)).toEqual([]);
    const vCenter = await lab.api.get<VCenter>('vcenters', 'vc');
    const lacks =
      'the account lacks Global.SetCustomField on the root folder; to hold it: govc role.update -a linked-clone-root Global.SetCustomField Global.ManageCustomFields';
    expect(vCenter?.status?.claim).toEqual({ state: 'Off', message: lacks });
    expect(conditionOf(vCenter, 'ClaimedElsewhere')).toMatchObject({
      status: 'Unknown',
      reason: 'NotClaimed',
      message: expect.stringContaining(lacks),
    });
    expect(conditionOf(vCenter, 'PrivilegesSufficient')).toMatchObject({
      status: 'True',
      message: expect.stringContaining('optional, for the claim'),
    });
    expect(conditionOf(vCenter, 'Ready')?.status).toBe('True');
    expect(conditionOf(vCenter, 'Stalled')).toBeUndefined();
  }, 180_000);

  it('is not enough where nothing is granted, and the object says what is missing', async () => {
    await lab.applyBase('again', 'Templates/Tmpl');
    await lab.waitReason('basesnapshots', 'again', 'Ready', { timeoutMs: PATIENCE_MS });
    await applyClone(lab, 'two', 'again', { placement: { datastore: 'shared-2' } });
    const refused = await cloneWhen(lab, 'two', 'refused', (clone) =>
      (clone.status?.conditions ?? []).some(({ message }) => message?.includes('Datastore.AllocateSpace')),
    );
    expect(refused.status?.vm).toBeUndefined();
  }, 120_000);
});
