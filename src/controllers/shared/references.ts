// References between our objects, resolved from the cache. What isn't there is said with the names that are.
import type { VCenter } from '../../api/types.generated.ts';
import { findCondition, needsPerson } from '../../api/conditions.ts';
import { RequeueAfter } from '../../util/errors.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { NotReady } from './not-ready.ts';
import { VCENTERS } from './resources.ts';
import type { Runtime } from './runtime.ts';

/** Who asks, and what it says about itself already. */
interface Asker {
  readonly metadata: { readonly generation?: number; readonly deletionTimestamp?: string };
  readonly status?: { readonly observedGeneration?: number; readonly vCenter?: object };
}

/** VCenters are cluster-wide: where two operators share a cluster, each has its own. */
export function managesVCenter({ config }: Pick<Runtime, 'config'>, name: string): boolean {
  return config.vcenters.length === 0 || config.vcenters.includes(name);
}

/**
 * The VCenter and its open connection. Throws NotReady; RequeueAfter while a vCenter that was fine is being connected to,
 * as after a start: what `asker` says stays right until that has worked or failed, and either wakes it.
 */
export function resolveVCenter(
  runtime: Runtime,
  name: string,
  asker: Asker,
): { vCenter: VCenter; connection: VCenterConnection } {
  const vCenter = runtime.stores.vCenters.get({ namespace: '', name });
  if (vCenter === undefined) {
    const there = runtime.stores.vCenters.list().map((other) => other.metadata.name);
    throw new NotReady('VCenterNotFound', `VCenter "${name}" doesn't exist; there ${listNames(there)}`);
  }
  if (!managesVCenter(runtime, name))
    throw new NotReady('VCenterNotFound', `VCenter "${name}" isn't one of those that this operator looks after`);
  // what is pinned to it goes on, and goes
  if (
    vCenter.metadata.deletionTimestamp !== undefined &&
    asker.status?.vCenter === undefined &&
    asker.metadata.deletionTimestamp === undefined
  )
    throw isDeleting(runtime, name);
  const connection = runtime.connections.get(name);
  if (connection !== undefined && connection.uid === vCenter.metadata.uid) return { vCenter, connection };
  const ready = findCondition(vCenter.status?.conditions, 'Ready');
  if (ready?.status !== 'True')
    throw new NotReady(
      'VCenterNotReady',
      `VCenter "${name}" isn't connected: ${ready?.message ?? 'it was not looked at yet'}`,
      { stalled: needsPerson(vCenter) },
    );
  const connecting = `VCenter "${name}" is being connected to`;
  if (asker.status?.observedGeneration === asker.metadata.generation)
    throw new RequeueAfter(runtime.config['connect-retry'], connecting);
  throw new NotReady('VCenterNotReady', connecting);
}

/**
 * Right before something that names the VCenter is pinned to it for the first time: it isn't being deleted, by what the API
 * server has. So whatever is pinned was there before the deletion, and is in the live list that the VCenter's finalizer waits
 * for. Throws NotReady.
 */
export async function requireStays({ live, config }: Runtime, { metadata: { name, uid } }: VCenter): Promise<void> {
  const now = await live.get(VCENTERS, { namespace: '', name });
  if (now === undefined) throw new NotReady('VCenterNotFound', `VCenter "${name}" doesn't exist any more`);
  if (now.metadata.deletionTimestamp !== undefined) throw isDeleting({ config }, name);
  if (now.metadata.uid === uid) return;
  throw new NotReady('VCenterNotReady', `VCenter "${name}" was made anew, and isn't connected yet`, {
    requeueAfterMs: config['status-interval'],
  });
}

function isDeleting({ config }: Pick<Runtime, 'config'>, name: string): NotReady {
  return new NotReady('VCenterNotReady', `VCenter "${name}" is being deleted: nothing new is pinned to it`, {
    stalled: true,
    requeueAfterMs: config['conflict-retry'],
  });
}

/** `are a, b and 3 more` with at most five names. */
export function listNames(names: readonly string[]): string {
  if (names.length === 0) return 'are none';
  const shown = names.toSorted().slice(0, 5);
  const more = names.length - shown.length;
  return `${names.length === 1 ? 'is' : 'are'} ${shown.map((name) => `"${name}"`).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
