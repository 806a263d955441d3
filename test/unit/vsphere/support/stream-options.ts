// How the tests of the watch set it up: times as the operator has them, but no rest between polls.
import type { StreamOptions } from '../../../../src/vsphere/updates/stream-options.ts';
import type { FakeClock } from '../../../support/fake-clock.ts';
import { silent } from './calls.ts';
import { CONTENT } from './watch-server.ts';
import type { WatchServer } from './watch-server.ts';

export function streamOptions(
  server: WatchServer,
  clock: FakeClock,
  others: Partial<StreamOptions> = {},
): StreamOptions {
  return {
    invoke: server.invoke,
    content: CONTENT,
    clock,
    logger: silent,
    pollSeconds: 50,
    coalesceMs: 200,
    retry: { initialMs: 1_000, maxMs: 30_000 },
    stableMs: 5_000,
    pollGraceMs: 30_000,
    restMs: 0,
    taskDelayMs: 150,
    generation: () => server.generation,
    causeOf: () => undefined,
    ...others,
  };
}
