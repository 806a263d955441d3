// A VCenter with one orphan that is due, in front of a vCenter on stage: each run is one look of its orphans phase.
import type { VCenter } from '../../../../src/api/types.generated.ts';
import { StatusDraft } from '../../../../src/controllers/shared/status-draft.ts';
import type { VCenterConnection } from '../../../../src/controllers/vcenter/connection.ts';
import type { Orphan } from '../../../../src/controllers/vcenter/orphans/ledger.ts';
import { orphansPhase } from '../../../../src/controllers/vcenter/orphans/phase.ts';
import { OrphanWatch } from '../../../../src/controllers/vcenter/orphans/watch.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import type { VCenterScope } from '../../../../src/controllers/vcenter/reconciler.ts';
import type { FakeClock } from '../../../support/fake-clock.ts';
import { SOURCE, UID, onStage, source, victim } from './deleting-clone.ts';
import { CREATED, vCenter } from './objects.ts';

export const ORPHAN: Orphan = {
  name: 'web-01',
  moRef: 'vm-10',
  instanceUuid: UID,
  linkedClone: 'lab/web-1',
  uid: UID,
  why: 'NotFound',
  firstSeenAt: CREATED,
  scans: 2,
};

export interface OrphanRig {
  /** The machines by the value of their reference: the orphan "vm-10" and the base's. */
  readonly vms: Record<string, Record<string, unknown>>;
  readonly runtime: Runtime;
  readonly connection: VCenterConnection;
  readonly watch: OrphanWatch;
  readonly calls: readonly string[];
  readonly clock: FakeClock;
  readonly events: readonly string[];
  /** `stored`: what the API server has of the VCenter's spec, where the cache is behind it. */
  run: (policy: 'Delete' | 'Report', stored?: Partial<VCenter['spec']>) => Promise<unknown>;
  /** What the API server has from now on. */
  readonly later: { spec?: Partial<VCenter['spec']>; releasedClones?: readonly string[] };
}

export function orphanRig({ scanMs = 3_600_000, releasedClones = [] as readonly string[] } = {}): OrphanRig {
  const vms: OrphanRig['vms'] = { 'vm-10': victim(), [SOURCE.value]: source() };
  const stage = onStage({ vms, live: null });
  const { connection, clock, calls, events } = stage;
  const { runtime } = stage.scope;
  Object.assign(runtime.config, { 'orphan-interval': scanMs, 'watch-namespaces': [] });
  Object.assign(runtime, { metrics: { orphans: { set: () => undefined } } });
  connection.holds.claim.off();
  const status = { orphans: { count: 1, otherClusters: 0, samples: [ORPHAN] }, releasedClones };
  const watch = new OrphanWatch(vCenter({ status }));
  watch.hasScanned = true;
  const later: OrphanRig['later'] = {};
  const run = (orphanPolicy: 'Delete' | 'Report', stored: Partial<VCenter['spec']> = {}): Promise<unknown> => {
    const spec = { orphanPolicy, orphanGraceSeconds: 0 };
    const object = vCenter({ spec, status });
    runtime.live.list = async <T>() => {
      const { spec: newer, ...more } = later;
      return [vCenter({ spec: { ...spec, ...stored, ...newer }, status: { ...status, ...more } }) as T];
    };
    const scope = {
      runtime,
      vCenter: object,
      draft: new StatusDraft(object.status, 1, clock),
      memory: { orphans: watch },
      context: stage.scope.context,
    };
    return Promise.resolve(orphansPhase(scope as unknown as VCenterScope));
  };
  return { vms, runtime, connection, watch, calls, events, run, later, clock };
}
