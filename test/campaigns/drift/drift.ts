// Somebody else works in the same vCenter: powers off, renames, moves, unregisters, destroys, snapshots, marks and
// reconfigures clones, parents and snapshots, at every stage of what the operator does. It follows, repairs or reports; it
// never takes a wrong step.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { SimulatedVm } from '../../support/simulator-admin.ts';
import type { Campaign } from '../campaign.ts';
import { drawn } from '../harness/draw.ts';
import { orUndisturbed, planRule } from '../harness/plan.ts';
import type { Plan, PlannedFault } from '../harness/plan.ts';
import { byKey, keys, oneOf, wholeNumber } from '../harness/plan-rules.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Trouble } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import { STORY_MS } from '../harness/timers.ts';
import { STORY_NAMES } from '../stories/stories.ts';
import { ACTS, AWAY, CLONE_AWAY, LOST, OF_THE_SET, ON_PARENT, ON_SNAPSHOT, SHOWS } from './acts.ts';

const STORIES = ['scale-up', 'scale-down', 'detach-one', 'operator-upgrade', 'delete-set-background'] as const;
const PHASES = [0, 1, 2, 4] as const;
/** The operator takes a snapshot of this parent in them, and removes it: they have fewer changes. */
const SNAPSHOT_STORIES = ['snapshot-made-and-removed', 'snapshot-with-a-clone'] as const;
const SNAPSHOT_PHASES = [0, 1, 2] as const;
/** Nothing more is made on the base in them: they end without its snapshot, too. */
const WITHOUT_SNAPSHOT = ['scale-down', 'delete-set-background'] as const;
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
  const parent = isOfSnapshots(plan.story) ? 'Tmpl-2' : 'Tmpl';
  const machine =
    on === 'parent'
      ? (await stage.vcenter.inventory()).vms.find(({ name }) => name === parent)
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

function targetsOf(act: string): readonly Target['on'][] {
  if (ON_SNAPSHOT.has(act) || act === AWAY) return ['parent'];
  return ON_PARENT.has(act) ? ['clone', 'parent'] : ['clone'];
}

export const DRIFT_RULE = orUndisturbed(
  STORY_NAMES,
  planRule(STORY_NAMES, {
    more: byKey(
      'act',
      Object.fromEntries(
        Object.keys(ACTS).map((act) => [
          act,
          keys({ act: oneOf([act]), on: oneOf(targetsOf(act)), phase: wholeNumber(0) }),
        ]),
      ),
    ),
  }),
);

function onMachines(story: string): Target[] {
  return Object.keys(ACTS).flatMap((act) =>
    ON_SNAPSHOT.has(act) ? [] : targetsOf(act).map((on) => ({ story, act, on, phases: PHASES })),
  );
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
      [...ON_SNAPSHOT].map((act): Target => ({ story, act, on: 'parent', phases: PHASES })),
    ),
    ...SNAPSHOT_STORIES.flatMap(aroundSnapshots),
  ];
}

export function driftPlans(count: number | undefined, seed: number): readonly Plan[] {
  const all = targets().flatMap(({ story, act, on, phases }) =>
    phases.flatMap((phase, i) =>
      [[], killedAt(phase + 1)].map((faults, j): Plan => ({
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
  let came = false;
  return {
    ...(act === CLONE_AWAY && {
      before: (stage: Stage) =>
        stage.api.patch('vcenters', 'vc', { spec: { orphanPolicy: 'Delete', orphanGraceSeconds: 1 } }, ''),
    }),
    during: async (stage, signal) => {
      came = await drift(stage, plan, signal);
    },
    came: () => came,
    otherEnd: isLost || SHOWS.has(act),
    otherCounts: isLost || (ON_SNAPSHOT.has(act) && isOfSnapshots(plan.story)),
    decoysMove: plan.more?.['on'] === 'parent',
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
