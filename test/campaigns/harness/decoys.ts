// What must never be touched, in every run: machines that look like ours and aren't. Some stand in the inventory from the
// start; those that need one of our clones are made here, by another client, from the clone of a keeper that no story
// touches: a copy of it with its marker, a machine that has its delta disk attached, and a linked clone that somebody made
// on our base. Afterwards everything must be as it was.
import type { SimulatedInventory, SimulatedVm } from '../../support/simulator-admin.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { vm } from '../../support/second-client.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { attachDisk } from '../../support/attached-disk.ts';
import { ARCHIVE, DECOY_NAMES, PARENTS } from './lab-inventory.ts';

export const MADE_DECOYS = ['copy-of-ours', 'foreign-linked'] as const;
const NAMES = new Set<string>([...DECOY_NAMES.map((name) => name), ...MADE_DECOYS, ...PARENTS]);
NAMES.add('web-50').add('alien').add(ARCHIVE).add('somebodys');

/** Makes those that need a clone of ours. `keeper`: MoRef value of its VM. */
export async function makeDecoys(other: SecondClient, inventory: SimulatedInventory, keeper: string): Promise<void> {
  const find = (name: string): SimulatedVm => {
    const found = inventory.vms.find((one) => one.name === name);
    if (found === undefined) throw new Error(`the lab has no virtual machine "${name}"`);
    return found;
  };
  const folder = await other.at('DC0/vm/Elsewhere');
  const ours = inventory.vms.find((one) => one.moRef === keeper);
  const file = ours?.disks[0]?.chain[0]?.file ?? '';
  const parent = find(PARENTS[0]);
  const release = inventory.snapshots.find((one) => one.vm === parent.moRef && one.name === 'release');
  const pool = await other.property(vm(parent.moRef), 'resourcePool');
  await Promise.all([
    other.run(vm(keeper), 'CloneVM_Task', {
      folder,
      name: MADE_DECOYS[0],
      spec: { location: {}, powerOn: false, template: false },
    }),
    other.run(vm(parent.moRef), 'CloneVM_Task', {
      folder,
      name: MADE_DECOYS[1],
      spec: {
        location: { diskMoveType: 'createNewChildDiskBacking', pool: pool as MoRef },
        snapshot: { type: 'VirtualMachineSnapshot', value: release?.moRef ?? '' },
        powerOn: false,
        template: false,
      },
    }),
  ]);
  await attachDisk(other, find(ARCHIVE).moRef, file);
}

/**
 * Of a machine that isn't ours: what must not change. Where somebody else moves and renames machines by plan, only that
 * it's there: that the operator does neither is told by its calls.
 */
function described(one: SimulatedVm, inventory: SimulatedInventory, moved: boolean): unknown {
  const { name, instanceUuid, power, marker = null, folder, disks, moRef } = one;
  if (moved) return { instanceUuid };
  const snapshots = inventory.snapshots.filter((snapshot) => snapshot.vm === moRef).map((snapshot) => snapshot.name);
  const chains = disks.map((disk) => disk.chain.map(({ file, missing }) => ({ file, missing })));
  // snapshots that a base made on a parent are its own business: other oracles look at them
  const own = (PARENTS as readonly string[]).includes(name) ? {} : { snapshots, chains };
  return { name, instanceUuid, power, marker, folder, ...own };
}

/** By instanceUuid. Those that are `known` are found again whatever they are called by now. */
export function describeDecoys(
  inventory: SimulatedInventory,
  moved: boolean,
  known: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const decoys = inventory.vms.filter((one) => known.has(one.instanceUuid) || (NAMES.has(one.name) && !isOwn(one)));
  return new Map(decoys.map((one) => [one.instanceUuid, JSON.stringify(described(one, inventory, moved))]));
}

function isOwn({ marker, instanceUuid }: SimulatedVm): boolean {
  const owner = marker as { readonly instanceUuid?: string; readonly cluster?: string } | null | undefined;
  return owner?.instanceUuid === instanceUuid && owner.cluster?.startsWith('00000000-') !== true;
}
