// A vCenter that doesn't answer is asked by one caller and not by all. After a call that failed on the connection a probe
// goes out at once: most such failures are a single cut connection, and nobody notices those. When the probe fails as well,
// the vCenter is away: one probe at a time, at most one a second, and every other call is refused without being sent until
// an answer comes, whatever that says. A call that was sent before keeps its own outcome.
import { sleep } from '../../util/abort.ts';
import { backoffDelay } from '../../util/backoff.ts';
import type { Clock, Timer } from '../../util/clock.ts';
import { VSphereError, isLocalFault } from '../faults.ts';
import type { SendCall, SoapCall } from './call.ts';

/** Shortest time from one probe to the next, milliseconds; it grows while nobody answers. */
const PROBE_PAUSE = { initialMs: 1_000, maxMs: 5_000, factor: 1.2, jitter: 0 } as const;
/** Between the end of a probe that took longer than that and the next, milliseconds. */
const SHORTEST_PAUSE_MS = 250;
/** How long a call waits for the first probe after a failure, milliseconds. */
const PATIENCE_MS = 2_000;
/** Longest first probe, milliseconds; each has twice the time of the one before, so a slow vCenter is heard, too. */
const FIRST_PROBE_MS = 5_000;
/** Reads without effect that find out whether anybody answers: the gate's own, and the first call of a login. */
const PROBES: ReadonlySet<string> = new Set(['CurrentTime', 'RetrieveServiceContent']);
/** Its answer comes when something changes, so that none came in time says nothing. */
const LONG_POLL = 'WaitForUpdatesEx';

/** Sends one of PROBES within `timeoutMs`; how it ends is seen at the gate. */
export type Probe = (timeoutMs: number) => Promise<unknown>;

/** It isn't known whether a failure was an outage. */
interface Doubt {
  readonly over: PromiseWithResolvers<void>;
  readonly timer: Timer;
}

export class OutageGate {
  readonly #clock: Clock;
  readonly #listeners = new Set<(failure: VSphereError | undefined) => void>();
  /** Calls that were sent as probes. */
  readonly #sent = new WeakSet<SoapCall>();
  #doubt: Doubt | undefined;
  #failure: VSphereError | undefined;
  #probe: Probe | undefined;
  #probing: AbortController | undefined;
  /** Probes in a row that weren't answered. */
  #probes = 0;
  /** Monotonic milliseconds before which none goes out. */
  #nextProbeAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How it showed that the vCenter is away; undefined: it isn't, as far as anybody knows. */
  get failure(): VSphereError | undefined {
    return this.#failure;
  }

  /** `listener` is told when the vCenter is away, with the failure, and when it's back. Returns how to end that. */
  onChange(listener: (failure: VSphereError | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** From now on probes are sent as they are due. Without this the first call of the next login is the probe. */
  attach(probe: Probe): void {
    this.#probe = probe;
    if (!this.#isOpen) this.#startProbing();
  }

  detach(): void {
    this.#probe = undefined;
    this.#stopProbing();
  }

  /** Resolves when the call may be sent. Rejects with fault `Away` when it may not: nothing of it was sent. */
  async enter(call: SoapCall): Promise<void> {
    if (this.#isOpen || this.#isNextProbe(call)) return;
    await this.#doubt?.over.promise;
    if (!this.#isOpen) throw this.#away(call);
  }

  /** Once more when the call has its socket and nothing is sent yet: it may have waited for one. Throws as `enter` does. */
  leave(call: SoapCall): void {
    if (!this.#isOpen && !this.#sent.has(call)) throw this.#away(call);
  }

  /** vCenter answered a call, with a value or a fault of its own. */
  answered(): void {
    if (this.#isOpen) return;
    const wasAway = this.#failure !== undefined;
    this.#failure = undefined;
    this.#probes = 0;
    this.#nextProbeAt = Number.NEGATIVE_INFINITY;
    this.#stopProbing();
    this.#endDoubt();
    // a moment later: where the answer was that nobody is logged in, the login has begun by then and everybody waits for it
    if (wasAway) this.#clock.schedule(0, () => this.#tell());
  }

  /** A call failed on the connection. */
  unanswered(call: SoapCall, failure: VSphereError): void {
    if (this.#failure !== undefined) return;
    if (this.#doubt === undefined) {
      const timer = this.#clock.schedule(PATIENCE_MS, () => this.#giveUp(failure));
      this.#doubt = { over: Promise.withResolvers(), timer };
      this.#startProbing();
    } else if (this.#sent.has(call)) this.#giveUp(failure);
  }

  get #isOpen(): boolean {
    return this.#failure === undefined && this.#doubt === undefined;
  }

  #isNextProbe(call: SoapCall): boolean {
    const now = this.#clock.monotonic();
    if (!PROBES.has(call.method) || now < this.#nextProbeAt) return false;
    this.#nextProbeAt = now + backoffDelay(this.#probes, PROBE_PAUSE);
    this.#probes += 1;
    this.#sent.add(call);
    return true;
  }

  #giveUp(failure: VSphereError): void {
    this.#failure = failure;
    this.#endDoubt();
    this.#tell();
  }

  #endDoubt(): void {
    this.#doubt?.timer.cancel();
    this.#doubt?.over.resolve();
    this.#doubt = undefined;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.#failure);
  }

  #away({ object, method, opId }: SoapCall): VSphereError {
    return new VSphereError({ fault: 'Away', object, method, opId, sent: false, cause: this.#failure });
  }

  #startProbing(): void {
    if (this.#probe === undefined || this.#probing !== undefined) return;
    this.#probing = new AbortController();
    this.#keepProbing(this.#probing.signal).catch(() => undefined); // its signal fired
  }

  #stopProbing(): void {
    this.#probing?.abort();
    this.#probing = undefined;
  }

  async #keepProbing(signal: AbortSignal): Promise<never> {
    for (let timeoutMs = FIRST_PROBE_MS; ; timeoutMs *= 2) {
      await this.#probe?.(timeoutMs).catch(() => undefined); // it was seen where it was sent
      const pauseMs = Math.max(this.#nextProbeAt - this.#clock.monotonic(), SHORTEST_PAUSE_MS);
      await sleep(this.#clock, pauseMs, signal);
    }
  }
}

/** The gate as a layer, below the one that repeats: a repetition is a call like any other. */
export function withGate(send: SendCall, gate: OutageGate): SendCall {
  return async function sendThroughGate(call) {
    for (;;) {
      await gate.enter(call);
      try {
        const value = await send(call);
        gate.answered();
        return value;
      } catch (error) {
        if (!(error instanceof VSphereError)) throw error;
        if (error.fault === 'Away') continue; // it left while the call waited for a socket
        if (isUnanswered(error)) gate.unanswered(call, error);
        else if (!isLocalFault(error.fault)) gate.answered();
        throw error;
      }
    }
  };
}

/** The connection, or somebody on the way who speaks for a vCenter that isn't there. */
function isUnanswered({ fault, method, status = 0 }: VSphereError): boolean {
  if (fault === 'Timeout') return method !== LONG_POLL;
  return fault === 'Transport' || ((fault === 'Http' || fault === 'BadReply') && status >= 500);
}
