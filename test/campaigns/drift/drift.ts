// Somebody else works in the same vCenter: powers off, renames, moves, unregisters, destroys, snapshots and reconfigures
// clones and parents, at every stage of what the operator does. It follows, repairs or reports; it never takes a wrong step.
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { vm } from '../../support/second-client.ts';
import type { SimulatedVm } from '../../support/simulator-admin.ts';
import type { Campaign } from '../campaign.ts';
import { drawn } from '../harness/draw.ts';
import type { Plan, PlannedFault } from '../harness/plan.ts';
import { runCampaign } from '../harness/run-campaign.ts';
import type { Trouble } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import { STORY_MS } from '../harness/timers.ts';

type Act = (stage: Stage, machine: SimulatedVm, signal: AbortSignal) => Promise<unknown>;

/** Longer than any of the operator's shortened timers: it decides without the machine. */
const AWAY_MS = 1_500;

const BUSY = /TaskInProgress|InvalidState|ResourceInUse/;

/** A call of the second client, made again for as long as a task of the operator keeps the machine busy. */
async function insist(stage: Stage, on: MoRef, method: string, args: Record<string, unknown> = {}): Promise<void> {
  const deadline = performance.now() + stage.patienceMs; // for a machine that is never done
  for (;;) {
    try {
      await stage.other.run(on, method, args);
      return;
    } catch (error) {
      if (!BUSY.test(String(error)) || performance.now() > deadline) throw error;
      await sleep(10);
    }
  }
}

async function powerOffIfOn(stage: Stage, ref: MoRef): Promise<void> {
  await insist(stage, ref, 'PowerOffVM_Task').catch((error: unknown) => {
    if (!String(error).includes('InvalidPowerState')) throw error;
  });
}

/** One that was just made isn't on yet; one that is on its way out is never on again. */
async function turnOff(stage: Stage, ref: MoRef, over: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await insist(stage, ref, 'PowerOffVM_Task');
      return;
    } catch (error) {
      if (!String(error).includes('InvalidPowerState') || over.aborted) throw error;
      await sleep(10);
    }
  }
}

/** What is done to a machine that is off, which the operator may turn on again in between. */
async function insistWhileOff(stage: Stage, ref: MoRef, method: string): Promise<void> {
  const deadline = performance.now() + stage.patienceMs;
  for (;;) {
    await powerOffIfOn(stage, ref);
    try {
      await insist(stage, ref, method);
      return;
    } catch (error) {
      if (!String(error).includes('InvalidPowerState') || performance.now() > deadline) throw error;
    }
  }
}

async function unregisterAndBack(stage: Stage, { moRef }: SimulatedVm, awayMs = 0): Promise<void> {
  const { other } = stage;
  const ref = vm(moRef);
  const path = await other.property(ref, 'config.files.vmPathName');
  const [folder, pool] = [await other.property(ref, 'parent'), await other.property(ref, 'resourcePool')];
  await insistWhileOff(stage, ref, 'UnregisterVM');
  await sleep(awayMs);
  await other.run(folder as MoRef, 'RegisterVM_Task', { path, asTemplate: false, pool });
}

const BESIDE = 'copy-beside-and-destroy';

async function copyAndDestroy(stage: Stage, { moRef }: SimulatedVm, folder: MoRef): Promise<void> {
  const spec = { location: {}, powerOn: false, template: false };
  await insist(stage, vm(moRef), 'CloneVM_Task', { folder, name: 'an-impostor', spec });
  await insistWhileOff(stage, vm(moRef), 'Destroy_Task');
}

/** A clone that is away for so long is lost and replaced, and nobody's when it comes back: this is for parents. */
const AWAY = 'unregistered-for-a-while';

