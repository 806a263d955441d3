// Stories in which a deletion has to wait, or to be taken back.
import { SYSTEM_NAMESPACE } from '../harness/stage.ts';
import { clonesAre, isGone, setOf, snapshotsNamed, vms } from './ends.ts';
import { destroyForeign, foreignClone } from './foreign-clone.ts';
import {
  THAT_IS_OLD,
  annotate,
  applyBase,
  applyClone,
  applySet,
  gone,
  looked,
  patch,
  ready,
  reasonIs,
  release,
  remove,
  scale,
  scanned,
  setReady,
  step,
  waitFor,
} from './steps.ts';
import type { Story } from './story.ts';
import { registerAgain, unregister } from './vcenter-steps.ts';

const ONE = [applyClone('one'), ready('linkedclones', 'one')];
const OWN = { snapshot: { create: { name: 'made' } }, deletionPolicy: 'Delete' } as const;

export const HOLD_STORIES: readonly Story[] = [
  {
    name: 'paused-deletion',
    deterministic: true,
    before: [...ONE, patch('linkedclones', 'one', { spec: { paused: true } }), THAT_IS_OLD],
    steps: [
      remove('linkedclones', 'one'),
      reasonIs('linkedclones', 'one', 'DeletionBlocked', 'Paused'),
      patch('linkedclones', 'one', { spec: { paused: false } }),
      gone('linkedclones', 'one'),
    ],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
  {
    name: 'release-of-another',
    deterministic: true,
    // the annotation names another object: this one goes as always
    before: [...ONE, annotate('linkedclones', 'one', { 'linkedclone.dev/release': '11111111-2222-4333-8444-5' })],
    steps: [remove('linkedclones', 'one'), gone('linkedclones', 'one')],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
  {
    name: 'secret-missing-while-deleting',
    deterministic: true,
    before: ONE,
    steps: [
      step('delete the Secret', (stage) => stage.api.delete('secrets', 'vc-credentials', SYSTEM_NAMESPACE)),
      reasonIs('vcenters', 'vc', 'Ready', 'SecretNotFound'),
      // a session that is open is used on
      step('the operator starts again', async (stage) => {
        await stage.operator.kill();
        await stage.operator.settled();
      }),
      looked('vcenter', 1),
      remove('linkedclones', 'one'),
      reasonIs('linkedclones', 'one', 'DeletionBlocked', 'VCenterNotReady'),
      step('the Secret again', (stage) => stage.applySecret(stage.canary)),
      gone('linkedclones', 'one'),
    ],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
  {
    name: 'last-clone-without-base',
    deterministic: true,
    decoysMove: true,
    before: [
      applyBase('second', 'Tmpl-2'),
      applyClone('one', { baseSnapshotRef: { name: 'second' } }),
      ready('linkedclones', 'one'),
    ],
    steps: [
      step('unregister the parent', (stage) => unregister(stage, 'Tmpl-2')),
      remove('linkedclones', 'one'),
      reasonIs('linkedclones', 'one', 'DeletionBlocked', 'BaseNotRegistered'),
      step('register it again', (stage) => registerAgain(stage, 'Tmpl-2')),
      gone('linkedclones', 'one'),
    ],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
  {
    name: 'snapshot-with-foreign-clone',
    deterministic: true,
    before: [
      applyBase('own', 'Tmpl-2', OWN),
      ready('basesnapshots', 'own'),
      step("somebody's clone on it", (stage) => foreignClone(stage, 'Tmpl-2')),
    ],
    steps: [
      remove('basesnapshots', 'own'),
      reasonIs('basesnapshots', 'own', 'DeletionBlocked', 'ForeignDependents'),
      step('it goes', destroyForeign),
      gone('basesnapshots', 'own'),
    ],
    end: [isGone('basesnapshots', 'own'), snapshotsNamed('made', 3)],
  },
  {
    name: 'kept-from-orphans',
    deterministic: true,
    // what was let go carries our mark and has no object: under this policy an orphan would be destroyed
    before: [
      step('orphans are deleted after a second', (stage) =>
        stage.api.patch('vcenters', 'vc', { spec: { orphanPolicy: 'Delete', orphanGraceSeconds: 1 } }, ''),
      ),
      applyClone('one', { deletionPolicy: 'Retain' }),
      applyClone('two'),
      ready('linkedclones', 'one'),
      ready('linkedclones', 'two'),
    ],
    steps: [
      release('two'),
      remove('linkedclones', 'one'),
      remove('linkedclones', 'two'),
      gone('linkedclones', 'one'),
      gone('linkedclones', 'two'),
      scanned(4),
    ],
    end: [isGone('linkedclones', 'one'), isGone('linkedclones', 'two'), vms(0, 2)],
  },
  {
    name: 'protected-and-first',
    deterministic: true,
    before: [
      applySet('web', 3),
      setReady('web', 3),
      annotate('linkedclones', 'web-3', { 'linkedclone.dev/protect': 'yes' }),
      annotate('linkedclones', 'web-1', { 'linkedclone.dev/delete-first': 'yes' }),
    ],
    steps: [
      scale('web', 1),
      waitFor('web-1 to go', async (stage) => (await stage.get('linkedclones', 'web-1')) === undefined),
      setReady('web', 1),
    ],
    end: [setOf('web', 1), clonesAre(['web-3']), vms(1)],
  },
];
