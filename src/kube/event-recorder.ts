// Writes Events (events.k8s.io/v1) beside the work: `event` returns at once and never throws. One write at a time, in
// order, from a bounded queue; what can't be written is tried three times, then logged and counted as dropped.
import { randomBytes } from 'node:crypto';
import type { Logger } from '../telemetry/logger.ts';
import { sleep } from '../util/abort.ts';
import type { Clock, Timer } from '../util/clock.ts';
import { errorMessage } from '../util/errors.ts';
import { ApiError, isNotFound } from './api-error.ts';
import { EventAggregator } from './event-aggregator.ts';
import type { EventAggregatorOptions, EventSeries, EventSubject, EventText } from './event-aggregator.ts';
import { createdEvent, seriesPatch, EVENTS, eventNamespace } from './event-object.ts';
import { plainText } from './plain-text.ts';
import type { RestClient } from './rest.ts';

export interface EventRecorderOptions extends Partial<EventAggregatorOptions> {
  readonly rest: RestClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** "linkedclone.dev/operator": a qualified name. */
  readonly reportingController: string;
  /** This process, at most 128 characters. */
  readonly reportingInstance: string;
  /** Events that may wait to be written; more are dropped. */
  readonly maxQueued?: number;
  /** An event wasn't written. */
  readonly onDropped?: (why: 'limited' | 'overflow' | 'failed') => void;
}

/** The API's limit for a note is 1 kB. */
const MAX_NOTE_BYTES = 1_024;
const DEFAULTS = { windowMs: 600_000, burst: 25, refillMs: 60_000, maxQueued: 1_000 };
const MAX_TRIES = 3;
const RETRY_MS = 1_000;

export class EventRecorder {
  readonly #options: EventRecorderOptions & typeof DEFAULTS;
  readonly #aggregator: EventAggregator;
  readonly #queue = new Set<EventSeries>();
  readonly #names = new WeakMap<EventSeries, string>();
  readonly #stop = new AbortController();
  #sending: Promise<void> | undefined;
  #sweep: Timer | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#aggregator = new EventAggregator(this.#options);
  }

  /** Says that something happened to `regarding`. Equal ones within ten minutes count up one Event. */
  event(regarding: EventSubject, text: EventText): void {
    if (this.#stop.signal.aborted) return;
    const { clock } = this.#options;
    const clean = { ...text, note: plainText(text.note, MAX_NOTE_BYTES) };
    const decision = this.#aggregator.add(regarding, clean, clock.monotonic(), clock.now());
    if (decision.limited === true) this.#dropped('limited', regarding, text.reason);
    if (decision.write !== undefined) this.#enqueue(decision.write);
    this.#sweep ??= clock.schedule(this.#options.windowMs, () => this.#sweepOut());
  }

  /** Writes what is left, last counts included, for at most `timeoutMs`; afterwards the recorder takes nothing more. */
  async flush(timeoutMs = 3_000): Promise<void> {
    this.#sweep?.cancel();
    for (const series of this.#aggregator.pending()) this.#enqueue(series);
    const timer = this.#options.clock.schedule(timeoutMs, () => this.#stop.abort(new Error('no time left for events')));
    while (this.#sending !== undefined) await this.#sending;
    timer.cancel();
    this.#stop.abort(new Error('the event recorder has stopped'));
  }

  #sweepOut(): void {
    this.#sweep = undefined;
    for (const series of this.#aggregator.sweep(this.#options.clock.monotonic())) this.#enqueue(series);
    if (this.#aggregator.size > 0) {
      this.#sweep = this.#options.clock.schedule(this.#options.windowMs, () => this.#sweepOut());
    }
  }

  #enqueue(series: EventSeries): void {
    if (!this.#queue.has(series) && this.#queue.size >= this.#options.maxQueued) {
      this.#dropped('overflow', series.subject, series.text.reason);
      return;
    }
    this.#queue.add(series);
    this.#start();
  }

  #start(): void {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
      // What came between the end of the queue and this moment found a sender that took nothing more.
      if (this.#queue.size > 0) this.#start();
    });
  }

  async #send(): Promise<void> {
    for (const series of this.#queue) {
      this.#queue.delete(series);
      if (series.written >= series.count) continue;
      const error = await this.#writeWithRetries(series);
      if (error === undefined) continue;
      // Asked for again while it was being tried: it has failed for that too.
      this.#queue.delete(series);
      this.#dropped('failed', series.subject, series.text.reason, error);
    }
  }

  async #writeWithRetries(series: EventSeries): Promise<unknown> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#write(series);
        return undefined;
      } catch (error) {
        if (!isTransient(error) || tries >= MAX_TRIES || this.#stop.signal.aborted) return error;
        const stopped = await sleep(this.#options.clock, RETRY_MS * tries, this.#stop.signal).then(
          () => false,
          () => true,
        );
        if (stopped) return error;
      }
    }
  }

  async #write(series: EventSeries): Promise<void> {
    const { rest } = this.#options;
    const { count } = series;
    const namespace = eventNamespace(series.subject);
    const name = this.#nameOf(series);
    try {
      if (series.written === 0) {
        await rest.create(EVENTS, namespace, createdEvent(series, name, this.#options), this.#stop.signal);
      } else {
        await rest.patch(EVENTS, { namespace, name }, seriesPatch(series), { type: 'merge' }, this.#stop.signal);
      }
    } catch (error) {
      if (isNotFound(error) && series.written > 0) return this.#startOver(series);
      // The answer to our first try was lost: the name is ours alone, so it's there.
      if (!(error instanceof ApiError && error.alreadyExists)) throw error;
    }
    series.written = count;
    return undefined;
  }

  /** Events live for an hour by default: the series goes on in a new one. */
  #startOver(series: EventSeries): Promise<void> {
    this.#names.delete(series);
    series.written = 0;
    return this.#write(series);
  }

  #nameOf(series: EventSeries): string {
    const known = this.#names.get(series);
    if (known !== undefined) return known;
    // cut right behind a dot or dash it would be no name
    const name = `${series.subject.metadata.name.slice(0, 220).replace(/[-.]+$/, '')}.${randomBytes(8).toString('hex')}`;
    this.#names.set(series, name);
    return name;
  }

  #dropped(why: 'limited' | 'overflow' | 'failed', subject: EventSubject, reason: string, error?: unknown): void {
    const { name, namespace } = subject.metadata;
    const fields = { why, kind: subject.kind, namespace, name, reason };
    const { logger } = this.#options;
    if (error === undefined) logger.debug(fields, 'event not written');
    else logger.warn({ ...fields, error: errorMessage(error) }, 'event not written');
    this.#options.onDropped?.(why);
  }
}

/** Worth another try: no answer, a server in trouble, or one that is busy. */
function isTransient(error: unknown): boolean {
  return error instanceof ApiError && (error.transport || error.code >= 500 || error.tooManyRequests);
}
