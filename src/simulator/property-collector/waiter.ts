// One long poll: looks when it is told to, gives up when its time is over or its client is gone.
import type { UpdateSet } from './collector.ts';

export class Waiter {
  readonly result: Promise<UpdateSet | undefined>;
  readonly #attempt: () => UpdateSet | undefined;
  readonly #resolve: (set: UpdateSet | undefined) => void;
  readonly #reject: (reason: Error) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #giveUp = (): void => this.#settle(() => this.#resolve(undefined));

  /** `maxWaitSeconds` are real seconds: they belong to the HTTP call. */
  constructor(
    attempt: () => UpdateSet | undefined,
    maxWaitSeconds: number | undefined,
    signal: AbortSignal | undefined,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<UpdateSet | undefined>();
    this.result = promise;
    this.#attempt = attempt;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    if (maxWaitSeconds !== undefined) this.#timer = setTimeout(this.#giveUp, maxWaitSeconds * 1000);
    signal?.addEventListener('abort', this.#giveUp, { once: true });
    if (signal?.aborted === true) this.#giveUp();
  }

  /** Answers if there is something to report now. */
  look(): void {
    try {
      const set = this.#attempt();
      if (set !== undefined) this.#settle(() => this.#resolve(set));
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  fail(reason: Error): void {
    this.#settle(() => this.#reject(reason));
  }

  #settle(answer: () => void): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#giveUp);
    answer();
  }
}
