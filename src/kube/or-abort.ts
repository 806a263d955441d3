// Makes a wait end when its signal fires, for work that takes a signal but looks at it late: undici keeps a request that
// waits for a connection until that is there or has failed, whatever its signal says.
import { abortReason } from '../util/abort.ts';

/** The outcome of `work`, or a rejection with the signal's reason as soon as it fires. */
export function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortReason(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    // An outcome that comes after the abort has nobody left to tell.
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
