// Stories of sets: made, scaled, deleted in every way, and several of them together.
import { COPIED } from './copied.ts';
import { clonesAre, isGone, isThere, setOf, vms } from './ends.ts';
import {
  annotate,
  applyBase,
  applySet,
  called,
  gone,
  looked,
  patch,
  reasonIs,
  release,
  remove,
  scale,
  setReady,
  step,
  waitFor,
} from './steps.ts';
import type { Story } from './story.ts';

const TWO = [applySet('web', 2), setReady('web', 2), COPIED];

export const SET_STORIES: readonly Story[] = [
  {
    name: 'create-set',
    deterministic: true,
    steps: [applySet('web', 3), setReady('web', 3)],
    end: [setOf('web', 3), vms(3)],
  },
  {
    name: 'scale-up',
    deterministic: true,
    folderExists: true,
    before: [applySet('web', 1), setReady('web', 1), COPIED],
    steps: [scale('web', 3), setReady('web', 3)],
    end: [setOf('web', 3), vms(3)],
  },
  {
    name: 'scale-down',
    deterministic: true,
    folderExists: true,
    before: [applySet('web', 3), setReady('web', 3), COPIED],
    steps: [scale('web', 1), setReady('web', 1)],
    end: [setOf('web', 1), vms(1)],
  },
  {
    name: 'up-and-down-while-running',
    deterministic: false,
    ordinalsDiffer: true,
    folderExists: true,
    before: [applySet('web', 1), setReady('web', 1), COPIED],
    steps: [scale('web', 4), called('CloneVM_Task', 3), scale('web', 0), called('Destroy_Task'), scale('web', 2)],
    end: [setOf('web', 2), vms(2)],
  },
  {
    name: 'delete-set-background',
    deterministic: true,
    before: TWO,
    steps: [remove('linkedclonesets', 'web'), gone('linkedclonesets', 'web')],
    end: [isGone('linkedclonesets', 'web'), clonesAre([]), vms(0)],
  },
  {
    name: 'delete-set-foreground',
    deterministic: true,
    folderExists: true,
    before: TWO,
    steps: [remove('linkedclonesets', 'web', 'Foreground'), gone('linkedclonesets', 'web')],
    end: [isGone('linkedclonesets', 'web'), clonesAre([]), vms(0)],
  },
  {
    name: 'delete-set-orphan',
    deterministic: true,
    folderExists: true,
    before: TWO,
    steps: [
      // the operator has all the time to do what it mustn't
      step('the garbage collector stands still', (stage) => stage.cluster.collectGarbage(false)),
      remove('linkedclonesets', 'web', 'Orphan'),
      looked('vcenter', 3), // which it does by time
      step('and goes on', (stage) => stage.cluster.collectGarbage(true)),
      gone('linkedclonesets', 'web'),
    ],
    end: [
      isGone('linkedclonesets', 'web'),
      clonesAre(['web-1', 'web-2']),
      isThere('linkedclones', 'web-1'),
      isThere('linkedclones', 'web-2'),
      vms(2),
    ],
  },
  {
    name: 'delete-set-retain',
    deterministic: true,
    folderExists: true,
    before: [applySet('web', 2, { retentionPolicy: { whenDeleted: 'Retain' } }), setReady('web', 2), COPIED],
    steps: [remove('linkedclonesets', 'web'), gone('linkedclonesets', 'web')],
    end: [clonesAre(['web-1', 'web-2']), isThere('linkedclones', 'web-1'), vms(2)],
  },
  {
    // the garbage collector deletes the clones before the set can let go of them
    name: 'delete-set-retain-foreground',
    deterministic: true,
    before: [applySet('web', 2, { retentionPolicy: { whenDeleted: 'Retain' } }), setReady('web', 2), COPIED],
    steps: [remove('linkedclonesets', 'web', 'Foreground'), gone('linkedclonesets', 'web')],
    end: [isGone('linkedclonesets', 'web'), clonesAre([]), vms(0, 2)],
  },
  {
    name: 'wrong-order',
    deterministic: true,
    before: TWO,
    steps: [
      remove('basesnapshots', 'gold'),
      reasonIs('basesnapshots', 'gold', 'DeletionBlocked', 'DependentsExist'),
      remove('linkedclones', 'web-1'),
      remove('linkedclonesets', 'web'),
      gone('linkedclonesets', 'web'),
      gone('basesnapshots', 'gold'),
    ],
    end: [isGone('basesnapshots', 'gold'), isGone('linkedclonesets', 'web'), clonesAre([]), vms(0)],
  },
  {
    name: 'delete-namespace',
    deterministic: true,
    folderExists: true,
    changesNamespace: true,
    slow: true,
    before: TWO,
    steps: [
      step('delete the namespace', (stage) => stage.api.delete('namespaces', stage.namespace, '')),
      waitFor(
        'the namespace to be gone',
        async (stage) => (await stage.get('namespaces', stage.namespace)) === undefined,
      ),
    ],
    end: [clonesAre([]), vms(0)],
  },
  {
    name: 'two-sets-one-base',
    deterministic: true,
    folderExists: true,
    steps: [
      applySet('web', 2),
      applySet('db', 2),
      setReady('web', 2),
      setReady('db', 2),
      remove('linkedclonesets', 'db'),
      gone('linkedclonesets', 'db'),
    ],
    end: [setOf('web', 2), isGone('linkedclonesets', 'db'), vms(2)],
  },
  {
    name: 'two-bases-one-snapshot',
    deterministic: true,
    steps: [
      applyBase('silver', 'Tmpl'),
      applySet('web', 1),
      applySet('db', 1, {}, { baseSnapshotRef: { name: 'silver' } }),
      setReady('web', 1),
      setReady('db', 1),
      remove('linkedclonesets', 'db'),
      remove('basesnapshots', 'silver'),
      gone('basesnapshots', 'silver'),
    ],
    end: [setOf('web', 1), isGone('basesnapshots', 'silver'), vms(1)],
  },
  {
    name: 'retained-then-scaled-up',
    // a name that is taken is remembered by the process, for a while: the next one finds out again, by a clone that goes
    deterministic: false,
    folderExists: true,
    before: [applySet('web', 2, { retentionPolicy: { whenScaled: 'Retain' } }), setReady('web', 2), COPIED],
    steps: [
      // its object stays without the set; released and deleted, its VM stays, and the name is taken
      scale('web', 1),
      waitFor('the clone to be let go', async (stage) => {
        const clone = await stage.get('linkedclones', 'web-2');
        return (clone?.metadata.ownerReferences ?? []).length === 0;
      }),
      release('web-2'),
      remove('linkedclones', 'web-2'),
      gone('linkedclones', 'web-2'),
      patch('linkedclonesets', 'web', { spec: { provisioning: { onNameConflict: 'NextOrdinal' } } }),
      scale('web', 2),
      setReady('web', 2),
    ],
    end: [setOf('web', 2), vms(2, 1)],
  },
  {
    name: 'detach-one',
    deterministic: true,
    folderExists: true,
    before: TWO,
    steps: [
      annotate('linkedclones', 'web-1', { 'linkedclone.dev/detach': 'yes' }),
      waitFor('another clone in its place', async (stage) => (await stage.get('linkedclones', 'web-3')) !== undefined),
      setReady('web', 2),
    ],
    end: [setOf('web', 2), isThere('linkedclones', 'web-1'), vms(3)],
  },
  {
    // a paused set lets nothing go, and none may go with it that was to be let go
    name: 'detach-one-and-delete-set',
    deterministic: true,
    folderExists: true,
    before: [...TWO, patch('linkedclonesets', 'web', { spec: { paused: true } })],
    steps: [
      annotate('linkedclones', 'web-1', { 'linkedclone.dev/detach': 'yes' }),
      remove('linkedclonesets', 'web'),
      gone('linkedclonesets', 'web'),
    ],
    end: [isGone('linkedclonesets', 'web'), clonesAre(['web-1']), isThere('linkedclones', 'web-1'), vms(1)],
  },
  {
    name: 'power-changes',
    deterministic: true,
    folderExists: true,
    before: TWO,
    steps: [
      patch('linkedclonesets', 'web', { spec: { powerPolicy: 'Off' } }),
      called('PowerOffVM_Task', 2),
      waitFor('all to be off', async (stage) => (await stage.vmsOfStory()).every((one) => one.power === 'poweredOff')),
      patch('linkedclonesets', 'web', { spec: { powerPolicy: 'AlwaysOn' } }),
      waitFor('all to be on', async (stage) => (await stage.vmsOfStory()).every((one) => one.power === 'poweredOn')),
      setReady('web', 2),
    ],
    end: [setOf('web', 2), vms(2)],
  },
];
