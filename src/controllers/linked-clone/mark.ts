// The mark of a VM that stays when its object goes: whose it was, and that it was retained or released. Only what is ours is
// ever written to, and a mark that fails is tried again after a pause. Nothing is marked in a vCenter that another operator
// claims, or that went back in time.
import { errorMessage } from '../../util/errors.ts';
import { VSphereError, isForbidden } from '../../vsphere/faults.ts';
import type { FaultKind } from '../../vsphere/faults.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { lostCall, mayArrive } from '../shared/lost-calls.ts';
import { NotReady } from '../shared/not-ready.ts';
import { pauseAfter } from '../shared/pause.ts';
import { formatMarker, ownershipOf } from '../vcenter/marker.ts';
import type { Marker } from '../vcenter/marker.ts';
import { MARKER_PATH, vmView } from '../vcenter/vm-view.ts';
import { forbidden } from './blocked.ts';
import { markerOption } from './clone-spec.ts';
import { ownerOf } from './observe.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

const MARKED_PATHS = ['name', 'config.instanceUuid', 'config.changeVersion', MARKER_PATH] as const;
/** Kinds of failure that may be over at the next try. */
const PASSING: ReadonlySet<FaultKind> = new Set(['retry', 'connection', 'session', 'unknownOutcome']);
/** How often marking is tried before a released object goes without. */
const RELEASE_TRIES = 3;

/** Marks the VM as retained; what goes wrong is thrown, with a pause after it. */
export async function markRetained(scope: CloneScope, vm: MoRef): ReturnType<typeof setMarkerState> {
  try {
    return await setMarkerState(scope, vm, 'retained');
  } catch (error) {
    if (!(error instanceof VSphereError) || error.kind === 'connection' || error.kind === 'session') throw error;
    throw retainFailed(scope, error);
  }
}

/** Begins the pause after a mark that failed. */
export function retainFailed(scope: CloneScope, error: Error): NotReady {
  const message = `setting the marker to retained failed: ${error.message}; tried again`;
  if (isForbidden(error)) return forbidden(scope, 'retain', message);
  return pauseAfter(scope, 'retain', 'Deleting', message, scope.runtime.config['retry-max']);
}

/**
 * Sets the state in the marker of a VM that is read live before: what isn't ours isn't written to. `untold`: whose it is can't
 * be told, because vCenter has no configuration of it now (inaccessible, or just being made).
 */
export async function setMarkerState(
  scope: CloneScope,
  vm: MoRef,
  state: NonNullable<Marker['state']>,
): Promise<'begun' | 'done' | 'gone' | 'notOurs' | 'untold'> {
  const { uid, runtime, namespace, clone } = scope;
  const { connection } = requireConnection(scope);
  const found = await connection.client.readSoon(vm, MARKED_PATHS);
  if (found === undefined) return 'gone';
  const refused = Object.values(found.missing)[0];
  if (refused !== undefined) throw refused;
  const seen = vmView(vm, found.properties);
  if (seen.instanceUuid === undefined) return 'untold';
  if (ownershipOf(seen, runtime.clusterId, uid) !== 'ours') return 'notOurs';
  if (seen.marker?.state === state) return 'done';
  const { rewound, claimed } = connection.holds;
  if (claimed !== undefined)
    throw new NotReady('VCenterClaimed', claimed, { requeueAfterMs: runtime.config['conflict-retry'] });
  if (rewound !== undefined) throw new NotReady('InventoryRewound', rewound);
  const { instanceUuid, changeVersion } = seen;
  runtime.guard.mayChange();
  const marker: Marker = { cluster: runtime.clusterId, namespace, name: clone.metadata.name, uid, instanceUuid, state };
  try {
    const task = await connection.client.reconfigure(vm, {
      // whoever changed it since it was looked at, as one who takes it over, makes this fail
      ...(changeVersion === undefined ? {} : { changeVersion }),
      extraConfig: [{ ...markerOption(marker), value: formatMarker(marker) }],
    });
    connection.track(ownerOf(scope), 'mark', task, vm);
  } catch (error) {
    if (mayArrive(error)) scope.memory.lost = lostCall(connection.client, 'ReconfigVM_Task');
    throw error;
  }
  return 'begun';
}

/** Begins a pause where marking may work at the next try; throws until that was tried often enough. */
export function tryReleaseAgain(scope: CloneScope, error: unknown): void {
  const { memory, runtime } = scope;
  if (error instanceof VSphereError && !PASSING.has(error.kind)) return;
  memory.releaseFailures += 1;
  if (memory.releaseFailures >= RELEASE_TRIES) return;
  const message = `setting the marker to released failed: ${errorMessage(error)}; tried again`;
  // a session that may be ended only later is waited for
  const delayMs = Math.max(runtime.config['retry-max'] / 12, (error instanceof NotReady && error.requeueAfterMs) || 0);
  throw pauseAfter(scope, 'release', 'Deleting', message, delayMs);
}
