// Stories of orphans: somebody takes the finalizer off a clone by hand, and its machine is nobody's. It is reported, or goes
// after its grace, and never what only seems to be one because the operator is shown a past in which its object isn't there.
import type { KnownObject } from '../harness/history.ts';
import { MACHINE_OF_ANOTHER_CLUSTER, machineOfStory, strip, takeAway } from './by-hand.ts';
import { copied } from './copied.ts';
import { clonesAre, isGone, isThere, vms } from './ends.ts';
import {
  NOBODY_REPORTED,
  TOUCHED_FOR_A_SCAN,
  graceBegins,
  graceWasGiven,
  machineGoes,
  machineGoesTouched,
  machineStays,
  noteMachine,
  orphanPolicy,
  reported,
  takeOver,
} from './orphan-steps.ts';
import { putToSleep, wake } from './past.ts';
import { applyClone, gone, looked, ready, release, remove, scanned, step, waitFor } from './steps.ts';
import { withholdProperties } from './refused-reads.ts';
import type { Step, Story } from './story.ts';

/** While it's killed one clone loses its object; then it's shown the clones as they were when the story began. */
const IN_THE_PAST = step('old loses its object, and young is not in the lists', async (stage) => {
  const { apiProxy } = stage;
  await putToSleep(stage);
  await takeAway(stage, 'old');
  apiProxy.fillCachesAt(stage.storyVersion, ['linkedclones']);
  apiProxy.watches.freeze(['linkedclones']); // the VCenter is as it is: its status says which orphans are due
  await wake(stage);
});

const THE_TRUTH = step('the truth', (stage) => {
  stage.apiProxy.fillCachesAt(undefined);
  stage.apiProxy.watches.thaw();
  return Promise.resolve();
});

const REFUSE_MARKS = step('no machine can be changed', (stage) =>
  stage.vcenter.fault({ match: { method: 'ReconfigVM_Task' }, action: { fault: 'InvalidState' } }),
);

const STARTED_AGAIN = step('the operator starts again', async (stage) => {
  await stage.operator.kill();
  await stage.operator.settled();
});

function isMarked(name: string, state: string): Step {
  return waitFor(`the machine of ${name} to be marked as ${state}`, async (stage) => {
    const marker = (await machineOfStory(stage, name))?.marker as { readonly state?: string } | null | undefined;
    return marker?.state === state;
  });
}

const NOTHING_REMEMBERED = waitFor('the VCenter to remember nobody', async (stage) => {
  const vCenter: KnownObject | undefined = await stage.get('vcenters', 'vc');
  return ((vCenter?.status?.['releasedClones'] as readonly string[] | undefined) ?? []).length === 0;
});

/** By the operator, who knows nothing of it then. */
const OUT_OF_SIGHT = step("old's machine can't be read", async (stage) => {
  withholdProperties(stage, (await machineOfStory(stage, 'old'))?.moRef ?? '');
});

const IN_SIGHT_AGAIN = step('it can be read again', (stage) => {
  stage.vcProxy.rewrite = undefined;
  return Promise.resolve();
});

function serverClock(shiftHours: number): Step {
  return step(`the API server's clock is ${shiftHours} h off`, (stage) => {
    stage.apiProxy.shiftClock(shiftHours * 3_600_000);
    return Promise.resolve();
  });
}

const TWO = [
  applyClone('old'),
  applyClone('young'),
  ready('linkedclones', 'old'),
  ready('linkedclones', 'young'),
  copied('old'),
];

export const ORPHAN_STORIES: readonly Story[] = [
  {
    name: 'orphan-deleted',
    deterministic: true,
    before: [orphanPolicy('Delete', 4), ...TWO, MACHINE_OF_ANOTHER_CLUSTER],
    steps: [strip('old'), machineGoes('old'), NOBODY_REPORTED],
    end: [isGone('linkedclones', 'old'), isThere('linkedclones', 'young'), vms(1)],
  },
  {
    name: 'orphan-found-twice',
    deterministic: true,
    // the grace is over long before the second scan
    operatorFlags: { 'orphan-interval': 3 },
    before: [orphanPolicy('Delete', 1), ...TWO],
    steps: [strip('old'), machineGoesTouched('old'), NOBODY_REPORTED],
    end: [isGone('linkedclones', 'old'), isThere('linkedclones', 'young'), vms(1)],
  },
  {
    name: 'orphan-in-an-old-view',
    deterministic: true,
    before: [orphanPolicy('Delete', 1), applyClone('old'), ready('linkedclones', 'old')],
    steps: [
      applyClone('young'),
      ready('linkedclones', 'young'),
      IN_THE_PAST,
      scanned(4),
      looked('vcenter', 2),
      THE_TRUTH,
      machineGoes('old'),
      NOBODY_REPORTED,
    ],
    end: [isGone('linkedclones', 'old'), isThere('linkedclones', 'young'), clonesAre(['young']), vms(1)],
  },
  {
    name: 'orphan-out-of-sight',
    deterministic: true,
    slow: true,
    before: [orphanPolicy('Delete', 5), ...TWO],
    steps: [
      strip('old'),
      reported('old'),
      OUT_OF_SIGHT,
      scanned(2), // one of them begins after it was hidden
      graceBegins('old'),
      IN_SIGHT_AGAIN,
      machineGoes('old'),
      graceWasGiven(5),
      NOBODY_REPORTED,
    ],
    end: [isGone('linkedclones', 'old'), isThere('linkedclones', 'young'), vms(1)],
  },
  {
    name: 'orphan-while-clocks-differ',
    deterministic: true,
    slow: true,
    // what a scan finds while the clocks differ begins anew, so the orphan is to be due between two of them
    operatorFlags: { 'orphan-interval': 2 },
    before: [orphanPolicy('Delete', 3600), ...TWO],
    steps: [
      strip('old'),
      reported('old'),
      serverClock(-1),
      orphanPolicy('Delete', 1),
      TOUCHED_FOR_A_SCAN,
      machineStays('old'),
      graceBegins('old'),
      serverClock(0),
      machineGoes('old'),
      graceWasGiven(1),
      NOBODY_REPORTED,
    ],
    end: [isGone('linkedclones', 'old'), isThere('linkedclones', 'young'), vms(1)],
  },
  {
    name: 'orphan-reported',
    deterministic: true,
    before: [orphanPolicy('Report', 1), ...TWO, noteMachine('old')],
    steps: [
      strip('old'),
      reported('old'),
      scanned(3),
      machineStays('old'),
      reported('old'),
      takeOver('back'),
      ready('linkedclones', 'back'),
      NOBODY_REPORTED,
    ],
    end: [clonesAre(['back', 'young']), isThere('linkedclones', 'back'), vms(2)],
  },
  {
    name: 'released-unmarked',
    deterministic: true,
    before: [orphanPolicy('Delete', 1), applyClone('one'), ready('linkedclones', 'one')],
    steps: [
      REFUSE_MARKS,
      release('one'),
      remove('linkedclones', 'one'),
      gone('linkedclones', 'one'),
      STARTED_AGAIN,
      scanned(4),
      looked('vcenter', 2),
      machineStays('one'),
      step('machines can be changed again', (stage) => stage.vcenter.clearFaults()),
      isMarked('one', 'released'),
      NOTHING_REMEMBERED,
      scanned(3),
      machineStays('one'),
    ],
    end: [isGone('linkedclones', 'one'), vms(0, 1)],
  },
];
