// Folders that were watched and can't be any more since the watch was set up anew: they're tried again from time to time. What
// happened in one meanwhile only another new watch tells, so there's one as soon as it can be looked into.
import type { Clock } from '../../util/clock.ts';
import type { LiveCollector } from './live-collector.ts';
import type { WatchChanges } from './watch-changes.ts';
import type { Wanted } from './wanted.ts';

export interface RefusedFoldersOptions {
  readonly clock: Clock;
  /** Milliseconds between two tries. */
  readonly pauseMs: number;
  readonly wanted: Wanted;
  readonly changes: WatchChanges;
  readonly current: () => LiveCollector | undefined;
  /** One of them can be watched. */
  readonly onShown: () => void;
}

export class RefusedFolders {
  readonly #options: RefusedFoldersOptions;

  constructor(options: RefusedFoldersOptions) {
    this.#options = options;
  }

  /** Keys of the folders. */
  get keys(): ReadonlySet<string> {
    const { current, wanted } = this.#options;
    return new Set([...(current()?.refusedFolders.keys() ?? [])].filter((key) => wanted.folders.has(key)));
  }

  /** To be called with each new watch. */
  tryAgainLater(live: LiveCollector): void {
    const { clock, pauseMs, changes, current, onShown } = this.#options;
    const before = this.keys.size;
    if (before === 0) return;
    const look = (): void => {
      if (live !== current()) return;
      if (this.keys.size < before) onShown();
      else this.tryAgainLater(live);
    };
    clock.schedule(pauseMs, () => {
      // it rejects when the stream ends
      if (live === current()) changes.settled().then(look, () => undefined);
    });
  }
}
