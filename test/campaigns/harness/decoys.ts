// What must never be touched, in every run: machines that look like ours and aren't. Some stand in the inventory from the
// start; those that need one of our clones are made here, by another client, from the clone of a keeper that no story
// touches: a copy of it with its marker, a machine that has its delta disk attached, and a linked clone that somebody made
// on our base. Afterwards everything must be as it was; and the snapshots of others on the parents must all be there.
import type { SimulatedInventory, SimulatedVm } from '../../support/simulator-admin.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { vm } from '../../support/second-client.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { attachDisk } from '../../support/attached-disk.ts';
import { snapshotOwner } from './witness.ts';
import { ARCHIVE, DECOY_NAMES, PARENTS } from './lab-inventory.ts';

type SimulatedSnapshot = SimulatedInventory['snapshots'][number];

const FOLDER = 'DC0/vm/Elsewhere';
export const MADE_DECOYS = ['copy-of-ours', 'foreign-linked'] as const;
const NAMES = new Set<string>([...DECOY_NAMES.map((name) => name), ...MADE_DECOYS, ...PARENTS]);
NAMES.add('web-50').add('alien').add(ARCHIVE).add('somebodys');

function machineOf(name: string, inventory: SimulatedInventory): SimulatedVm {
  const found = inventory.vms.find((one) => one.name === name);
  if (found === undefined) throw new Error(`the lab has no virtual machine "${name}"`);
  return found;
}

/** Makes the linked clone that somebody else made on our base. */
export async function makeForeignClone(other: SecondClient, inventory: SimulatedInventory): Promise<void> {
  const parent = machineOf(PARENTS[0], inventory);
  const release = inventory.snapshots.find((one) => one.vm === parent.moRef && one.name === 'release');
  const [folder, pool] = await Promise.all([other.at(FOLDER), other.property(vm(parent.moRef), 'resourcePool')]);
  await other.run(vm(parent.moRef), 'CloneVM_Task', {
    folder,
    name: MADE_DECOYS[1],
    spec: {
      location: { diskMoveType: 'createNewChildDiskBacking', pool: pool as MoRef },
      snapshot: { type: 'VirtualMachineSnapshot', value: release?.moRef ?? '' },
      powerOn: false,
      template: false,
    },
  });
}

/** Makes those that need a clone of ours. `keeper`: MoRef value of its VM. */
export async function makeDecoysOf(other: SecondClient, inventory: SimulatedInventory, keeper: string): Promise<void> {
  const ours = inventory.vms.find((one) => one.moRef === keeper);
  const file = ours?.disks[0]?.chain[0]?.file ?? '';
  const folder = await other.at(FOLDER);
  await Promise.all([
    other.run(vm(keeper), 'CloneVM_Task', {
      folder,
      name: MADE_DECOYS[0],
      spec: { location: {}, powerOn: false, template: false },
    }),
    attachDisk(other, machineOf(ARCHIVE, inventory).moRef, file),
  ]);
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
  // bases take snapshots of parents, and remove them: of theirs only those of others are told, each by itself
  const own = (PARENTS as readonly string[]).includes(name) ? {} : { snapshots, chains };
  return { name, instanceUuid, power, marker, folder, ...own };
}

/** Under what a snapshot of a parent is known among the decoys, whatever its reference is by now. */
function keyOfSnapshot({ instanceUuid }: SimulatedVm, { id }: SimulatedSnapshot): string {
  return `${instanceUuid} snapshot ${id}`;
}

/** Those of parents, or of one name; what was made under the operator's mark counts as its own, whoever made it. */
export function foreignSnapshots(inventory: SimulatedInventory, called?: string): [string, string][] {
  const parents = inventory.vms.filter(({ name }) => (PARENTS as readonly string[]).includes(name));
  return parents.flatMap((machine) =>
    inventory.snapshots
      .filter((one) => one.vm === machine.moRef && snapshotOwner(one.description ?? '') === undefined)
      .filter(({ name }) => called === undefined || name === called)
      .map((one): [string, string] => {
        const { id, name, description, createTime } = one;
        return [keyOfSnapshot(machine, one), JSON.stringify({ of: machine.name, id, name, description, createTime })];
      }),
  );
}

/**
 * By instanceUuid, and the snapshots of others on parents. Machines that are `known` are found again whatever they are called
 * by now. Where somebody changes parents and their snapshots by plan, the latter are left out.
 */
export function describeDecoys(
  inventory: SimulatedInventory,
  moved: boolean,
  known: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const decoys = inventory.vms.filter((one) => known.has(one.instanceUuid) || (NAMES.has(one.name) && !isOwn(one)));
  const machines = decoys.map((one) => [one.instanceUuid, JSON.stringify(described(one, inventory, moved))] as const);
  return new Map([...machines, ...(moved ? [] : foreignSnapshots(inventory))]);
}

function isOwn({ marker, instanceUuid }: SimulatedVm): boolean {
  const owner = marker as { readonly instanceUuid?: string; readonly cluster?: string } | null | undefined;
  return owner?.instanceUuid === instanceUuid && owner.cluster?.startsWith('00000000-') !== true;
}
