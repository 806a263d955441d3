// What a restarted operator is shown at first: its caches are filled as of an older resourceVersion and its watches stand
// still, as from an API server that is behind. What has changed since is told only by what it asks for live.
import type { Stage } from '../harness/stage.ts';
import { untilLooked } from './steps.ts';
import type { Controller } from './steps.ts';

/** The operator is killed and can't come back before `wakeInThePast` or `wake`. */
export async function putToSleep(stage: Stage): Promise<void> {
  stage.apiProxy.setDown(true);
  await stage.operator.kill();
}

/** It is there again, and sees what is. */
export async function wake(stage: Stage): Promise<void> {
  stage.apiProxy.setDown(false);
  await stage.operator.settled();
}

/**
 * It's there again, takes the world as of `version` for what is, or these kinds of it, and looks at it `times`; then it is told
 * the truth.
 */
export async function wakeInThePast(
  stage: Stage,
  version: string,
  controller: Controller | 'any',
  times: number,
  kinds?: readonly string[],
): Promise<void> {
  stage.apiProxy.fillCachesAt(version, kinds);
  stage.apiProxy.watches.freeze(kinds);
  await wake(stage);
  await untilLooked(stage, controller, times); // the Lease of the killed one has to end first
  stage.apiProxy.fillCachesAt(undefined);
  stage.apiProxy.watches.thaw();
}
