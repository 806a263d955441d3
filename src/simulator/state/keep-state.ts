// Writes the state a moment after something changed, and at the end.
import type { World } from '../core/world.ts';
import type { SavedState } from './saved-state.ts';
import { writeStateFile } from './state-file.ts';

/** Real milliseconds: what changes meanwhile goes into the same file. */
const DELAY_MS = 1000;
/** Writing takes at most a tenth of the time, however large the inventory is. */
const REST = 9;

/** Returns how to write it for the last time. `save` gives the state as it is then. */
export function keepState(world: World, path: string, save: () => SavedState): () => void {
  let timer: NodeJS.Timeout | undefined;
  let delay = DELAY_MS;
  const write = (): void => {
    const startedAt = performance.now();
    timer = undefined;
    try {
      writeStateFile(path, save());
    } catch (error) {
      world.options.logger.error({ err: error, path }, 'the state could not be written');
    }
    delay = Math.max(DELAY_MS, (performance.now() - startedAt) * REST);
  };
  const stop = world.registry.subscribe(() => {
    timer ??= setTimeout(write, delay).unref();
  });
  return () => {
    stop();
    clearTimeout(timer);
    write();
  };
}
