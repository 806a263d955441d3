// Stories in which a machine that is to go has a disk that isn't its own, or one of its disks is in use elsewhere; and one in
// which the object that asked for a deletion is gone, and another has its name.
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { attachDisk, detachDisk } from '../../support/attached-disk.ts';
import { vm } from '../../support/second-client.ts';
import { conditionsOf } from '../harness/conditions.ts';
import type { Stage } from '../harness/stage.ts';
import { isGone, vms } from './ends.ts';
import { RuleBroken, applyClone, gone, looked, patch, ready, reasonIs, remove, step, waitFor } from './steps.ts';
import type { Step, Story } from './story.ts';
import { registerAgain, unregister } from './vcenter-steps.ts';

const SOMEBODYS = 'somebodys';

async function refOf(stage: Stage, name: string): Promise<MoRef> {
  const clone = await stage.get('linkedclones', name);
  return vm((clone?.status?.['vm'] as { readonly moRef?: string } | undefined)?.moRef ?? '');
}

/** The first file of the first disk of a machine. */
async function fileOf(stage: Stage, is: (name: string, moRef: string) => boolean): Promise<string> {
  const machine = (await stage.vcenter.inventory()).vms.find(({ name, moRef }) => is(name, moRef));
  return machine?.disks[0]?.chain[0]?.file ?? '';
}

/** What stories remember of their runs: the file that is attached elsewhere. */
const files = new WeakMap<Stage, string>();

function attachSomebodysTo(clone: string): Step {
  return step(`attach somebody's disk to ${clone}`, async (stage) => {
    files.set(stage, await fileOf(stage, (name) => name === SOMEBODYS));
    await attachDisk(stage.other, (await refOf(stage, clone)).value, files.get(stage));
  });
}

function detachFrom(clone: string): Step {
  return step(`detach it from ${clone}`, async (stage) =>
    detachDisk(stage.other, (await refOf(stage, clone)).value, files.get(stage)),
  );
}

function lend(owner: string, borrower: (stage: Stage) => Promise<MoRef>): Step {
  return step(`attach the delta disk of ${owner} elsewhere`, async (stage) => {
    const { value } = await refOf(stage, owner);
    files.set(stage, await fileOf(stage, (_, moRef) => moRef === value));
    await attachDisk(stage.other, (await borrower(stage)).value, files.get(stage));
  });
}

function giveBack(borrower: (stage: Stage) => Promise<MoRef>): Step {
  return step('detach it there', async (stage) =>
    detachDisk(stage.other, (await borrower(stage)).value, files.get(stage)),
  );
}

async function saysHeld(stage: Stage, name: string, reason: string): Promise<boolean> {
  const conditions = conditionsOf(await stage.get('linkedclones', name));
  return conditions.some((one) => one.type === 'DeletionBlocked' && one.reason === reason);
}

/** Its deletion is held or, what `heldFor` judges, it went: others' machines are in order again before that is said. */
function heldOrGone(name: string, reason: string): Step {
  return waitFor(`${name} to be held for ${reason}, or gone`, async (stage) =>
    (await stage.get('linkedclones', name)) === undefined ? true : saysHeld(stage, name, reason),
  );
}

function heldFor(name: string, reason: string): Step {
  return step(`${name} is held for ${reason}`, async (stage) => {
    if ((await stage.get('linkedclones', name)) === undefined)
      throw new RuleBroken('broken-chain', `${name} is gone, which was to be held for ${reason}`);
  });
}

const TWO: (stage: Stage) => Promise<MoRef> = (stage) => refOf(stage, 'two');

async function somebody(stage: Stage): Promise<MoRef> {
  const machine = (await stage.vcenter.inventory()).vms.find(({ name }) => name === SOMEBODYS);
  return vm(machine?.moRef ?? '');
}

const SNAPSHOT = step('somebody takes a snapshot of one', async (stage) => {
  const args = { name: 'theirs', memory: false, quiesce: false };
  await stage.other.run(await refOf(stage, 'one'), 'CreateSnapshot_Task', args);
});

const ONE = [applyClone('one'), ready('linkedclones', 'one')];

/** Of all clones: enough for the one that is held to be judged again, after its last write has waited for the watch. */
const LOOKS = 15;

const FINALIZER = 'example.com/kept-by-the-story';

/** Its machine by now, of an object that is gone. */
const left = new WeakMap<Stage, MoRef>();

/**
 * The operator goes on deleting what it knows: by its cache "one" is deleted and held. On the API server somebody took the
 * finalizer off, and another "one" is there, deleted as well and kept by a finalizer of somebody's.
 */
