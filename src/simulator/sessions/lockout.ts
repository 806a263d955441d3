// Single sign-on's lock-out policy, by account: five bad passwords within 180 s lock it for 300 s, and while it is locked
// the right password is refused too. (vSphere's default policy; the reason why clients mustn't retry a bad login.)

const ATTEMPTS = 5;
const WINDOW_MS = 180_000;
const LOCKED_MS = 300_000;

export class Lockout {
  readonly #failures = new Map<string, number[]>();
  readonly #lockedUntil = new Map<string, number>();

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
    if (recent.length < ATTEMPTS) {
      this.#failures.set(account, recent);
      return;
    }
    this.#failures.delete(account);
    this.#lockedUntil.set(account, now + LOCKED_MS);
  }

  succeeded(account: string): void {
    this.#failures.delete(account);
  }
}
