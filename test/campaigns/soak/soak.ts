// Hours of ordinary life with a fault every five seconds: sets grow and shrink, clones come and go, connections break, vCenter
// refuses, watches stall. At the end all is as the objects say, and the process has not grown. `--plans` is the number of
// minutes.
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../../src/simulator/faults/seeded-random.ts';
import type { Campaign, CampaignOptions, CampaignReport, Violation } from '../campaign.ts';
import { Cluster } from '../harness/cluster.ts';
import { keys, readPlanAs, wholeNumber } from '../harness/plan-rules.ts';
import { judgeStage } from '../harness/judge.ts';
import type { Stage } from '../harness/stage.ts';
import { Stage as OpenStage } from '../harness/stage.ts';
import { RESULTS_FOLDER } from '../report.ts';
import { growthOf, judgedOf, slopeOf } from './growth.ts';
import type { Sample } from './growth.ts';
import { InspectedProcess } from './inspected-process.ts';
import type { Vitals } from './inspected-process.ts';
import { Life } from './life.ts';

const DEFAULT_MINUTES = 10;
const OPERATION_EVERY_MS = 900;
const FAULT_EVERY_MS = 5_000;
const SAMPLE_EVERY_MS = 10_000;
const SAMPLES_A_LINE = 30;
/** Until the caches are filled and the code is compiled. */
const WARM_UP_MS = 60_000;
const MOST_GROWTH_PER_HOUR = 3;
/** The slope of a shorter run's heap has no meaning; counts are judged in each run. */
const LEAST_MINUTES_FOR_HEAP = 30;

interface VitalsAt extends Vitals {
  readonly at: number;
  readonly pid: number;
}

/** The process that runs now; one that ended by itself is a violation of its own, told by the oracles. */
async function inspectedNow(stage: Stage, known: InspectedProcess | undefined): Promise<InspectedProcess | undefined> {
  const { pid, logFiles } = stage.operator;
  return pid === undefined || pid === known?.pid ? known : InspectedProcess.open(pid, logFiles.at(-1) ?? '');
}

async function live(
  stage: Stage,
  life: Life,
  minutes: number,
  { signal, progress }: CampaignOptions,
): Promise<VitalsAt[]> {
  const startedAt = Date.now();
  const samples: VitalsAt[] = [];
  let inspected: InspectedProcess | undefined;
  let [nextOperation, nextFault, nextSample] = [startedAt, startedAt + FAULT_EVERY_MS, startedAt + WARM_UP_MS];
  while (Date.now() - startedAt < minutes * 60_000 && !signal.aborted) {
    const now = Date.now();
    if (now >= nextOperation) {
      nextOperation = now + OPERATION_EVERY_MS;
      await life.operate();
    }
    if (now >= nextFault) {
      nextFault = now + FAULT_EVERY_MS;
      await life.disturb();
    }
    if (now >= nextSample) {
      nextSample = now + SAMPLE_EVERY_MS;
      inspected = await inspectedNow(stage, inspected);
      const vitals = await inspected?.vitals().catch((error: unknown) => {
        if (stage.operator.pid === inspected?.pid) throw error;
      });
      if (vitals !== undefined && inspected !== undefined) samples.push({ at: now, pid: inspected.pid, ...vitals });
      if (samples.length % SAMPLES_A_LINE === 0) progress(`soak: ${JSON.stringify(ends(samples))}`);
    }
    await sleep(50);
  }
  return samples;
}

const COUNTS = ['timers', 'handles', 'sockets'] as const;

/** Of a run that is judged: until then the heap still grows by what is compiled. */
const WARM_UP_SHARE = 1 / 3;

function seriesOf(samples: readonly VitalsAt[], what: keyof Vitals): Sample[] {
  const from = samples[0]?.at ?? 0;
  return samples.map((sample) => ({ hours: (sample.at - from) / 3_600_000, value: sample[what] }));
}