const ANOTHER_ONE = step('strip the finalizer, and another one is there', async (stage) => {
  left.set(stage, await refOf(stage, 'one'));
  stage.apiProxy.watches.freeze(['linkedclones']);
  await stage.api.patch('linkedclones', 'one', { metadata: { finalizers: null } }, stage.namespace);
  await stage.api.apply({
    apiVersion: 'linkedclone.dev/v1alpha1',
    kind: 'LinkedClone',
    metadata: { name: 'one', namespace: stage.namespace, finalizers: [FINALIZER] },
    spec: { baseSnapshotRef: { name: 'gold' } },
  });
  await stage.api.delete('linkedclones', 'one', stage.namespace);
});

const NOT_ASKED = step('the machine of the first is as it was', async (stage) => {
  const { value = '' } = left.get(stage) ?? {};
  const machine = (await stage.vcenter.inventory()).vms.find(({ moRef }) => moRef === value);
  if (machine?.power !== 'poweredOn')
    throw new RuleBroken('wrong-deletion', `${value} was powered off or destroyed for an object that is gone`);
});

export const LENT_DISK_STORIES: readonly Story[] = [
  {
    name: 'foreign-disk-attached',
    deterministic: true,
    decoysMove: true,
    before: [...ONE, attachSomebodysTo('one')],
    steps: [
      // while its own machine isn't registered nothing but the check holds the disk
      step("unregister somebody's machine", (stage) => unregister(stage, SOMEBODYS)),
      remove('linkedclones', 'one'),
      heldOrGone('one', 'ForeignDisks'),
      step('register it again', (stage) => registerAgain(stage, SOMEBODYS)),
      heldFor('one', 'ForeignDisks'),
      detachFrom('one'),
      gone('linkedclones', 'one'),
    ],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
  {
    name: 'disk-lent-to-a-clone',
    deterministic: true,
    before: [...ONE, applyClone('two'), ready('linkedclones', 'two'), lend('one', TWO)],
    steps: [
      remove('linkedclones', 'one'),
      heldOrGone('one', 'DisksInUse'),
      heldFor('one', 'DisksInUse'),
      giveBack(TWO),
      gone('linkedclones', 'one'),
      remove('linkedclones', 'two'),
      gone('linkedclones', 'two'),
    ],
    end: [isGone('linkedclones', 'one'), isGone('linkedclones', 'two'), vms(0)],
  },
  {
    // nobody looks at the machine of a clone whose own deletion is held, unless another's deletion asks for it
    name: 'disk-lent-to-a-held-clone',
    deterministic: true,
    before: [
      ...ONE,
      applyClone('two'),
      ready('linkedclones', 'two'),
      patch('linkedclones', 'two', { spec: { paused: true } }),
      remove('linkedclones', 'two'),
      reasonIs('linkedclones', 'two', 'DeletionBlocked', 'Paused'),
      lend('one', TWO),
    ],
    steps: [
      remove('linkedclones', 'one'),
      heldOrGone('one', 'DisksInUse'),
      heldFor('one', 'DisksInUse'),
      giveBack(TWO),
      gone('linkedclones', 'one'),
      patch('linkedclones', 'two', { spec: { paused: false } }),
      gone('linkedclones', 'two'),
    ],
    end: [isGone('linkedclones', 'one'), isGone('linkedclones', 'two'), vms(0)],
  },
  {
    name: 'disk-lent-to-somebody',
    deterministic: true,
    decoysMove: true,
    // of a clone with a snapshot, as one is: all machines are looked at then
    before: [...ONE, lend('one', somebody), SNAPSHOT],
    steps: [
      remove('linkedclones', 'one'),
      heldOrGone('one', 'DisksInUse'),
      heldFor('one', 'DisksInUse'),
      giveBack(somebody),
      gone('linkedclones', 'one'),
    ],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
  {
    name: 'finalizer-stripped',
    deterministic: true,
    before: [...ONE, attachSomebodysTo('one')],
    steps: [
      remove('linkedclones', 'one'),
      reasonIs('linkedclones', 'one', 'DeletionBlocked', 'ForeignDisks'),
      ANOTHER_ONE,
      step('detach the disk', async (stage) => detachDisk(stage.other, left.get(stage)?.value ?? '', files.get(stage))),
      looked('linked-clone', LOOKS),
      NOT_ASKED,
      step('watches go on', (stage) => Promise.resolve(stage.apiProxy.watches.thaw())),
      step('the other goes', (stage) =>
        stage.api.patch('linkedclones', 'one', { metadata: { finalizers: null } }, stage.namespace),
      ),
      gone('linkedclones', 'one'),
      looked('linked-clone', 3),
      NOT_ASKED,
      step('somebody destroys what was left over', async (stage) => {
        const ref = left.get(stage) ?? vm('');
        await stage.other.run(ref, 'PowerOffVM_Task');
        await stage.other.run(ref, 'Destroy_Task');
      }),
    ],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
];
