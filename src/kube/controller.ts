// Works off the keys of one kind: a queue, some workers, and the policy for what a reconcile returns or throws (see
// reconcile-outcome.ts). Keys only: the event that woke a key is never looked at. A key whose own last write isn't in the
// cache yet is set aside and comes back when the gate lets it go; nothing polls. A reconcile gets an AbortSignal that
// fires at its time limit, and at shutdown when it takes longer than the drain time.
import { randomUUID } from 'node:crypto';
import type { Logger } from '../telemetry/logger.ts';
import type { BackoffOptions } from '../util/backoff.ts';
import type { Clock } from '../util/clock.ts';
import { errorMessage } from '../util/errors.ts';
import { startDeadline } from './deadline.ts';
import { formatKey, parseKey } from './objects.ts';
import type { ObjectKey } from './objects.ts';
import { outcomeOfError, outcomeOfResult } from './reconcile-outcome.ts';
import type { Outcome, OutcomeName } from './reconcile-outcome.ts';
import { WorkQueue } from './work-queue.ts';
import type { QueueEntry, QueueMetrics } from './work-queue.ts';
import type { GateState } from './write-gate.ts';

export interface ReconcileContext {
  readonly reconcileId: string;
  /** Has controller, namespace, name and reconcileId. */
  readonly logger: Logger;
  /** Fires at the time limit and at a hard stop: everything that waits must take it. */
  readonly signal: AbortSignal;
  /** Failures in a row before this one. */
  readonly attempt: number;
  /** The cache still lacks our last write after the gate's time: read live what is acted on. */
  readonly gateExpired: boolean;
}

/** Nothing, or when to come again, in milliseconds. */
export type ReconcileResult = { readonly requeueAfterMs?: number } | void;

/** What holds keys back; WriteGate is one. */
export interface KeyGate {
  state(key: ObjectKey): GateState;
  onRelease(listener: (key: ObjectKey) => void): () => void;
}

export interface ControllerMetrics extends QueueMetrics {
  /** `seconds` is 0 for `gated`. */
  reconciled?(outcome: OutcomeName, seconds: number): void;
  /** A reconcile that reached its time limit has ended. */
  timedOut?(): void;
}

export interface ControllerOptions {
  readonly name: string;
  readonly workers: number;
  readonly clock: Clock;
  readonly logger: Logger;
  reconcile(key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult>;
  /** One gate or several: a key waits for all of them. */
  readonly gate?: KeyGate | readonly KeyGate[];
  /** True for keys that never wait for a gate: those on the delete path. */
  readonly bypassGate?: (key: ObjectKey) => boolean;
  /** Milliseconds; default 60 s. */
  readonly reconcileTimeoutMs?: number;
  /** How long reconciles may go on after the stop, in milliseconds; default 5 s. */
  readonly drainMs?: number;
  readonly backoff?: BackoffOptions;
  readonly metrics?: ControllerMetrics;
  /** Sees what was thrown by outcomes `error` and `terminal`, after it was logged. */
  readonly onError?: (key: ObjectKey, error: unknown) => void;
}

export interface EnqueueOptions {
  readonly delayMs?: number;
  readonly priority?: number;
}

const DEFAULT_RECONCILE_TIMEOUT_MS = 60_000;
const DEFAULT_DRAIN_MS = 5_000;

export class Controller {
  readonly #options: ControllerOptions;
  readonly #queue: WorkQueue;
  readonly #gates: readonly KeyGate[];
  /** Keys set aside by a gate, with their priority. */
  readonly #parked = new Map<string, number>();
  readonly #idleWaiters: (() => void)[] = [];
  readonly #hardStop = new AbortController();

  constructor(options: ControllerOptions) {
    const { gate = [], clock, backoff, metrics } = options;
    this.#options = options;
    this.#queue = new WorkQueue({
      clock,
      ...(backoff !== undefined && { backoff }),
      ...(metrics !== undefined && { metrics }),
    });
    this.#gates = 'state' in gate ? [gate] : gate;
    for (const one of this.#gates) one.onRelease((key) => this.#unpark(key));
  }

  /** Wakes a key; may be called before start. */
  enqueue(key: ObjectKey, options: EnqueueOptions = {}): void {
    const { delayMs = 0, priority = 0 } = options;
    this.#queue.addAfter(formatKey(key), delayMs, { priority });
  }

