// Every flag of the operator in one table: `--help`, the environment variables and the parser are made from it.
// A flag `--lease-duration` is also the environment variable LCO_LEASE_DURATION; the flag wins.

import { LOG_LEVELS } from './telemetry/logger.ts';

export type FlagKind = 'seconds' | 'integer' | 'boolean' | 'string' | 'list' | 'address';

export interface FlagDef {
  readonly kind: FlagKind;
  /** Default as a person would write it; seconds may have a fraction. */
  readonly value: string;
  readonly min?: number;
  /** In place of `min` where --allow-loopback-vcenter is given: only tests, which run nothing beside that has another value. */
  readonly minOnLoopback?: number;
  readonly max?: number;
  /** The only values of a string flag. */
  readonly choices?: readonly string[];
  readonly help: string;
}

export const FLAGS = {
  kubeconfig: {
    kind: 'string',
    value: '',
    help: "kubeconfig file; empty: $KUBECONFIG, else the Pod's service account, else ~/.kube/config",
  },
  namespace: {
    kind: 'string',
    value: '',
    help: "the operator's own namespace (Lease, credentials); empty: the Pod's, else linked-clone-system",
  },
  'watch-namespaces': { kind: 'list', value: '', help: 'comma-separated namespaces to manage; empty: all' },
  vcenters: {
    kind: 'list',
    value: '',
    help: 'comma-separated names of the VCenters to look after; empty: all. Two operators of one cluster share none',
  },
  'metrics-listen': {
    kind: 'address',
    value: '127.0.0.1:0',
    help: 'host:port of /metrics, /healthz, /readyz and /progress; port 0: any free one',
  },
  'log-level': {
    kind: 'string',
    value: 'info',
    choices: LOG_LEVELS,
    help: 'trace, debug, info, warn, error or silent',
  },
  'leader-elect': { kind: 'boolean', value: 'true', help: 'work only while holding the Lease linked-clone-operator' },
  'lease-duration': {
    kind: 'seconds',
    value: '15',
    min: 0.5,
    help: 'how long a Lease is respected after its last renewal',
  },
  'lease-renew-deadline': {
    kind: 'seconds',
    value: '10',
    min: 0.3,
    help: 'stop leading when the Lease could not be renewed for this long',
  },
  'lease-retry': { kind: 'seconds', value: '2', min: 0.05, help: 'between tries to get or renew the Lease' },
  'shutdown-timeout': { kind: 'seconds', value: '8', min: 0.5, help: 'longest clean stop' },
  workers: { kind: 'integer', value: '48', min: 1, max: 256, help: 'reconciles of one kind at a time' },
  'create-rate': {
    kind: 'integer',
    value: '40',
    min: 1,
    help: 'LinkedClones that all sets together make in a second, beyond --create-burst; well above what a vCenter clones',
  },
  'create-burst': { kind: 'integer', value: '40', min: 1, help: 'LinkedClones that all sets together make at once' },
  'kube-connect-timeout': {
    kind: 'seconds',
    value: '5',
    min: 0.1,
    help: 'longest TCP and TLS set-up to the API server',
  },
  'kube-token-interval': {
    kind: 'seconds',
    value: '10',
    min: 0.1,
    help: 'how often tokens and certificates that the kubeconfig or the service account keeps in files are read again',
  },
  'kube-request-timeout': { kind: 'seconds', value: '15', min: 0.2, help: 'longest request to the API server' },
  'reconcile-timeout': {
    kind: 'seconds',
    value: '60',
    min: 1,
    help: 'a reconcile that takes longer is logged; one that opens a session gives up',
  },
  'retry-base': {
    kind: 'seconds',
    value: '0.05',
    min: 0.001,
    help: 'first delay after a failed reconcile; it doubles',
  },
  'retry-max': { kind: 'seconds', value: '60', min: 0.01, help: 'longest delay between retries of one object' },
  'watch-timeout': {
    kind: 'seconds',
    value: '300',
    min: 1,
    help: 'shortest server-side length of a watch; the longest is twice that',
  },
  'watch-inactivity': {
    kind: 'seconds',
    value: '150',
    min: 1,
    help: 'a watch without events and bookmarks for this long is opened again',
  },
  'gate-timeout': {
    kind: 'seconds',
    value: '30',
    min: 0.1,
    help: 'longest wait for the cache to show our own write; then a live read',
  },
  'status-interval': {
    kind: 'seconds',
    value: '1',
    min: 0.01,
    help: 'shortest time between two status writes of one set, base or VCenter',
  },
  'step-quiet': {
    kind: 'seconds',
    value: '10',
    min: 0,
    help: 'a step of a clone on its way is written only when it lasts longer; results are written at once',
  },
  'summary-delay': {
    kind: 'seconds',
    value: '0.1',
    min: 0,
    help: 'changes of clones are summed up for this long before their set and base look',
  },
  'event-window': {
    kind: 'seconds',
    value: '600',
    min: 1,
    help: 'equal Kubernetes events within this time count up one',
  },
  'event-refill': {
    kind: 'seconds',
    value: '60',
    min: 0.1,
    help: 'after its first 25 events an object may have another one each',
  },
  'reference-grace': {
    kind: 'seconds',
    value: '60',
    min: 0.01,
    help: 'a missing reference is Reconciling this long, Stalled after it',
  },
  'credentials-interval': { kind: 'seconds', value: '60', min: 0.05, help: 'how often a credentials Secret is read' },
  'login-retry': {
    kind: 'seconds',
    value: '900',
    min: 0.05,
    help: 'wait after a refused login; doubles up to four times this; a fifth of it is the time in which an account is refused three times at most',
  },
  'connect-retry': {
    kind: 'seconds',
    value: '10',
    min: 0.05,
    help: 'longest wait between tries to reach a vCenter that does not answer',
  },
  'vcenter-request-timeout': { kind: 'seconds', value: '60', min: 0.2, help: 'longest single vCenter call' },
  'vcenter-connect-timeout': {
    kind: 'seconds',
    value: '5',
    min: 0.1,
    help: 'longest TCP and TLS set-up to a vCenter',
  },
  'vcenter-retry-base': {
    kind: 'seconds',
    value: '0.2',
    min: 0.001,
    help: 'pause before a read whose connection broke is repeated; it doubles, and there are two repetitions',
  },
  'vcenter-retry-max': { kind: 'seconds', value: '1', min: 0.001, help: 'longest of those pauses' },
  'vcenter-keep-alive': { kind: 'seconds', value: '300', min: 1, help: 'idle time after which the session is touched' },
  'poll-interval': {
    kind: 'seconds',
    value: '50',
    min: 0.2,
    help: 'how long one WaitForUpdatesEx hangs when nothing changes; rounded up to whole seconds',
  },
  'poll-grace': {
    kind: 'seconds',
    value: '30',
    min: 0.1,
    help: 'a WaitForUpdatesEx that takes so much longer than asked for is given up',
  },
  'poll-retry-base': {
    kind: 'seconds',
    value: '1',
    min: 0.01,
    help: 'first pause before the watch of a vCenter is set up again when that failed; it doubles',
  },
  'poll-retry-max': { kind: 'seconds', value: '30', min: 0.01, help: 'longest of those pauses' },
  'poll-stable': {
    kind: 'seconds',
    value: '5',
    min: 0,
    help: 'a watch of a vCenter that held this long was a good one: the next is set up at once',
  },
  'poll-coalesce': {
    kind: 'seconds',
    value: '0.1',
    min: 0,
    help: 'longest time that the first of several changes in vCenter waits for the rest, so that a burst is handled at once; shorter where nothing else of ours is due',
  },
  'poll-rest': {
    kind: 'seconds',
    value: '0.25',
    min: 0,
    help: 'usual time between two deliveries of changes while tasks of ours run, so that those that drifted apart meet again; shorter where several are due before that',
  },
  'task-watch-delay': {
    kind: 'seconds',
    value: '1.5',
    min: 0,
    help: 'how long a task of ours runs before it is watched, unless something it may have done is seen before',
  },
  'event-check-interval': {
    kind: 'seconds',
    value: '60',
    min: 0.2,
    help: 'how often, while vCenter is being changed, its latest event is looked at: has the inventory gone back in time?',
  },
  'event-check-quiet': {
    kind: 'seconds',
    value: '2',
    min: 0.05,
    help: 'how long after the last change to vCenter its latest event is looked at once more, so that nothing is left to do',
  },
  'privileges-interval': {
    kind: 'seconds',
    value: '300',
    min: 0.2,
    help: "how often, while a privilege is missing, vCenter is asked again for the account's",
  },
  'batch-window': { kind: 'seconds', value: '0.025', min: 0, help: 'live reads within this time go out together' },
  'inventory-reread': {
    kind: 'seconds',
    value: '5',
    min: 0.05,
    help: 'folders, pools, hosts and datastores are read again when a name is missing, but not more often than this',
  },
  'spec-cache': {
    kind: 'seconds',
    value: '30',
    min: 0,
    help: 'how long a stored customization specification is taken as it was read',
  },
  'conflict-memory': {
    kind: 'seconds',
    value: '600',
    min: 1,
    minOnLoopback: 0.5,
    help: 'how long sets with onNameConflict: NextOrdinal step over a name that another VM had',
  },
  'capacity-retry': {
    kind: 'seconds',
    value: '60',
    min: 0.05,
    help: 'first wait after NoDiskSpace or InsufficientResources; doubles up to eight times this',
  },
  'conflict-retry': {
    kind: 'seconds',
    value: '30',
    min: 0.05,
    help: 'how often a name that another VM has is tried again',
  },
  'lost-after': { kind: 'seconds', value: '300', min: 0, help: 'a lost clone is replaced by its set after this' },
  'storage-interval': {
    kind: 'seconds',
    value: '1800',
    min: 0.2,
    help: 'how often storage figures of all clones are read',
  },
  'claim-renew': {
    kind: 'seconds',
    value: '180',
    min: 0,
    help: 'how often the claim on a vCenter is renewed, which is live for 600 s; more than 300 is taken for 300, 0 means no claim',
  },
  'claim-settle': {
    kind: 'seconds',
    value: '2',
    min: 1.5,
    minOnLoopback: 0.6,
    help: 'a claim that somebody had before is looked at once more after this, before anything is done in the vCenter',
  },
  'orphan-interval': {
    kind: 'seconds',
    value: '1800',
    min: 0.2,
    help: 'how often every virtual machine of a vCenter is looked at for one whose LinkedClone is gone',
  },
  'resync-interval': {
    kind: 'seconds',
    value: '600',
    min: 1,
    minOnLoopback: 0.5,
    help: 'every object is looked at again after this',
  },
  'allow-loopback-vcenter': {
    kind: 'boolean',
    value: 'false',
    help: 'accept a VCenter whose server is a loopback or link-local address (tests and the demo)',
  },
  'allow-insecure-tls': { kind: 'boolean', value: 'false', help: 'accept VCenters with insecureSkipVerify' },
  version: { kind: 'string', value: '', help: 'version to report instead of the built-in one' },
} as const satisfies Record<string, FlagDef>;

export type FlagName = keyof typeof FLAGS;
