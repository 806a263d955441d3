// Somebody else works in the same vCenter: powers off, renames, moves, unregisters, destroys, snapshots, marks and
// reconfigures clones, parents and snapshots, at every stage of what the operator does. It follows, repairs or reports; it
// never takes a wrong step.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { vm } from '../../support/second-client.ts';
import type { SimulatedVm } from '../../support/simulator-admin.ts';
import type { Campaign } from '../campaign.ts';
import { drawn } from '../harness/draw.ts';
import { orUndisturbed, planRule } from '../harness/plan.ts';
import type { Plan, PlannedFault } from '../harness/plan.ts';
import type { Rule } from '../harness/plan-rules.ts';
import { byKey, keys, oneOf, wholeNumber } from '../harness/plan-rules.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Trouble } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import { STORY_MS } from '../harness/timers.ts';
import { STORY_NAMES } from '../stories/stories.ts';
import { ON_OWN_PARENT } from '../stories/own-parent.ts';
import { DOOMED } from '../stories/vcenter-steps.ts';
import {
  ACTS,
  CLONE_AWAY,
  ENDS_PARENT,
  LOST,
  OF_THE_SET,
  ON_PARENT,
  ON_PARENT_ONLY,
  ON_SNAPSHOT,
  SHOWS,
  UNREGISTER,
} from './acts.ts';
import { judgeParentGone } from './parent-gone.ts';

const STORIES = ['scale-up', 'scale-down', 'detach-one', 'operator-upgrade', 'delete-set-background'] as const;
const PHASES = [0, 1, 2, 4] as const;
/** The operator takes a snapshot of this parent in them, and removes it: they have fewer changes. */
const SNAPSHOT_STORIES = ['snapshot-made-and-removed', 'snapshot-with-a-clone'] as const;
const SNAPSHOT_PHASES = [0, 1, 2] as const;
/** Nothing more is made on the base in them: they end without its snapshot, too. */
const WITHOUT_SNAPSHOT = ['scale-down', 'delete-set-background'] as const;
/** Before each of the writes of a life that is made, used and deleted on a parent of its own. */
const OWN_PARENT_PHASES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
/** Before the first call nothing but its path tells which parent is meant. */
const LOSES_THE_PATH = new Set(['rename', 'move']);

interface Target {
  readonly story: string;
  readonly act: string;
  readonly on: 'clone' | 'parent';
  readonly phases: readonly number[];
}

function isOfSnapshots(story: string): boolean {
  return (SNAPSHOT_STORIES as readonly string[]).includes(story);
}

/** The parent of the story's base. */
function parentOf({ story }: Plan): string {
  if (story === ON_OWN_PARENT) return DOOMED;
  return isOfSnapshots(story) ? 'Tmpl-2' : 'Tmpl';
}

async function findParent(stage: Stage, plan: Plan): Promise<SimulatedVm | undefined> {
  return (await stage.vcenter.inventory()).vms.find(({ name }) => name === parentOf(plan));
}

/** It is on, as a parent may be whose snapshots were taken while it was off. */
async function powerOnParent(stage: Stage, plan: Plan): Promise<void> {
  const { moRef = '' } = (await findParent(stage, plan)) ?? {};
  await stage.other.run(vm(moRef), 'PowerOnVM_Task');
}

/** Of the detached clone none is made again, whichever of the machines came out first. */
function mayBeHit({ story, more = {} }: Plan, { marker }: SimulatedVm): boolean {
  const { name } = (marker ?? {}) as { readonly name?: string };
  return story !== 'detach-one' || !OF_THE_SET.has(String(more['act'])) || name !== 'web-1';
}

/** False when the machine was deleted by then, isn't on where it's to be powered off, or was busy to the end. */
async function drift(stage: Stage, plan: Plan, signal: AbortSignal): Promise<boolean> {
  const { act, on, phase } = plan.more ?? {};
  await waitUntil('the moment', () => stage.vcProxy.writes.count >= Number(phase) || signal.aborted, {
    timeoutMs: STORY_MS,
    intervalMs: 2,
  });
  const last = plan.seed % 2 === 1;
  const machine =
    on === 'parent'
      ? await findParent(stage, plan)
      : (await stage.vmsOfStory()).filter((one) => mayBeHit(plan, one)).at(last ? -1 : 0);
  const perform = ACTS[String(act)];
  if (perform === undefined) throw new Error(`nobody knows how to "${String(act)}"`);
  if (machine === undefined) return false;
  try {
    await perform(stage, machine, signal);
    return true;
  } catch (error) {
    if (!/TaskInProgress|ManagedObjectNotFound|InvalidPowerState|InvalidState|ResourceInUse/.test(String(error)))
      throw error;
    return false;
  }
}

/** The operator is killed with its next change, while the other client is at work: what it finds is news to it. */
function killedAt(nth: number): PlannedFault[] {
  return [{ side: 'vcenter', nth, act: 'kill-after' }];
}

/** So many changes the operator makes in any case, as undisturbed runs show. */
const CHANGES: Readonly<Record<string, number>> = {
  'scale-up': 4,
  'scale-down': 4,
  'detach-one': 1,
  'operator-upgrade': 4,
  'delete-set-background': 4,
};
/** After the last change of a story that deletes machines there is none left to do anything to. */
const FEWER_PHASES: Readonly<Record<string, readonly number[]>> = {
  'detach-one': [0, 1],
  'scale-down': [0, 1, 2, 3],
  'delete-set-background': [0, 1, 2, 3],
};

