// Why an object isn't ready yet, thrown by the phase that found out. The table of reasons decides what it means (work goes
// on, a human must act, or first the one and then the other), so no phase does.

export interface NotReadyOptions {
  /** When to look again, milliseconds; left out: an event is waited for, or the reason's own pace. */
  readonly requeueAfterMs?: number | undefined;
  /** A condition beside Ready that becomes False for the same reason. */
  readonly condition?: string;
  /** For a reason that is inherited: the object that is waited for needs a person. */
  readonly stalled?: boolean;
  readonly cause?: unknown;
}

export class NotReady extends Error {
  override readonly name = 'NotReady';
  /** A reason that the kind's table has for Ready. */
  readonly reason: string;
  readonly requeueAfterMs: number | undefined;
  readonly condition: string | undefined;
  readonly stalled: boolean;
  constructor(reason: string, message: string, options: NotReadyOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.requeueAfterMs = options.requeueAfterMs;
    this.condition = options.condition;
    this.stalled = options.stalled === true;
  }
}
