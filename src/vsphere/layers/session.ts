// One session per client. A call that is answered NotAuthenticated was not executed, so after one new login it is sent
// once more. Logins happen one at a time, whoever needs one waits for the one under way and shares its outcome, and after a
// refused password no further attempt is ever made with it: the account would be locked.
import type { Clock, Timer } from '../../util/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { toError } from '../../util/errors.ts';
import { VSphereError } from '../faults.ts';
import type { SendCall, SoapCall } from './call.ts';

export interface SessionOptions {
  readonly send: SendCall;
  /** One attempt to open a session; makes at most one Login. */
  readonly login: () => Promise<void>;
  /** Ends the session; rejects where it isn't certain that it has ended. */
  readonly logout: () => Promise<void>;
  /** A cheap call that keeps the session alive. */
  readonly keepAlive: SoapCall;
  /** Milliseconds without any call after which `keepAlive` is sent. */
  readonly keepAliveMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Session {
  readonly #options: SessionOptions;
  #generation = 0;
  #loggingIn: Promise<void> | undefined;
  #ended: Error | undefined;
  #lastCallAt = 0;
  #keepAliveTimer: Timer | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Rises with every login: what belonged to an earlier session is gone. */
  get generation(): number {
    return this.#generation;
  }

  /** No call goes out any more. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** The first login. Rejects with what the login rejects with. */
  async open(): Promise<void> {
    await this.#renew(0);
    this.#scheduleKeepAlive();
  }

  async send(call: SoapCall): Promise<unknown> {
    if (this.#loggingIn !== undefined) await this.#loggingIn;
    if (this.#ended !== undefined) throw this.#ended;
    const generation = this.#generation;
    this.#lastCallAt = this.#options.clock.monotonic();
    try {
      return await this.#options.send(call);
    } catch (error) {
      if (!(error instanceof VSphereError) || error.kind !== 'session') throw error;
      await this.#renew(generation);
      if (call.sessionBound) throw error;
      return await this.#options.send(call);
    } finally {
      this.#lastCallAt = this.#options.clock.monotonic();
    }
  }

  /**
   * Ends the session of that generation and opens another: a call of it that is still on its way is turned away when it
   * arrives. Nothing happens where it has ended already. Rejects, with the session as it was, where it can't be ended.
   */
  async replace(generation: number): Promise<void> {
    await this.settled();
    if (this.#ended !== undefined) throw this.#ended;
    if (generation !== this.#generation) return;
    let failure: Error | undefined;
    const change = async (): Promise<void> => {
      try {
        await this.#options.logout();
      } catch (error) {
        failure = toError(error); // it's for who asked: all others go on with the session that is still there
        return;
      }
      await this.#login();
    };
    this.#loggingIn ??= change().finally(() => {
      this.#loggingIn = undefined;
    });
    await this.#loggingIn;
    if (generation === this.#generation)
      throw failure ?? new VSphereError({ fault: 'Transport', method: 'Logout', text: 'the session is still open' });
  }

  /** As `send`, but beside a login under way, which may itself wait for an answer that doesn't come. */
  probe(call: SoapCall): Promise<unknown> {
    return this.#loggingIn === undefined ? this.send(call) : this.#options.send(call);
  }

  /** No calls and no logins any more: every later call rejects with `reason`. */
  end(reason: Error): void {
    this.#ended ??= reason;
    this.#keepAliveTimer?.cancel();
  }

  /** Resolves when no login is under way. */
  async settled(): Promise<void> {
    await this.#loggingIn?.catch(() => undefined); // whoever needed it has its error
  }

  /** Logs in again unless that happened since `generation`. */
  async #renew(generation: number): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    if (generation !== this.#generation) return;
    this.#loggingIn ??= this.#login().finally(() => {
      this.#loggingIn = undefined;
    });
    await this.#loggingIn;
  }

  async #login(): Promise<void> {
    try {
      await this.#options.login();
      this.#generation += 1;
    } catch (error) {
      if (error instanceof VSphereError && (error.kind === 'credentials' || error.fault === 'InstanceChanged'))
        this.end(error);
      throw error;
    }
  }

  #scheduleKeepAlive(): void {
    if (this.#ended !== undefined) return;
    const { clock, keepAliveMs, keepAlive, logger } = this.#options;
    const idleMs = clock.monotonic() - this.#lastCallAt;
    this.#keepAliveTimer = clock.schedule(Math.max(keepAliveMs - idleMs, 1_000), () => {
      if (clock.monotonic() - this.#lastCallAt < keepAliveMs) return this.#scheduleKeepAlive();
      // A failure is not lost: the next call of anybody meets it, too.
      void this.send(keepAlive)
        .catch((error: unknown) => logger.debug({ err: toError(error) }, 'keep-alive of the vCenter session failed'))
        .finally(() => this.#scheduleKeepAlive());
    });
  }
}
