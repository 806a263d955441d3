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
  /** What is wrong with the reply's text, whatever the call did. */
  readonly body?: BodyFault;
  /** The reply says that it is this, such as `text/html`. */
  readonly contentType?: string;
  /** The caller's session ends first: the call is answered NotAuthenticated and has no effect. */
  readonly killSession?: boolean;
  /** The task object that the call returns is gone already; its work goes on. */
  readonly loseTask?: boolean;
  /** Nothing is answered for so many real seconds, then the connection is cut; the call has no effect. */
  readonly hangSeconds?: number;
  /** So many events are posted first, about the object that the method is called on. */
  readonly eventFlood?: number;
  /** This begins to be wrong with a host or a datastore before the call has an effect. */
  readonly condition?: ConditionJson;
  /** The call's task runs and ends with this fault. */
  readonly taskFault?: FaultJson;
  /** CloneVM makes a full copy whatever diskMoveType says. */
  readonly ignoreDiskMoveType?: boolean;
}

/** Either the first so many bytes of the reply, or something else instead: random bytes of the same length, or a text. */
export type BodyFault = { readonly truncateAt: number } | { readonly garbage: true | string };

/** The JSON of POST /v1/conditions. */
export interface ConditionJson {
  readonly condition: string;
  /** Name or MoRef value of the entity. */
  readonly object: string;
  /** Simulated seconds after which it is over; without: until somebody takes it back. */
  readonly forSeconds?: number;
}

export interface FaultRule {
  readonly match: FaultMatch;
  readonly action: FaultAction;
  /** How many calls are hit at most. Default: 1 with `nth`, without limit else. */
  readonly times?: number;
  /** The rule is over after so many simulated seconds. */
  readonly forSeconds?: number;
}
