// What the operator looks after while it is lied to, chosen for what a lie would tempt it to do: clones that run (lost? then
// another is made), a deletion that is held by somebody's disk, a snapshot that is held by somebody's clone; and a set that
// comes and goes, so that every call that changes something is made as well.
import type { LinkedClone } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { OTHER, inventory, parent } from '../../integration/operator/support/inventory.ts';
import { conditionOf } from '../../support/lab.ts';
import type { Lab } from '../../support/lab.ts';
import { SecondClient, vm } from '../../support/second-client.ts';
import { decoyMachines } from '../harness/lab-inventory.ts';
import type { Rig } from '../long-lived/rig.ts';

/** Sources of which bases take snapshots. */
export const BUSY_PARENTS: readonly string[] = ['Kept', 'Churn'];
/** As the sets call their machines. */
const DECOYS = ['churn-01', 'still-01', 'held'];

export const HOSTILE_INVENTORY = inventory({
  vms: [
    ...['Tmpl', ...BUSY_PARENTS].map((name) => parent(name)),
    parent('Archive', { guest: {} }),
    ...decoyMachines('lab', DECOYS),
  ],
  limits: { sessions: 100_000 },
});

/** Everything is tried again at once: thousands of broken replies are to be lived through. */
export const OPERATOR_FLAGS = {
  'poll-interval': 1,
  'poll-retry-base': 0.01,
  'poll-retry-max': 0.05,
  'vcenter-retry-base': 0.005,
  'vcenter-retry-max': 0.02,
  'connect-retry': 0.05,
  'retry-max': 0.1,
  'conflict-retry': 0.2,
  'credentials-interval': 0.2,
  'inventory-reread': 0.1,
  'storage-interval': 0.5,
  'privileges-interval': 1,
  'event-check-interval': 0.5,
  'lost-after': 0,
  'poll-stable': 0.05,
  'vcenter-request-timeout': 5,
  'log-level': 'info',
} as const;

export const STILL = 3;
export const CHURN = 6;
/** Of what only looks like ours. */
const DECOYS_FOLDER = '/DC0/vm/Elsewhere';
const PATIENCE = { timeoutMs: 90_000 };

export interface Scene {
  /** Is everything as it should be, seen from Kubernetes? Gives what isn't. */
  trouble(): Promise<string | undefined>;
  /** A base with a snapshot of ours, and a set in a folder of its own. */
  beginChurn(): Promise<void>;
  endChurn(): Promise<void>;
  churnGone(): Promise<boolean>;
  /** What is left in vCenter of churns that are over. */
  leftOver(): Promise<string[]>;
  close(): Promise<void>;
}

type Device = Readonly<Record<string, unknown>>;

async function attachForeignDisk(lab: Lab, other: SecondClient, ref: MoRef): Promise<void> {
  const devices = (await other.property(ref, 'config.hardware.device')) as readonly Device[];
  const controllerKey = devices.find((one) => one['$type'] === 'VirtualDisk')?.['controllerKey'];
  const fileName = (await lab.vcenter.inventory()).vms.find((one) => one.name === 'Archive')?.disks[0]?.chain[0]?.file;
  const backing = { $type: 'VirtualDiskFlatVer2BackingInfo', fileName, diskMode: 'persistent' };
  const device = { $type: 'VirtualDisk', key: -1, controllerKey, unitNumber: 3, backing, capacityInKB: 0 };
  const deviceChange = [{ $type: 'VirtualDeviceConfigSpec', operation: 'add', device }];
  await other.run(ref, 'ReconfigVM_Task', { spec: { deviceChange } });
}

async function cloneForeign(lab: Lab, other: SecondClient, source: string, snapshot: string): Promise<void> {
  const moRef = (await lab.vcenter.inventory()).vms.find((one) => one.name === source)?.moRef ?? '';
  await other.run(vm(moRef), 'CloneVM_Task', {
    folder: await other.at('DC0/vm/Elsewhere'),
    name: "somebody's",
    spec: {
      location: { diskMoveType: 'createNewChildDiskBacking' },
      snapshot: { type: 'VirtualMachineSnapshot', value: snapshot },
      powerOn: false,
      template: false,
    },
  });
}

