// Machines that somebody makes by hand in a story, and how objects go without the operator being told.
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { vm } from '../../support/second-client.ts';
import type { SimulatedVm } from '../../support/simulator-admin.ts';
import { describeDecoys, foreignSnapshots } from '../harness/decoys.ts';
import { PARENTS } from '../harness/lab-inventory.ts';
import type { Stage } from '../harness/stage.ts';
import { step } from './steps.ts';
import type { Step } from './story.ts';

const MARKER = 'linkedclone.dev/owner';
/** Of a cluster that nobody here knows. */
export const ELSEWHERE = '00000000-bbbb-4ccc-8ddd-eeeeeeeeeeee';

/** A virtual machine of that name in the story's folder, as it is now. */
export async function machineOfStory(stage: Stage, name: string): Promise<SimulatedVm | undefined> {
  const { vms } = await stage.vcenter.inventory();
  return vms.find((one) => one.name === name && one.folder.endsWith(`/${stage.namespace}`));
}

/** A clone of the base's source in the story's folder, which a clone of the story made: linked, or a full copy. */
export async function makeByHand(stage: Stage, name: string, { linked = true } = {}): Promise<SimulatedVm> {
  const { vms, snapshots } = await stage.vcenter.inventory();
  const { moRef } = vms.find((one) => one.name === PARENTS[0]) ?? { moRef: '' };
  const snapshot = snapshots.find((one) => one.vm === moRef && one.name === 'release')?.moRef ?? '';
  const pool = (await stage.other.property(vm(moRef), 'resourcePool')) as MoRef;
  await stage.other.run(vm(moRef), 'CloneVM_Task', {
    folder: await stage.other.at(`DC0/vm/Labs/${stage.namespace}`),
    name,
    spec: {
      location: { pool, ...(linked ? { diskMoveType: 'createNewChildDiskBacking' } : {}) },
      ...(linked ? { snapshot: { type: 'VirtualMachineSnapshot', value: snapshot } } : {}),
      powerOn: false,
      template: false,
    },
  });
  const made = await machineOfStory(stage, name);
  if (made === undefined) throw new Error(`"${name}" was not made`);
  return made;
}

/** Marks a machine as the operator of another cluster does. */
export async function markElsewhere(stage: Stage, { moRef, name, instanceUuid }: SimulatedVm): Promise<void> {
  const marker = { cluster: ELSEWHERE, namespace: stage.namespace, name, uid: instanceUuid, instanceUuid };
  const option = { $type: 'OptionValue', key: MARKER, value: JSON.stringify(marker) };
  await stage.other.run(vm(moRef), 'ReconfigVM_Task', { spec: { extraConfig: [option] } });
}

/** They must be as they are now, as all decoys. */
export async function addDecoys(stage: Stage, instanceUuids: readonly string[]): Promise<void> {
  const known = new Map([...stage.decoys, ...instanceUuids.map((uuid) => [uuid, ''] as const)]);
  const described = describeDecoys(await stage.vcenter.inventory(), stage.decoysMove, known);
  for (const uuid of instanceUuids) stage.decoys.set(uuid, described.get(uuid) ?? 'gone');
}

/** The snapshots of that name on parents, which somebody took: they must be there as they are now, as all decoys. */
export async function addSnapshotDecoys(stage: Stage, name: string): Promise<void> {
  for (const [key, described] of foreignSnapshots(await stage.vcenter.inventory(), name))
    stage.decoys.set(key, described);
}

/** A machine that carries the mark of another cluster, and its own instanceUuid in it: theirs, and nobody's here. */
export const MACHINE_OF_ANOTHER_CLUSTER = step('a machine of another cluster', async (stage) => {
  const made = await makeByHand(stage, 'theirs');
  await markElsewhere(stage, made);
  await addDecoys(stage, [made.instanceUuid]);
});

/** Takes the finalizer off and the object away; whoever might put it back doesn't hear of it. */
export async function takeAway(stage: Stage, name: string): Promise<void> {
  await stage.api.patch('linkedclones', name, { metadata: { finalizers: null } }, stage.namespace);
  await stage.api.delete('linkedclones', name, stage.namespace);
}

/** By hand: its machine is an orphan from then on. */
export function strip(name: string): Step {
  return step(`take the finalizer off ${name} and delete it`, async (stage) => {
    const { watches } = stage.apiProxy;
    watches.freeze(['linkedclones']); // the operator would put it back
    try {
      await takeAway(stage, name);
    } finally {
      watches.thaw();
    }
  });
}
