// Stories of the snapshot that a base is pinned to: somebody removes it, or makes another of its name; a base is deleted while
// another's snapshot, or somebody's, stands on its own; and a removal is taken back while nobody can tell the operator.
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { vm } from '../../support/second-client.ts';
import type { Stage } from '../harness/stage.ts';
import { clonesAre, isGone, isThere, reports, snapshotsNamed, vms } from './ends.ts';
import { addSnapshotDecoys } from './by-hand.ts';
import { destroyForeign, foreignClone } from './foreign-clone.ts';
import { applyBase, applyClone, gone, looked, ready, reasonIs, remove, step } from './steps.ts';
import type { Step, Story } from './story.ts';
import { makeParent } from './vcenter-steps.ts';

interface PinnedSnapshot {
  readonly moRef: string;
  readonly vm: string;
  readonly name: string;
  readonly description: string;
}

export async function pinnedBy(stage: Stage, base: string): Promise<PinnedSnapshot> {
  const pin = (await stage.get('basesnapshots', base))?.status?.['snapshot'] as { readonly moRef?: string } | undefined;
  const found = (await stage.vcenter.inventory()).snapshots.find(({ moRef }) => moRef === pin?.moRef);
  if (found === undefined) throw new Error(`the snapshot of base ${base} isn't in the vCenter`);
  return { description: '', ...found };
}

function refOf({ moRef }: PinnedSnapshot): MoRef {
  return { type: 'VirtualMachineSnapshot', value: moRef };
}

function removePinned(base: string): Step {
  return step(`somebody removes the snapshot of ${base}`, async (stage) =>
    stage.other.run(refOf(await pinnedBy(stage, base)), 'RemoveSnapshot_Task', {
      removeChildren: false,
      consolidate: true,
    }),
  );
}

/** With its name and its description, which has the operator's mark where that had made it. */
function replacePinned(base: string): Step {
  return step(`somebody removes the snapshot of ${base} and makes another of its name`, async (stage) => {
    const pinned = await pinnedBy(stage, base);
    const { name, description } = pinned;
    await stage.other.run(refOf(pinned), 'RemoveSnapshot_Task', { removeChildren: false, consolidate: true });
    const spec = { name, description, memory: false, quiesce: false };
    await stage.other.run(vm(pinned.vm), 'CreateSnapshot_Task', spec);
  });
}

/** On top of all that the machine has; it must be there as it is now when all is over, as all decoys. */
function takeTheirs(parent: string): Step {
  return step(`somebody takes a snapshot of ${parent}`, async (stage) => {
    const { vms: machines } = await stage.vcenter.inventory();
    const { moRef } = machines.find(({ name }) => name === parent) ?? { moRef: '' };
    await stage.other.run(vm(moRef), 'CreateSnapshot_Task', { name: 'theirs', memory: false, quiesce: false });
    await addSnapshotDecoys(stage, 'theirs');
  });
}

const ON_SECOND = { baseSnapshotRef: { name: 'second' } };
/** A parent that no decoy stands on, and a clone of it. */
const SECOND = [
  step('a parent of its own', (stage) => makeParent(stage)),
  applyBase('second', 'Doomed'),
  applyClone('one', ON_SECOND),
  ready('linkedclones', 'one'),
];
/** Nothing is made on a base whose snapshot is gone. */
const NONE_IS_MADE = [
  reasonIs('basesnapshots', 'second', 'SnapshotFound', 'SnapshotGone'),
  applyClone('late', ON_SECOND),
  reasonIs('linkedclones', 'late', 'Ready', 'BaseSnapshotNotReady'),
  looked('base-snapshot', 2),
];

function own(name: string): Readonly<Record<string, unknown>> {
  return { snapshot: { create: { name } }, deletionPolicy: 'Delete', maxChainDepth: 8 };
}

/** A base with a snapshot of its own, and another one whose snapshot was on top of that, went with them. */
const NEITHER_IS_LEFT = [
  isGone('basesnapshots', 'own'),
  isGone('basesnapshots', 'upper'),
  snapshotsNamed('made', 3),
  snapshotsNamed('on-it', 0),
];

