// The operator is shown an old world around what it deletes: watches that stand still, forget an object, break off, end with
// 410 or with garbage, and lists as of an older resourceVersion after a restart. It must act on what is true.
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Campaign } from '../campaign.ts';
import { drawn } from '../harness/draw.ts';
import type { Plan } from '../harness/plan.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Trouble } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import { STORIES } from '../stories/stories.ts';

const TROUBLES = ['freeze', 'drop', 'half-open', 'gone', 'garbage', 'replay'] as const;
type StaleTrouble = (typeof TROUBLES)[number];
const PLURALS = ['linkedclones', 'linkedclonesets', 'basesnapshots'] as const;
/** Writes of the operator before the trouble begins. */
const AFTER = [0, 1, 4] as const;
const LASTS_MS = 1_500;
const DESTRUCTIVE =
  /^(scale-down|up-and-down|delete-|wrong-order|two-|retain|release|snapshot-|detach|access-withdrawn|disks-moved)/;
/** Names that stories give to what they delete. */
const NAMES = ['web', 'web-1', 'web-2', 'one', 'gold', 'own'] as const;

async function trouble(stage: Stage, plan: Plan, signal: AbortSignal): Promise<void> {
  const kind = plan.more?.['kind'] as StaleTrouble;
  const plural = String(plan.more?.['plural']);
  const after = Number(plan.more?.['after']);
  const { watches, writes } = stage.apiProxy;
  await waitUntil('the moment', () => writes.count >= after || signal.aborted, { timeoutMs: 20_000, intervalMs: 2 });
  switch (kind) {
    case 'freeze':
      watches.freeze([plural]);
      break;
    case 'drop':
      for (const name of NAMES) watches.dropEventsOf(plural, name);
      break;
    case 'half-open':
      watches.halfOpen([plural]);
      break;
    case 'gone':
      watches.sayGone([plural]);
      break;
    case 'garbage':
      watches.sayGarbage('{"type":"DELETED","object":{"metadata":{"name":"web', [plural]);
      break;
    case 'replay':
      stage.apiProxy.answerListsAt(stage.storyVersion);
      watches.freeze();
      await stage.operator.kill();
      break;
  }
  await sleep(kind === 'replay' ? LASTS_MS * 2 : LASTS_MS);
  watches.thaw();
  stage.apiProxy.answerListsAt(undefined);
  if (kind !== 'drop') return;
  watches.keepEvents();
  watches.cut([plural]); // what was dropped is in no later event: only the next list or a live read tells
  watches.sayGone([plural]);
}

export function stalePlans(count: number | undefined, seed: number): readonly Plan[] {
  const stories = STORIES.filter(({ name, slow }) => DESTRUCTIVE.test(name) && slow !== true);
  const all = stories.flatMap((story) =>
    TROUBLES.flatMap((kind) =>
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
  return { during: (stage, signal) => trouble(stage, plan, signal) };
}

export const STALE: Campaign = {
  name: 'stale',
  summary: 'watches that stand still or lie, and lists of the past, around every deletion',
  defaultPlans: 700,
  run: (options) =>
    runCampaign(
      { name: 'stale', plans: (_crew, count, seed) => Promise.resolve(stalePlans(count, seed)), trouble: staleTrouble },
      options,
    ),
};
