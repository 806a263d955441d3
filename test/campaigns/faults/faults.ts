// vCenter answers each change with each fault that it may have for it: the first time, the second time, or for a while; in
// the call, or as its task ends; or it loses the reply, the session or the task, or the host or the datastore that the call is
// about goes away, or the call arrives when the operator has given it up. Nothing is lost, each object says what is wrong with
// it, and it heals.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Campaign } from '../campaign.ts';
import { drawn } from '../harness/draw.ts';
import { FAULTS as WRITE_FAULTS, SOME_FAULTS, orUndisturbed, planRule } from '../harness/plan.ts';
import type { Plan } from '../harness/plan.ts';
import { byKey, keys, oneOf } from '../harness/plan-rules.ts';
import type { Rule } from '../harness/plan-rules.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Trouble } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import { SPEED, STORY_MS } from '../harness/timers.ts';
import { untilLooked } from '../stories/steps.ts';
import { STORY_NAMES } from '../stories/stories.ts';
import { OF_THE_CLAIM, OTHER_ACTIONS, actionOf, faultsOfCalls, faultsOfTasks, meaningOf } from './kinds.ts';
import { removeClaimField } from './claim-field.ts';
import { isPlaceFault, takeAway } from './places.ts';
import { CLAIM_TOLD_BY, judgeReasons } from './told.ts';
import type { Window } from './told.ts';

/** Each changing method with a story that calls it, and one that calls it twice. */
const METHODS: Readonly<Record<string, { readonly once: string; readonly twice?: string }>> = {
  CloneVM_Task: { once: 'create-set', twice: 'create-set' },
  PowerOnVM_Task: { once: 'clone-by-hand', twice: 'create-set' },
  PowerOffVM_Task: { once: 'scale-down', twice: 'scale-down' },
  Destroy_Task: { once: 'delete-set-background', twice: 'delete-set-background' },
  ReconfigVM_Task: { once: 'retain-clone', twice: 'delete-set-retain-foreground' },
  CreateSnapshot_Task: { once: 'snapshot-made-and-removed', twice: 'two-snapshots-made-and-removed' },
  RemoveSnapshot_Task: { once: 'snapshot-with-a-clone', twice: 'two-snapshots-made-and-removed' },
  CreateFolder: { once: 'create-set', twice: 'clones-in-two-folders' },
  // the claim on the vCenter, which whoever leads writes first
  SetField: { once: 'operator-upgrade', twice: 'operator-upgrade' },
  // its field, which somebody removed: it is defined once
  AddCustomFieldDef: { once: 'operator-upgrade' },
};
/** They are about no machine, and begin no task. */
const WITHOUT_TASK = new Set(['CreateFolder', ...OF_THE_CLAIM]);
/** What is right may depend on when the vCenter looks at names. */
const NAMES_MATTER = new Set(['CloneVM_Task']);

const PLACES = ['host-gone', 'datastore-gone'];
/** The call arrives when the operator has given it up: of which write of the story. */
const PAST_TIMEOUT = 'past-timeout';
const LATE: readonly (readonly [story: string, method: string, nth: number])[] = [
  ['clone-by-hand', 'CloneVM_Task', 1],
  ['create-set', 'CloneVM_Task', 2],
  ['delete-while-cloning', 'CloneVM_Task', 1],
  ['up-and-down-while-running', 'CloneVM_Task', 2],
  ['clone-by-hand', 'PowerOnVM_Task', 1],
  ['create-set', 'PowerOnVM_Task', 2],
  ['scale-down', 'PowerOffVM_Task', 1],
  ['clone-by-hand', 'Destroy_Task', 1],
  ['delete-set-background', 'Destroy_Task', 2],
  ['retain-clone', 'ReconfigVM_Task', 1],
  ['snapshot-made-and-removed', 'CreateSnapshot_Task', 1],
  ['snapshot-with-a-clone', 'CreateSnapshot_Task', 1],
  ['snapshot-made-and-removed', 'RemoveSnapshot_Task', 1],
  ['second-base-while-removed', 'RemoveSnapshot_Task', 1],
  ['adopted-while-destroyed', 'Destroy_Task', 1],
  ['create-set', 'CreateFolder', 1],
];
const WHEN = ['first', 'second', 'while'] as const;
/** Looks at clones after the first call that was refused: those that come by time, too, are refused then. */
const WHILE_LOOKS = 24;
/** Real seconds for which a place is away. */
const AWAY_SECONDS = { first: 1.2, second: 1.2, while: 4 } as const;

interface Asked {
  readonly method: string;
  readonly fault: string;
  readonly when: (typeof WHEN)[number];
}

function askedOf({ more }: Plan): Asked {
  return more as unknown as Asked;
}

/** The rule's number. */
async function begin(stage: Stage, { method, fault, when }: Asked): Promise<number> {
  const { id } = await stage.vcenter.fault({
    match: { method, ...(when === 'second' ? { nth: 2 } : {}) },
    action: await actionOf(stage, method, fault),
    ...(when === 'while' ? {} : { times: 1 }),
  });
  return id;
}

