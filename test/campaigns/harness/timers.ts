// The operator's timers as campaigns run it, and how long it has to be quiet in the end: twice the longest of those that can
// lead to a write by itself. They are short, but the Lease's, which has to outlive the pauses of a loaded machine, and the bounds
// of calls. What may be longer stands below with its reason.

export type Flags = Readonly<Record<string, string | number | boolean>>;

/** Simulated seconds in a real one: a linked clone takes an eighth of a second. */
export const SPEED = 40;
/** Simulated, as every run has to be quiet. */
const QUIET_S = 60;
/** From a leader's first look at the claim to its second one, after which it works. */
export const CLAIM_SETTLE_MS = 750;
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
  'retry-max': 0.75,
  'vcenter-retry-max': 0.75,
  'watch-inactivity': 4,
  'gate-timeout': 0.75,
  'status-interval': 0.1,
  'step-quiet': 0.75,
  'summary-delay': 0.02,
  'event-refill': 0.5,
  'reference-grace': 0.75,
  'credentials-interval': 0.5,
  'login-retry': 0.75,
  'connect-retry': 0.5,
  'vcenter-keep-alive': 1,
  'poll-interval': 0.75,
  'poll-grace': 0.75,
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
  'spec-cache': 0.75,
  'conflict-memory': 0.75,
  'capacity-retry': 0.09,
  'conflict-retry': 0.3,
  'lost-after': 0.5,
  'storage-interval': 0.75,
  'orphan-interval': 0.75,
  // a claim that came late is settled after one and a half of them; so long a story seldom lasts, whose renewals are numbered
  'claim-renew': 10,
  'claim-settle': CLAIM_SETTLE_MS / 1000,
  'resync-interval': 0.75,
};

/** Waits that double, up to so many times their flag. */
const GROWS: Readonly<Record<string, number>> = { 'capacity-retry': 8 };

const BOUND = 'bounds a call that is under way, and with a write under way it is not at rest';

const WITHHELD = 'the next watch brings what was withheld, and rest begins only when no watch withholds anything';

/** Timers that may be longer than half of the quiet time, and why none of them leads to a write by itself at rest. */
export const WITHOUT_WRITES: Readonly<Record<string, string>> = {
  'lease-duration': 'it is about the Lease, whose renewals are no writes of ours',
  'lease-renew-deadline': 'it is about the Lease, whose renewals are no writes of ours',
  'lease-retry': 'it is about the Lease, whose renewals are no writes of ours',
  'claim-renew': 'it is about the claim, whose renewals are no writes of ours',
  'shutdown-timeout': 'bounds a stop, and nobody stops it at rest',
  'reconcile-timeout': BOUND,
  'kube-request-timeout': BOUND,
  'kube-connect-timeout': BOUND,
  'vcenter-request-timeout': BOUND,
  'vcenter-connect-timeout': BOUND,
  'kube-token-interval': 'files are read, which nobody changes',
  'watch-timeout':
    'the API server ends a watch after it, and the next one goes on from there: there is no news in that',
  'watch-inactivity': `${WITHHELD}; shorter, it would end the old views that plans show`,
  'event-window': 'what is over is forgotten, and said again only with an occasion',
  'vcenter-keep-alive':
    'an idle session is used, as it is more often by the inventory that is read; one second is its least',
  'login-retry': 'it is for a vCenter without a session, whose clones are not Ready: that is no end',
};

/** How long operators with these flags have to write nothing but Lease and claim. */
export function quietMs(flags: Flags): number {
  const timers = Object.entries(flags).map(([name, value]) =>
    typeof value !== 'number' || WITHOUT_WRITES[name] !== undefined ? 0 : value * (GROWS[name] ?? 1),
  );
  return Math.max(QUIET_S / SPEED, 2 * Math.max(0, ...timers)) * 1000;
}
