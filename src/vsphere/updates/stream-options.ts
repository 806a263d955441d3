// What the stream of updates works with, and at what pace.
import type { BackoffOptions } from '../../util/backoff.ts';
import type { Clock } from '../../util/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Invoke } from '../invoke.ts';
import type { MoRef } from '../mo-ref.ts';
import type { ServiceContent } from '../service-content.ts';
import type { TaskCause } from '../task-causes.ts';

export interface StreamOptions {
  readonly invoke: Invoke;
  readonly content: ServiceContent;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pollSeconds: number;
  /** How long the first of several changes waits for the rest, milliseconds. */
  readonly coalesceMs: number;
  /** Least time between two deliveries while tasks of ours run, milliseconds. */
  readonly restMs: number;
  /** How long a new task waits for a sign of its end before it is watched, milliseconds. */
  readonly taskDelayMs: number;
  /** Number of the current session. */
  readonly generation: () => number;
  /** The call that started a task, where it was one of ours. */
  readonly causeOf: (task: MoRef) => TaskCause | undefined;
  /** Pauses before a watch that could not be set up is tried again. */
  readonly retry: BackoffOptions;
  /** A watch that held this long, in milliseconds, was a good one. */
  readonly stableMs: number;
  /** Milliseconds that a poll may take beyond what the server was asked to wait. */
  readonly pollGraceMs: number;
}
