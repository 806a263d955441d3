// One active operator at a time, by a Lease, with client-go's rules: a lease is taken over only after it hasn't been seen
// to change for its whole duration on our own monotonic clock; a leader that can't renew within the renew deadline stops
// being one before anybody else may start. This isn't fencing: assertLeading comes before every change, and readHolder
// before those that can't be undone.
import type { Logger } from '../telemetry/logger.ts';
import { isAbort, sleep } from '../util/abort.ts';
import type { Clock } from '../util/clock.ts';
import { errorMessage } from '../util/errors.ts';
import { SharedRead } from '../util/shared-read.ts';
import { ApiError, isConflict, isNotFound } from './api-error.ts';
import { startDeadline } from './deadline.ts';
import { formerHolders, withoutHolder } from './former-holders.ts';
import type { FormerHolder } from './former-holders.ts';
import { LeaseWatchdog } from './lease-watchdog.ts';
import { LEASES, durationMsOf, heldBy, holderOf, released } from './lease.ts';
import type { Lease } from './lease.ts';
import type { ObjectKey } from './objects.ts';
import type { RestClient } from './rest.ts';

export interface LeaderElectorOptions {
  readonly rest: RestClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process, or two of them would both believe to lead. */
  readonly identity: string;
  readonly leaseDurationMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  readonly random?: () => number;
  /** Called once, when leadership begins. */
  readonly onStartedLeading?: () => void;
  /** Called when leadership ends, lost or given back; `lost` means: stop at once, somebody else may lead soon. */
  readonly onStoppedLeading?: (why: ElectionEnd) => void;
  /** Another holder was seen. */
  readonly onNewLeader?: (identity: string) => void;
}

export type ElectionEnd = 'released' | 'lost';

interface Observation {
  readonly lease: Lease;
  /** Monotonic time at which this version of it was first seen. */
  readonly at: number;
}

const DEFAULTS = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000, random: Math.random };
/** What is begun before the Lease runs out has this long to arrive. */
const ALONE_MARGIN_MS = 1_000;
/** As client-go: candidates wait up to 2.2 retry periods, so that they don't all ask at once. */
const JITTER = 1.2;

export class LeaderElector {
  readonly #options: LeaderElectorOptions & typeof DEFAULTS;
  readonly #rest: RestClient;
  readonly #key: ObjectKey;
  readonly #watchdog: LeaseWatchdog;
  #observed: Observation | undefined;
  #leading = false;
  /** Until when the Lease that was lost for want of renewals keeps all others from leading, monotonic milliseconds. */
  #aloneUntil = Number.NEGATIVE_INFINITY;
  #former: readonly FormerHolder[] = [];
  /** One at a time: on the Lease's few connections a renewal must not queue behind the reads of all who destroy. */
  readonly #holder = new SharedRead(() => this.#readHolderNow());

  constructor(options: LeaderElectorOptions) {
    this.#options = { ...DEFAULTS, ...options };
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = this.#options;
    if (leaseDurationMs <= renewDeadlineMs) throw new Error('the lease must last longer than the renew deadline');
    if (renewDeadlineMs <= retryPeriodMs * JITTER) throw new Error('the renew deadline must exceed 1.2 retry periods');
    // Half the deadline: after one request that hangs there's time for another one. Own connections: never behind reads.
    this.#rest = options.rest.derive({ timeoutMs: renewDeadlineMs / 2, pool: 'lease' });
    this.#key = { namespace: options.namespace, name: options.name };
    this.#watchdog = new LeaseWatchdog(options.clock, renewDeadlineMs);
  }

