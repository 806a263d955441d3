// Stories in which a restarted operator is shown an old world: what it would do by that is wrong, and only a live read tells.
import type { Stage } from '../harness/stage.ts';
import { adopt } from './adoptions.ts';
import { addDecoys, makeByHand } from './by-hand.ts';
import { clonesAre, isGone, isThere, setOf, snapshotsNamed, vms } from './ends.ts';
import { putToSleep, wake, wakeInThePast } from './past.ts';
import {
  THAT_IS_OLD,
  annotate,
  applyBase,
  applyClone,
  applySet,
  gone,
  ready,
  reasonIs,
  remove,
  setReady,
  step,
  waitFor,
} from './steps.ts';
import type { Controller } from './steps.ts';
import type { Step, Story } from './story.ts';

/** The set as it was when it was to shrink. */
async function shrinkAndTakeBack(stage: Stage): Promise<void> {
  await putToSleep(stage);
  await stage.api.scale('web', 1, stage.namespace);
  const shrunk = await stage.cluster.version();
  await stage.api.scale('web', 3, stage.namespace);
  await wakeInThePast(stage, shrunk, 'linked-clone-set', 2);
}

/** The clones as they were before one was marked, and the set as it is. */
async function detachAndShrink(stage: Stage): Promise<void> {
  await putToSleep(stage);
  const unmarked = await stage.cluster.version();
  await stage.api.annotate('linkedclones', 'web-3', { 'linkedclone.dev/detach': 'yes' }, stage.namespace);
  await stage.api.scale('web', 2, stage.namespace);
  await wakeInThePast(stage, unmarked, 'linked-clone-set', 4, ['linkedclones']);
}

/** When the set wanted clones and had none. */
const empty = new WeakMap<Stage, string>();

async function wantTwo(stage: Stage): Promise<void> {
  await putToSleep(stage);
  await stage.api.scale('web', 2, stage.namespace);
  empty.set(stage, await stage.cluster.version());
  await wake(stage);
}

async function forgetAll(stage: Stage): Promise<void> {
  await putToSleep(stage);
  await wakeInThePast(stage, empty.get(stage) ?? '', 'linked-clone-set', 4);
}

/** Of a clone until its machine would go: the vCenter is to be connected first, and the machine powered off. */
const LOOKS = 16;

/** The clone as it was when its machine was still to go with it. */
async function deleteAndKeep(stage: Stage): Promise<void> {
  await putToSleep(stage);
  await stage.api.delete('linkedclones', 'one', stage.namespace);
  const deleted = await stage.cluster.version();
  await stage.api.patch('linkedclones', 'one', { spec: { deletionPolicy: 'Retain' } }, stage.namespace);
  await wakeInThePast(stage, deleted, 'linked-clone', LOOKS);
}

/** The clone as it was when its machine was to be off. The change back is older than anything that a call may be decided by. */
async function switchOffAndOn(stage: Stage): Promise<void> {
  const wish = (powerPolicy: string): Promise<unknown> =>
    stage.api.patch('linkedclones', 'one', { spec: { powerPolicy } }, stage.namespace);
  await putToSleep(stage);
  await wish('Off');
  const off = await stage.cluster.version();
  await wish('AlwaysOn');
  await THAT_IS_OLD.run(stage);
  await wakeInThePast(stage, off, 'linked-clone', LOOKS);
}

/** When an object was there whose intent had come to nothing so far. */
const intended = new WeakMap<Stage, string>();

/** vCenter refuses the calls for now. */
function refuses(method: string, fault: string): Step {
  return step(`vCenter answers ${method} with ${fault}`, (stage) =>
    stage.vcenter.fault({ match: { method }, action: { fault } }),
  );
}

const NOW_INTENDED = step('that is remembered', async (stage) => {
  intended.set(stage, await stage.cluster.version());
});

/** Its object is gone, and the calls would succeed by now; it's there in the lists of a leader that comes after. */
function asIntended(plural: 'linkedclones' | 'basesnapshots', controller: Controller): Step {
  return step('it is still in the lists, once the operator is killed', async (stage) => {
    await stage.vcenter.clearFaults();
    await putToSleep(stage);
    await wakeInThePast(stage, intended.get(stage) ?? '', controller, LOOKS, [plural]);
  });
}

