// Runs one plan: opens a stage, plays the story with the faults armed, waits until it has converged and come to rest, stops
// the operator and has everything judged. Never rejects for what the operator did: that is a problem with an oracle's name.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Counts, EndState } from '../oracles/end-state.ts';
import { countsOf, countDifferences, differences, endStateOf } from '../oracles/end-state.ts';
import { ORACLES } from '../oracles/oracles.ts';
import { keeperIsWell } from '../stories/ends.ts';
import { storyOf } from '../stories/stories.ts';
import type { Story } from '../stories/story.ts';
import type { Cluster } from './cluster.ts';
import { describeDecoys } from './decoys.ts';
import { collectEvidence, keepEvidence, readMetrics } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { faultsOn, planLine } from './plan.ts';
import type { Plan } from './plan.ts';
import { Stage } from './stage.ts';
import { CONVERGE_MS, QUIET_MS } from './timers.ts';
import type { Flags } from './timers.ts';
import type { SeenWrite } from './write-tap.ts';

export interface Problem {
  readonly oracle: string;
  readonly step?: string;
  readonly text: string;
}

export interface Reference {
  readonly end: EndState;
  readonly counts: Counts;
  /** Labels of the writes after the story began, in order. */
  readonly kube: readonly string[];
  readonly vcenter: readonly string[];
}

export interface RunResult {
  readonly problems: readonly Problem[];
  readonly seconds: number;
  /** From the last fault (or the last step) to rest. */
  readonly convergeSeconds: number;
  readonly hits: readonly SeenWrite[];
  readonly reference: Reference;
  readonly kept?: string;
}

/** What a campaign does besides the plan's faults on writes. */
export interface Trouble {
  /** Runs beside the story; ends with it. */
  during?(stage: Stage, signal: AbortSignal): Promise<void>;
  readonly operatorFlags?: Flags;
  /** Judges what only this campaign knows. */
  judge?(evidence: Evidence, stage: Stage): Promise<readonly Problem[]> | readonly Problem[];
  /** The end needn't be that of the undisturbed run. */
  readonly otherEnd?: boolean;
  /** vCenter refuses calls by plan. */
  readonly refusedByPlan?: boolean;
  /** Decoys are moved about, too. */
  readonly decoysMove?: boolean;
  /** Numbers of creates and deletes may differ. */
  readonly otherCounts?: boolean;
}

export interface RunOptions {
  readonly cluster: Cluster;
  readonly plan: Plan;
  readonly reference: Reference | undefined;
  readonly directory: string;
  /** Folder for the evidence of a violation. */
  readonly keepIn: string;
  readonly trouble?: Trouble;
  /** Folder of another checkout, whose operator is to be judged. */
  readonly checkout?: string | undefined;
}

class StepFailed extends Error {
  override readonly name = 'StepFailed';
  readonly step: string;
  constructor(step: string, cause: Error) {
    super(cause.message, { cause });
    this.step = step;
  }
}

class Restless extends Error {
  override readonly name = 'Restless';
  constructor() {
    super('converged, it goes on writing');
  }
}

async function play(stage: Stage, story: Story, plan: Plan, trouble: Trouble): Promise<void> {
  for (const step of story.before ?? []) await attempt(`before: ${step.label}`, () => step.run(stage));
  await stage.beginStory();
  stage.apiProxy.writes.arm(faultsOn(plan, 'kube'));
  stage.vcProxy.writes.arm(faultsOn(plan, 'vcenter'));
  const over = new AbortController();
  const beside = trouble.during?.(stage, over.signal).catch((error: unknown) => {
    if (!over.signal.aborted) throw error;
  });
  try {
    for (const step of story.steps) await attempt(step.label, () => step.run(stage));
    await attempt('trouble', async () => beside);
  } finally {
    over.abort();
    await beside?.catch(() => undefined);
  }
}

async function attempt(label: string, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw new StepFailed(label, error as Error);
  }
}

/** Waits for the end of the story, and then for a time without a write. */
async function rest(stage: Stage, story: Story): Promise<{ from: number; to: number }> {
  const missing = async (): Promise<string[]> => {
    const found = await Promise.all([...story.end, keeperIsWell].map((expects) => expects(stage)));
    return found.flatMap((text) => text ?? []);
  };
  let last: string[] = [];
  const lastWrite = (): number => stage.lastWriteAt;
  const deadline = Date.now() + CONVERGE_MS;
  for (;;) {
    await waitUntil('the end', async () => (last = await missing()).length === 0, {
      timeoutMs: Math.max(0, deadline - Date.now()),
      intervalMs: 100,
    }).catch((error: unknown) => {
      throw new Error(last.length === 0 ? String(error) : last.join('; '), { cause: error });
    });
    const from = Math.max(Date.now(), lastWrite() + 1);
    const broken = await waitUntil('rest', () => (lastWrite() >= from ? 'write' : Date.now() - from >= QUIET_MS), {
      timeoutMs: QUIET_MS + 5000,
      intervalMs: 25,
    });
    if (broken !== 'write') return { from, to: from + QUIET_MS };
    if (Date.now() > deadline) throw new Restless();
  }
}