export const PIN_STORIES: readonly Story[] = [
  {
    name: 'two-snapshots-made-and-removed',
    deterministic: true,
    steps: [
      applyBase('own', 'Tmpl-2', own('made')),
      ready('basesnapshots', 'own'),
      applyBase('upper', 'Tmpl-2', own('on-it')),
      ready('basesnapshots', 'upper'),
      remove('basesnapshots', 'upper'),
      gone('basesnapshots', 'upper'),
      remove('basesnapshots', 'own'),
      gone('basesnapshots', 'own'),
    ],
    end: NEITHER_IS_LEFT,
  },
  {
    name: 'snapshot-gone',
    deterministic: true,
    before: SECOND,
    steps: [
      removePinned('second'),
      ...NONE_IS_MADE,
      remove('linkedclones', 'late'),
      remove('linkedclones', 'one'),
      gone('linkedclones', 'one'),
      remove('basesnapshots', 'second'),
      gone('basesnapshots', 'second'),
    ],
    end: [isGone('basesnapshots', 'second'), clonesAre([]), vms(0)],
  },
  {
    name: 'snapshot-replaced',
    deterministic: true,
    before: SECOND,
    steps: [replacePinned('second'), ...NONE_IS_MADE],
    end: [
      reports('basesnapshots', 'second', 'SnapshotFound', 'SnapshotGone'),
      reports('linkedclones', 'late', 'Ready', 'BaseSnapshotNotReady'),
      isThere('linkedclones', 'one'),
      vms(1),
    ],
  },
  {
    name: 'own-snapshot-replaced',
    deterministic: true,
    before: [applyBase('own', 'Tmpl-2', own('made')), ready('basesnapshots', 'own')],
    steps: [replacePinned('own'), remove('basesnapshots', 'own'), gone('basesnapshots', 'own')],
    // that of somebody stays
    end: [isGone('basesnapshots', 'own'), snapshotsNamed('made', 4)],
  },
  {
    name: 'base-below-another-base',
    deterministic: true,
    before: [applyBase('own', 'Tmpl-2', own('made')), ready('basesnapshots', 'own')],
    steps: [
      applyBase('upper', 'Tmpl-2', own('on-it')),
      ready('basesnapshots', 'upper'),
      remove('basesnapshots', 'own'),
      reasonIs('basesnapshots', 'own', 'DeletionBlocked', 'DependentsExist'),
      looked('base-snapshot', 2),
      remove('basesnapshots', 'upper'),
      gone('basesnapshots', 'upper'),
      gone('basesnapshots', 'own'),
    ],
    end: NEITHER_IS_LEFT,
  },
  {
    name: 'snapshot-below-somebodys',
    deterministic: true,
    before: [applyBase('own', 'Tmpl-2', own('made')), ready('basesnapshots', 'own')],
    // what was written since is merged into theirs, which stays
    steps: [takeTheirs('Tmpl-2'), remove('basesnapshots', 'own'), gone('basesnapshots', 'own')],
    end: [isGone('basesnapshots', 'own'), snapshotsNamed('made', 3), snapshotsNamed('theirs', 1)],
  },
  {
    name: 'snapshot-below-somebodys-clone',
    deterministic: true,
    before: [
      applyBase('own', 'Tmpl-2', own('made')),
      ready('basesnapshots', 'own'),
      takeTheirs('Tmpl-2'),
      step("somebody's clone on theirs", (stage) => foreignClone(stage, 'Tmpl-2')),
    ],
    steps: [
      remove('basesnapshots', 'own'),
      reasonIs('basesnapshots', 'own', 'DeletionBlocked', 'ForeignDependents'),
      looked('base-snapshot', 2),
      step("somebody's clone goes", destroyForeign),
      gone('basesnapshots', 'own'),
    ],
    end: [isGone('basesnapshots', 'own'), snapshotsNamed('made', 3), snapshotsNamed('theirs', 1)],
  },
  {
    name: 'snapshot-kept-at-last',
    deterministic: true,
    before: [
      applyBase('own', 'Tmpl-2', own('made')),
      ready('basesnapshots', 'own'),
      step("somebody's clone on it", (stage) => foreignClone(stage, 'Tmpl-2')),
    ],
    // what it hears last is that the snapshot is to go, which the clone on it keeps it from
    steps: [
      remove('basesnapshots', 'own'),
      reasonIs('basesnapshots', 'own', 'DeletionBlocked', 'ForeignDependents'),
      step('no watch tells of a change any more', (stage) => Promise.resolve(stage.apiProxy.watches.freeze())),
      step('the snapshot is to stay', (stage) =>
        stage.api.patch('basesnapshots', 'own', { spec: { deletionPolicy: 'Retain' } }, stage.namespace),
      ),
      step("somebody's clone goes", destroyForeign),
      looked('base-snapshot', 4),
      step('watches tell of changes again', (stage) => Promise.resolve(stage.apiProxy.watches.thaw())),
      gone('basesnapshots', 'own'),
    ],
    end: [isGone('basesnapshots', 'own'), snapshotsNamed('made', 4)],
  },
];
