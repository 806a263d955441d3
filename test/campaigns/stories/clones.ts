// Stories of single clones, and of bases with snapshots of their own.
import { SPEED } from '../harness/timers.ts';
import { addDecoys, makeByHand } from './by-hand.ts';
import { COPIED } from './copied.ts';
import { clonesAre, isGone, isThere, reports, setOf, snapshotsNamed, vms } from './ends.ts';
import {
  applyBase,
  applyClone,
  applySet,
  called,
  gone,
  looked,
  patch,
  ready,
  reasonIs,
  release,
  remove,
  setReady,
  stays,
  step,
} from './steps.ts';
import type { Story } from './story.ts';

/** Somebody's snapshots may make the chain longer. */
const MADE = { snapshot: { create: { name: 'made' } }, deletionPolicy: 'Delete', maxChainDepth: 8 } as const;

export const CLONE_STORIES: readonly Story[] = [
  {
    name: 'clone-by-hand',
    deterministic: true,
    steps: [
      applyClone('one'),
      ready('linkedclones', 'one'),
      remove('linkedclones', 'one'),
      gone('linkedclones', 'one'),
    ],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
  {
    // the one is made after the other, so that the folders are, too
    name: 'clones-in-two-folders',
    deterministic: true,
    steps: [
      applyClone('one', { placement: { folder: 'Labs/first' } }),
      ready('linkedclones', 'one'),
      applyClone('two', { placement: { folder: 'Labs/second' } }),
      ready('linkedclones', 'two'),
    ],
    end: [isThere('linkedclones', 'one'), isThere('linkedclones', 'two'), vms(2)],
  },
  {
    name: 'delete-while-cloning',
    deterministic: false,
    folderExists: true,
    steps: [applyClone('one'), called('CloneVM_Task'), remove('linkedclones', 'one'), gone('linkedclones', 'one')],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
  {
    name: 'slow-clone',
    deterministic: true,
    // what was begun goes on for longer than it takes to look for it
    steps: [
      step('a slow vCenter', (stage) => stage.vcenter.clock({ speed: 2 })),
      applyClone('one'),
      ready('linkedclones', 'one'),
      step('a fast one', (stage) => stage.vcenter.clock({ speed: SPEED })),
    ],
    end: [isThere('linkedclones', 'one'), vms(1)],
  },
  {
    name: 'delete-and-recreate',
    deterministic: true,
    before: [applyClone('one'), ready('linkedclones', 'one'), COPIED],
    steps: [
      remove('linkedclones', 'one'),
      gone('linkedclones', 'one'),
      applyClone('one'),
      ready('linkedclones', 'one'),
    ],
    end: [isThere('linkedclones', 'one'), clonesAre(['one']), vms(1)],
  },
  {
    name: 'retain-clone',
    deterministic: true,
    before: [applyClone('one', { deletionPolicy: 'Retain' }), ready('linkedclones', 'one'), COPIED],
    steps: [remove('linkedclones', 'one'), gone('linkedclones', 'one')],
    end: [isGone('linkedclones', 'one'), vms(0, 1)],
  },
  {
    name: 'release-clone',
    deterministic: true,
    before: [applyClone('one'), ready('linkedclones', 'one'), COPIED],
    steps: [release('one'), remove('linkedclones', 'one'), gone('linkedclones', 'one')],
    end: [isGone('linkedclones', 'one'), vms(0, 1)],
  },
  {
    name: 'name-taken',
    deterministic: true,
    folderExists: true,
    // somebody's VM has the name: it is never taken over, and never goes
    steps: [
      applyClone('one', { vmName: 'web-50' }),
      reasonIs('linkedclones', 'one', 'Ready', 'NameConflict'),
      remove('linkedclones', 'one'),
      gone('linkedclones', 'one'),
    ],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
  {
    // one that stands on the base's snapshot as our own would, but isn't ours
    name: 'name-taken-by-a-linked-clone',
    deterministic: true,
    before: [
      applyClone('first'),
      ready('linkedclones', 'first'),
      step("somebody's linked clone beside it", async (stage) => {
        const made = await makeByHand(stage, 'one');
        await addDecoys(stage, [made.instanceUuid]);
      }),
    ],
    steps: [
      applyClone('one'),
      reasonIs('linkedclones', 'one', 'Ready', 'NameConflict'),
      remove('linkedclones', 'one'),
      gone('linkedclones', 'one'),
    ],
    end: [isThere('linkedclones', 'first'), isGone('linkedclones', 'one'), vms(1)],
  },
  {
    name: 'delete-free-base',
    deterministic: true,
    before: [applyBase('free', 'Tmpl-2'), ready('basesnapshots', 'free')],
    steps: [remove('basesnapshots', 'free'), gone('basesnapshots', 'free')],
    end: [isGone('basesnapshots', 'free'), snapshotsNamed('made', 3)],
  },
  {
    name: 'delete-base-with-dependents',
    deterministic: true,
    before: [applySet('web', 1), setReady('web', 1)],
    steps: [
      remove('basesnapshots', 'gold'),
      reasonIs('basesnapshots', 'gold', 'DeletionBlocked', 'DependentsExist'),
      // whatever looks at it again, nothing is made on it, and it stays
      applyClone('late'),
      reasonIs('linkedclones', 'late', 'Ready', 'BaseSnapshotDeleting'),
      looked('base-snapshot', 2),
      remove('linkedclones', 'late'),
      stays('basesnapshots', 'gold'),
      remove('linkedclonesets', 'web'),
      gone('basesnapshots', 'gold'),
    ],
    end: [isGone('basesnapshots', 'gold'), clonesAre([]), vms(0)],
  },
  {
    name: 'snapshot-made-and-removed',
    deterministic: true,
    steps: [
      applyBase('own', 'Tmpl-2', MADE),
      ready('basesnapshots', 'own'),
      remove('basesnapshots', 'own'),
      gone('basesnapshots', 'own'),
    ],
    end: [isGone('basesnapshots', 'own'), snapshotsNamed('made', 3)],
  },
  {
    name: 'snapshot-with-a-clone',
    deterministic: true,
    steps: [
      applyBase('own', 'Tmpl-2', MADE),
      applyClone('one', { baseSnapshotRef: { name: 'own' } }),
      ready('linkedclones', 'one'),
      remove('basesnapshots', 'own'),
      reasonIs('basesnapshots', 'own', 'DeletionBlocked', 'DependentsExist'),
      remove('linkedclones', 'one'),
      gone('basesnapshots', 'own'),
    ],
    end: [isGone('basesnapshots', 'own'), isGone('linkedclones', 'one'), snapshotsNamed('made', 3), vms(0)],
  },
  {
    name: 'access-withdrawn',
    deterministic: true,
    before: [applySet('web', 2), setReady('web', 2)],
    steps: [
      step('withdraw access', (stage) => stage.api.patch('vcenters', 'vc', { spec: { access: [] } }, '')),
      patch('linkedclonesets', 'web', { spec: { replicas: 1 } }),
      gone('linkedclones', 'web-2'),
      // until the operator hears of it, by its own view it's allowed
      reasonIs('basesnapshots', 'gold', 'Ready', 'AccessDenied'),
      applyClone('one'),
      reasonIs('linkedclones', 'one', 'Ready', 'BaseSnapshotNotReady'),
    ],
    end: [
      clonesAre(['one', 'web-1']),
      reports('linkedclones', 'one', 'Ready', 'BaseSnapshotNotReady'),
      vms(1),
      async (stage) =>
        (await stage.get('linkedclonesets', 'web'))?.status?.['replicas'] === 1 ? undefined : 'not one',
    ],
  },
  {
    name: 'base-replaced',
    deterministic: true,
    folderExists: true,
    before: [applySet('web', 1), setReady('web', 1)],
    steps: [
      applyBase('silver', 'Tmpl'),
      ready('basesnapshots', 'silver'),
      patch('linkedclonesets', 'web', { spec: { template: { spec: { baseSnapshotRef: { name: 'silver' } } } } }),
      patch('linkedclonesets', 'web', { spec: { replicas: 2 } }),
      setReady('web', 2),
    ],
    end: [setOf('web', 2), vms(2)],
  },
];
