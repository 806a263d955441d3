// Time as a dependency: code that waits takes a Clock, so tests drive it and a stunned machine can be told from a slow one.
// `monotonic` never jumps; `now` is the wall clock and is only for what people read or what a server compares.

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  now(): number;
  /** Milliseconds since an arbitrary start, never backwards. */
  monotonic(): number;
  /** Runs `callback` once, `delayMs` milliseconds from now. */
  schedule(delayMs: number, callback: () => void): Timer;
}

/** Longest delay that setTimeout takes without firing at once, in milliseconds. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, callback) {
    const handle = setTimeout(callback, Math.min(Math.max(delayMs, 0), LONGEST_TIMEOUT_MS));
    return { cancel: () => clearTimeout(handle) };
  },
};

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export function toRfc3339(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
