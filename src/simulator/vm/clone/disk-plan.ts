// How each disk of a clone is made. `diskMoveType` of the spec is for disks without a locator; a locator without one means
// a full copy whatever the spec says, which is how linked clones silently became full ones in the field.
import { chainOf, allocatedBytes, dataBytes } from '../../disks/disk-file.ts';
import type { Volume } from '../../disks/volume.ts';
import type { Model } from '../../inventory/model-state.ts';
import type { Snapshot } from '../../snapshots/snapshot-tree.ts';
import { invalidArgument } from '../vm-call.ts';
import { isIndependent } from '../vm.ts';
import type { Vm, VmDisk } from '../vm.ts';
import type { CloneSpec } from './clone-arguments.ts';

/** VirtualMachineRelocateDiskMoveOptions. */
export const MOVE_TYPES = [
  'moveAllDiskBackingsAndAllowSharing',
  'moveAllDiskBackingsAndDisallowSharing',
  'moveAllDiskBackingsAndConsolidate',
  'moveChildMostDiskBacking',
  'createNewChildDiskBacking',
] as const;

export type CopyMethod = 'child' | 'childMost' | 'full';

export interface DiskPlan {
  readonly source: VmDisk;
  readonly method: CopyMethod;
  readonly volume: Volume;
  /** Every datastore that the host has to see for the new disk. */
  readonly volumes: readonly Volume[];
  /** What is copied. */
  readonly copiedBytes: number;
}

export interface DiskPlanInput {
  readonly source: Vm;
  readonly spec: CloneSpec;
  readonly snapshot: Snapshot | undefined;
  /** Where disks without a locator go. */
  readonly volume: Volume;
  readonly ignoreDiskMoveType: boolean;
}

/** Throws InvalidArgument or ManagedObjectNotFound. */
export function planDisks(model: Model, input: DiskPlanInput): readonly DiskPlan[] {
  const { location, snapshot: fromSnapshot } = input.spec;
  const locators = location.disk ?? [];
  demandMoveType(location.diskMoveType, 'spec.location.diskMoveType');
  for (const [index, locator] of locators.entries())
    demandMoveType(locator.diskMoveType, `spec.location.disk[${index}].diskMoveType`);
  const asked = [location.diskMoveType, ...locators.map((locator) => locator.diskMoveType)];
  // A child can only be made of what doesn't change any more.
  if (asked.includes('createNewChildDiskBacking') && fromSnapshot === undefined) throw invalidArgument('spec.snapshot');
  const disks = disksToCopy(input);
  for (const [index, locator] of locators.entries()) {
    if (!disks.some((disk) => disk.key === locator.diskId))
      throw invalidArgument(`spec.location.disk[${index}].diskId`);
  }
  return disks.map((source) => {
    const locator = locators.find((candidate) => candidate.diskId === source.key);
    const moveType = locator === undefined ? location.diskMoveType : locator.diskMoveType;
    const volume = locator === undefined ? input.volume : model.volumes.of(locator.datastore);
    return plan(source, methodOf(input.ignoreDiskMoveType ? undefined : moveType, source), volume);
  });
}

function demandMoveType(moveType: string | undefined, property: string): void {
  if (moveType !== undefined && !(MOVE_TYPES as readonly string[]).includes(moveType)) throw invalidArgument(property);
}

/** As of the snapshot, which leaves independent disks out; else as they are now. */
function disksToCopy({ source, snapshot }: DiskPlanInput): readonly VmDisk[] {
  return snapshot === undefined ? source.disks : snapshot.disks;
}

function methodOf(moveType: string | undefined, source: VmDisk): CopyMethod {
  if (moveType === 'createNewChildDiskBacking' && !isIndependent(source)) return 'child';
  return moveType === 'moveChildMostDiskBacking' && source.file.parent !== undefined ? 'childMost' : 'full';
}

function plan(source: VmDisk, method: CopyMethod, volume: Volume): DiskPlan {
  if (method === 'full') return { source, method, volume, volumes: [volume], copiedBytes: allocatedBytes(source.file) };
  const inherited = method === 'child' ? source.file : source.file.parent;
  const below = inherited === undefined ? [] : [...chainOf(inherited)].map((file) => file.file.volume);
  return {
    source,
    method,
    volume,
    volumes: [volume, ...below],
    copiedBytes: method === 'child' ? 0 : dataBytes(source.file),
  };
}
