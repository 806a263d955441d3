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

  /** `used` is in use, and is added again when it isn't any more. */
  keep(used: LiveCollector): void {
    this.#collectors = this.#collectors.filter((live) => live !== used);
  }

  /** Takes them down; what that doesn't work for is left for the next time. What belongs to an earlier session went with it. */
  async takeDown(): Promise<void> {
    const ours = this.#collectors.filter(({ generation }) => generation === this.#generation());
    this.#collectors = [];
    const gone = await Promise.all(ours.map((live) => live.dispose()));
    this.#collectors = [...this.#collectors, ...ours.filter((_, i) => gone[i] !== true)];
  }
}