export const OLD_VIEW_STORIES: readonly Story[] = [
  {
    name: 'clone-given-up-before',
    deterministic: false,
    steps: [
      refuses('CloneVM_Task', 'NoDiskSpace'),
      applyClone('one'),
      reasonIs('linkedclones', 'one', 'Cloned', 'CloneFailed'),
      NOW_INTENDED,
      remove('linkedclones', 'one'),
      gone('linkedclones', 'one'),
      asIntended('linkedclones', 'linked-clone'),
    ],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
  {
    name: 'adoption-given-up-before',
    deterministic: false,
    folderExists: true,
    steps: [
      step("somebody's machine", async (stage) => addDecoys(stage, [(await makeByHand(stage, 'theirs')).instanceUuid])),
      refuses('ReconfigVM_Task', 'TaskInProgress'),
      adopt('one', 'theirs'),
      waitFor(
        'its intent',
        async (stage) => (await stage.get('linkedclones', 'one'))?.status?.['operation'] !== undefined,
      ),
      NOW_INTENDED,
      remove('linkedclones', 'one'),
      gone('linkedclones', 'one'),
      asIntended('linkedclones', 'linked-clone'),
    ],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
  {
    name: 'snapshot-given-up-before',
    deterministic: false,
    steps: [
      refuses('CreateSnapshot_Task', 'InsufficientResourcesFault'),
      applyBase('own', 'Tmpl-2', {
        snapshot: { create: { name: 'made' } },
        deletionPolicy: 'Delete',
        maxChainDepth: 8,
      }),
      reasonIs('basesnapshots', 'own', 'Ready', 'SnapshotFailed'),
      NOW_INTENDED,
      remove('basesnapshots', 'own'),
      gone('basesnapshots', 'own'),
      asIntended('basesnapshots', 'base-snapshot'),
    ],
    end: [isGone('basesnapshots', 'own'), snapshotsNamed('made', 3)],
  },
  {
    name: 'scale-down-taken-back',
    deterministic: true,
    before: [applySet('web', 3), setReady('web', 3)],
    steps: [step('shrink and take back, while it is killed', shrinkAndTakeBack), setReady('web', 3)],
    end: [setOf('web', 3), clonesAre(['web-1', 'web-2', 'web-3']), vms(3)],
  },
  {
    name: 'detached-at-last',
    deterministic: true,
    before: [applySet('web', 3), setReady('web', 3)],
    steps: [step('detach one and shrink, while it is killed', detachAndShrink), setReady('web', 2)],
    end: [setOf('web', 2), clonesAre(['web-1', 'web-2', 'web-3']), isThere('linkedclones', 'web-3'), vms(3)],
  },
  {
    name: 'clones-forgotten',
    deterministic: true,
    before: [applySet('web', 0), setReady('web', 0)],
    steps: [
      step('scale to 2, while it is killed', wantTwo),
      setReady('web', 2),
      // the lowest ordinal is free again, and the set has all that it wants
      annotate('linkedclones', 'web-1', { 'linkedclone.dev/detach': 'yes' }),
      waitFor('another clone in its place', async (stage) => (await stage.get('linkedclones', 'web-3')) !== undefined),
      remove('linkedclones', 'web-1'),
      gone('linkedclones', 'web-1'),
      setReady('web', 2),
      step('its clones are not in its lists, once it is killed', forgetAll),
      setReady('web', 2),
    ],
    end: [setOf('web', 2), clonesAre(['web-2', 'web-3']), vms(2)],
  },
  {
    name: 'power-off-taken-back',
    deterministic: true,
    before: [applyClone('one'), ready('linkedclones', 'one')],
    steps: [
      step('its machine is to be off, and on again, while it is killed', switchOffAndOn),
      waitFor('it to be on', async (stage) => (await stage.vmsOfStory()).every(({ power }) => power === 'poweredOn')),
      ready('linkedclones', 'one'),
    ],
    end: [isThere('linkedclones', 'one'), vms(1)],
  },
  {
    name: 'retained-at-last',
    deterministic: true,
    before: [applyClone('one'), ready('linkedclones', 'one')],
    steps: [step('delete it and retain its machine, while it is killed', deleteAndKeep), gone('linkedclones', 'one')],
    end: [isGone('linkedclones', 'one'), vms(0, 1)],
  },
];