async function isHeld(lab: Lab, plural: string, name: string): Promise<boolean> {
  return conditionOf(await lab.api.get<LinkedClone>(plural, name), 'DeletionBlocked')?.status === 'True';
}

export async function buildScene({ lab }: Rig): Promise<Scene> {
  const other = await SecondClient.connect({ ...lab.simulator, ...OTHER });
  let churns = 0;
  await lab.applyBase('gold', 'Templates/Tmpl');
  await lab.applySet('still', 'gold', STILL);
  await lab.api.apply({
    apiVersion: 'linkedclone.dev/v1alpha1',
    kind: 'LinkedClone',
    metadata: { name: 'held', namespace: 'lab' },
    spec: { baseSnapshotRef: { name: 'gold' } },
  });
  await lab.applyBase('kept', 'Templates/Kept', { snapshot: { create: { name: 'ours' } }, deletionPolicy: 'Delete' });
  await lab.setReady('still', STILL, PATIENCE.timeoutMs);
  const held = await lab.waitReason<LinkedClone>('linkedclones', 'held', 'Ready', PATIENCE);
  await lab.waitReason('basesnapshots', 'kept', 'Ready', PATIENCE);
  await attachForeignDisk(lab, other, vm(held.status?.vm?.moRef ?? ''));
  const snapshot = (await lab.vcenter.inventory()).snapshots.find(({ name }) => name === 'ours')?.moRef ?? '';
  await cloneForeign(lab, other, 'Kept', snapshot);
  await lab.api.delete('linkedclones', 'held');
  await lab.api.delete('basesnapshots', 'kept');
  await waitUntil('the held clone', () => isHeld(lab, 'linkedclones', 'held'), PATIENCE);
  await waitUntil('the held base', () => isHeld(lab, 'basesnapshots', 'kept'), PATIENCE);
  return {
    async trouble() {
      const set = await lab.api.get<LinkedClone & { status: { readyReplicas: number } }>('linkedclonesets', 'still');
      const ready = conditionOf(set, 'Ready');
      if (ready?.status !== 'True' || set?.status.readyReplicas !== STILL)
        return `the set: ${ready?.reason ?? 'gone'} ${ready?.message ?? ''}`;
      const vCenter = conditionOf(await lab.api.get<LinkedClone>('vcenters', 'vc'), 'Ready');
      if (vCenter?.status !== 'True') return `the VCenter: ${vCenter?.reason ?? 'gone'} ${vCenter?.message ?? ''}`;
      if (!(await isHeld(lab, 'linkedclones', 'held'))) return 'the held clone is not held';
      if (!(await isHeld(lab, 'basesnapshots', 'kept'))) return 'the held base is not held';
      return undefined;
    },
    async beginChurn() {
      churns += 1;
      const spec = { snapshot: { create: { name: 'churn' } }, deletionPolicy: 'Delete' };
      await lab.applyBase('churn', 'Templates/Churn', spec);
      const template = { notes: `churn ${churns}`, placement: { folder: `Labs/churn-${churns}` } };
      await lab.applySet('churn', 'gold', CHURN, {}, template);
    },
    async endChurn() {
      await lab.api.delete('linkedclonesets', 'churn');
      await lab.api.delete('basesnapshots', 'churn');
    },
    async churnGone() {
      const all = ['linkedclonesets', 'basesnapshots'].map((plural) => lab.api.get(plural, 'churn'));
      return (await Promise.all(all)).every((one) => one === undefined);
    },
    async leftOver() {
      const { vms, snapshots } = await lab.vcenter.inventory();
      const machines = vms.filter(({ name, folder }) => name.startsWith('churn-') && folder !== DECOYS_FOLDER);
      const taken = snapshots.filter(({ name }) => name === 'churn');
      return [...machines, ...taken].map(({ name, moRef }) => `${name} (${moRef})`);
    },
    close: () => other.close(),
  };
}
