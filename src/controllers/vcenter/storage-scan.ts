// Reads what clones take on disk, all of them in pages, every --storage-interval. vCenter refreshes these figures seldom
// and sends no update for them, so they are fetched, compared, and written only where one changed.
import { ApiError } from '../../kube/api-error.ts';
import { patchStatus } from '../../kube/status-patch.ts';
import { sleep } from '../../util/abort.ts';
import { errorMessage } from '../../util/errors.ts';
import { toRfc3339 } from '../../util/clock.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import { STORAGE_PATHS, storageFigures } from '../linked-clone/storage-figures.ts';
import { clonesPinnedTo } from '../shared/pinned-to.ts';
import { LINKED_CLONES } from '../shared/resources.ts';
import type { Runtime } from '../shared/runtime.ts';
import type { VCenterConnection } from './connection.ts';

export class StorageScan {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Scans until the signal fires. */
  start(signal: AbortSignal): void {
    void this.#loop(signal);
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { clock, config, connections, logger } = this.#runtime;
    while (!signal.aborted) {
      try {
        await sleep(clock, config['storage-interval'], signal);
      } catch {
        return; // stopped while waiting
      }
      for (const connection of connections.all()) {
        await this.#scan(connection).catch((error: unknown) => {
          logger.warn(
            { vcenter: connection.name, err: errorMessage(error) },
            'reading storage figures failed; tried again at the next interval',
          );
        });
      }
    }
  }

  async #scan(connection: VCenterConnection): Promise<void> {
    const { rest, clock } = this.#runtime;
    const clones = clonesPinnedTo(this.#runtime, connection).filter(
      (clone) => clone.metadata.deletionTimestamp === undefined && clone.status?.vm !== undefined,
    );
    const refs = clones.map((clone) => ({ type: 'VirtualMachine', value: clone.status?.vm?.moRef ?? '' }));
    const states = await connection.client.readMany(refs, STORAGE_PATHS, connection.signal);
    for (const [i, clone] of clones.entries()) {
      const ref = refs[i];
      const state = ref === undefined ? undefined : states.get(moRefKey(ref));
      if (state === undefined) continue;
      const storage = storageFigures(state.properties, clone.status?.storage, toRfc3339(clock.now()));
      if (storage === undefined || storage === clone.status?.storage) continue;
      try {
        await patchStatus(rest, LINKED_CLONES, clone, { ...clone.status, storage });
      } catch (error) {
        // it was deleted, or made anew under its name, since it was looked up: the others have figures all the same
        if (!(error instanceof ApiError) || !(error.notFound || error.conflict)) throw error;
      }
    }
  }
}
