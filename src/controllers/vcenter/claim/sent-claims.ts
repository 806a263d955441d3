// The claims that this process wrote into one vCenter, for whichever VCenter object, and which of them are known to have been
// there by the time by which they count. What one VCenter wrote another one of the same vCenter finds there, also one that was
// deleted and applied again.

/** A value that went out, by the monotonic clock: it's as good as any when it was there by then. */
interface Sent {
  readonly text: string;
  readonly byMs: number;
}

/** An answer may be overtaken by a write or two. */
const REMEMBERED = 4;

export class SentClaims {
  #sent: readonly Sent[] = [];
  #inTime: readonly string[] = [];

  /** The value goes out now; it has to be there by then. */
  sends(text: string, byMs: number): void {
    this.#sent = [...this.#sent, { text, byMs }].slice(-REMEMBERED);
  }

  /** Whether a value that was sent came in time, as far as is known at `nowMs`: its write was answered, or it was read. */
  cameInTime(text: string, nowMs: number): boolean {
    if (this.#inTime.includes(text)) return true;
    const isInTime = this.#sent.some((sent) => sent.text === text && nowMs <= sent.byMs);
    if (isInTime) this.#inTime = [...this.#inTime, text].slice(-REMEMBERED);
    return isInTime;
  }
}