const ACTS: Readonly<Record<string, Act>> = {
  'power-off': (stage, { moRef }, signal) => turnOff(stage, vm(moRef), signal),
  suspend: (stage, { moRef }) => insist(stage, vm(moRef), 'SuspendVM_Task'),
  rename: (stage, { moRef }) => insist(stage, vm(moRef), 'Rename_Task', { newName: `renamed-${moRef}` }),
  move: async (stage, { moRef }) =>
    // where no decoy has its name
    insist(stage, await stage.other.at('DC0/vm/Moved'), 'MoveIntoFolder_Task', { list: [vm(moRef)] }),
  'register-again': (stage, machine) => unregisterAndBack(stage, machine),
  [AWAY]: (stage, machine) => unregisterAndBack(stage, machine, AWAY_MS),
  destroy: (stage, { moRef }) => insistWhileOff(stage, vm(moRef), 'Destroy_Task'),
  snapshot: (stage, { moRef }) =>
    insist(stage, vm(moRef), 'CreateSnapshot_Task', { name: 'theirs', memory: false, quiesce: false }),
  reconfigure: (stage, { moRef }) =>
    insist(stage, vm(moRef), 'ReconfigVM_Task', { spec: { annotation: 'somebody was here' } }),
  'copy-and-destroy': async (stage, machine) =>
    copyAndDestroy(stage, machine, await stage.other.at('DC0/vm/Elsewhere')),
  [BESIDE]: async (stage, machine) =>
    copyAndDestroy(stage, machine, (await stage.other.property(vm(machine.moRef), 'parent')) as MoRef),
};
const ON_PARENT = new Set(['rename', 'move', 'register-again', AWAY, 'reconfigure', 'snapshot']);
/** A clone that was detached from its set is Lost for good then: only one of the set is made again. */
const OF_THE_SET = new Set(['destroy', 'copy-and-destroy', BESIDE]);
/** After them a machine is gone or nobody's, if only for a while, and another may be made in its place. */
const LOST = new Set(['destroy', 'copy-and-destroy', BESIDE, 'register-again', AWAY]);
/** Nobody takes them back: the machine keeps its new name, folder or snapshot. */
const SHOWS = new Set(['rename', 'move', 'snapshot']);
const STORIES = ['scale-up', 'scale-down', 'detach-one', 'operator-upgrade', 'delete-set-background'] as const;
const PHASES = [0, 1, 2, 4] as const;

/** False when the machine was deleted by then, isn't on where it's to be powered off, or was busy to the end. */
async function drift(stage: Stage, plan: Plan, signal: AbortSignal): Promise<boolean> {
  const { act, on, phase } = plan.more ?? {};
  await waitUntil('the moment', () => stage.vcProxy.writes.count >= Number(phase) || signal.aborted, {
    timeoutMs: STORY_MS,
    intervalMs: 2,
  });
  const last = plan.seed % 2 === 1 || (plan.story === 'detach-one' && OF_THE_SET.has(String(act)));
  const machine =
    on === 'parent'
      ? (await stage.vcenter.inventory()).vms.find(({ name }) => name === 'Tmpl')
      : (await stage.vmsOfStory()).at(last ? -1 : 0);
  if (machine === undefined) return false;
  try {
    await ACTS[String(act)]?.(stage, machine, signal);
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

function targetsOf(act: string): readonly string[] {
  if (act === AWAY) return ['parent'];
  return ON_PARENT.has(act) ? ['clone', 'parent'] : ['clone'];
}

export function driftPlans(count: number | undefined, seed: number): readonly Plan[] {
  const all = STORIES.flatMap((story) =>
    Object.keys(ACTS).flatMap((act) =>
      targetsOf(act).flatMap((on) =>
        PHASES.flatMap((phase) =>
          [[], killedAt(phase + 1)].map((faults) => ({
            ...{ story, duplicateName: 'start' as const, seed, faults },
            more: { act, on, phase },
          })),
        ),
      ),
    ),
  );
  return drawn(all, count, seed);
}

export function driftTrouble(plan: Plan): Trouble {
  const act = String(plan.more?.['act']);
  const isLost = LOST.has(act);
  let came = false;
  return {
    during: async (stage, signal) => {
      came = await drift(stage, plan, signal);
    },
    came: () => came,
    otherEnd: isLost || SHOWS.has(act),
    otherCounts: isLost,
    decoysMove: plan.more?.['on'] === 'parent',
  };
}

export const DRIFT: Campaign = {
  name: 'drift',
  summary:
    'a second client changes clones and parents at every stage of what the operator does; also while it is killed',
  defaultPlans: driftPlans(undefined, 1).length,
  run: (options) =>
    runCampaign(
      { name: 'drift', plans: (_crew, count, seed) => Promise.resolve(driftPlans(count, seed)), trouble: driftTrouble },
      options,
    ),
};
