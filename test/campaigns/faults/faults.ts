// vCenter answers each change with each fault that it may have for it: the first time, the second time, or for a while; in
// the call, or as its task ends; or it loses the reply, the session or the task. Nothing is lost, and it heals.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Campaign } from '../campaign.ts';
import { drawn } from '../harness/draw.ts';
import type { Plan } from '../harness/plan.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Problem, Trouble } from '../harness/run-plan.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { Stage } from '../harness/stage.ts';
import { SPEED, STORY_MS } from '../harness/timers.ts';
import { untilLooked } from '../stories/steps.ts';

/** Each changing method with a story that calls it. */
const METHODS = {
  CloneVM_Task: 'create-set',
  PowerOnVM_Task: 'clone-by-hand',
  PowerOffVM_Task: 'scale-down',
  Destroy_Task: 'delete-set-background',
  ReconfigVM_Task: 'retain-clone',
  CreateSnapshot_Task: 'snapshot-made-and-removed',
  RemoveSnapshot_Task: 'snapshot-with-a-clone',
  CreateFolder: 'create-set',
  // the claim on the vCenter, which whoever leads writes first
  SetField: 'operator-upgrade',
} as const;
/** Their story calls them once: there is no second call to break. */
const CALLED_ONCE = new Set([
  'PowerOnVM_Task',
  'ReconfigVM_Task',
  'CreateSnapshot_Task',
  'RemoveSnapshot_Task',
  'CreateFolder',
]);
const WITHOUT_TASK = new Set(['CreateFolder', 'SetField']);

const CALL_FAULTS = [
  ...['TaskInProgress', 'ConcurrentAccess', 'ResourceInUse', 'FileLocked', 'HostCommunication', 'HostNotConnected'],
  ...['NoDiskSpace', 'InsufficientResourcesFault', 'SystemError', 'InvalidState', 'NoPermission'],
  ...['Timedout', 'VimFault'],
] as const;
const OTHER_ACTIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'http-503': { http: 503, contentType: 'text/html', body: { garbage: '<html>busy</html>' } },
  'reset-before': { reset: 'before' },
  'reset-after': { reset: 'after' },
  truncated: { body: { truncateAt: 150 } },
  'session-killed': { killSession: true },
  'task-lost': { loseTask: true },
  late: { delayMs: 900 },
  'host-gone': { condition: { condition: 'hostDisconnected', object: 'esx-2', forSeconds: 1.2 * SPEED } },
  'datastore-gone': { condition: { condition: 'datastoreInaccessible', object: 'shared-2', forSeconds: 1.2 * SPEED } },
};
const WHEN = ['first', 'second', 'while'] as const;
/** Looks at clones after the first call that was refused: those that come by time, too, are refused then. */
const WHILE_LOOKS = 24;

function actionOf(name: string): Readonly<Record<string, unknown>> {
  const other = OTHER_ACTIONS[name];
  if (other !== undefined) return other;
  return name.startsWith('task:') ? { taskFault: name.slice('task:'.length) } : { fault: name };
}

/** The rule's number. */
async function begin(stage: Stage, plan: Plan): Promise<number> {
  const { method, fault, when } = plan.more ?? {};
  const { id } = await stage.vcenter.fault({
    match: { method, ...(when === 'second' ? { nth: 2 } : {}) },
    action: actionOf(String(fault)),
    ...(when === 'while' ? {} : { times: 1 }),
  });
  return id;
}

/** Until the operator has lived with it, or the story ended in spite of it. */
async function endIt(stage: Stage, plan: Plan, rule: number, over: AbortSignal): Promise<void> {
  const isHit = async (): Promise<boolean> => (await stage.vcenter.faultHits(rule)) > 0;
  await waitUntil('a call to go wrong', async () => over.aborted || (await isHit()), { timeoutMs: STORY_MS });
  // a claim is tried twice, and then every few minutes: longer than anybody waits here
  if (plan.more?.['method'] !== 'SetField' && !over.aborted)
    await untilLooked(stage, 'linked-clone', WHILE_LOOKS, over);
  await stage.vcenter.clearFaults();
}

/** Whether in the call or as its task ends. */
function faultNameOf(plan: Plan): string {
  return String(plan.more?.['fault']).replace(/^task:/, '');
}

/** A refusal that lasted, of the call or of its task, was told by a condition, with the fault's name. */
function judge(evidence: Evidence, plan: Plan): Problem[] {
  const { method, when } = plan.more ?? {};
  const name = faultNameOf(plan);
  if (when !== 'while' || !/^[A-Z]\w+$/.test(name)) return [];
  const hit = evidence.ledger.filter((entry) => entry.method === method && entry.fault === name);
  const said = evidence.history.some(({ object }) => JSON.stringify(object.status ?? {}).includes(name));
  return hit.length >= 3 && !said ? [{ oracle: 'reason', text: `${name} is in no condition` }] : [];
}

export function faultPlans(count: number | undefined, seed: number): readonly Plan[] {
  const faults = [
    ...CALL_FAULTS,
    ...CALL_FAULTS.slice(0, 10).map((name) => `task:${name}`),
    ...Object.keys(OTHER_ACTIONS),
  ];
  const all = Object.entries(METHODS).flatMap(([method, story]) =>
    faults
      .filter((fault) => !WITHOUT_TASK.has(method) || !fault.startsWith('task'))
      .flatMap((fault) =>
        WHEN.filter((when) => when !== 'second' || !CALLED_ONCE.has(method)).map((when) => ({
          ...{ story, duplicateName: 'start' as const, seed, faults: [] },
          more: { method, fault, when },
        })),
      ),
  );
  return drawn(all, count, seed);
}

export function faultTrouble(plan: Plan): Trouble {
  let rule: number | undefined;
  return {
    during: async (stage, signal) => {
      rule = await begin(stage, plan);
      if (plan.more?.['when'] === 'while') await endIt(stage, plan, rule, signal);
    },
    came: async (stage) => rule !== undefined && (await stage.vcenter.faultHits(rule)) > 0,
    judge: (evidence) => judge(evidence, plan),
    refusedByPlan: faultNameOf(plan) === 'NoPermission',
  };
}

export const FAULTS: Campaign = {
  name: 'vcenter-faults',
  summary: 'each change with each fault, the first or second time or for a while, in the call or as its task ends',
  defaultPlans: faultPlans(undefined, 1).length,
  run: (options) =>
    runCampaign(
      {
        name: 'vcenter-faults',
        plans: (_crew, count, seed) => Promise.resolve(faultPlans(count, seed)),
        trouble: faultTrouble,
      },
      options,
    ),
};
