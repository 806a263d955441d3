// Variants of the story "mass-deletion" after a backup: objects come back with other UIDs, or without their owners. Nothing is
// destroyed and nothing made twice; machines are taken over when that is asked for.
import { conditionsOf } from '../harness/conditions.ts';
import type { KnownObject } from '../harness/history.ts';
import type { Stage } from '../harness/stage.ts';
import { setOf, vms } from './ends.ts';
import { MANY, destroyed } from './mass-deletion-steps.ts';
import { RuleBroken, clonesOf, patch, setReady, step, untilLooked, waitFor } from './steps.ts';
import type { Expectation, Step } from './story.ts';

const NOTHING_DESTROYED: Expectation = async (stage) => {
  const count = await destroyed(stage);
  return count === 0 ? undefined : `${count} were destroyed`;
};

async function dropOwners(stage: Stage): Promise<void> {
  const clones = await clonesOf(stage, 'web');
  const change = { metadata: { ownerReferences: null } };
  await Promise.all(
    clones.map(({ metadata }) => stage.api.patch('linkedclones', metadata.name, change, stage.namespace)),
  );
}

/** As a database that is lost: what the operator would do about a deletion it can't. */
async function lose(stage: Stage, plural: string, name: string): Promise<void> {
  await stage.api.delete(plural, name, stage.namespace);
  await stage.api.patch(plural, name, { metadata: { finalizers: null } }, stage.namespace);
}

/** Everything comes back as it was applied, and nothing as it was: other UIDs, no owners, no status. */
const RESTORED = step('lose set and clones and restore them', async (stage) => {
  stage.operator.stun();
  await dropOwners(stage);
  const clones = await clonesOf(stage);
  const set = await stage.get('linkedclonesets', 'web');
  await lose(stage, 'linkedclonesets', 'web');
  await Promise.all(clones.map(({ metadata }) => lose(stage, 'linkedclones', metadata.name)));
  await stage.apply('LinkedCloneSet', 'web', { ...set?.spec, adopt: 'Ownerless' });
  await Promise.all(clones.map((clone) => restore(stage, clone)));
  await stage.operator.kill();
  await stage.operator.settled();
});

async function restore(stage: Stage, { metadata, spec }: KnownObject): Promise<void> {
  const { name, labels } = metadata;
  const kept = { name, namespace: stage.namespace, labels };
  await stage.api.apply({ apiVersion: 'linkedclone.dev/v1alpha1', kind: 'LinkedClone', metadata: kept, spec });
}

function isInConflict(clone: KnownObject): boolean {
  return conditionsOf(clone).some(({ type, reason }) => type === 'Ready' && reason === 'NameConflict');
}

/** Not all at the same moment: where the vCenter looks at names as a clone ends, each says in between that it's tried again. */
const ALL_IN_CONFLICT = waitFor('each clone to say whose name it has', async (stage) => {
  const clones = await clonesOf(stage);
  const said = new Set(
    stage.history.entries.flatMap(({ object }) => (isInConflict(object) ? object.metadata.uid : [])),
  );
  return clones.length === MANY && clones.every(({ metadata }) => said.has(metadata.uid));
});

const NOTHING_DONE = step('nothing is made or destroyed', async (stage) => {
  await untilLooked(stage, 'linked-clone', 2 * MANY);
  const machines = (await stage.vmsOfStory()).length;
  if (machines !== MANY) throw new RuleBroken('duplicate', `there are ${machines} machines of ${MANY} clones`);
});

const TAKE_OVER = step('tell each clone to take its machine over', async (stage) => {
  const machines = new Map((await stage.vmsOfStory()).map(({ name, instanceUuid }) => [name, instanceUuid]));
  const clones = await clonesOf(stage);
  await Promise.all(
    clones.map(({ metadata: { name }, spec: { vmName } }) => {
      const spec = { adopt: { instanceUuid: machines.get(String(vmName ?? name)) } };
      return stage.api.patch('linkedclones', name, { spec }, stage.namespace);
    }),
  );
});

export const RESTORED_VARIANTS: Readonly<
  Record<string, { readonly steps: readonly Step[]; readonly end: readonly Expectation[] }>
> = {
  'restored-new-uids': {
    steps: [RESTORED, ALL_IN_CONFLICT, NOTHING_DONE, TAKE_OVER, setReady('web', MANY)],
    end: [setOf('web', MANY), vms(MANY), NOTHING_DESTROYED],
  },
  'restored-without-owners': {
    steps: [
      patch('linkedclonesets', 'web', { spec: { adopt: 'Ownerless' } }),
      step('drop the owners', dropOwners),
      setReady('web', MANY),
    ],
    end: [setOf('web', MANY), vms(MANY), NOTHING_DESTROYED],
  },
};