export async function runPlan(options: RunOptions): Promise<RunResult> {
  const { cluster, plan, directory, trouble = {}, reference, keepIn } = options;
  const story = storyOf(plan);
  const startedAt = performance.now();
  const stage = await Stage.open({
    ...{ cluster, directory, duplicateName: plan.duplicateName, seed: plan.seed },
    folderExists: story.folderExists === true,
    checkout: options.checkout,
    ...(trouble.operatorFlags === undefined ? {} : { operatorFlags: trouble.operatorFlags }),
  });
  try {
    if (story.decoysMove === true || trouble.decoysMove === true) await stage.letDecoysMove();
    const problems: Problem[] = [];
    let quiet: Evidence['quiet'];
    let lastTrouble = Date.now();
    try {
      await play(stage, story, plan, trouble);
      for (const operator of stage.operators) await operator.settled();
      const writes = { hits: [...stage.apiProxy.writes.hits, ...stage.vcProxy.writes.hits] };
      lastTrouble = Math.max(stage.storyStartedAt, ...writes.hits.map(({ at }) => at));
      stage.apiProxy.writes.disarm();
      stage.vcProxy.writes.disarm();
      quiet = await rest(stage, story);
    } catch (error) {
      const step = error instanceof StepFailed ? { step: error.step } : {};
      const oracle = error instanceof Restless ? 'quiet' : 'converged';
      problems.push({ oracle, ...step, text: (error as Error).message });
    }
    const live = {
      quiet,
      metrics: await readMetrics(stage),
      sessionsAtRest: await stage.sessionsOf(),
    };
    const [inventory, objects] = await Promise.all([stage.vcenter.inventory(), stage.cluster.objects()]);
    await stage.stopOperators();
    const evidence = await collectEvidence(stage, live, {
      inventory,
      objects,
      decoysAfter: describeDecoys(inventory, stage.decoysMove),
      sessionsAfterStop: await stage.sessionsOf(),
      vCenterForgot: story.vCenterForgets === true,
      mayHold: new Set(story.mayHold),
    });
    const converged = quiet !== undefined;
    for (const oracle of ORACLES) {
      if (oracle.name === 'quiet' && !converged) continue; // said already
      if (oracle.name === 'foreign-calls' && trouble.refusedByPlan === true) continue;
      problems.push(...oracle.check(evidence).map((text) => ({ oracle: oracle.name, text })));
    }
    const end = endStateOf(evidence);
    const counts = countsOf(evidence);
    if (reference !== undefined && converged) {
      if (trouble.otherEnd !== true)
        problems.push(...differences(reference.end, end).map((text) => ({ oracle: 'end-state', text })));
      if (story.deterministic && trouble.otherCounts !== true)
        problems.push(...countDifferences(reference.counts, counts).map((text) => ({ oracle: 'counts', text })));
    }
    problems.push(...((await trouble.judge?.(evidence, stage)) ?? []));
    const hits = [...stage.apiProxy.writes.hits, ...stage.vcProxy.writes.hits];
    const label = (seen: readonly SeenWrite[]): string[] => seen.filter(({ nth }) => nth > 0).map((one) => one.label);
    if (problems.length > 0) keepEvidence(keepIn, planLine(plan), problems, evidence, stage.logFiles);
    return {
      problems: hits.length === 0 ? problems : problems.map((one) => ({ step: hits.map(hitText).join(', '), ...one })),
      seconds: (performance.now() - startedAt) / 1000,
      convergeSeconds: quiet === undefined ? Number.NaN : (quiet.from - lastTrouble) / 1000,
      hits,
      reference: {
        ...{ end, counts },
        kube: label(stage.apiProxy.writes.seen),
        vcenter: label(stage.vcProxy.writes.seen),
      },
      ...(problems.length > 0 ? { kept: keepIn } : {}),
    };
  } finally {
    await stage.close();
  }
}

function hitText({ act, nth, label }: SeenWrite): string {
  return `${act ?? ''} at write ${nth} (${label})`;
}
