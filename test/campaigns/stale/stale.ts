// The operator is shown an old world around what it deletes: watches that stand still, forget a kind or one object, break off,
// end with 410 or with garbage, and caches that are filled as of an older resourceVersion after a restart, all of them or those
// of one kind. It must act on what is true.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Campaign } from '../campaign.ts';
import type { Plan } from '../harness/plan.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Trouble } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import type { Dropped } from '../harness/watch-tap.ts';
import { STORY_MS } from '../harness/timers.ts';
import { putToSleep, wakeInThePast } from '../stories/past.ts';
import { untilLooked } from '../stories/steps.ts';
import { atMoment, storyWords } from './moments.ts';
import { ALL_KINDS, STALE_RULE, isOfPause, stalePlans } from './plans.ts';
import type { StaleTrouble } from './plans.ts';

/** Looks at clones, after which the operator has done what it would by old lists: it has to connect to the vCenter first. */
const LOOKS = 16;
/** Looks at anything, where the old list may have no clone at all. */
const LOOKS_AT_ANY = 40;
/** Looks at clones with what it was last shown, before the truth comes; a plan may ask for other `looks`. */
const LOOKS_BACK = 6;
const GARBAGE = '{"type":"DELETED","object":{"metadata":{"name":"web';

/** Which object's events are dropped: of the kind without a name all that the story has, as its namespace itself. */
function droppedBy({ more = {} }: Plan, namespace: string): Dropped {
  const { plural, name } = more;
  const named = name === undefined ? {} : { name: String(name) };
  if (plural === 'vcenters') return { plural, namespace: '', ...named };
  if (plural === 'namespaces') return { plural, namespace: '', name: String(name ?? namespace) };
  return { plural: String(plural), namespace, ...named };
}

/** Undefined: all. */
function pluralsOf({ more = {} }: Plan): readonly string[] | undefined {
  return more['plural'] === ALL_KINDS ? undefined : [String(more['plural'])];
}

async function begin(stage: Stage, plan: Plan, over: AbortSignal): Promise<void> {
  const { watches } = stage.apiProxy;
  const plurals = pluralsOf(plan);
  // between two watches nobody can be told anything
  const tell = (told: () => number): Promise<boolean> =>
    waitUntil('an open watch', () => told() > 0 || over.aborted, { timeoutMs: STORY_MS, intervalMs: 2 });
  switch (plan.more?.['kind'] as StaleTrouble) {
    case 'freeze':
      watches.freeze(plurals);
      break;
    case 'drop':
      watches.dropEventsOf(droppedBy(plan, stage.namespace));
      break;
    case 'half-open':
      await tell(() => watches.halfOpen(plurals));
      break;
    case 'gone':
      await tell(() => watches.sayGone(plurals));
      break;
    case 'garbage':
      await tell(() => watches.sayGarbage(GARBAGE, plurals));
      break;
    case 'replay':
      await putToSleep(stage);
      break;
  }
}

/** Gives who says whether anything was kept from the operator, or told wrong. */
async function trouble(stage: Stage, plan: Plan, over: AbortSignal): Promise<() => boolean> {
  const { watches } = stage.apiProxy;
  const lies = (): number => watches.withheld + watches.spoilt + stage.apiProxy.oldLists;
  const before = lies();
  const hasLied = (): boolean => lies() > before;
  if (!(await atMoment(stage, plan, over, () => begin(stage, plan, over)))) return () => false;
  const { kind, looks = LOOKS_BACK } = plan.more ?? {};
  if (kind === 'replay') {
    await replay(stage, plan);
    return hasLied;
  }
  // something was kept from it, and it went on with what it knew; or nothing is left to be kept from it
  await waitUntil('a lie', () => hasLied() || over.aborted, { timeoutMs: STORY_MS, intervalMs: 2 });
  if (!over.aborted) await untilLooked(stage, 'linked-clone', Number(looks), over);
  watches.thaw();
  const came = hasLied();
  if (kind === 'drop') {
    watches.keepEvents();
    // what was dropped is in no later event: only the next list or a live read tells
    const plurals = pluralsOf(plan);
    await waitUntil('an open watch', () => watches.sayGone(plurals) > 0, { timeoutMs: STORY_MS, intervalMs: 2 });
  }
  return () => came || (kind === 'half-open' && hasLied()); // which ends only once the operator opens another watch
}

/** Killed, it fills its caches as of an earlier moment of the story; the truth comes once it has led and looked at all of it. */
async function replay(stage: Stage, { more = {} }: Plan): Promise<void> {
  const { as, plural } = more;
  const word = storyWords(stage)[Number(as) - 1];
  const version = word?.version ?? stage.storyVersion;
  if (plural === ALL_KINDS) await wakeInThePast(stage, version, 'linked-clone', LOOKS);
  else await wakeInThePast(stage, version, 'any', LOOKS_AT_ANY, [String(plural)]);
}

export function staleTrouble(plan: Plan): Trouble {
  let came = (): boolean => false;
  return {
    ...(isOfPause(plan) ? { otherEnd: true, otherCounts: true } : {}),
    during: async (stage, signal) => {
      came = await trouble(stage, plan, signal);
    },
    came: () => came(),
  };
}

export const STALE: Campaign = {
  name: 'stale',
  summary: 'watches that stand still or lie, and caches of the past, around every deletion',
  defaultPlans: 5600,
  isAbout: true,
  planRule: STALE_RULE,
  run: (options) => runCampaign({ name: 'stale', rule: STALE_RULE, plans: stalePlans, trouble: staleTrouble }, options),
};
