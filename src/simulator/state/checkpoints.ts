// Backups of the vCenter by name, as long as the simulator runs.
import type { World } from '../core/world.ts';
import { modelOf } from '../inventory/model-state.ts';
import { saveDatabase } from './database.ts';
import type { Database } from './database.ts';
import { restoreDatabase } from './restore.ts';

/** No backup has this name. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

interface Checkpoint {
  readonly database: Database;
  /** Simulated time in ms. */
  readonly takenAt: number;
}

export class Checkpoints {
  readonly #world: World;
  readonly #byName = new Map<string, Checkpoint>();

  constructor(world: World) {
    this.#world = world;
  }

  list(): readonly { readonly name: string; readonly takenAt: number }[] {
    return [...this.#byName].map(([name, { takenAt }]) => ({ name, takenAt }));
  }

  /** One of the same name is replaced. */
  take(name: string): void {
    this.#byName.set(name, { database: saveDatabase(modelOf(this.#world)), takenAt: this.#world.clock.now() });
  }

  /** The vCenter restarts with that backup. Throws CheckpointError. */
  restore(name: string, downSeconds: number): void {
    const checkpoint = this.#byName.get(name);
    if (checkpoint === undefined) {
      const names = [...this.#byName.keys()];
      throw new CheckpointError(
        `there is no checkpoint ${name}; there ${names.length === 0 ? 'is none' : `are ${names.join(', ')}`}`,
      );
    }
    restoreDatabase(modelOf(this.#world), checkpoint.database, downSeconds);
  }
}
