// Single sign-on's lock-out policy, by account: five bad passwords within 180 s lock it for 300 s, and while it is locked
// the right password is refused too. (vSphere's default policy; the reason why clients mustn't retry a bad login.)
// Names that nobody has are counted like others, so the tables are bounded: whoever failed longest ago is forgotten first.

const ATTEMPTS = 5;
const WINDOW_MS = 180_000;
const LOCKED_MS = 300_000;
/** Names that are remembered at most. */
const MOST_ACCOUNTS = 10_000;

export class Lockout {
  /** In the order of the last failure. */
  readonly #failures = new Map<string, readonly number[]>();
  readonly #lockedUntil = new Map<string, number>();

  /** Names that are remembered, locked or not. */
  get size(): number {
    return this.#failures.size + this.#lockedUntil.size;
  }

  /** True while `account` is locked at the time `now` (ms). */
  isLocked(account: string, now: number): boolean {
    const until = this.#lockedUntil.get(account);
    if (until === undefined) return false;
    if (now < until) return true;
    this.#lockedUntil.delete(account);
    return false;
  }

  /** A bad login at the time `now`. */
  failed(account: string, now: number): void {
    const recent = [...(this.#failures.get(account) ?? []).filter((time) => now - time < WINDOW_MS), now];
    this.#failures.delete(account);
    if (recent.length < ATTEMPTS) setLast(this.#failures, account, recent);
    else setLast(this.#lockedUntil, account, now + LOCKED_MS);
  }

  succeeded(account: string): void {
    this.#failures.delete(account);
  }
}

/** Adds an entry behind all others and drops the oldest when there are too many. */
function setLast<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > MOST_ACCOUNTS && oldest !== undefined) map.delete(oldest);
}
