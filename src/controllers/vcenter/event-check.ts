// Whether the latest event was looked at in the present session. A restore restarts vCenter, so every login asks for a look,
// also one that the client makes by itself; until then nobody knows whether the inventory is the one that was seen before.
import { RequeueAfter } from '../../util/errors.ts';

export interface EventCheckTimes {
  /** Who waits for a look is woken by it: this is for a look that never comes. */
  readonly uncheckedRetryMs: number;
  /** For a call that was stopped at the last moment for want of a look: nobody wakes it. */
  readonly stoppedRetryMs: number;
}

export interface EventCheckPace {
  readonly intervalMs: number;
  readonly quietMs: number;
}

export interface EventCheckOptions extends EventCheckTimes {
  /** Of the VCenter. */
  readonly name: string;
  /** Number of the present login. */
  readonly login: () => number;
  /** Asks for a look. */
  readonly ask: () => void;
}

export class EventCheck {
  /** Monotonic time of the last look; undefined: never with this connection. */
  checkedAt: number | undefined;
  /** Changes of ours since then. */
  #changes = 0;
  /** Monotonic time of the last of them. */
  #changedAt = 0;
  readonly #options: EventCheckOptions;
  /** The login in whose session the last look was taken. */
  #login: number | undefined;
  /** Who waits for a look, by UID. */
  readonly #waiters = new Map<string, () => void>();

  constructor(options: EventCheckOptions) {
    this.#options = options;
  }

  /** False from a login until the latest event was looked at in its session. */
  get isDone(): boolean {
    return this.#login === this.#options.login();
  }

  get changes(): number {
    return this.#changes;
  }

  /** vCenter is changed by us. */
  changed(monotonicMs: number): void {
    this.#changes += 1;
    this.#changedAt = monotonicMs;
  }

  /**
   * Milliseconds until the next look; undefined while there is nothing new to look for. While operations run it's taken every
   * `intervalMs`, and once `quietMs` after the last change: then all is noted, and whoever looks finds nothing going on.
   */
  nextInMs(monotonicMs: number, running: boolean, { intervalMs, quietMs }: EventCheckPace): number | undefined {
    if (this.#changes === 0) return undefined;
    const byInterval = (this.checkedAt ?? Number.NEGATIVE_INFINITY) + intervalMs;
    const at = running ? byInterval : Math.min(byInterval, this.#changedAt + quietMs);
    return Math.max(0, at - monotonicMs);
  }

  /**
   * The latest event was looked at. `changes`: how many there were when it was asked for; those made meanwhile may have come
   * after it. `login`: the one in whose session it was asked for; a login since then asks for another look.
   */
  checked(monotonicMs: number, changes: number, login: number): void {
    this.checkedAt = monotonicMs;
    this.#changes -= changes;
    this.#login = login;
    if (!this.isDone) return;
    const waiters = [...this.#waiters.values()];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }

  /** Throws RequeueAfter while a look is missing. `wake` is called when there was one, `uid` says for whom. */
  require(uid?: string, wake?: () => void): void {
    if (this.isDone) return;
    const { name, ask, stoppedRetryMs, uncheckedRetryMs } = this.#options;
    if (this.#waiters.size === 0) ask();
    if (uid !== undefined && wake !== undefined) this.#waiters.set(uid, wake);
    throw new RequeueAfter(
      wake === undefined ? stoppedRetryMs : uncheckedRetryMs,
      `the events of VCenter "${name}" are looked at first`,
    );
  }

  forget(uid: string): void {
    this.#waiters.delete(uid);
  }
}
