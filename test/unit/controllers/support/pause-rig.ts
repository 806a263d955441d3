// What the mass-deletion breaker looks at: clones of one vCenter, their sets as cached and as the API server has them, what
// this process planned itself, and what stands in memory. Nothing is planned and nothing stands unless told otherwise.
import type { LinkedClone, LinkedCloneSet } from '../../../../src/api/types.generated.ts';
import { INDEX } from '../../../../src/controllers/shared/runtime.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import type { VCenterConnection } from '../../../../src/controllers/vcenter/connection.ts';
import { pausedByCount } from '../../../../src/controllers/vcenter/deletion-pause.ts';
import { VCenterHolds } from '../../../../src/controllers/vcenter/holds.ts';
import { silent } from '../../vsphere/support/calls.ts';
import { vCenter } from './objects.ts';

export interface PauseScene {
  readonly clones: readonly LinkedClone[];
  readonly set?: LinkedCloneSet;
  /** As the API server has it, where the cache is behind. */
  readonly liveSet?: LinkedCloneSet;
  /** UIDs. */
  readonly planned?: readonly string[];
  readonly holds?: VCenterHolds;
  /** Epoch ms. */
  readonly now: number;
}

/** Asks for each of the clones that are being deleted, as their reconciles would: how many were let through, and the hold's id. */
export async function askForAll(scene: PauseScene): Promise<{ letThrough: number; hold: string | undefined }> {
  const { clones, set, liveSet = set, holds = new VCenterHolds(vCenter()) } = scene;
  const nothing = (): undefined => undefined;
  const runtime = {
    stores: {
      vCenters: { get: nothing },
      namespaces: { get: nothing },
      sets: { byIndex: () => (set === undefined ? [] : [set]) },
      clones: {
        byIndex: (index: string, key: string) =>
          index === INDEX.vCenter
            ? clones
            : clones.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === key)),
      },
    },
    live: { get: async ({ kind }: { kind: string }) => (kind === 'LinkedCloneSet' ? liveSet : undefined) },
    rest: { serverNow: () => scene.now },
    clock: { monotonic: () => 0 },
    plannedDeletions: new Set(scene.planned),
    wake: { vCenter: nothing },
    logger: silent,
  } as unknown as Runtime;
  const connection = {
    ...{ name: 'vc', instanceUuid: 'vc-uuid', holds },
    crds: { get: async () => [] },
  } as unknown as VCenterConnection;
  let letThrough = 0;
  for (const clone of clones)
    if (clone.metadata.deletionTimestamp !== undefined)
      if ((await pausedByCount(runtime, connection, clone, undefined)) === undefined) letThrough += 1;
  return { letThrough, hold: holds.find('DeletionsPaused')?.id };
}