/** Until the operator has lived with it, or the story ended in spite of it. */
async function endIt(stage: Stage, { method }: Asked, rule: number, over: AbortSignal): Promise<void> {
  // a claim is renewed by time, whether its clones are looked at or not
  const least = CLAIM_TOLD_BY[method] ?? 1;
  const isHit = async (): Promise<boolean> => (await stage.vcenter.faultHits(rule)) >= least;
  await waitUntil('a call to go wrong', async () => over.aborted || (await isHit()), { timeoutMs: STORY_MS });
  if (!OF_THE_CLAIM.has(method) && !over.aborted) await untilLooked(stage, 'linked-clone', WHILE_LOOKS, over);
  await stage.vcenter.clearFaults();
}

type Mode = Plan['duplicateName'];

function modesOf(method: string, i: number): readonly Mode[] {
  if (NAMES_MATTER.has(method)) return ['start', 'end'];
  return [i % 2 === 0 ? 'start' : 'end'];
}

/** The story in which it goes wrong then; undefined where there is none. */
function storyOfMethod(method: string, when: Asked['when']): string | undefined {
  return METHODS[method]?.[when === 'second' ? 'twice' : 'once'];
}

function faultsOf(method: string): readonly string[] {
  const ofTasks = WITHOUT_TASK.has(method)
    ? []
    : [...faultsOfTasks(method).map((name) => `task:${name}`), 'task-lost', ...PLACES];
  const others = Object.keys(OTHER_ACTIONS).filter((name) => name !== 'task-lost');
  return [...faultsOfCalls(method), ...ofTasks, ...others];
}

const METHOD_RULES = Object.fromEntries(
  Object.keys(METHODS).map((method) => [
    method,
    keys({ method: oneOf([method]), fault: oneOf([...faultsOf(method), PAST_TIMEOUT]), when: oneOf(WHEN) }),
  ]),
);

function ruleWith(faults: Rule): Rule {
  return planRule(STORY_NAMES, { faults, more: byKey('method', METHOD_RULES) });
}

/** A call that comes too late is the plan's own fault of a write. */
export const FAULTS_RULE = orUndisturbed(STORY_NAMES, (value, path) => {
  const isLate = (value as Partial<Plan> | null)?.more?.['fault'] === PAST_TIMEOUT;
  return ruleWith(isLate ? SOME_FAULTS : WRITE_FAULTS)(value, path);
});

function plansOf(method: string, seed: number): Plan[] {
  const asked = faultsOf(method).flatMap((fault) =>
    WHEN.flatMap((when) => {
      const story = storyOfMethod(method, when);
      return story === undefined ? [] : [{ story, more: { method, fault, when } }];
    }),
  );
  return asked.flatMap(({ story, more }, i) =>
    modesOf(method, i).map((duplicateName) => ({ story, duplicateName, seed, faults: [], more })),
  );
}

function latePlans(seed: number): Plan[] {
  return LATE.flatMap(([story, method, nth]) =>
    (['start', 'end'] as const).map((duplicateName) => ({
      ...{ story, duplicateName, seed },
      faults: [{ side: 'vcenter' as const, nth, act: 'delay-past-timeout' as const, of: `${method} ` }],
      more: { method, fault: PAST_TIMEOUT, when: 'first' },
    })),
  );
}

export function faultPlans(count: number | undefined, seed: number): readonly Plan[] {
  const all = Object.keys(METHODS).flatMap((method) => plansOf(method, seed));
  return drawn([...all, ...latePlans(seed)], count, seed);
}

export function faultTrouble(plan: Plan): Trouble {
  const asked = askedOf(plan);
  const { method, fault, when } = asked;
  if (fault === PAST_TIMEOUT) return {}; // the plan's own fault
  let rule: number | undefined;
  let isGone = false;
  const window: Window = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  return {
    // who holds the claim finds out at its next renewal, and tries again at the one after
    ...(OF_THE_CLAIM.has(method) && { operatorFlags: { 'claim-renew': 1 } }),
    during: async (stage, signal) => {
      if (isPlaceFault(fault)) {
        const [nth, forSeconds] = [when === 'second' ? 2 : 1, AWAY_SECONDS[when] * SPEED];
        takeAway(stage, { method, fault, nth, forSeconds }, (at) => {
          isGone = true;
          window.from = at;
          window.to = at + AWAY_SECONDS[when] * 1000;
        });
        return;
      }
      window.from = Date.now();
      rule = await begin(stage, asked);
      if (method === 'AddCustomFieldDef') await removeClaimField(stage);
      if (when === 'while') await endIt(stage, asked, rule, signal).finally(() => (window.to = Date.now()));
    },
    came: async (stage) => isGone || (rule !== undefined && (await stage.vcenter.faultHits(rule)) > 0),
    judge: (evidence) => judgeReasons(evidence, plan, window),
    refusedByPlan: meaningOf(fault) === 'forbidden',
  };
}

export const FAULTS: Campaign = {
  name: 'vcenter-faults',
  summary:
    'each change with each fault, the first or second time or for a while, in the call or as its task ends; hosts and datastores that go away under it; calls that arrive too late',
  defaultPlans: faultPlans(undefined, 1).length,
  planRule: FAULTS_RULE,
  run: (options) =>
    runCampaign(
      {
        name: 'vcenter-faults',
        rule: FAULTS_RULE,
        plans: (_crew, count, seed) => Promise.resolve(faultPlans(count, seed)),
        trouble: faultTrouble,
      },
      options,
    ),
};
