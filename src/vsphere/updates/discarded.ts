// Collectors that were replaced, or that never came to deliver: they are taken down on the server, which would otherwise
// keep them, with their views and filters, for as long as the session lasts.
import type { LiveCollector } from './live-collector.ts';

export class Discarded {
  readonly #generation: () => number;
  #collectors: readonly LiveCollector[] = [];

  /** `generation`: number of the current session. */
  constructor(generation: () => number) {
    this.#generation = generation;
  }

  /** To be taken down sooner or later. */
  add(live: LiveCollector): void {
    this.#collectors = [...this.#collectors, live];
  }

  /** Nothing of them is used any more. */
  abandon(): void {
    for (const live of this.#collectors) live.abandon();
  }

  /** Takes all but `used` down, as far as that works: what belongs to an earlier session went with it. */
  async takeDown(used?: LiveCollector): Promise<void> {
    const old = this.#collectors.filter((live) => live !== used);
    this.#collectors = [];
    const ours = old.filter(({ generation }) => generation === this.#generation());
    await Promise.all(ours.map((live) => live.dispose()));
  }
}
