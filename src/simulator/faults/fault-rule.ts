// One line of the fault plan: which calls it hits and what happens to them. This is the JSON of POST /v1/faults.

/** A fault as JSON: its type, or its type with fields: `"NoDiskSpace"`, `{"type": "NoPermission", "privilegeId": "…"}`. */
export type FaultJson =
  string | { readonly type: string; readonly message?: string; readonly [field: string]: unknown };

/** Every condition that is given must hold. */
export interface FaultMatch {
  /** Wire name: `CloneVM_Task`. */
  readonly method?: string;
  /** MoRef value (`vm-42`), `Type:value`, or the name of the object the method is called on. */
  readonly object?: string;
  /** User name of the session. */
  readonly caller?: string;
  /** Only from the nth call on that the other conditions hold for; 1 is the first. */
  readonly nth?: number;
  /** 0 to 1: the share of the calls that is hit, by the simulator's seed. */
  readonly probability?: number;
}

export interface FaultAction {
  /** The call is answered with this fault and has no effect. */
  readonly fault?: FaultJson;
  /** The call is answered with this HTTP status and has no effect. */
  readonly http?: number;
  /** The connection is cut: before the call has an effect, or after it, so that only the reply is lost. */
  readonly reset?: 'before' | 'after';
  /** Real milliseconds before anything else happens. */
  readonly delayMs?: number;
  /** The call's task runs and ends with this fault. */
  readonly taskFault?: FaultJson;
  /** CloneVM makes a full copy whatever diskMoveType says. */
  readonly ignoreDiskMoveType?: boolean;
}

export interface FaultRule {
  readonly match: FaultMatch;
  readonly action: FaultAction;
  /** How many calls are hit at most. Default: 1 with `nth`, without limit else. */
  readonly times?: number;
}
