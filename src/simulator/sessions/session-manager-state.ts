// Who is logged in. Sessions are found by their cookie, end after an idle time (never while a call of theirs runs), and
// there is a total above which vCenter takes no more. All times are simulated.
import type { SimClock } from '../core/sim-clock.ts';
import { Hook } from '../core/hook.ts';
import { VimFault } from '../core/vim-fault.ts';
import { Lockout } from './lockout.ts';
import { Session } from './session.ts';
import type { SessionStart } from './session.ts';
import type { SessionNews } from './session-news.ts';

export interface Account {
  readonly userName: string;
  readonly password: string;
  readonly fullName: string;
}

export interface SessionPolicy {
  /** 0: sessions don't expire. */
  idleMs: number;
  /** vCenter's own default is 2,000. */
  maxSessions: number;
}

/** Tickets of one session that nobody used. */
const MOST_TICKETS = 100;

export class SessionManagerState {
  readonly policy: SessionPolicy;
  readonly #clock: SimClock;
  /** Told of every session that begins or ends, and of every login that is refused. */
  readonly news = new Hook<[SessionNews]>();
  readonly #accounts = new Map<string, Account>();
  readonly #byCookie = new Map<string, Session>();
  readonly #tickets = new Map<string, Session>();
  readonly #lockout = new Lockout();

  constructor(clock: SimClock, policy: SessionPolicy) {
    this.#clock = clock;
    this.policy = policy;
  }

  /** Somebody who may log in. Names are compared without case, as single sign-on does. */
  addAccount(account: Account): void {
    this.#accounts.set(account.userName.toLowerCase(), account);
  }

  /** Throws the fault InvalidLogin: wrong, unknown, or locked out; the reply doesn't say which. */
  login(userName: string, password: string, about: Pick<SessionStart, 'locale' | 'ipAddress' | 'userAgent'>): Session {
    const now = this.#clock.now();
    const name = userName.toLowerCase();
    const account = this.#accounts.get(name);
    const isLocked = this.#lockout.isLocked(name, now);
    if (isLocked || account === undefined || account.password !== password) {
      if (!isLocked) this.#lockout.failed(name, now);
      this.news.run({ kind: 'badLogin', userName, ipAddress: about.ipAddress });
      throw invalidLogin();
    }
    this.#lockout.succeeded(name);
    return this.#start({ ...about, userName: account.userName, fullName: account.fullName, now });
  }

  /** The live session of a cookie. */
  find(cookie: string | undefined): Session | undefined {
    const session = cookie === undefined ? undefined : this.#byCookie.get(cookie);
    if (session === undefined || !this.#isIdle(session)) return session;
    this.end(session);
    return undefined;
  }

  byKey(key: string): Session | undefined {
    return this.list().find((session) => session.key === key);
  }

  /** Sessions that are alive, oldest first. */
  list(): readonly Session[] {
    for (const session of this.#byCookie.values()) if (this.#isIdle(session)) this.end(session);
    return [...this.#byCookie.values()];
  }

  /** It logged out, or was idle for too long. */
  end(session: Session): void {
    this.#drop(session);
    this.news.run({ kind: 'logout', session });
  }

  /** Somebody else, `by`, ends it. */
  terminate(session: Session, by: string): void {
    this.#drop(session);
    this.news.run({ kind: 'terminated', session, by });
  }

  /** It logged in and may see nothing. */
  refuse(session: Session): void {
    this.#drop(session);
    this.news.run({ kind: 'noAccess', userName: session.userName, ipAddress: session.ipAddress });
  }

  #drop(session: Session): void {
    this.#byCookie.delete(session.cookie);
    for (const ticket of session.tickets) this.#forgetTicket(ticket);
    session.end();
  }

  /** Without a word: whoever would write it down goes too. */
  endAll(): void {
    for (const session of this.#byCookie.values()) this.#drop(session);
  }

  /** A ticket for one CloneSession. Of those that nobody used the oldest is forgotten when there are too many. */
  issueTicket(session: Session): string {
    const ticket = `cst-VCT-${crypto.randomUUID()}`;
    this.#tickets.set(ticket, session);
    session.tickets.add(ticket);
    const oldest = session.tickets.values().next().value;
    if (session.tickets.size > MOST_TICKETS && oldest !== undefined) this.#forgetTicket(oldest);
    return ticket;
  }

  /** A second session of the ticket's owner. Throws InvalidLogin. */
  cloneSession(ticket: string, about: Pick<SessionStart, 'ipAddress' | 'userAgent'>): Session {
    const owner = this.#tickets.get(ticket);
    if (owner === undefined) throw invalidLogin();
    this.#forgetTicket(ticket);
    const { userName, fullName, locale } = owner;
    return this.#start({ ...about, userName, fullName, locale, now: this.#clock.now() });
  }

  #forgetTicket(ticket: string): void {
    this.#tickets.get(ticket)?.tickets.delete(ticket);
    this.#tickets.delete(ticket);
  }

  #start(start: SessionStart): Session {
    if (this.list().length >= this.policy.maxSessions) {
      throw new VimFault(
        'LimitExceeded',
        { limit: this.policy.maxSessions },
        'The maximum number of sessions has been exceeded.',
      );
    }
    const session = new Session(start);
    this.#byCookie.set(session.cookie, session);
    return session;
  }

  #isIdle(session: Session): boolean {
    const { idleMs } = this.policy;
    return idleMs > 0 && session.inFlight === 0 && this.#clock.now() - session.lastActive > idleMs;
  }
}

function invalidLogin(): VimFault {
  return new VimFault('InvalidLogin', {}, 'Cannot complete login due to an incorrect user name or password.');
}
