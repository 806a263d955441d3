// Stories of orphans: somebody takes the finalizer off a clone by hand, and its machine is nobody's. It is reported, or goes
// after its grace, and never what only seems to be one because the operator is shown a past in which its object isn't there.
import type { KnownObject } from '../harness/history.ts';
import type { Stage } from '../harness/stage.ts';
import { MACHINE_OF_ANOTHER_CLUSTER, machineOfStory, strip, takeAway } from './by-hand.ts';
import { clonesAre, isGone, isThere, vms } from './ends.ts';
import { putToSleep, wake } from './past.ts';
import { RuleBroken, applyClone, gone, looked, ready, release, remove, scanned, step, waitFor } from './steps.ts';
import type { Step, Story } from './story.ts';

function policy(orphanPolicy: 'Delete' | 'Report', orphanGraceSeconds: number): Step {
  return step(`orphans: ${orphanPolicy} after ${orphanGraceSeconds} s`, (stage) =>
    stage.api.patch('vcenters', 'vc', { spec: { orphanPolicy, orphanGraceSeconds } }, ''),
  );
}

interface Orphans {
  readonly count: number;
  readonly otherClusters: number;
  readonly samples: readonly { readonly linkedClone: string; readonly why: string; readonly scans: number }[];
}

async function orphansOf(stage: Stage): Promise<Orphans | undefined> {
  return (await stage.get('vcenters', 'vc'))?.status?.['orphans'] as Orphans | undefined;
}

/** Found by two scans, as the VCenter says. */
function reported(name: string): Step {
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

const NOBODY_REPORTED = waitFor('no orphan to be reported', async (stage) => {
  const orphans = await orphansOf(stage);
  return (orphans?.count ?? 0) === 0;
});

function machineGoes(name: string): Step {
  return waitFor(`the machine of ${name} to go`, async (stage) => (await machineOfStory(stage, name)) === undefined);
}

function machineStays(name: string): Step {
  return step(`the machine of ${name} is as it was`, async (stage) => {
    const machine = await machineOfStory(stage, name);
    if (machine?.power !== 'poweredOn')
      throw new RuleBroken('orphan', `the machine of ${name} is ${machine?.power ?? 'gone'}, and was to stay`);
  });
}

/** While it's killed one clone loses its object; then it's shown the clones as they were when the story began. */
const IN_THE_PAST = step('old loses its object, and young is not in the lists', async (stage) => {
  const { apiProxy } = stage;
  await putToSleep(stage);
  await takeAway(stage, 'old');
  apiProxy.answerListsAt(stage.storyVersion, true, 'linkedclones');
  apiProxy.watches.freeze(['linkedclones']); // the VCenter is as it is: its status says which orphans are due
  await wake(stage);
});

const THE_TRUTH = step('the truth', (stage) => {
  stage.apiProxy.answerListsAt(undefined);
  stage.apiProxy.watches.thaw();
  return Promise.resolve();
});

/** The machine that lost its object, for whoever takes it over. */
const lost = new WeakMap<Stage, string>();

function note(name: string): Step {
  return step(`note the machine of ${name}`, async (stage) => {
    lost.set(stage, (await machineOfStory(stage, name))?.instanceUuid ?? '');
  });
}

function takeOver(name: string): Step {
  return step(`${name} takes the noted machine over`, (stage) =>
    stage.apply('LinkedClone', name, {
      baseSnapshotRef: { name: 'gold' },
      adopt: { instanceUuid: lost.get(stage) ?? '' },
    }),
  );
}

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

const TWO = [applyClone('old'), applyClone('young'), ready('linkedclones', 'old'), ready('linkedclones', 'young')];

export const ORPHAN_STORIES: readonly Story[] = [
  {
    name: 'orphan-deleted',
    deterministic: true,
    before: [policy('Delete', 4), ...TWO, MACHINE_OF_ANOTHER_CLUSTER],
    steps: [strip('old'), machineGoes('old'), NOBODY_REPORTED],
    end: [isGone('linkedclones', 'old'), isThere('linkedclones', 'young'), vms(1)],
  },
  {
    name: 'orphan-found-twice',
    deterministic: true,
    // the grace is over long before the second scan
    operatorFlags: { 'orphan-interval': 3 },
    before: [policy('Delete', 1), ...TWO],
    steps: [strip('old'), machineGoes('old'), NOBODY_REPORTED],
    end: [isGone('linkedclones', 'old'), isThere('linkedclones', 'young'), vms(1)],
  },
  {
    name: 'orphan-in-an-old-view',
    deterministic: true,
    before: [policy('Delete', 1), applyClone('old'), ready('linkedclones', 'old')],
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
    name: 'orphan-reported',
    deterministic: true,
    before: [policy('Report', 1), ...TWO, note('old')],
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
    before: [policy('Delete', 1), applyClone('one'), ready('linkedclones', 'one')],
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
