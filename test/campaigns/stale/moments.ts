// When the trouble of a plan begins: after so many writes to the API server, right before the nth step that takes something
// away, once so much was said of the story's objects, or when all steps of the story were done.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Plan, Side } from '../harness/plan.ts';
import type { Stage } from '../harness/stage.ts';
import { STORY_MS } from '../harness/timers.ts';
import { WITHOUT_FINALIZER } from '../harness/api-proxy.ts';
import { wordsOf } from '../harness/words.ts';
import type { Word } from '../harness/words.ts';

/** Of the keys of a plan's `more`: one of `after`, `before` with `nth`, `said`. */
export type Moment =
  | { readonly after: number }
  | { readonly before: Side; readonly nth: number }
  | { readonly said: number | typeof ALL_STEPS };

/** Instead of a number: when nothing of the story is left to be said or waited for. */
export const ALL_STEPS = 'all steps';

const OF_VCENTER = /^(PowerOffVM_Task|ShutdownGuest|Destroy_Task|UnregisterVM|RemoveSnapshot_Task) /;

/** Whether a write takes something away, or lets it go. */
export function isDestructive(side: Side, label: string): boolean {
  return side === 'vcenter' ? OF_VCENTER.test(label) : label.startsWith('DELETE ') || label.endsWith(WITHOUT_FINALIZER);
}

export function storyWords(stage: Stage): Word[] {
  return wordsOf(stage.history.entries, stage.storyVersion, stage.namespace);
}

/** Does `begin` at the plan's moment; a write that it waits for arrives only then. False: the story was over before. */
export async function atMoment(
  stage: Stage,
  { more = {} }: Plan,
  over: AbortSignal,
  begin: () => Promise<void>,
): Promise<boolean> {
  const { after, before, nth, said } = more;
  if (before !== undefined) return atWrite(stage, before as Side, Number(nth), over, begin);
  const isNow = (): boolean => {
    if (said === ALL_STEPS) return over.aborted;
    return said === undefined ? stage.apiProxy.writes.count >= Number(after) : storyWords(stage).length >= Number(said);
  };
  await waitUntil('the moment', () => isNow() || over.aborted, { timeoutMs: STORY_MS, intervalMs: 2 });
  const isIt = said === undefined || isNow();
  if (isIt) await begin();
  return isIt;
}

async function atWrite(
  stage: Stage,
  side: Side,
  nth: number,
  over: AbortSignal,
  begin: () => Promise<void>,
): Promise<boolean> {
  const tap = side === 'kube' ? stage.apiProxy.writes : stage.vcProxy.writes;
  const done = Promise.withResolvers<boolean>();
  let passed = 0;
  const giveUp = (): void => {
    if (passed < nth) done.resolve(false);
  };
  tap.beforeWrite = async (label) => {
    if (!isDestructive(side, label)) return;
    passed += 1;
    if (passed !== nth) return;
    await begin().then(() => done.resolve(true), done.reject);
  };
  over.addEventListener('abort', giveUp);
  if (over.aborted) giveUp();
  try {
    return await done.promise;
  } finally {
    tap.beforeWrite = undefined;
    over.removeEventListener('abort', giveUp);
  }
}