/** What has grown, each with its oracle. */
function growths(all: readonly VitalsAt[], minutes: number): { readonly oracle: string; readonly text: string }[] {
  const samples = judgedOf(all, minutes * 60_000 * WARM_UP_SHARE);
  if (samples === undefined)
    return minutes < LEAST_MINUTES_FOR_HEAP
      ? []
      : [{ oracle: 'heap', text: 'no process ran for long enough to tell whether it grows: the last one was new' }];
  const heap = slopeOf(seriesOf(samples, 'megabytes'));
  // compared so that no figure at all falls too
  const heapGrew = minutes < LEAST_MINUTES_FOR_HEAP || heap.atMost < MOST_GROWTH_PER_HOUR ? [] : [heap];
  const counts = COUNTS.flatMap((what) => {
    const grew = growthOf(seriesOf(samples, what));
    return grew === undefined ? [] : [{ oracle: what, text: `there were ${grew.toFixed(1)} more at the end` }];
  });
  return [
    ...heapGrew.map(({ perHour, atMost }) => ({
      oracle: 'heap',
      text: `it grows by ${perHour.toFixed(1)}, at most ${atMost.toFixed(1)} MB an hour`,
    })),
    ...counts,
  ];
}

/** Facts for the report: the first and the last of each. */
function ends(samples: readonly VitalsAt[]): Record<string, number> {
  const kinds = ['megabytes', ...COUNTS] as const;
  return Object.fromEntries(
    kinds.flatMap((what) => [
      [`${what}First`, Number((samples[0]?.[what] ?? Number.NaN).toFixed(1))],
      [`${what}Last`, Number((samples.at(-1)?.[what] ?? Number.NaN).toFixed(1))],
    ]),
  );
}

/** So many minutes. */
const SOAK_RULE = keys({ soak: wholeNumber(1), seed: wholeNumber(1) });

function readSoak(line: string): { readonly soak: number; readonly seed: number } {
  return readPlanAs(line, SOAK_RULE) as ReturnType<typeof readSoak>;
}

async function run(options: CampaignOptions): Promise<CampaignReport> {
  const { signal, progress } = options;
  const { soak: minutes, seed } =
    options.plan === undefined
      ? { soak: options.plans ?? DEFAULT_MINUTES, seed: options.seed }
      : readSoak(options.plan);
  const startedAt = performance.now();
  const directory = mkdtempSync(join(tmpdir(), 'linked-clone-soak-'));
  const cluster = await Cluster.start(signal);
  const plan = JSON.stringify({ soak: minutes, seed });
  try {
    const stage = await OpenStage.open({
      ...{ cluster, directory, seed, duplicateName: 'start' as const },
      operatorFlags: { 'log-level': 'info' },
      env: { NODE_OPTIONS: '--inspect-port=0' },
    });
    try {
      const life = new Life(stage, seededRandom(seed));
      await stage.beginStory();
      await life.begin();
      const samples = await live(stage, life, minutes, options);
      signal.throwIfAborted(); // a part of it says nothing about the whole
      await life.calm();
      progress(`soak: ${life.operations} operations, ${life.faults} faults; now the end is waited for`);
      const story = { name: 'soak', deterministic: false, steps: [], end: life.end };
      const { problems } = await judgeStage(stage, story, {
        plan,
        keepIn: join(RESULTS_FOLDER, 'kept', `soak-${seed}`),
      });
      const counted = judgedOf(samples, minutes * 60_000 * WARM_UP_SHARE) ?? samples;
      const heap = slopeOf(seriesOf(counted, 'megabytes'));
      const grew: Violation[] = growths(samples, minutes).map((growth) => ({ plan, ...growth }));
      return {
        campaign: 'soak',
        plans: 1,
        violations: [...problems.map((problem) => ({ plan, ...problem })), ...grew],
        seconds: (performance.now() - startedAt) / 1000,
        seed,
        facts: {
          minutes,
          heapIsJudged: minutes < LEAST_MINUTES_FOR_HEAP ? `no: from ${LEAST_MINUTES_FOR_HEAP} minutes on` : 'yes',
          operations: life.operations,
          faults: life.faults,
          samples: samples.length,
          processes: new Set(samples.map(({ pid }) => pid)).size,
          samplesJudged: counted.length,
          ...ends(samples),
          heapPerHour: Number(heap.perHour.toFixed(2)),
          heapPerHourAtMost: Number(heap.atMost.toFixed(2)),
        },
      };
    } finally {
      await stage.close();
    }
  } finally {
    await cluster.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

export const SOAK: Campaign = {
  name: 'soak',
  summary: 'random operations with a fault every five seconds; --plans is the number of minutes',
  defaultPlans: DEFAULT_MINUTES,
  planRule: SOAK_RULE,
  run,
};
