// Stories in which something happens to the vCenter, its hosts and parents, to credentials or to the operator itself, while
// clones are there and are being made.
import type { Stage } from '../harness/stage.ts';
import { uidOf, wrongAnswers } from './answers.ts';
import { clonesAre, isGone, setOf, vms } from './ends.ts';
import {
  RuleBroken,
  applyBase,
  applyClone,
  applySet,
  called,
  deleteWithoutBase,
  gone,
  reasonIs,
  remove,
  scale,
  setReady,
  step,
  waitFor,
} from './steps.ts';
import type { Step, Story } from './story.ts';
import { destroyParent, makeParent, moveDisks, registerAgain, removeHostAndAdd, unregister } from './vcenter-steps.ts';

async function acceptRewind(stage: Stage): Promise<void> {
  const hold = (await stage.holds()).find(({ type }) => type === 'InventoryRewound');
  await stage.api.annotate('vcenters', 'vc', { 'linkedclone.dev/accept-rewind': hold?.id ?? '' }, '');
}

const TWO = [applySet('web', 2), setReady('web', 2)];

async function isHeld(stage: Stage): Promise<boolean> {
  return (await stage.holds()).some(({ type }) => type === 'InventoryRewound');
}

/** CloneVM since the story began: by then all machines are there, also those that the backup doesn't know. */
async function isMade(stage: Stage): Promise<boolean> {
  const ledger = await stage.vcenter.ledger(stage.storyFrom);
  return ledger.some(({ phase, method }) => phase === 'call' && method === 'CloneVM_Task');
}

/** Before somebody accepts that: what is missing may be on the datastore. */
const NOTHING_MADE: readonly Step[] = [
  waitFor('a hold, or a clone that is made', async (stage) => (await isHeld(stage)) || isMade(stage)),
  step('nothing is made in an inventory that went back in time', async (stage) => {
    if (await isMade(stage)) throw new RuleBroken('duplicate', 'a machine was made in place of one that was forgotten');
  }),
  reasonIs('vcenters', 'vc', 'InventoryRewound', 'EventsWentBack'),
];

export const SURROUNDING_STORIES: readonly Story[] = [
  {
    name: 'secret-rotated',
    deterministic: true,
    before: TWO,
    steps: [
      step('another account in the Secret', (stage) => stage.applySecret(stage.canary, 1)),
      waitFor('a session of the other account', async (stage) => (await stage.sessionsOf(1)) > 0),
      scale('web', 3),
      setReady('web', 3),
    ],
    end: [setOf('web', 3), vms(3)],
  },
  {
    name: 'vcenter-restarts',
    deterministic: false,
    folderExists: true,
    vCenterForgets: true,
    before: [applySet('web', 1), setReady('web', 1)],
    steps: [
      scale('web', 4),
      called('CloneVM_Task', 2),
      step('restart the vCenter', (stage) => stage.restartVCenter(20)),
      setReady('web', 4),
    ],
    end: [setOf('web', 4), vms(4)],
  },
  {
    name: 'vcenter-restored',
    deterministic: false,
    vCenterForgets: true,
    decoysMove: true,
    before: [
      ...TWO,
      step('a backup', (stage) => stage.vcenter.post('/v1/checkpoints', { name: 'backup' })),
      scale('web', 3),
      setReady('web', 3),
      waitFor('the last event to be noted', (stage) => stage.lastEventNoted()),
    ],
    steps: [
      step('restore the backup', (stage) => stage.restoreVCenter('backup', 10)),
      ...NOTHING_MADE,
      wrongAnswers({
        ...{ plural: 'vcenters', name: 'vc', held: 'InventoryRewound' },
        annotation: 'linkedclone.dev/accept-rewind',
        // an earlier rewind's, and that of another hold
        others: () => Promise.resolve(['1-0', 'deletions-1']),
      }),
      step('accept what was lost', acceptRewind),
      waitFor('the hold to be lifted', async (stage) => (await stage.holds()).length === 0),
    ],
    end: [setOf('web', 3), vms(3)],
  },
  {
    name: 'host-removed-and-added',
    deterministic: true,
    foldersDiffer: true,
    decoysMove: true,
    vCenterForgets: true,
    before: [applySet('web', 3), setReady('web', 3)],
    steps: [
      step('remove a host and add it again', (stage) => removeHostAndAdd(stage, 'esx-3', 2500)),
      setReady('web', 3),
    ],
    end: [setOf('web', 3), vms(3)],
  },
  {
    name: 'parent-registered-again',
    deterministic: true,
    decoysMove: true,
    before: TWO,
    steps: [
      step('unregister the parent', (stage) => unregister(stage, 'Tmpl')),
      reasonIs('basesnapshots', 'gold', 'Ready', 'SourceNotRegistered'),
      remove('linkedclones', 'web-2'),
      step('register it again', (stage) => registerAgain(stage, 'Tmpl')),
      setReady('web', 2),
    ],
    end: [setOf('web', 2), vms(2)],
  },
  {
    name: 'parent-destroyed',
    deterministic: true,
    before: [
      step('a parent of its own', (stage) => makeParent(stage)),
      applyBase('second', 'Doomed'),
      applySet('web', 2, {}, { baseSnapshotRef: { name: 'second' } }),
      setReady('web', 2),
    ],
    steps: [
      step('somebody destroys it', (stage) => destroyParent(stage)),
      reasonIs('basesnapshots', 'second', 'Ready', 'SourceNotRegistered'),
      applyClone('one', { baseSnapshotRef: { name: 'second' } }),
      reasonIs('linkedclones', 'one', 'Ready', 'BaseSnapshotNotReady'),
      remove('linkedclones', 'one'),
      gone('linkedclones', 'one'),
      remove('basesnapshots', 'second'),
      reasonIs('basesnapshots', 'second', 'DeletionBlocked', 'DependentsExist'),
      remove('linkedclonesets', 'web'),
      reasonIs('linkedclones', 'web-1', 'DeletionBlocked', 'BaseNotRegistered'),
      reasonIs('linkedclones', 'web-2', 'DeletionBlocked', 'BaseNotRegistered'),
      wrongAnswers({
        ...{ plural: 'linkedclones', name: 'web-1', held: 'DeletionBlocked' },
        annotation: 'linkedclone.dev/delete-without-base',
        others: uidOf('linkedclones', 'web-2'),
      }),
      deleteWithoutBase('web-1'),
      gone('linkedclones', 'web-1'),
      deleteWithoutBase('web-2'),
      gone('basesnapshots', 'second'),
    ],
    end: [isGone('linkedclonesets', 'web'), isGone('basesnapshots', 'second'), clonesAre([]), vms(0)],
  },
  {
    name: 'disks-moved',
    deterministic: true,
    before: TWO,
    steps: [
      step('storage vMotion of a clone', (stage) => moveDisks(stage, 'web-01', 'shared-2')),
      reasonIs('linkedclones', 'web-1', 'Linked', 'Detached'),
      scale('web', 3),
      setReady('web', 3),
      scale('web', 0),
      gone('linkedclones', 'web-1'),
    ],
    end: [setOf('web', 0), clonesAre([]), vms(0)],
  },
  {
    name: 'operator-upgrade',
    deterministic: true,
    before: TWO,
    steps: [
      scale('web', 4),
      called('CloneVM_Task'),
      step('another version of the operator', (stage) => stage.operator.restart({ version: '9.9.9' })),
      setReady('web', 4),
    ],
    end: [setOf('web', 4), vms(4)],
  },
];
