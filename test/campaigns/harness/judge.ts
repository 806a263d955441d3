// Waits until a stage has converged and come to rest, stops its operators and has everything judged.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Counts, EndState } from '../oracles/end-state.ts';
import { countDifferences, countsOf, differences, endStateOf } from '../oracles/end-state.ts';
import { ORACLES } from '../oracles/oracles.ts';
import { keeperIsWell } from '../stories/ends.ts';
import { RuleBroken } from '../stories/steps.ts';
import type { Story } from '../stories/story.ts';
import { describeDecoys } from './decoys.ts';
import { collectEvidence, keepEvidence, readAllMetrics } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import type { Stage } from './stage.ts';
import type { Labels } from './taps.ts';
import { CONVERGE_MS, quietMs } from './timers.ts';
import type { Flags } from './timers.ts';
import { placed } from './where.ts';
import type { BegunStep } from './where.ts';
import type { Word } from './words.ts';

export interface Problem {
  readonly oracle: string;
  /** Of the story: the one in which it fell, or the last that was begun. */
  readonly step?: string;
  readonly text: string;
}

export interface Reference {
  readonly end: EndState;
  readonly counts: Counts;
  /** Labels of the writes after the story began, in order. */
  readonly kube: readonly string[];
  readonly vcenter: readonly string[];
  /** The writes of the second installation, where the story has one. */
  readonly second?: Labels;
  /** What was said of the story's objects, in order. */
  readonly words: readonly Word[];
}

/** What a campaign does besides the plan's faults on writes. */
export interface Trouble {
  /** Right before the story begins. */
  before?(stage: Stage): Promise<unknown>;
  /** Runs beside the story; ends with it. */
  during?(stage: Stage, signal: AbortSignal): Promise<void>;
  /** Asked at the end: false where the run gave it no occasion, so that it shows nothing. */
  came?(stage: Stage): boolean | Promise<boolean>;
  readonly operatorFlags?: Flags;
  /** Environment of the first operator, on top. */
  readonly operatorEnv?: Readonly<Record<string, string>>;
  /** Judges what only this campaign knows. */
  judge?(evidence: Evidence, stage: Stage): Promise<readonly Problem[]> | readonly Problem[];
  /** The end needn't be that of the undisturbed run. */
  readonly otherEnd?: boolean;
  /** vCenter refuses calls by plan. */
  readonly refusedByPlan?: boolean;
  /** Decoys are moved about, too. */
  readonly decoysMove?: boolean;
  /** May take as long as a story that is slow. */
  readonly slow?: boolean;
  /** Numbers of creates and deletes may differ. */
  readonly otherCounts?: boolean;
}

export interface JudgeOptions {
  /** Its line of JSON. */
  readonly plan: string;
  /** Folder for the evidence of a violation. */
  readonly keepIn: string;
  /** What ended the story before its time. */
  readonly failure?: unknown;
  readonly reference?: Reference | undefined;
  readonly trouble?: Trouble;
  /** When the last thing went wrong, or people did the last thing, epoch milliseconds; a moment ago without it. */
  readonly lastAt?: number;
  /** Steps of the story, as they began: each problem is told with the one in which it fell. */
  readonly begun?: readonly BegunStep[];
}

export interface Judgement {
  readonly problems: readonly Problem[];
  readonly quiet: Evidence['quiet'];
  readonly end: EndState;
  readonly counts: Counts;
}

export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  readonly step: string;
  constructor(step: string, cause: Error) {
    super(cause.message, { cause });
    this.step = step;
  }
}

function oracleOf(error: unknown): string {
  if (error instanceof StepFailed && error.cause instanceof RuleBroken) return error.cause.oracle;
  return error instanceof Restless ? 'quiet' : 'converged';
}

class Restless extends Error {
  override readonly name = 'Restless';
  constructor() {
    super('converged, it goes on writing');
  }
}

/** Process ids of those that lead and work, when each installation has one; undefined: not yet. */
async function leadersOf({ operators, installations }: Stage): Promise<string | undefined> {
  const working = await Promise.all(operators.map(async (one) => ((await one.works()) ? (one.pid ?? []) : [])));
  const leading = working.flat();
  return leading.length < installations.length ? undefined : leading.join(' ');
}

/** Asked again where one doesn't answer at once. */
async function stillLead(stage: Stage, leaders: string): Promise<boolean> {
  for (let tries = 1; tries <= 3; tries += 1) {
    const now = await leadersOf(stage);
    if (now !== undefined) return now === leaders;
  }
  return false;
}

/** When an entry of the ledger arrived, or the call that it is the end of; undefined where nobody saw it. */
function arrivalOf(evidence: Evidence, seq: number): number | undefined {
  const { ledger } = evidence;
  const entry = ledger.find((one) => one.seq === seq);
  const call =
    entry?.phase === 'end' ? ledger.find(({ phase, task }) => phase === 'call' && task === entry.task) : entry;
  const at = call === undefined ? Number.NaN : evidence.arrivedAt(call);
  return Number.isFinite(at) ? at : undefined;
}