function phasesOf(story: string): readonly number[] {
  return FEWER_PHASES[story] ?? PHASES;
}

function killAt(story: string, phase: number): number {
  return Math.min(phase + 1, CHANGES[story] ?? phase + 1);
}

function targetsOf(act: string): readonly Target['on'][] {
  if (ON_SNAPSHOT.has(act) || ON_PARENT_ONLY.has(act)) return ['parent'];
  return ON_PARENT.has(act) ? ['clone', 'parent'] : ['clone'];
}

function ruleFor(stories: readonly string[], onOf: (act: string) => readonly string[]): Rule {
  const rules = Object.keys(ACTS)
    .filter((act) => onOf(act).length > 0)
    .map((act) => [act, keys({ act: oneOf([act]), on: oneOf(onOf(act)), phase: wholeNumber(0) })] as const);
  return planRule(stories, { more: byKey('act', Object.fromEntries(rules)) });
}

/** A parent is ended for good only where it is the story's own. */
const ENDS = ruleFor([ON_OWN_PARENT], (act) => (ENDS_PARENT.has(act) || act === 'power-off' ? ['parent'] : []));
const OTHERS = ruleFor(STORY_NAMES, (act) => (act === UNREGISTER ? [] : targetsOf(act)));

export const DRIFT_RULE = orUndisturbed(STORY_NAMES, (value, path) => {
  const { story } = (value ?? {}) as Partial<Plan>;
  return (story === ON_OWN_PARENT ? ENDS : OTHERS)(value, path);
});

function onMachines(story: string): Target[] {
  return Object.keys(ACTS).flatMap((act) => {
    if (ON_SNAPSHOT.has(act) || act === UNREGISTER) return [];
    return targetsOf(act).map((on) => ({ story, act, on, phases: phasesOf(story) }));
  });
}

/** Of the story's own parent; what is asked of its snapshot last is that it goes, and it may be gone already. */
function aroundSnapshots(story: string): Target[] {
  const acts = [...ON_PARENT, 'remove-snapshot'];
  return acts.map((act) => ({
    ...{ story, act, on: 'parent' },
    phases: LOSES_THE_PATH.has(act) ? SNAPSHOT_PHASES.slice(1) : SNAPSHOT_PHASES,
  }));
}

function targets(): Target[] {
  return [
    ...STORIES.flatMap(onMachines),
    ...WITHOUT_SNAPSHOT.flatMap((story) =>
      [...ON_SNAPSHOT].map((act): Target => ({ story, act, on: 'parent', phases: phasesOf(story) })),
    ),
    ...SNAPSHOT_STORIES.flatMap(aroundSnapshots),
    ...[...ENDS_PARENT, 'power-off'].map((act): Target => ({
      story: ON_OWN_PARENT,
      act,
      on: 'parent',
      phases: OWN_PARENT_PHASES,
    })),
  ];
}

export function driftPlans(count: number | undefined, seed: number): readonly Plan[] {
  const all = targets().flatMap(({ story, act, on, phases }) =>
    phases.flatMap((phase, i) =>
      [[], killedAt(killAt(story, phase))].map((faults, j): Plan => ({
        // each act in both modes
        ...{ story, duplicateName: (i + j) % 2 === 0 ? 'start' : 'end', seed, faults },
        more: { act, on, phase },
      })),
    ),
  );
  return drawn(all, count, seed);
}

export function driftTrouble(plan: Plan): Trouble {
  const act = String(plan.more?.['act']);
  const isLost = LOST.has(act);
  const isParent = plan.more?.['on'] === 'parent';
  let came = false;
  let goneAt: number | undefined;
  return {
    ...(isParent && act === 'power-off' && { before: (stage: Stage) => powerOnParent(stage, plan) }),
    ...(act === CLONE_AWAY && {
      before: (stage: Stage) =>
        stage.api.patch('vcenters', 'vc', { spec: { orphanPolicy: 'Delete', orphanGraceSeconds: 1 } }, ''),
    }),
    during: async (stage, signal) => {
      came = await drift(stage, plan, signal);
      if (came && isParent && ENDS_PARENT.has(act)) goneAt = Date.now();
    },
    came: () => came,
    judge: (evidence) => (goneAt === undefined ? [] : judgeParentGone(evidence, goneAt)),
    otherEnd: isLost || SHOWS.has(act),
    otherCounts: isLost || (ON_SNAPSHOT.has(act) && isOfSnapshots(plan.story)),
    decoysMove: isParent,
  };
}

export const DRIFT: Campaign = {
  name: 'drift',
  summary:
    'a second client changes clones, parents and snapshots at every stage of what the operator does; also while it is killed',
  defaultPlans: driftPlans(undefined, 1).length,
  planRule: DRIFT_RULE,
  run: (options) =>
    runCampaign(
      {
        ...{ name: 'drift', rule: DRIFT_RULE, trouble: driftTrouble },
        plans: (_crew, count, seed) => Promise.resolve(driftPlans(count, seed)),
      },
      options,
    ),
};
