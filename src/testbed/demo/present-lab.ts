// The part of the demo that people watch: apply the samples, show the table until all is ready, sum up, then either end or
// go on showing what its user does.
import { formatKey, keyOf } from '../../kube/objects.ts';
import { isAbort } from '../../util/abort.ts';
import { systemClock } from '../../util/clock.ts';
import { interrupted } from '../command.ts';
import { applySamples } from './apply-samples.ts';
import type { Follower } from './follow-progress.ts';
import { createFollower } from './follow-progress.ts';
import type { LabResult } from './lab-result.ts';
import { describeResult, figuresAgree } from './lab-result.ts';
import type { LabWatch } from './lab-watch.ts';
import { watchLab } from './lab-watch.ts';
import { lastLines } from './last-lines.ts';
import { NotAllReady } from './not-all-ready.ts';
import { describeNotReady, findNotReady } from './not-ready.ts';
import type { DemoOptions } from './options.ts';
import type { RunningLab } from './running-lab.ts';
import { readSamples } from './samples.ts';
import type { Screen } from './screen.ts';
import { createStopwatch } from './stopwatch.ts';
import { nextStepsText, summaryText } from './texts.ts';

export interface Presentation {
  lab: RunningLab;
  options: DemoOptions;
  screen: Screen;
  /** The user wants it to end. */
  interrupt: AbortSignal;
  /** Fires with `interrupt` and when something failed. */
  life: AbortSignal;
}

/** Longer than two of the operator's status writes are apart. */
const FIGURES_WITHIN_MS = 5000;

/** Resolves when the demo is to end well. Rejects with NotAllReady, with a failure, or when interrupted before all is ready. */
export async function presentLab(presentation: Presentation): Promise<void> {
  const { lab, options, screen, interrupt, life } = presentation;
  const { controlPlane, simulator, operator } = lab;
  const watch = await watchLab(controlPlane.kubeconfig, life);
  const end = new AbortController();
  let following: Promise<void> | undefined;
  try {
    const files = await readSamples(simulator);
    const appliedAt = systemClock.monotonic();
    await applySamples(controlPlane.api, files, life);
    const follower = createFollower({
      metricsUrl: operator.metricsUrl,
      watch,
      screen,
      stopwatch: createStopwatch(appliedAt),
      signal: AbortSignal.any([life, end.signal]),
    });
    following = follower.run();
    const sets = files.flat().filter(({ kind }) => kind === 'LinkedCloneSet');
    const names = sets.map((set) => formatKey(keyOf(set)));
    const readyAt = await waitForAll(names, watch, presentation);
    await waitForFigures(watch, life);
    await tellResult(describeResult(names, watch, { appliedAt, readyAt }), follower, presentation);
    if (options.exitWhenReady) return;
    await interrupted(life);
    if (!interrupt.aborted) life.throwIfAborted();
  } finally {
    end.abort();
    await following;
    await watch.close();
  }
}

async function waitForAll(
  names: readonly string[],
  watch: LabWatch,
  { lab, options, screen, life }: Presentation,
): Promise<ReadonlyMap<string, number>> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    return await watch.allReady(names, AbortSignal.any([life, timeout]));
  } catch (error) {
    if (life.aborted || !timeout.aborted) throw error;
  }
  const reasons = await findNotReady(lab.controlPlane.api, life);
  const failure = new NotAllReady(options.timeoutMs, reasons, lastLines(lab.operator.process.logTail()));
  // Somebody who looks on may still want to see what comes of it; a program waits for an answer.
  if (options.exitWhenReady || options.output === 'json') throw failure;
  screen.print(`${failure.message}:\n${describeNotReady(reasons)}the operator's log is ${lab.operatorLog}\n`);
  return watch.allReady(names, life);
}

async function waitForFigures(watch: LabWatch, life: AbortSignal): Promise<void> {
  const agree = (): boolean => figuresAgree(watch.sets(), watch.bases());
  try {
    await watch.until(agree, AbortSignal.any([life, AbortSignal.timeout(FIGURES_WITHIN_MS)]));
  } catch (error) {
    if (life.aborted || !isAbort(error)) throw error;
    process.stderr.write('the space figures of sets and bases differ: what follows is what they say now\n');
  }
}

async function tellResult(
  result: LabResult,
  follower: Follower,
  { lab, options, screen }: Presentation,
): Promise<void> {
  const { controlPlane, simulator, operator, operatorLog } = lab;
  await follower.refresh();
  screen.settle();
  screen.print(summaryText(result));
  const { kubeconfig, tools } = controlPlane;
  const { metricsUrl } = operator;
  const { url: vcenterUrl, username, password, adminUrl } = simulator;
  if (!options.exitWhenReady)
    screen.print(
      nextStepsText({
        kubeconfig,
        kubectl: tools.kubectl,
        operatorLog,
        metricsUrl,
        adminUrl,
        environment: process.env,
      }),
    );
  if (options.output === 'json')
    process.stdout.write(
      `${JSON.stringify({ kubeconfig, vcenterUrl, username, password, adminUrl, metricsUrl, ...result })}\n`,
    );
}
