// Stories of what goes while something new comes: a base with a clone on it, a clone on a base that goes, and a name whose
// second object goes as well.
import { clonesAre, isGone, snapshotsNamed, vms } from './ends.ts';
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
  remove,
  setReady,
  stays,
} from './steps.ts';
import type { Story } from './story.ts';

const ON_SECOND = { baseSnapshotRef: { name: 'second' } } as const;
const OWN = { snapshot: { create: { name: 'made' } }, deletionPolicy: 'Delete' } as const;
const SECOND = [applyBase('second', 'Tmpl-2'), ready('basesnapshots', 'second')];

export const LEAVING_STORIES: readonly Story[] = [
  {
    // no set stands on it: who doesn't know of the clone knows of nothing
    name: 'base-kept-by-a-clone',
    deterministic: true,
    before: SECOND,
    steps: [
      applyClone('one', ON_SECOND),
      ready('linkedclones', 'one'),
      remove('basesnapshots', 'second'),
      reasonIs('basesnapshots', 'second', 'DeletionBlocked', 'DependentsExist'),
      looked('base-snapshot', 2),
      stays('basesnapshots', 'second'),
      remove('linkedclones', 'one'),
      gone('basesnapshots', 'second'),
    ],
    end: [isGone('basesnapshots', 'second'), clonesAre([]), vms(0)],
  },
  {
    // whether the operator has seen that the base goes or not
    name: 'clone-on-a-leaving-base',
    deterministic: true,
    before: [...SECOND, applyClone('early', ON_SECOND), ready('linkedclones', 'early')],
    steps: [
      remove('basesnapshots', 'second'),
      applyClone('late', ON_SECOND),
      reasonIs('linkedclones', 'late', 'Ready', 'BaseSnapshotDeleting'),
      stays('basesnapshots', 'second'),
      remove('linkedclones', 'late'),
      gone('linkedclones', 'late'),
      remove('linkedclones', 'early'),
      gone('basesnapshots', 'second'),
    ],
    end: [isGone('basesnapshots', 'second'), clonesAre([]), vms(0)],
  },
  {
    // planned on the one, most of its clones are made of the other, and what was made of the one keeps it
    name: 'base-changed-while-clones-wait',
    deterministic: false,
    before: [applyBase('second', 'Tmpl-2', OWN), ready('basesnapshots', 'second')],
    steps: [
      applySet('web', 3, { provisioning: { maxConcurrent: 1 } }, ON_SECOND),
      called('CloneVM_Task'),
      patch('linkedclonesets', 'web', { spec: { template: { spec: { baseSnapshotRef: { name: 'gold' } } } } }),
      remove('basesnapshots', 'second'),
      setReady('web', 3),
      remove('linkedclonesets', 'web'),
      gone('linkedclonesets', 'web'),
      gone('basesnapshots', 'second'),
    ],
    end: [isGone('basesnapshots', 'second'), snapshotsNamed('made', 3), clonesAre([]), vms(0)],
  },
  {
    // the first object of the name never had a machine, so its finalizer goes with no look at any; the second one has one
    name: 'two-of-one-name',
    deterministic: true,
    steps: [
      applyClone('one', { baseSnapshotRef: { name: 'nowhere' } }),
      reasonIs('linkedclones', 'one', 'Ready', 'BaseSnapshotNotFound'),
      remove('linkedclones', 'one'),
      gone('linkedclones', 'one'),
      applyClone('one'),
      ready('linkedclones', 'one'),
      remove('linkedclones', 'one'),
      gone('linkedclones', 'one'),
    ],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
];
