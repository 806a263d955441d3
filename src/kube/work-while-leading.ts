// Ties work to leadership: it starts when the Lease is ours, the Lease is given back only after it has ended, and when the
// Lease is lost nothing is waited for, because another process may lead by then.
import { toError } from '../util/errors.ts';
import type { ElectionEnd, LeaderElector } from './leader-election.ts';

/** Resolves when leadership begins; `begin` is the elector's onStartedLeading. */
export class LeadershipBegin {
  readonly #begun = Promise.withResolvers<void>();

  begin(): void {
    this.#begun.resolve();
  }

  get begun(): Promise<void> {
    return this.#begun.promise;
  }
}

/**
 * Waits for leadership, runs `work` until `stop` fires, then releases the Lease. Resolves with how leadership ended; rejects
 * with what the work threw before it was stopped.
 */
export async function workWhileLeading(
  elector: LeaderElector,
  leading: LeadershipBegin,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<ElectionEnd> {
  const release = new AbortController();
  const ended = elector.run(release.signal);
  const giveUp = (): void => release.abort(stop.reason);
  stop.addEventListener('abort', giveUp, { once: true });
  if (stop.aborted) giveUp();
  const first = await Promise.race([leading.begun.then(() => 'leading' as const), ended]);
  if (first !== 'leading') return first;
  stop.removeEventListener('abort', giveUp); // from here on the work ends first
  let failure: unknown;
  const worked = work(stop).then(
    () => 'worked' as const,
    (error: unknown) => {
      if (!stop.aborted) failure = error;
      return 'worked' as const;
    },
  );
  const how = await Promise.race([worked, ended]);
  if (how === 'lost') return how;
  release.abort(new Error('the work has ended'));
  const end = await ended;
  if (failure !== undefined) throw toError(failure);
  return end;
}