  /** Works until `signal` fires and what runs has ended, or was aborted after the drain time. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, drainMs = DEFAULT_DRAIN_MS, workers } = this.#options;
    const onStop = (): void => {
      this.#queue.shutdown();
      drain = clock.schedule(drainMs, () => this.#hardStop.abort(new Error('the operator is stopping')));
    };
    let drain = { cancel: (): void => undefined };
    if (signal.aborted) onStop();
    signal.addEventListener('abort', onStop, { once: true });
    await Promise.all(Array.from({ length: workers }, () => this.#work()));
    drain.cancel();
  }

  /** For tests: resolves when no key is ready or being worked on; delayed and gated keys don't count. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  async #work(): Promise<void> {
    for (let entry = await this.#queue.get(); entry !== undefined; entry = await this.#queue.get()) {
      await this.#guarded(entry);
      this.#queue.done(entry.key);
      if (this.#isIdle()) for (const waiter of this.#idleWaiters.splice(0)) waiter();
    }
  }

  /** A hook that throws (a metric, bypassGate, onError) must not end the worker. */
  async #guarded(entry: QueueEntry): Promise<void> {
    try {
      await this.#handle(entry);
    } catch (error) {
      this.#options.logger.error({ key: entry.key, error: errorMessage(error) }, 'a hook of the controller failed');
      this.#queue.addRateLimited(entry.key, { priority: entry.priority });
    }
  }

  #isIdle(): boolean {
    return this.#queue.depth === 0 && this.#queue.active === 0;
  }

  async #handle(entry: QueueEntry): Promise<void> {
    const { clock, metrics } = this.#options;
    const key = parseKey(entry.key);
    const gate = this.#gateState(key);
    if (gate === 'pending') {
      this.#parked.set(entry.key, Math.max(entry.priority, this.#parked.get(entry.key) ?? entry.priority));
      metrics?.reconciled?.('gated', 0);
      return;
    }
    this.#parked.delete(entry.key);
    const start = clock.monotonic();
    const outcome = await this.#reconcile(entry.key, key, gate === 'expired');
    metrics?.reconciled?.(outcome.name, (clock.monotonic() - start) / 1_000);
    this.#follow(entry, outcome);
  }

  async #reconcile(text: string, key: ObjectKey, gateExpired: boolean): Promise<Outcome> {
    const { clock, name, metrics, reconcileTimeoutMs = DEFAULT_RECONCILE_TIMEOUT_MS } = this.#options;
    const reconcileId = randomUUID();
    const logger = this.#options.logger.child({
      controller: name,
      namespace: key.namespace,
      name: key.name,
      reconcileId,
    });
    const deadline = startDeadline(clock, reconcileTimeoutMs, this.#hardStop.signal);
    const attempt = this.#queue.failures(text);
    try {
      const context = { reconcileId, logger, signal: deadline.signal, attempt, gateExpired };
      return outcomeOfResult((await this.#options.reconcile(key, context)) ?? undefined);
    } catch (error) {
      return this.#failed(key, error, logger, attempt);
    } finally {
      if (deadline.expired) {
        logger.warn({ limitMs: reconcileTimeoutMs }, 'reconcile reached its time limit');
        metrics?.timedOut?.();
      }
      deadline.end();
    }
  }

  #failed(key: ObjectKey, error: unknown, logger: Logger, attempt: number): Outcome {
    const outcome = outcomeOfError(error);
    const message = errorMessage(error);
    if (outcome.name === 'requeue_after') {
      logger.debug({ delayMs: outcome.delayMs, reason: message }, 'reconcile waits');
      return outcome;
    }
    if (this.#hardStop.signal.aborted) logger.info({ error: message }, 'reconcile cut short by the stop');
    else if (outcome.name === 'terminal') logger.warn({ error: message }, 'reconcile needs a change by a human');
    else logger.error({ error: message, attempt }, 'reconcile failed');
    this.#options.onError?.(key, error);
    return outcome;
  }

  #follow(entry: QueueEntry, outcome: Outcome): void {
    const { priority } = entry;
    if (outcome.name === 'error') {
      this.#queue.addRateLimited(entry.key, { priority });
      return;
    }
    this.#queue.forget(entry.key);
    if (outcome.name === 'requeue_after') this.#queue.addAfter(entry.key, outcome.delayMs, { priority });
  }

  #gateState(key: ObjectKey): GateState {
    if (this.#options.bypassGate?.(key) === true) return 'open';
    const states = new Set(this.#gates.map((gate) => gate.state(key)));
    if (states.has('pending')) return 'pending';
    return states.has('expired') ? 'expired' : 'open';
  }

  #unpark(key: ObjectKey): void {
    const text = formatKey(key);
    const priority = this.#parked.get(text);
    if (priority !== undefined) this.#queue.add(text, { priority });
  }
}
