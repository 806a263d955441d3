// The simulated time. One clock for everything that takes time inside the vCenter (tasks, guests, session expiry), so a
// test can drive all of it. Only what belongs to the network (long polls, delays of the fault plan) uses real time.

export interface SimTimer {
  cancel(): void;
}

export interface SimClock {
  /** Milliseconds since 1970, in simulated time. */
  now(): number;
  /** Runs `callback` once, `delayMs` simulated milliseconds from now; never synchronously, also with a delay of 0. */
  schedule(delayMs: number, callback: () => void): SimTimer;
  /** Moves the time forward at once and runs what came due, in order. Resolves when that has run. */
  advance(milliseconds: number): Promise<void>;
  /** Simulated seconds per real second from now on; 0 stands still (a manual clock). */
  setSpeed(speed: number): void;
}
