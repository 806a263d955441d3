// A live look into a folder for VMs with our marker: the part of "outcome unknown" that finds a clone whose reply was
// lost. Many clones search at once after a restart, so all of them share one read that starts after the last asked.
import type { Clock } from '../../util/clock.ts';
import { Batcher } from '../../util/batcher.ts';
import { hasVanished, refuseMissing } from '../../vsphere/client.ts';
import type { VSphereClient } from '../../vsphere/client.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import type { VmView } from './vm-view.ts';
import { MARKER_PATH, vmView } from './vm-view.ts';

/** The properties that tell whose VM it is. */
const IDENTITY_PATHS = [
  'name',
  'parent',
  'config.instanceUuid',
  MARKER_PATH,
  'runtime.powerState',
  'runtime.connectionState',
] as const;

export class FolderScan {
  readonly #batcher: Batcher<MoRef, readonly VmView[]>;

  constructor(client: VSphereClient, clock: Clock, windowMs: number) {
    this.#batcher = new Batcher<MoRef, readonly VmView[]>({
      clock,
      windowMs,
      maxBatch: 1,
      idOf: moRefKey,
      load: async (folders) => {
        const found = new Map<string, readonly VmView[]>();
        for (const folder of folders) {
          const states = await client.readTree(folder, { VirtualMachine: IDENTITY_PATHS });
          const vms = states.filter((state) => state.ref.type === 'VirtualMachine' && !hasVanished(state));
          vms.forEach(refuseMissing); // one whose marker can't be read may be anybody's
          found.set(
            moRefKey(folder),
            vms.map((state) => vmView(state.ref, state.properties)),
          );
        }
        return found;
      },
    });
  }

  /**
   * VMs in the folder (and below) whose marker names the LinkedClone, and those that tell no configuration (their instanceUuid
   * is undefined): they may be anybody's. None of a folder that is gone; throws when the folder or a VM in it can't be read.
   */
  async candidates(folder: MoRef, uid: string): Promise<VmView[]> {
    const all = await this.#batcher.get(folder).catch((error: unknown) => {
      if (error instanceof VSphereError && error.kind === 'notFound') return [];
      throw error;
    });
    return all.filter((vm) => vm.marker?.uid === uid || vm.instanceUuid === undefined);
  }
}
