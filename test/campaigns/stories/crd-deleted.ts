// Variants of the story "mass-deletion" in which a CustomResourceDefinition is deleted with everything of its kind: nothing
// is destroyed, and everybody says why, over a restart, too; then it was meant, or the machines are let go and taken back.
import { applyCrds } from '../../../src/testbed/control-plane/apply-crds.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { conditionsOf } from '../harness/conditions.ts';
import type { KnownObject } from '../harness/history.ts';
import type { Stage } from '../harness/stage.ts';
import { clonesAre, setOf, vms } from './ends.ts';
import { HOLDS, MANY, RESUME, destroyed, isPaused } from './mass-deletion-steps.ts';
import { RuleBroken, clonesOf, ready, reasonIs, remove, scale, setReady, step, waitFor } from './steps.ts';
import type { Expectation, Step } from './story.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface Variant {
  readonly steps: readonly Step[];
  readonly end: readonly Expectation[];
  readonly keeperGoes?: boolean;
}

function deleteCrd(plural: string): Step {
  return step(`delete the CustomResourceDefinition of ${plural}`, (stage) =>
    stage.api.raw.call('DELETE', `${CRDS}/${plural}.linkedclone.dev`),
  );
}

/** It's gone, with all of its kind, and applied again. */
function crdBack(plural: string): Step {
  return step(`the definition of ${plural} goes and comes back`, async (stage) => {
    const goes = waitFor('it to be gone', async () => {
      const { status } = await stage.api.raw.request('GET', `${CRDS}/${plural}.linkedclone.dev`);
      return status === 404;
    });
    await goes.run(stage);
    stage.history.beginAnew(plural);
    await applyCrds(stage.cluster.controlPlane.api, repositoryPath('crds'));
  });
}

function saysHeld(clone: KnownObject): boolean {
  return conditionsOf(clone).some(({ type, reason }) => type === 'DeletionBlocked' && reason === 'DeletionsPaused');
}

const ALL_SAY_WHY = waitFor('each clone to say why it stays', async (stage) => {
  const clones = await clonesOf(stage);
  return clones.length === MANY && clones.every(saysHeld);
});

const FOR_THE_CRD = reasonIs('vcenters', 'vc', 'DeletionsPaused', 'CrdTerminating');

/** What is destroyed instead is seen at once. */
const PAUSED_OR_NOT = waitFor(
  'deletions to be paused',
  async (stage) => (await isPaused(stage)) || (await destroyed(stage)) > 0,
);

const NOTHING_GOES = step('nothing was destroyed', async (stage) => {
  const count = await destroyed(stage);
  if (count > 0) throw new RuleBroken('breaker', `${count} were destroyed although a definition was deleted`);
});

const NO_CLONES = waitFor('no clones', async (stage) => (await clonesOf(stage)).length === 0);

async function release(stage: Stage, { metadata }: KnownObject): Promise<void> {
  const annotations = { 'linkedclone.dev/release': metadata.uid };
  await stage.api.annotate('linkedclones', metadata.name, annotations, metadata.namespace);
}

/** Somebody's machine stands on its disks, so it can't be destroyed. */
const LET_THE_KEEPER_GO = step('let go of the keeper', async (stage) => {
  if (stage.keeper === undefined) throw new Error('there is no keeper');
  await release(stage, stage.keeper);
  await stage.api.delete('linkedclones', 'keeper', stage.keepNamespace);
});

/** From the deletion that is held to the answer that it was meant. */
const HELD: readonly Step[] = [
  ...[PAUSED_OR_NOT, NOTHING_GOES, FOR_THE_CRD, ALL_SAY_WHY],
  ...[HOLDS, FOR_THE_CRD, NOTHING_GOES],
];

function takenBack(name: string): readonly Step[] {
  let uuid = '';
  return [
    step('let go of all clones', async (stage) => {
      const clones = await clonesOf(stage);
      uuid = (clones[0]?.status?.['vm'] as { readonly instanceUuid?: string } | undefined)?.instanceUuid ?? '';
      await Promise.all(clones.map((clone) => release(stage, clone)));
    }),
    LET_THE_KEEPER_GO,
    crdBack('linkedclones'),
    step(`take a machine back as ${name}`, (stage) =>
      stage.apply('LinkedClone', name, { baseSnapshotRef: { name: 'gold' }, adopt: { instanceUuid: uuid } }),
    ),
    ready('linkedclones', name),
  ];
}

const VARIANTS: Readonly<Record<string, () => Variant>> = {
  'crd-linkedclones': () => ({
    steps: [
      deleteCrd('linkedclones'),
      ...HELD,
      LET_THE_KEEPER_GO,
      RESUME,
      crdBack('linkedclones'),
      setReady('web', MANY), // its set makes others
    ],
    end: [setOf('web', MANY), vms(MANY)],
    keeperGoes: true,
  }),
  'crd-linkedclonesets': () => ({
    steps: [deleteCrd('linkedclonesets'), ...HELD, RESUME, NO_CLONES, crdBack('linkedclonesets')],
    end: [clonesAre([]), vms(0)],
  }),
  'crd-basesnapshots': () => ({
    steps: [
      deleteCrd('basesnapshots'),
      reasonIs('basesnapshots', 'gold', 'DeletionBlocked', 'DependentsExist'),
      remove('linkedclonesets', 'web'), // by plan, which goes at any other time
      ...HELD,
      LET_THE_KEEPER_GO,
      RESUME,
      NO_CLONES,
      crdBack('basesnapshots'),
    ],
    end: [clonesAre([]), vms(0)],
    keeperGoes: true,
  }),
  'crd-vcenters': () => ({
    steps: [
      deleteCrd('vcenters'),
      reasonIs('vcenters', 'vc', 'DeletionBlocked', 'DependentsExist'),
      remove('linkedclonesets', 'web'),
      ...HELD,
      LET_THE_KEEPER_GO,
      RESUME,
      NO_CLONES,
      remove('basesnapshots', 'gold'),
      step('delete the base of the keeper', (stage) => stage.api.delete('basesnapshots', 'kept', stage.keepNamespace)),
      crdBack('vcenters'),
    ],
    end: [clonesAre([]), vms(0)],
    keeperGoes: true,
  }),
  'crd-taken-back': () => ({
    steps: [
      deleteCrd('linkedclones'),
      ...HELD,
      scale('web', 0), // it would make others as soon as it can
      ...takenBack('back'),
      RESUME,
    ],
    end: [clonesAre(['back']), vms(1, MANY - 1), setOf('web', 0)],
    keeperGoes: true,
  }),
};

export const CRD_VARIANTS: readonly string[] = Object.keys(VARIANTS);

export function crdVariant(name: string): Variant | undefined {
  return VARIANTS[name]?.();
}
