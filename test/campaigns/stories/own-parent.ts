// The life of clones on a parent of their own, which somebody may destroy or unregister for good in the middle: what was made
// goes on, nothing new is made, and what is deleted is held until a person says, clone by clone, that it may go without the base.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { conditionsOf, isReady } from '../harness/conditions.ts';
import type { KnownObject } from '../harness/history.ts';
import type { Stage } from '../harness/stage.ts';
import { clonesAre, isGone, vms } from './ends.ts';
import {
  applyBase,
  applyClone,
  applySet,
  clonesOf,
  gone,
  remove,
  scale,
  setIsReady,
  setReady,
  step,
  waitFor,
} from './steps.ts';
import type { Story } from './story.ts';
import { DOOMED, makeParent } from './vcenter-steps.ts';

export const ON_OWN_PARENT = 'on-own-parent';
/** The base that its clones stand on. */
export const OWN_BASE = 'second';
/** By which a person lets one clone go. */
export const WITHOUT_BASE = 'linkedclone.dev/delete-without-base';
const ON_SECOND = { baseSnapshotRef: { name: OWN_BASE } };

function says(object: KnownObject | undefined, type: string, reason: string): boolean {
  return conditionsOf(object).some((one) => one.type === type && one.reason === reason);
}

/** The base has to say so; nothing is to be expected of new clones then. */
async function isParentAway(stage: Stage): Promise<boolean> {
  return says(await stage.get('basesnapshots', OWN_BASE), 'Ready', 'SourceNotRegistered');
}

async function hasParent({ vcenter }: Stage): Promise<boolean> {
  return (await vcenter.inventory()).vms.some(({ name }) => name === DOOMED);
}

function isHeld(clone: KnownObject): boolean {
  return clone.metadata.deletionTimestamp !== undefined && says(clone, 'DeletionBlocked', 'BaseNotRegistered');
}

/** Each that is deleted says that it's held, or goes; with its UID each that is held goes. */
async function letGo(stage: Stage): Promise<void> {
  await waitUntil(
    'the clones to be gone',
    async () => {
      const clones = await clonesOf(stage);
      for (const { metadata } of clones.filter(isHeld)) {
        if (metadata.annotations?.[WITHOUT_BASE] === metadata.uid) continue;
        await stage.api.annotate('linkedclones', metadata.name, { [WITHOUT_BASE]: metadata.uid }, stage.namespace);
      }
      return clones.length === 0;
    },
    { timeoutMs: stage.patienceMs },
  );
}

export const OWN_PARENT_STORIES: readonly Story[] = [
  {
    name: ON_OWN_PARENT,
    deterministic: true,
    before: [
      step('a parent of its own', (stage) => makeParent(stage)),
      applyBase(OWN_BASE, DOOMED),
      applySet('web', 1, {}, ON_SECOND),
      setReady('web', 1),
    ],
    steps: [
      scale('web', 2),
      waitFor(
        'the set to be Ready with 2, or its base to say that the parent is away',
        async (stage) => setIsReady(await stage.get('linkedclonesets', 'web'), 2) || isParentAway(stage),
      ),
      applyClone('one', ON_SECOND),
      waitFor('the clone to be Ready, or to say that its base is not', async (stage) => {
        const clone = await stage.get('linkedclones', 'one');
        return isReady(clone) || says(clone, 'Ready', 'BaseSnapshotNotReady');
      }),
      remove('linkedclones', 'one'),
      waitFor('the clone to be gone, or to say what holds it', async (stage) => {
        const clone = await stage.get('linkedclones', 'one');
        return clone === undefined || isHeld(clone);
      }),
      remove('linkedclonesets', 'web'),
      waitFor('the clones to be gone, or to say what holds them', async (stage) =>
        (await clonesOf(stage)).every(isHeld),
      ),
      waitFor(
        'the base to say where its parent is not',
        async (stage) => (await hasParent(stage)) || isParentAway(stage),
      ),
      step('who is held goes, one by one', letGo),
      gone('linkedclonesets', 'web'),
      remove('basesnapshots', OWN_BASE),
      gone('basesnapshots', OWN_BASE),
    ],
    end: [isGone('linkedclonesets', 'web'), isGone('basesnapshots', OWN_BASE), clonesAre([]), vms(0)],
  },
];