  /**
   * Waits for leadership, keeps it until it's lost or `signal` fires, and then gives it back. Resolves with how it ended;
   * `lost` leaves nothing running, and the process should end.
   */
  async run(signal: AbortSignal): Promise<ElectionEnd> {
    if (!(await this.#acquire(signal))) return 'released';
    this.#leading = true;
    this.#options.logger.info({ identity: this.#options.identity }, 'became the leader');
    this.#options.onStartedLeading?.();
    const end = await this.#renew(signal);
    this.#leading = false;
    if (end === 'lost' && holderOfObserved(this.#observed) === this.#options.identity)
      this.#aloneUntil = this.#options.clock.monotonic() - this.#watchdog.ageMs() + this.#options.leaseDurationMs;
    this.#watchdog.lost();
    if (end === 'released') await this.#release();
    this.#options.logger[end === 'lost' ? 'error' : 'info']({ identity: this.#options.identity }, `leadership ${end}`);
    this.#options.onStoppedLeading?.(end);
    return end;
  }

  isLeader(): boolean {
    return this.#leading && this.#watchdog.ageMs() <= this.#options.renewDeadlineMs;
  }

  /** Milliseconds since the last successful renewal was sent, on the monotonic clock; Infinity when not leading. */
  leaseAgeMs(): number {
    return this.#watchdog.ageMs();
  }

  /** True while nobody else can lead yet, though this process, which couldn't renew the Lease, doesn't any more. */
  isAlone(): boolean {
    return this.#options.clock.monotonic() < this.#aloneUntil - ALONE_MARGIN_MS;
  }

  /** Throws NotLeadingError when the lease is too old, or the wall clock jumped and no live read has confirmed us since. */
  assertLeading(): void {
    this.#watchdog.assert();
  }

  /** Who held the lease before this process took it, the latest first. */
  get formerHolders(): readonly FormerHolder[] {
    return this.#former;
  }

  /** The holder as the API server says it after this call: who asks while a read is under way shares the next one. */
  readHolder(): Promise<string> {
    return this.#holder.get();
  }

  async #readHolderNow(): Promise<string> {
    const sent = this.#watchdog.sending();
    const holder = holderOf(await this.#rest.get(LEASES, this.#key));
    if (holder === this.#options.identity && this.#leading) this.#watchdog.confirmed(sent);
    return holder;
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, retryPeriodMs, random } = this.#options;
    while (!signal.aborted) {
      if (await this.#attempt(signal)) return true;
      const retryMs = retryPeriodMs * (1 + JITTER * random());
      // A lease that is about to run out is asked for at that moment, not a retry period later.
      const expiryMs = this.#msToExpiry();
      const delayMs = expiryMs > 0 ? Math.min(retryMs, expiryMs) : retryMs;
      if (!(await pause(clock, delayMs, signal))) return false;
    }
    return false;
  }

  async #renew(signal: AbortSignal): Promise<ElectionEnd> {
    const { clock, retryPeriodMs, renewDeadlineMs, identity } = this.#options;
    const leftMs = (): number => renewDeadlineMs - this.#watchdog.ageMs();
    while (leftMs() > 0) {
      if (!(await pause(clock, Math.min(retryPeriodMs, leftMs()), signal))) return 'released';
      // A request that hangs must not carry us over the deadline.
      const deadline = startDeadline(clock, Math.max(0, leftMs()), signal);
      await this.#attempt(deadline.signal);
      deadline.end();
      if (signal.aborted) return 'released';
      // A lease that was deleted is made again while there's time.
      const holder = holderOfObserved(this.#observed);
      if (holder !== undefined && holder !== identity) return 'lost';
    }
    return 'lost';
  }

  /** Tries once to take or renew the lease; false, logged, when that didn't work. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#takeOrRenew(signal);
    } catch (error) {
      if (isAbort(error) || signal.aborted) return false;
      // Somebody else wrote it first: not a failure, but what we know of it is out of date. A missing namespace is one.
      const raced =
        error instanceof ApiError &&
        (error.conflict || error.alreadyExists || (error.notFound && error.details.kind !== 'namespaces'));
      this.#options.logger[raced ? 'debug' : 'warn']({ error: errorMessage(error) }, 'lease not taken');
      if (raced && this.#leading) await this.#reread(signal);
      return false;
    }
  }

  async #takeOrRenew(signal: AbortSignal): Promise<boolean> {
    const { clock, identity, leaseDurationMs, namespace, name } = this.#options;
    const mine = holderOfObserved(this.#observed) === identity;
    const lease = mine && this.#leading ? this.#observed?.lease : await this.#read(signal);
    const sent = this.#watchdog.sending();
    const spec = heldBy(lease?.spec, identity, leaseDurationMs, clock.now());
    if (lease === undefined) {
      this.#observe(await this.#rest.create(LEASES, namespace, { metadata: { name }, spec }, signal));
    } else {
      if (holderOf(lease) !== '' && holderOf(lease) !== identity && this.#msToExpiry() > 0) return false;
      const left = holderOf(lease) === identity ? lease : withoutHolder(lease);
      // The resourceVersion in it makes the server refuse when anybody wrote the lease since it was read.
      this.#observe(await this.#rest.replace(LEASES, { ...left, spec }, {}, signal));
      if (!this.#leading) this.#former = formerHolders(left, this.#rest.serverNow() ?? clock.now(), leaseDurationMs);
    }
    this.#watchdog.renewed(sent);
    return true;
  }

  async #reread(signal: AbortSignal): Promise<void> {
    try {
      await this.#read(signal);
    } catch (error) {
      this.#options.logger.warn({ error: errorMessage(error) }, 'lease not read');
    }
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    try {
      const lease = await this.#rest.get(LEASES, this.#key, signal);
      this.#observe(lease);
      return lease;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#observed = undefined;
      return undefined;
    }
  }

  #observe(lease: Lease): void {
    if (this.#observed?.lease.metadata.resourceVersion === lease.metadata.resourceVersion) return;
    const before = holderOfObserved(this.#observed);
    this.#observed = { lease, at: this.#options.clock.monotonic() };
    const holder = holderOf(lease);
    if (holder === '' || holder === before || holder === this.#options.identity) return;
    const name = `${this.#key.namespace}/${this.#key.name}`;
    this.#options.logger.info({ lease: name, holder }, 'another instance holds the Lease: this one waits for it');
    this.#options.onNewLeader?.(holder);
  }

  /** Milliseconds until the observed lease has been unchanged for its whole duration. */
  #msToExpiry(): number {
    if (this.#observed === undefined) return 0;
    const { lease, at } = this.#observed;
    return at + durationMsOf(lease, this.#options.leaseDurationMs) - this.#options.clock.monotonic();
  }

  async #release(): Promise<void> {
    // Read first: the renewal that the stop cut off may have been stored. It may also be so after the read: then once more.
    const giveBack = async (): Promise<void> => {
      const lease = await this.#rest.get(LEASES, this.#key);
      if (holderOf(lease) !== this.#options.identity) return;
      const spec = released(lease.spec, this.#options.clock.now());
      await this.#rest.replace(LEASES, { ...withoutHolder(lease), spec });
    };
    try {
      await giveBack().catch((error: unknown) => {
        if (!isConflict(error)) throw error;
        return giveBack();
      });
    } catch (error) {
      this.#options.logger.warn({ error: errorMessage(error) }, 'lease not released: it runs out by itself');
    }
  }
}

function holderOfObserved(observed: Observation | undefined): string | undefined {
  return observed === undefined ? undefined : holderOf(observed.lease);
}

/** False when `signal` fired first. */
async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(clock, delayMs, signal);
    return true;
  } catch {
    return false;
  }
}
