// One watch from opening to end, fed into a store, and why it ended. Anything that isn't understood ends it, so that the
// next session asks again from the last version that was: nothing is skipped. A connection that says nothing at all, not
// even a bookmark (one or two minutes apart), is taken for dead.
import type { Clock } from '../util/clock.ts';
import { ApiError } from './api-error.ts';
import { startDeadline } from './deadline.ts';
import type { KubeObject, Resource } from './objects.ts';
import type { WatchOptions } from './rest-options.ts';
import type { RestClient } from './rest.ts';
import type { Store } from './store.ts';
import { BadWatchLineError, parseWatchLine } from './watch-event.ts';
import type { WatchStatus } from './watch-event.ts';

export const WATCH_ENDS = ['closed', 'gone', 'inactive', 'bad_line', 'error_event', 'refused', 'broken'] as const;
/**
 * `closed`: by the server, in good order; `gone`: 410, list again; `inactive`: silence; `bad_line`, `error_event`: not
 * understood; `refused`: an HTTP error; `broken`: the connection.
 */
export type WatchEnd = (typeof WATCH_ENDS)[number];

export interface WatchSessionResult {
  readonly end: WatchEnd;
  /** Events and bookmarks that were taken in. */
  readonly lines: number;
  readonly error?: unknown;
}

export interface WatchSessionOptions<T extends KubeObject> {
  readonly rest: RestClient;
  readonly resource: Resource<T>;
  readonly store: Store<T>;
  readonly clock: Clock;
  readonly scope: string;
  readonly watch: WatchOptions;
  readonly inactivityMs: number;
  /** The server has agreed to it. */
  readonly onOpen: () => void;
  /** Anything came from the server. */
  readonly onContact: () => void;
}

/** An ERROR event: the server's own word inside a running watch. */
class WatchErrorEvent extends Error {
  override readonly name = 'WatchErrorEvent';
  readonly gone: boolean;
  constructor(status: WatchStatus) {
    super(`the watch reported ${status.code ?? 0} ${status.reason ?? ''}: ${(status.message ?? '').slice(0, 200)}`);
    this.gone = status.code === 410 || status.reason === 'Expired' || status.reason === 'Gone';
  }
}

/** Runs one watch. Never throws for what the server or the network does; the caller looks at `signal` itself. */
export async function runWatchSession<T extends KubeObject>(
  options: WatchSessionOptions<T>,
  signal: AbortSignal,
): Promise<WatchSessionResult> {
  const { rest, resource, clock, watch, inactivityMs, onOpen, onContact } = options;
  const silence = startDeadline(clock, inactivityMs, signal);
  let lines = 0;
  const handlers = {
    onOpen: (): void => {
      onContact();
      onOpen();
    },
    onLine: (line: string): void => {
      silence.extend();
      onContact();
      takeIn(options, line);
      lines += 1;
    },
  };
  try {
    await rest.watch(resource, watch, handlers, silence.signal);
    return { end: 'closed', lines };
  } catch (error) {
    return { end: silence.expired ? 'inactive' : endOf(error), lines, error };
  } finally {
    silence.end();
  }
}

function takeIn<T extends KubeObject>(options: WatchSessionOptions<T>, line: string): void {
  const { store, scope } = options;
  const event = parseWatchLine<T>(line);
  if (event.type === 'ERROR') throw new WatchErrorEvent(event.status);
  if (event.type === 'BOOKMARK') store.advance(scope, event.resourceVersion);
  else store.apply(scope, event.type, store.ingest(event.object));
}

function endOf(error: unknown): WatchEnd {
  if (error instanceof WatchErrorEvent) return error.gone ? 'gone' : 'error_event';
  if (error instanceof BadWatchLineError) return 'bad_line';
  // 400: the server doesn't take our resourceVersion; as hopeless as one that is too old.
  if (error instanceof ApiError && (error.gone || error.code === 400)) return 'gone';
  return error instanceof ApiError && !error.transport ? 'refused' : 'broken';
}
