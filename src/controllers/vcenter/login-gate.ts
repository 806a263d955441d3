// One login at a time for each account, from the decision to its recorded outcome: two VCenters with the same wrong
// password would otherwise both find that nobody has tried it yet.
import type { Clock } from '../../util/clock.ts';

export class LoginGate {
  readonly #clock: Clock;
  readonly #maxHoldMs: number;
  readonly #last = new Map<string, Promise<void>>();

  /** `maxHoldMs`: whoever holds the gate for longer has lost it, so a login that never answers can't keep others out. */
  constructor(clock: Clock, maxHoldMs: number) {
    this.#clock = clock;
    this.#maxHoldMs = maxHoldMs;
  }

  /** Resolves when it's the caller's turn, with the function that ends it. */
  async enter(account: string): Promise<() => void> {
    const before = this.#last.get(account);
    let leave: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#last.set(account, mine);
    await before;
    const timer = this.#clock.schedule(this.#maxHoldMs, leave);
    return () => {
      timer.cancel();
      leave();
      if (this.#last.get(account) === mine) this.#last.delete(account);
    };
  }
}