/** Waits for the end of the story, and then for a time without a write. */
async function rest(stage: Stage, story: Story): Promise<{ from: number; to: number }> {
  const missing = async (): Promise<string[]> => {
    const expected = story.keeperGoes === true ? story.end : [...story.end, keeperIsWell];
    const found = await Promise.all(expected.map((expects) => expects(stage)));
    const proxies = [stage.apiProxy, ...stage.others.map(({ proxy }) => proxy)];
    // what the next watch brings may have to be acted on
    const withheld = proxies.some(({ watches }) => watches.withholds) ? ['a watch still withholds changes'] : [];
    return [...found.flatMap((text) => text ?? []), ...withheld];
  };
  let last: string[] = [];
  const lastWrite = (): number => stage.lastWriteAt;
  const deadline = Date.now() + stage.patienceMs;
  const quiet = Math.max(...stage.operators.map(({ flags }) => quietMs(flags)));
  for (;;) {
    // what a process that waits for the Lease doesn't write says nothing
    const leaders = await waitUntil('somebody to lead', () => leadersOf(stage), {
      timeoutMs: Math.max(0, deadline - Date.now()),
    });
    await waitUntil('the end', async () => (last = await missing()).length === 0, {
      timeoutMs: Math.max(0, deadline - Date.now()),
      intervalMs: 100,
    }).catch((error: unknown) => {
      throw new Error(last.length === 0 ? String(error) : last.join('; '), { cause: error });
    });
    // what a leader's claim holds back until that is settled comes within the time
    const from = Math.max(Date.now(), lastWrite() + 1);
    const isOver = (): boolean => Date.now() - from >= quiet;
    const broken = await waitUntil('rest', () => (lastWrite() >= from ? 'write' : isOver()), {
      timeoutMs: quiet + 5000,
      intervalMs: 25,
    });
    const to = from + quiet;
    if (broken !== 'write' && (await stillLead(stage, leaders))) return { from, to };
    if (Date.now() > deadline) throw broken === 'write' ? new Restless() : new Error('who leads goes on changing');
  }
}

function problemOf(error: unknown): Problem {
  const step = error instanceof StepFailed ? { step: error.step } : {};
  return { oracle: oracleOf(error), ...step, text: (error as Error).message };
}

/** Rest has to be reached in time after the last fault, however long each of the steps in between may wait. */
export function tooLate(quiet: Evidence['quiet'], lastAt: number): Problem[] {
  const took = quiet === undefined ? 0 : quiet.from - lastAt;
  if (took <= CONVERGE_MS) return [];
  const text = `${(took / 1000).toFixed(1)} s from the last fault and step to rest, more than ${CONVERGE_MS / 1000}`;
  return [{ oracle: 'converged', text }];
}

/** The end against that of the undisturbed run. */
function compared(story: Story, { reference, trouble = {} }: JudgeOptions, end: EndState, counts: Counts): Problem[] {
  if (reference === undefined) return [];
  const ends = trouble.otherEnd === true ? [] : differences(reference.end, end);
  const numbers = story.deterministic && trouble.otherCounts !== true ? countDifferences(reference.counts, counts) : [];
  return [
    ...ends.map((text) => ({ oracle: 'end-state', text })),
    ...numbers.map((text) => ({ oracle: 'counts', text })),
  ];
}

export async function judgeStage(stage: Stage, story: Story, options: JudgeOptions): Promise<Judgement> {
  const { plan, keepIn, failure, trouble = {}, lastAt = Date.now(), begun = [] } = options;
  const found: Problem[] = failure === undefined ? [] : [problemOf(failure)];
  let quiet: Evidence['quiet'];
  if (failure === undefined) {
    try {
      quiet = await rest(stage, story);
    } catch (error) {
      found.push(problemOf(error));
    }
  }
  const live = { quiet, metrics: await readAllMetrics(stage), sessionsAtRest: await stage.sessionsOf() };
  const [inventory, objects] = await Promise.all([stage.vcenter.inventory(), stage.cluster.objects()]);
  await stage.stopOperators();
  const evidence = await collectEvidence(stage, live, {
    inventory,
    objects,
    decoysAfter: describeDecoys(inventory, stage.decoysMove, stage.decoys),
    sessionsAfterStop: await stage.sessionsOf(),
    vCenterForgot: story.vCenterForgets === true,
    mayHold: new Set(story.mayHold),
  });
  found.push(...stage.history.gaps.map((text) => ({ oracle: 'evidence', text })));
  for (const oracle of ORACLES) {
    if (oracle.name === 'quiet' && quiet === undefined) continue; // said already
    if (oracle.name === 'foreign-calls' && trouble.refusedByPlan === true) continue;
    found.push(...oracle.check(evidence).map((text) => ({ oracle: oracle.name, text })));
  }
  const compare = { withFolders: story.foldersDiffer !== true, withOrdinals: story.ordinalsDiffer !== true };
  const [end, counts] = [endStateOf(evidence, compare), countsOf(evidence)];
  found.push(...tooLate(quiet, lastAt));
  if (quiet !== undefined) found.push(...compared(story, options, end, counts));
  found.push(...((await trouble.judge?.(evidence, stage)) ?? []));
  const course = { begun, hits: stage.hits, arrivedAt: (seq: number) => arrivalOf(evidence, seq) };
  const problems = begun.length === 0 ? found : found.map((one) => placed(one, course));
  if (problems.length > 0) keepEvidence(keepIn, plan, problems, evidence, stage.logFiles);
  return { problems, quiet, end, counts };
}
