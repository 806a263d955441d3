// One logged-in client. Collectors, filters and views belong to a session and go with it: whoever makes one registers
// with `onEnd` how it is taken down.
import { randomBytes, randomUUID } from 'node:crypto';

export interface SessionStart {
  readonly userName: string;
  readonly fullName: string;
  readonly locale: string;
  /** Simulated time in ms. */
  readonly now: number;
  readonly ipAddress: string;
  readonly userAgent: string;
}

export class Session {
  /** Public id, as in UserSession.key. */
  readonly key = randomUUID();
  /** Secret: the value of the cookie vmware_soap_session. */
  readonly cookie = randomBytes(20).toString('hex');
  readonly userName: string;
  readonly fullName: string;
  readonly loginTime: number;
  readonly ipAddress: string;
  readonly userAgent: string;
  locale: string;
  /** Simulated time of the last call, in ms. */
  lastActive: number;
  callCount = 0;
  /** Calls that run now: a session with a long poll isn't idle. */
  inFlight = 0;
  /** For CloneSession, not used yet. */
  readonly tickets = new Set<string>();
  readonly #onEnd = new Set<() => void>();
  #ended = false;

  constructor(start: SessionStart) {
    this.userName = start.userName;
    this.fullName = start.fullName;
    this.locale = start.locale;
    this.loginTime = start.now;
    this.lastActive = start.now;
    this.ipAddress = start.ipAddress;
    this.userAgent = start.userAgent;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Runs `callback` when the session ends; returns how to take that back. */
  onEnd(callback: () => void): () => void {
    this.#onEnd.add(callback);
    return () => void this.#onEnd.delete(callback);
  }

  /** Takes down everything that belongs to the session, newest first (filters before the views they look at). */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const callback of [...this.#onEnd].toReversed()) callback();
    this.#onEnd.clear();
  }

  /** As the data object UserSession. */
  toData(): Record<string, unknown> {
    return {
      key: this.key,
      userName: this.userName,
      fullName: this.fullName,
      loginTime: new Date(this.loginTime).toISOString(),
      lastActiveTime: new Date(this.lastActive).toISOString(),
      locale: this.locale,
      messageLocale: this.locale,
      extensionSession: false,
      ipAddress: this.ipAddress,
      userAgent: this.userAgent,
      callCount: this.callCount,
    };
  }
}
