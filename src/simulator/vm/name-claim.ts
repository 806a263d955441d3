// The name of a VM that is still being made: with names checked at the start it is taken from the call on.
import type { SimObject } from '../core/sim-object.ts';
import type { Model } from '../inventory/model-state.ts';

export interface NameClaim {
  /** Once or more. */
  release(): void;
}

/** Throws DuplicateName, unless names are checked at the end. */
export function claimName(model: Model, folder: SimObject, name: string): NameClaim {
  if (model.world.options.duplicateName === 'end') return { release: () => undefined };
  model.names.claim(folder.ref, name, folder.ref);
  let claimed = true;
  return {
    release() {
      if (claimed) model.names.release(folder.ref, name);
      claimed = false;
    },
  };
}
