// One operator as a kubelet runs it: a real process that is started again whenever it ends, whoever ended it. How each
// ended, and whether that was planned, is kept; its log goes to files, one a process.
import { join } from 'node:path';
import { startOperator } from '../../../src/testbed/operator.ts';
import type { RunningOperator } from '../../../src/testbed/operator.ts';
import type { LeaseTap } from './lease-tap.ts';
import { lostLeaseOf } from './lost-lease.ts';
import type { LostLease } from './lost-lease.ts';
import { Stalls } from './stalls.ts';
import type { Flags } from './timers.ts';

export interface OperatorExit {
  readonly at: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** By whom: killed or asked to stop by the harness, or foreseen by the plan; undefined: nobody, it ended by itself. */
  readonly asked: 'kill' | 'stop' | 'expected' | undefined;
  /** The last lines of its log. */
  readonly tail: string;
  /** It ended because it lost its Lease. */
  readonly lost?: LostLease;
}

export interface OperatorProcessOptions {
  readonly name: string;
  readonly kubeconfig: string;
  readonly flags: Flags;
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of another checkout, whose operator it is. */
  readonly checkout?: string | undefined;
  /** Its way to the API server, where that is ours. */
  readonly leases?: LeaseTap;
  /** Before it's started again. */
  readonly beforeRestart?: () => Promise<void>;
}

/** Longer than --shutdown-timeout: only what hangs is killed. */
const STOP_MS = 60_000;
const LEADS = /^leader_election_master_status\{[^}]*\} 1$/m;
const HAS_LOOKED = /^controller_runtime_reconcile_total\{[^}]*\} [1-9]/m;

export class OperatorProcess {
  readonly exits: OperatorExit[] = [];
  readonly logFiles: string[] = [];
  readonly #options: OperatorProcessOptions;
  #flags: Flags;
  #running: RunningOperator | undefined;
  #asked: OperatorExit['asked'];
  #stopping = false;
  #coming: Promise<void> = Promise.resolve();
  /** Of the process that is being started. */
  #ready: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;
  readonly #stalls = new Stalls();
  /** Times in which it was stopped. */
  readonly #stunned: { readonly from: number; to: number }[] = [];
  #stoodStillAt: number | undefined;

  constructor(options: OperatorProcessOptions) {
    this.#options = options;
    this.#flags = options.flags;
  }

  get name(): string {
    return this.#options.name;
  }

  /** As it was started last. */
  get flags(): Flags {
    return this.#flags;
  }

  get metricsUrl(): string {
    return this.#running?.metricsUrl ?? '';
  }

  get pid(): number | undefined {
    return this.#running?.process.pid;
  }

  /** The last lines that it wrote. */
  get logTail(): string {
    return this.#running?.process.logTail() ?? '';
  }

  /** A start that failed: nothing will come any more. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Starts it; rejects when it isn't ready in time. `flags` on top, for this and later starts. */
  async start(flags: Flags = {}): Promise<void> {
    const { name, kubeconfig, directory, env = {}, checkout } = this.#options;
    this.#flags = { ...this.#flags, ...flags };
    const logFile = join(directory, `${name}-${this.logFiles.length + 1}.log`);
    this.logFiles.push(logFile);
    const starting = startOperator({
      kubeconfig,
      flags: { 'allow-loopback-vcenter': true, 'log-level': 'debug', ...this.#flags },
      logFile,
      env,
      checkout,
    });
    this.#ready = starting.catch(() => undefined); // told by this call
    const running = await starting;
    this.#running = running;
    this.#stalls.start(running.process.pid);
    void running.process.exited.then(({ code, signal }) => {
      this.#stalls.stop();
      this.#goesOn();
      const [endedAt, tail] = [Date.now(), running.process.logTail().slice(-3000)];
      const lost = this.#lostLease(code, tail, endedAt);
      this.exits.push({ at: endedAt, code, signal, asked: this.#asked, tail, ...(lost === undefined ? {} : { lost }) });
      this.#asked = undefined;
      this.#running = undefined;
      if (!this.#stopping) this.#coming = this.#again();
    });
  }

  #lostLease(code: number | null, log: string, endedAt: number): LostLease | undefined {
    const { leases } = this.#options;
    return lostLeaseOf({ code, log, endedAt }, Number(this.#flags['lease-renew-deadline']) * 1000, {
      planned: [...this.#stunned, ...(leases?.cut ?? [])],
      renewals: leases?.renewals ?? [],
      late: this.#stalls.late,
      waited: (time) => this.#stalls.waited(time),
    });
  }

  async #again(): Promise<void> {
    try {
      await this.#options.beforeRestart?.();
      if (!this.#stopping) await this.start();
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  /** SIGKILL, by plan. It's started again, what this doesn't wait for. One that is being started is killed once it's ready. */
  async kill(): Promise<void> {
    await this.#ready;
    const process = this.#running?.process;
    if (process === undefined) return;
    this.#asked = 'kill';
    await process.kill();
  }

  /** SIGTERM, by plan, and started again with these flags on top: an upgrade. */
  async restart(flags: Flags = {}): Promise<void> {
    this.#flags = { ...this.#flags, ...flags };
    if (this.#asked !== 'kill') this.#asked = 'stop'; // one that was killed a moment ago ends by that
    await this.#running?.process.stop(STOP_MS);
    await this.#coming;
  }

  /** SIGSTOP. */
  stun(): void {
    if (this.#running === undefined) return;
    this.#stunned.push({ from: Date.now(), to: Number.POSITIVE_INFINITY });
    this.#running.process.freeze();
    this.#stoodStillAt = performance.now();
  }

  /** When it was last stopped by `stun`, by performance.now(). */
  get stoodStillAt(): number | undefined {
    return this.#stoodStillAt;
  }

  /** SIGCONT. */
  wake(): void {
    this.#goesOn();
    this.#running?.process.resume();
  }

  #goesOn(): void {
    for (const time of this.#stunned) time.to = Math.min(time.to, Date.now());
  }

  /** The next exit is part of the plan. */
  expectExit(): void {
    this.#asked = 'expected';
  }

  /** By its own metric; a process that is stopped doesn't answer, and leads no more. */
  async leads(): Promise<boolean> {
    return LEADS.test(await this.#metrics());
  }

  /** It leads, and has looked at something. */
  async works(): Promise<boolean> {
    const metrics = await this.#metrics();
    return LEADS.test(metrics) && HAS_LOOKED.test(metrics);
  }

  async #metrics(): Promise<string> {
    if (this.metricsUrl === '') return '';
    try {
      const answer = await fetch(`${this.metricsUrl}/metrics`, { signal: AbortSignal.timeout(1000) });
      return await answer.text();
    } catch {
      return ''; // ended, or stunned
    }
  }

  /** Waits for a start that is under way. */
  async settled(): Promise<void> {
    await this.#coming;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** SIGTERM; it stays away. How it ended: 0 is the only good answer. Undefined when it wasn't running. */
  async stop(): Promise<OperatorExit | undefined> {
    this.#stopping = true;
    await this.#coming;
    const process = this.#running?.process;
    if (process === undefined) return undefined;
    if (this.#asked !== 'kill') this.#asked = 'stop'; // one that was killed a moment ago ends by that
    await process.stop(STOP_MS);
    return this.exits.at(-1);
  }
}
