// Asking for a slot from within a reconcile. Who gets it at once is at work already: waking it as well would run it again
// right after this reconcile, past its backoff when that failed, and a server that is away would be asked in a tight loop.
// What is asked for is noted: at the reconcile's end what it holds or waits for beside that is given back.
import type { PoolName } from '../vcenter/slot-pools.ts';

/** The pools that a reconcile asked for a slot of. */
export interface SlotAsker {
  readonly asked: Set<PoolName>;
}

/** What `ask` answers; `wake` is called only when the slot is granted after it has answered. */
export function askForSlot(
  { asked }: SlotAsker,
  pool: PoolName,
  ask: (granted: () => void) => boolean,
  wake: () => void,
): boolean {
  asked.add(pool);
  let asking = true;
  try {
    return ask(() => {
      if (!asking) wake();
    });
  } finally {
    asking = false;
  }
}
