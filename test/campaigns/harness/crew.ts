// The control planes on which a campaign's plans run, one plan at a time on each, and the undisturbed runs that plans are
// compared with, each made once. What goes wrong with a machine rather than with the operator ends the campaign.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { RESULTS_FOLDER } from '../report.ts';
import type { CampaignOptions, PlanResult, Violation } from '../campaign.ts';
import { Cluster } from './cluster.ts';
import { storyOf } from '../stories/stories.ts';
import { isUndisturbed, planLine, undisturbed } from './plan.ts';
import type { Plan } from './plan.ts';
import { SET_UP, runPlan } from './run-plan.ts';
import type { Problem, Reference, RunResult, Trouble } from './run-plan.ts';

export class Crew {
  readonly #idle: Cluster[] = [];
  readonly #all: Cluster[] = [];
  readonly #waiting: ((cluster: Cluster) => void)[] = [];
  readonly #references = new Map<string, Promise<RunResult>>();
  readonly #directory = mkdtempSync(join(tmpdir(), 'linked-clone-campaign-'));
  readonly #campaign: string;
  readonly #options: CampaignOptions;
  readonly results: PlanResult[] = [];
  readonly violations: Violation[] = [];
  readonly converge: number[] = [];
  /** Leases that were lost because the plan or the machine kept a process from renewing, where that wasn't foreseen. */
  lostLeases = 0;
  #runs = 0;

  private constructor(campaign: string, options: CampaignOptions) {
    this.#campaign = campaign;
    this.#options = options;
  }

  static async start(campaign: string, options: CampaignOptions): Promise<Crew> {
    const crew = new Crew(campaign, options);
    const started = await Promise.allSettled(
      Array.from({ length: options.jobs }, async () => crew.#give(await Cluster.start(options.signal), true)),
    );
    const failed = started.find((one) => one.status === 'rejected');
    if (failed !== undefined) {
      await crew.stop();
      throw failed.reason;
    }
    return crew;
  }

  #give(cluster: Cluster, isNew = false): void {
    if (isNew) this.#all.push(cluster);
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(cluster);
    else next(cluster);
  }

  #take(): Promise<Cluster> {
    const cluster = this.#idle.shift();
    return cluster === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(cluster);
  }

  /** The undisturbed run of the plan's story. Its violations are violations, too. */
  async reference(plan: Plan): Promise<Reference> {
    return (await this.#referenceRun(plan)).reference;
  }

  async #referenceRun(plan: Plan): Promise<RunResult> {
    const plain = undisturbed(plan);
    const line = planLine(plain);
    const known = this.#references.get(line) ?? this.#undisturbed(plain);
    this.#references.set(line, known);
    const result = await known;
    if (couldNotBeSetUp(result))
      throw new Error(`the undisturbed run of ${plan.story} could not be set up: ${result.problems[0]?.text ?? ''}`);
    return result;
  }

  /** Once more where it couldn't be set up: a machine that was too busy may have time now. */
  async #undisturbed(plain: Plan): Promise<RunResult> {
    const first = await this.#attempt(plain, undefined, {});
    return couldNotBeSetUp(first) ? this.#run(plain, undefined, {}) : this.#noted(plain, first, {});
  }

  /** Runs a plan beside its undisturbed one, once where it is that itself; what it violates is kept in `violations`. */
  async run(plan: Plan, trouble: Trouble = {}, checkout?: string): Promise<RunResult> {
    const known = await this.#referenceRun(plan);
    if (checkout === undefined && isUndisturbed(plan)) return known;
    return this.#run(plan, known.reference, trouble, checkout);
  }

  async #run(plan: Plan, reference: Reference | undefined, trouble: Trouble, checkout?: string): Promise<RunResult> {
    return this.#noted(plan, await this.#attempt(plan, reference, trouble, checkout), trouble);
  }

  /** Nothing is kept of it. */
  async #attempt(
    plan: Plan,
    reference: Reference | undefined,
    trouble: Trouble,
    checkout?: string,
  ): Promise<RunResult> {
    const { signal } = this.#options;
    const line = planLine(plan);
    const cluster = await this.#take();
    try {
      signal.throwIfAborted();
      this.#runs += 1;
      const id = createHash('sha256').update(line).digest('hex').slice(0, 8);
      const directory = join(this.#directory, String(this.#runs));
      const keepIn = join(RESULTS_FOLDER, 'kept', `${this.#campaign}-${plan.story}-${id}`);
      const result = await runPlan({ cluster, plan, reference, directory, keepIn, trouble, checkout });
      rmSync(directory, { recursive: true, force: true });
      this.#tell(line, result);
      return result;
    } finally {
      this.#give(cluster);
    }
  }

  #tell(line: string, { hits, problems, neverCame, lostLeases, seconds }: RunResult): void {
    const { progress } = this.#options;
    const verdict = `${problems.length === 0 ? 'ok' : 'VIOLATED'}${neverCame ? ' (never came)' : ''}`;
    const labels = hits.length === 0 ? '' : ` hit ${hits.map(({ label }) => label).join(', ')}`;
    progress(`${this.#campaign} ${this.#runs}: ${verdict} ${seconds.toFixed(1)} s ${line}${labels}`);
    for (const excuse of lostLeases) progress(`  a Lease was lost: ${excuse}`);
    for (const { oracle, step, text } of problems)
      progress(`  ${oracle}${step === undefined ? '' : ` at ${step}`}: ${text.slice(0, 400)}`);
  }

  #noted(plan: Plan, result: RunResult, trouble: Trouble): RunResult {
    const line = planLine(plan);
    const kept = result.kept === undefined ? {} : { kept: result.kept };
    this.violations.push(...result.problems.map((problem: Problem) => ({ plan: line, ...problem, ...kept })));
    const { seconds, problems, neverCame, lostLeases } = result;
    this.lostLeases += lostLeases.length;
    const isPlain = line === planLine(undisturbed(plan));
    this.results.push({
      ...{ plan: line, seconds, violations: problems.length },
      slow: storyOf(plan).slow === true || trouble.slow === true,
      ...(neverCame ? { neverCame } : {}),
      ...(lostLeases.length > 0 ? { lostLeases } : {}),
      ...(isPlain ? { undisturbed: true } : {}),
    });
    if (Number.isFinite(result.convergeSeconds) && !isPlain) this.converge.push(result.convergeSeconds);
    return result;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((cluster) => cluster.stop()));
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function couldNotBeSetUp({ problems }: Pick<RunResult, 'problems'>): boolean {
  return problems.some(({ oracle }) => oracle === SET_UP);
}

/** Runs each of them, `jobs` at the same time, until the signal fires: what was judged by then stays so. */
export async function runEach<T>(
  all: readonly T[],
  { jobs, signal }: Pick<CampaignOptions, 'jobs' | 'signal'>,
  run: (one: T) => Promise<unknown>,
): Promise<void> {
  const queue = [...all];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !signal.aborted; next = queue.shift()) await run(next);
  };
  // who fails lets the others end what they have begun
  const workers = Array.from({ length: jobs }, () => work().finally(() => queue.splice(0)));
  const ended = await Promise.allSettled(workers);
  const failed = ended.find((one) => one.status === 'rejected' && !(signal.aborted && one.reason === signal.reason));
  if (failed?.status === 'rejected') throw failed.reason;
}
