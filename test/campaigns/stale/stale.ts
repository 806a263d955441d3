// The operator is shown an old world around what it deletes: watches that stand still, forget an object, break off, end with
// 410 or with garbage, and lists as of an older resourceVersion after a restart. It must act on what is true.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Campaign } from '../campaign.ts';
import { drawn } from '../harness/draw.ts';
import type { Plan } from '../harness/plan.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Trouble } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import { STORY_MS } from '../harness/timers.ts';
import { OLD_VIEW_STORIES } from '../stories/old-views.ts';
import { untilLooked } from '../stories/steps.ts';
import { STORIES } from '../stories/stories.ts';

const TROUBLES = ['freeze', 'drop', 'half-open', 'gone', 'garbage', 'replay'] as const;
type StaleTrouble = (typeof TROUBLES)[number];
const PLURALS = ['linkedclones', 'linkedclonesets', 'basesnapshots'] as const;
/** Writes of the operator before the trouble begins. */
const AFTER = [0, 1, 4] as const;
const DESTRUCTIVE =
  /^(orphan-deleted|orphan-reported|scale-down|up-and-down|delete-|wrong-order|two-|retain|release|snapshot-|detach|access-withdrawn|disks-moved)/;
/** Looks at clones, after which the operator has done what it would by old lists: it has to connect to the vCenter first. */
const LOOKS = 16;
/** Looks at clones with what it was last shown, before the truth comes. */
const LOOKS_BACK = 6;
/** They put the operator to sleep and show it a past of their own. */
const GARBAGE = '{"type":"DELETED","object":{"metadata":{"name":"web';
const WITH_A_PAST = new Set(OLD_VIEW_STORIES.map(({ name }) => name));

/** Gives who says whether anything was kept from the operator, or told wrong. */
async function trouble(stage: Stage, plan: Plan, signal: AbortSignal): Promise<() => boolean> {
  const kind = plan.more?.['kind'] as StaleTrouble;
  const plural = String(plan.more?.['plural']);
  const after = Number(plan.more?.['after']);
  const { watches, writes } = stage.apiProxy;
  await waitUntil('the moment', () => writes.count >= after || signal.aborted, {
    timeoutMs: STORY_MS,
    intervalMs: 2,
  });
  const lies = (): number => watches.withheld + watches.spoilt + stage.apiProxy.oldLists;
  const before = lies();
  const hasLied = (): boolean => lies() > before;
  // between two watches nobody can be told anything
  const begin = (begun: () => boolean): Promise<boolean> =>
    waitUntil('an open watch', () => begun() || signal.aborted, { timeoutMs: STORY_MS, intervalMs: 2 });
  switch (kind) {
    case 'freeze':
      watches.freeze([plural]);
      break;
    case 'drop':
      watches.dropEventsIn(plural, stage.namespace);
      break;
    case 'half-open':
      await begin(() => watches.halfOpen([plural]) > 0);
      break;
    case 'gone':
      await begin(() => watches.sayGone([plural]) > 0);
      break;
    case 'garbage':
      await begin(() => watches.sayGarbage(GARBAGE, [plural]) > 0);
      break;
    case 'replay':
      await replay(stage);
      return hasLied;
  }
  // something was kept from it, and it went on with what it knew; or nothing is left to be kept from it
  await waitUntil('a lie', () => hasLied() || signal.aborted, { timeoutMs: STORY_MS, intervalMs: 2 });
  if (!signal.aborted) await untilLooked(stage, 'linked-clone', LOOKS_BACK, signal);
  watches.thaw();
  const came = hasLied();
  if (kind === 'drop') {
    watches.keepEvents();
    watches.cut([plural]); // what was dropped is in no later event: only the next list or a live read tells
    watches.sayGone([plural]);
  }
  return () => came || (kind === 'half-open' && hasLied()); // which ends only once the operator opens another watch
}

/** Killed, it fills its caches as of when the story began; the truth comes once it has led and looked at all of it. */
async function replay(stage: Stage): Promise<void> {
  const { operator, apiProxy } = stage;
  apiProxy.answerListsAt(stage.storyVersion, true);
  apiProxy.watches.freeze();
  await operator.kill();
  await operator.settled();
  await untilLooked(stage, 'linked-clone', LOOKS);
  apiProxy.watches.thaw();
  apiProxy.answerListsAt(undefined);
}

export function stalePlans(count: number | undefined, seed: number): readonly Plan[] {
  const stories = STORIES.filter(({ name, slow }) => DESTRUCTIVE.test(name) && slow !== true);
  const all = stories.flatMap((story) =>
    TROUBLES.filter((kind) => kind !== 'replay' || !WITH_A_PAST.has(story.name)).flatMap((kind) =>
      (kind === 'replay' ? ['all'] : PLURALS).flatMap((plural) =>
        AFTER.map((after) => ({
          story: story.name,
          duplicateName: 'start' as const,
          seed,
          faults: [],
          more: { kind, plural, after },
        })),
      ),
    ),
  );
  return drawn(all, count, seed);
}

export function staleTrouble(plan: Plan): Trouble {
  let came = (): boolean => false;
  return {
    during: async (stage, signal) => {
      came = await trouble(stage, plan, signal);
    },
    came: () => came(),
  };
}

export const STALE: Campaign = {
  name: 'stale',
  summary: 'watches that stand still or lie, and lists of the past, around every deletion',
  defaultPlans: stalePlans(undefined, 1).length,
  run: (options) =>
    runCampaign(
      { name: 'stale', plans: (_crew, count, seed) => Promise.resolve(stalePlans(count, seed)), trouble: staleTrouble },
      options,
    ),
};
