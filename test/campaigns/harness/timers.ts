// The operator's timers as campaigns run it: each a second at most, but the Lease's, which has to outlive the pauses of a
// loaded machine, and the claim's first look, which comes once: a quiet time begins after it. Twice the longest of the others
// shows every write that would come by itself.

export type Flags = Readonly<Record<string, string | number | boolean>>;

/** Simulated seconds in a real one: a linked clone takes a sixth of a second. */
export const SPEED = 30;
/** 60 seconds of the simulator's clock, and twice the longest timer below. */
export const QUIET_MS = 2_000;
/** From a leader's first look at an object to its second one at the claim. */
export const CLAIM_SETTLE_MS = 1_500;
/** What goes on beside a story ends with it, and its steps have their own patience: only what hangs. */
export const STORY_MS = 900_000;
/** Longest wait for the end of a story, after the last fault. */
export const CONVERGE_MS = 60_000;
/** The same where a defect is expected to keep it from ending. */
export const DEFECT_PATIENCE_MS = 25_000;

export const SHORT_TIMERS: Flags = {
  'lease-duration': 8,
  'lease-renew-deadline': 6,
  'lease-retry': 0.5,
  // no wait: a stop ends when all is given back, and who is cut off in it by a pause leaves its session
  'shutdown-timeout': 30,
  'kube-request-timeout': 4,
  'vcenter-request-timeout': 5,
  'reconcile-timeout': 10,
  'retry-max': 1,
  'watch-inactivity': 4,
  'gate-timeout': 1,
  'status-interval': 0.1,
  'step-quiet': 1,
  'summary-delay': 0.02,
  'event-refill': 0.5,
  'reference-grace': 1,
  'credentials-interval': 0.5,
  'login-retry': 1,
  'connect-retry': 0.5,
  'vcenter-keep-alive': 1,
  'poll-interval': 1,
  'poll-grace': 1,
  'poll-retry-base': 0.05,
  'poll-retry-max': 0.5,
  'poll-stable': 0.5,
  'poll-coalesce': 0.02,
  'poll-rest': 0.02,
  'task-watch-delay': 0.1,
  'event-check-interval': 0.5,
  'event-check-quiet': 0.2,
  'privileges-interval': 0.5,
  'inventory-reread': 0.2,
  'spec-cache': 1,
  'conflict-memory': 1,
  'capacity-retry': 0.2,
  'conflict-retry': 0.3,
  'lost-after': 0.5,
  'storage-interval': 1,
  'orphan-interval': 1,
  'claim-settle': CLAIM_SETTLE_MS / 1000,
  'resync-interval': 1,
};
