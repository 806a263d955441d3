// A clone that failed for a known reason: nothing was made. What is said and when it's tried again depends on the fault's
// kind; all attempts are counted in the stored intent, so a restart doesn't start from zero.
import { backoffDelay } from '../../util/backoff.ts';
import { toRfc3339 } from '../../util/clock.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { isMoRef, moRefKey } from '../../vsphere/mo-ref.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { Runtime } from '../shared/runtime.ts';
import { INDEX } from '../shared/runtime.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { ownershipOf } from '../vcenter/marker.ts';
import { MARKER_PATH, vmView } from '../vcenter/vm-view.ts';
import { withoutTask } from './recorded-task.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';
import { countFailure } from './set-failures.ts';

/** Longest pause, as a multiple of the first. */
const LONGEST_PAUSE = 8;

export function longestPauseMs({ config }: Pick<Runtime, 'config'>): number {
  return Math.max(config['capacity-retry'] * LONGEST_PAUSE, config['conflict-retry'], config['retry-max']);
}

/** Throws NotReady with the reason; returns when the VM of the same name turned out to be ours (memory.result is set). */
export async function cloneFailed(scope: CloneScope, error: Error): Promise<void> {
  const { runtime, memory } = scope;
  const { connection } = requireConnection(scope);
  const kind = error instanceof VSphereError ? error.kind : 'retry';
  if (kind === 'conflict' && error instanceof VSphereError) {
    const conflict = await describeConflict(scope, error);
    if (conflict.ours !== undefined) {
      memory.result = conflict.ours;
      return;
    }
    throw tryAgain(scope, 'NameConflict', conflict.message, runtime.config['conflict-retry']);
  }
  countFailure(scope, 'clone');
  memory.failedOn = connection.grantedHosts.get(scope.uid);
  const attempt = scope.clone.status?.operation?.attempt ?? 1;
  const what = `clone "${scope.vmName}": ${error.message}`;
  switch (kind) {
    case 'capacity': {
      const place = {
        host: connection.grantedHosts.get(scope.uid),
        datastore: scope.clone.status?.operation?.datastore,
      };
      const full = error instanceof VSphereError && error.fault === 'NoDiskSpace';
      throw tryAgain(
        scope,
        full ? 'NoDiskSpace' : 'InsufficientResources',
        what + shortage(connection, error, place).where,
        runtime.config['capacity-retry'] * Math.min(LONGEST_PAUSE, 2 ** (attempt - 1)),
      );
    }
    case 'permission':
      throw tryAgain(scope, 'NoPermission', what, runtime.config['conflict-retry']);
    case 'terminal':
      throw tryAgain(scope, 'CloneRefused', what, runtime.config['capacity-retry'] * LONGEST_PAUSE);
    default:
      throw tryAgain(
        scope,
        'CloneFailed',
        what,
        backoffDelay(attempt - 1, { initialMs: runtime.config['retry-max'] / 12, maxMs: runtime.config['retry-max'] }),
      );
  }
}

/**
 * What there is too little of, and where, as ` on host "esx-1"`: for faults that don't name it themselves; empty when it isn't
 * known.
 */
export function shortage(
  connection: VCenterConnection,
  error: Error,
  { host, datastore }: { readonly host: MoRef | undefined; readonly datastore: string | undefined },
): { readonly reason: 'NoDiskSpace' | 'InsufficientResources'; readonly where: string } {
  const where = (kind: string, name: string | undefined): string => (name === undefined ? '' : ` on ${kind} "${name}"`);
  if (!(error instanceof VSphereError) || error.fault !== 'NoDiskSpace') {
    const name = host === undefined ? undefined : connection.hosts.get(moRefKey(host))?.name;
    return { reason: 'InsufficientResources', where: where('host', name) };
  }
  if (error.detail['datastore'] !== undefined || datastore === undefined) return { reason: 'NoDiskSpace', where: '' };
  const full = connection.knownTree?.get({ type: 'Datastore', value: datastore });
  return { reason: 'NoDiskSpace', where: where('datastore', full?.name) };
}

function tryAgain(scope: CloneScope, reason: string, message: string, delayMs: number): NotReady {
  const { draft, clone, runtime, memory } = scope;
  const at = toRfc3339(runtime.clock.now() + delayMs);
  const intent = clone.status?.operation;
  if (intent !== undefined)
    draft.status.operation = { ...withoutTask(intent), attempt: intent.attempt + 1, nextAttemptAt: at };
  draft.set('Cloned', false, 'CloneFailed', message);
  memory.failure = { reason, message: `${message}; retry at ${at}` };
  return new NotReady(reason, memory.failure.message, { requeueAfterMs: delayMs });
}

/** Reasons of Ready that say why cloning failed. */
const FAILURES = new Set([
  ...['CloneFailed', 'CloneRefused', 'NameConflict', 'NoDiskSpace', 'InsufficientResources', 'NoPermission'],
]);

/** Why the last attempt failed, as it was said then: what Ready says by now may be of something else, as of a pause. */
export function lastFailure({ memory, draft }: CloneScope): { readonly reason: string; readonly message: string } {
  const ready = draft.find('Ready');
  if (memory.failure !== undefined) return memory.failure;
  if (ready !== undefined && FAILURES.has(ready.reason)) return ready;
  const cloned = draft.find('Cloned');
  return { reason: 'CloneFailed', message: cloned?.reason === 'CloneFailed' ? cloned.message : 'cloning failed' };
}

/** Who has the name: DuplicateName names the object (vSphere API, DuplicateName.object). */
async function describeConflict(scope: CloneScope, error: VSphereError): Promise<{ ours?: MoRef; message: string }> {
  const { connection } = requireConnection(scope);
  const folder: MoRef = { type: 'Folder', value: scope.clone.status?.operation?.folder ?? '' };
  const named = error.detail['object'];
  const object =
    isMoRef(named) && named.type === 'VirtualMachine'
      ? named
      : connection.inventory.withName(folder, scope.vmName)[0]?.ref;
  const path = (await connection.tree()).get(folder)?.path ?? folder.value;
  if (object === undefined) return { message: `the name "${scope.vmName}" is taken in ${path}` };
  const state = (
    await connection.client.readMany([object], ['name', 'config.instanceUuid', MARKER_PATH, 'config.createDate'])
  ).get(`VirtualMachine:${object.value}`);
  if (state === undefined)
    return { message: `the name "${scope.vmName}" was taken in ${path} by ${object.value}, which is gone now` };
  const vm = vmView(object, state.properties);
  if (ownershipOf(vm, scope.runtime.clusterId, scope.uid) === 'ours') return { ours: object, message: '' };
  const since =
    typeof state.properties['config.createDate'] === 'string' ? ` since ${state.properties['config.createDate']}` : '';
  const owner =
    vm.marker === undefined
      ? 'not made by this operator'
      : `made for ${vm.marker.namespace}/${vm.marker.name}${vm.marker.state === undefined ? '' : `, ${vm.marker.state}`}`;
  const { marker } = vm;
  const takeOver =
    marker?.cluster === scope.runtime.clusterId &&
    marker.namespace === scope.namespace &&
    scope.runtime.stores.clones.byIndex(INDEX.uid, marker.uid).length === 0
      ? `; spec.adopt.instanceUuid: ${vm.instanceUuid ?? ''} would take it over`
      : '';
  return {
    message: `the name "${scope.vmName}" belongs to another virtual machine: ${path}/${vm.name} (${object.value}), ${owner}, there${since}; it isn't touched${takeOver}`,
  };
}
