// Asking for a slot from within a reconcile. Who gets it at once is at work already: waking it as well would run it again
// right after this reconcile, past its backoff when that failed, and a server that is away would be asked in a tight loop.

/** What `ask` answers; `wake` is called only when the slot is granted after it has answered. */
export function askForSlot(ask: (granted: () => void) => boolean, wake: () => void): boolean {
  let asking = true;
  try {
    return ask(() => {
      if (!asking) wake();
    });
  } finally {
    asking = false;
  }
}
