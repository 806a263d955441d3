// Runs one plan: opens a stage, plays the story with the faults armed, and has it judged. Never rejects for what the operator
// did: that is a problem with an oracle's name.
import { storyOf } from '../stories/stories.ts';
import type { Story } from '../stories/story.ts';
import type { Cluster } from './cluster.ts';
import { StepFailed, judgeStage } from './judge.ts';
import type { Problem, Reference, Trouble } from './judge.ts';
import { planLine } from './plan.ts';
import type { Plan } from './plan.ts';
import { Stage } from './stage.ts';
import { THE_END } from './where.ts';
import type { BegunStep } from './where.ts';
import { wordsOf } from './words.ts';
import type { SeenWrite } from './write-tap.ts';

export type { Problem, Reference, Trouble } from './judge.ts';

/** Not an oracle: the base, the keeper and the decoys weren't there in time. */
export const SET_UP = 'set-up';

export interface RunResult {
  readonly problems: readonly Problem[];
  readonly seconds: number;
  /** From the last fault, the end of trouble or the last step that isn't a wait, whichever was last, to rest. */
  readonly convergeSeconds: number;
  readonly hits: readonly SeenWrite[];
  /** Why each process that lost its Lease couldn't renew it, where that wasn't foreseen. */
  readonly lostLeases: readonly string[];
  /** Something of what was to go wrong never did. */
  readonly neverCame: boolean;
  readonly reference: Reference;
  readonly kept?: string;
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

/**
 * When trouble beside the story ended, or the last step that isn't a mere wait, whichever was later: epoch milliseconds. Its
 * steps are noted in `begun`.
 */
async function play(stage: Stage, story: Story, trouble: Trouble, begun: BegunStep[]): Promise<number> {
  const begin = (label: string): void => void begun.push({ label, at: Date.now() });
  const attempt = async (label: string, run: () => Promise<unknown>): Promise<void> => {
    begin(label);
    await attempted(label, run);
  };
  for (const step of story.before ?? []) await attempt(`before: ${step.label}`, () => step.run(stage));
  await attempt('before: trouble', async () => trouble.before?.(stage));
  await stage.beginStory();
  for (const { taps } of stage.installations) taps.armForTheStory();
  const over = new AbortController();
  let lastAt = stage.storyStartedAt;
  const note = (): void => {
    lastAt = Date.now();
  };
  // what goes wrong with it is told once the steps are over
  const beside = trouble.during?.(stage, over.signal).then(note, (error: unknown) => error as Error);
  try {
    for (const step of story.steps) {
      await attempt(step.label, () => step.run(stage));
      if (step.waits !== true) note();
    }
  } finally {
    over.abort(); // what was to come at a write that didn't, comes no more
  }
  const failure = await beside;
  if (failure instanceof Error) throw new StepFailed('trouble', failure);
  begin(THE_END);
  return lastAt;
}

async function attempted(label: string, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw new StepFailed(label, error as Error);
  }
}

function openStage({ cluster, plan, directory, trouble = {}, checkout }: RunOptions, story: Story): Promise<Stage> {
  return Stage.open({
    ...{ cluster, directory, duplicateName: plan.duplicateName, seed: plan.seed, checkout, faults: plan.faults },
    folderExists: story.folderExists === true,
    operatorFlags: { ...story.operatorFlags, ...trouble.operatorFlags },
    ...(trouble.operatorEnv === undefined ? {} : { env: trouble.operatorEnv }),
  });
}

/** An operator that can't even be set up. */
function notSetUp(error: unknown, startedAt: number): RunResult {
  return {
    problems: [{ oracle: SET_UP, text: (error as Error).message }],
    seconds: (performance.now() - startedAt) / 1000,
    convergeSeconds: Number.NaN,
    hits: [],
    lostLeases: [],
    neverCame: false, // that is told already
    reference: { end: { objects: [], vms: [], snapshots: [], files: 0 }, counts: {}, kube: [], vcenter: [], words: [] },
  };
}

export async function runPlan(options: RunOptions): Promise<RunResult> {
  const { plan, trouble = {}, reference, keepIn } = options;
  const story = storyOf(plan);
  const startedAt = performance.now();
  let stage: Stage;
  try {
    stage = await openStage(options, story);
  } catch (error) {
    return notSetUp(error, startedAt);
  }
  try {
    if (story.decoysMove === true || trouble.decoysMove === true) await stage.letDecoysMove();
    let failure: unknown;
    let lastAt = stage.storyStartedAt;
    const begun: BegunStep[] = [];
    try {
      lastAt = await play(stage, story, trouble, begun);
      for (const operator of stage.operators) await operator.settled();
      lastAt = Math.max(lastAt, ...stage.hits.map(({ at }) => at));
      for (const { taps } of stage.installations) taps.disarm();
    } catch (error) {
      failure = error;
    }
    const { problems, quiet, end, counts } = await judgeStage(stage, story, {
      ...{ plan: planLine(plan), keepIn, failure, reference, trouble, lastAt, begun },
    });
    const { hits } = stage;
    const came = (await trouble.came?.(stage)) ?? true;
    const [first, second] = stage.installations.map(({ taps }) => taps.labels);
    return {
      problems,
      seconds: (performance.now() - startedAt) / 1000,
      convergeSeconds: quiet === undefined ? Number.NaN : (quiet.from - lastAt) / 1000,
      hits,
      lostLeases: stage.exits.flatMap(({ asked, lost }) => (asked === 'expected' ? [] : (lost?.excuse ?? []))),
      neverCame: !came || plan.faults.length > hits.length,
      reference: {
        ...{ end, counts },
        ...(first ?? { kube: [], vcenter: [] }),
        ...(second === undefined ? {} : { second }),
        words: wordsOf(stage.history.entries, stage.storyVersion, stage.namespace),
      },
      ...(problems.length > 0 ? { kept: keepIn } : {}),
    };
  } finally {
    await stage.close();
  }
}
