// The steps that stories of orphans are made of.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Stage } from '../harness/stage.ts';
import { machineOfStory } from './by-hand.ts';
import { RuleBroken, step, waitFor } from './steps.ts';
import type { Step } from './story.ts';

export function orphanPolicy(policy: 'Delete' | 'Report', orphanGraceSeconds: number): Step {
  return step(`orphans: ${policy} after ${orphanGraceSeconds} s`, (stage) =>
    stage.api.patch('vcenters', 'vc', { spec: { orphanPolicy: policy, orphanGraceSeconds } }, ''),
  );
}

/** The machine that lost its object, for whoever takes it over: its instanceUuid. */
const lost = new WeakMap<Stage, string>();

export function noteMachine(name: string): Step {
  return step(`note the machine of ${name}`, async (stage) => {
    const machine = await machineOfStory(stage, name);
    if (machine === undefined) throw new Error(`there is no machine of ${name}`);
    lost.set(stage, machine.instanceUuid);
  });
}

export function takeOver(name: string, spec: Readonly<Record<string, unknown>> = {}): Step {
  return step(`${name} takes the noted machine over`, (stage) =>
    stage.apply('LinkedClone', name, {
      baseSnapshotRef: { name: 'gold' },
      adopt: { instanceUuid: lost.get(stage) ?? '' },
      ...spec,
    }),
  );
}

export async function isNotedThere(stage: Stage): Promise<boolean> {
  return (await stage.vcenter.inventory()).vms.some(({ instanceUuid }) => instanceUuid === lost.get(stage));
}

interface Orphans {
  readonly count: number;
  readonly samples: readonly { readonly linkedClone: string; readonly why: string; readonly scans: number }[];
}

async function orphansOf(stage: Stage): Promise<Orphans | undefined> {
  return (await stage.get('vcenters', 'vc'))?.status?.['orphans'] as Orphans | undefined;
}

/** It alone, found by two scans, as the VCenter says. */
export function reported(name: string): Step {
  return waitFor(`the orphan ${name} to be reported`, async (stage) => {
    const orphans = await orphansOf(stage);
    const [sample, other] = orphans?.samples ?? [];
    return (
      orphans?.count === 1 &&
      other === undefined &&
      sample?.linkedClone === `${stage.namespace}/${name}` &&
      sample.why === 'NotFound' &&
      sample.scans === 2
    );
  });
}

export const NOBODY_REPORTED = waitFor('no orphan to be reported', async (stage) => {
  const orphans = await orphansOf(stage);
  return (orphans?.count ?? 0) === 0;
});

export function machineGoes(name: string): Step {
  return waitFor(`the machine of ${name} to go`, async (stage) => (await machineOfStory(stage, name)) === undefined);
}

/**
 * Somebody annotates the VCenter again and again, so that the operator looks at it at other times than at the ends of scans,
 * until it's over.
 */
async function touchUntil(stage: Stage, what: string, isOver: () => boolean | Promise<boolean>): Promise<void> {
  let times = 0;
  await waitUntil(
    what,
    async () => {
      times += 1;
      await stage.api.annotate('vcenters', 'vc', { 'example.com/touched': String(times) }, '');
      return isOver();
    },
    { timeoutMs: stage.patienceMs, intervalMs: 300 },
  );
}

export function machineGoesTouched(name: string): Step {
  const what = `the machine of ${name} to go, the VCenter touched meanwhile`;
  return step(what, (stage) => touchUntil(stage, what, async () => (await machineOfStory(stage, name)) === undefined));
}

/** Until a whole scan has been made and judged from now on: it was begun after now, and another one after it. */
export const TOUCHED_FOR_A_SCAN = step('the VCenter is touched until a scan is over', async (stage) => {
  const scans = stage.vcProxy.scans.all;
  const before = scans.length;
  await touchUntil(stage, 'a scan and the next one', () => scans.length > before + 1);
});

export function machineStays(name: string): Step {
  return step(`the machine of ${name} is as it was`, async (stage) => {
    const machine = await machineOfStory(stage, name);
    if (machine?.power !== 'poweredOn')
      throw new RuleBroken('orphan', `the machine of ${name} is ${machine?.power ?? 'gone'}, and was to stay`);
  });
}

interface Begun {
  readonly moRef: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

const begun = new WeakMap<Stage, Begun>();

/** The grace of this orphan begins anew, now at the earliest. */
export function graceBegins(name: string): Step {
  return step(`the grace of ${name} begins anew`, async (stage) => {
    const { moRef = '' } = (await machineOfStory(stage, name)) ?? {};
    begun.set(stage, { moRef, at: Date.now() });
  });
}

/** Nothing was done to it before so many seconds had passed since then. */
export function graceWasGiven(seconds: number): Step {
  return step('its grace was given', (stage) => {
    const { moRef, at } = begun.get(stage) ?? { moRef: '', at: 0 };
    const first = stage.witness.calls.find(
      (call) => call.target === moRef && ['PowerOffVM_Task', 'Destroy_Task'].includes(call.method),
    );
    const givenMs = (first?.at ?? Number.POSITIVE_INFINITY) - at;
    if (givenMs < seconds * 1000)
      throw new RuleBroken('orphan', `${first?.method ?? ''} ${moRef} came after ${givenMs} ms of ${seconds} s`);
    return Promise.resolve();
  });
}
