// Stories in which something happens to the vCenter, its hosts and parents, to credentials or to the operator itself, while
// clones are there and are being made.
import { clonesAre, isGone, setOf, vms } from './ends.ts';
import {
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
import type { Story } from './story.ts';
import { destroyParent, makeParent, moveDisks, registerAgain, removeHostAndAdd, unregister } from './vcenter-steps.ts';

const TWO = [applySet('web', 2), setReady('web', 2)];

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
      reasonIs('vcenters', 'vc', 'InventoryRewound', 'EventsWentBack'),
      step('accept what was lost', (stage) => stage.acceptRewind()),
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
