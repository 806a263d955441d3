// A VM that was there, and that neither its reference nor its identity finds any more. That still isn't proof: a hidden
// host, an unreachable datastore, a clone under way or a restored vCenter look the same. Only where each of them is ruled
// out is the clone Lost; it isn't cloned again.
import { ANNOTATIONS } from '../../api/identifiers.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { toRfc3339 } from '../../util/clock.ts';
import { countedFrom } from '../shared/clock-agreement.ts';
import { NotReady } from '../shared/not-ready.ts';
import { blindSpot } from '../vcenter/read-rights.ts';
import { hostsInReach } from '../vcenter/host-choice.ts';
import { sourceOf } from './base-held.ts';
import type { CloneScope } from './scope.ts';
import { requireConnection, requireInventory } from './scope.ts';
import { wasMade } from './search.ts';

/** What to throw for it: Lost when that is proven. Also for one that vanished before it was recorded. Throws NotReady. */
export async function gone(scope: CloneScope, name: string): Promise<NotReady> {
  await proveGone(scope);
  return lost(scope, name);
}

/** Resolves where everything that could hide the VM is ruled out. Throws NotReady. */
export async function proveGone(scope: CloneScope): Promise<void> {
  const { runtime } = scope;
  const { connection } = requireConnection(scope);
  const later = { requeueAfterMs: runtime.config['conflict-retry'] };
  requireInventory(scope);
  const trusted = await whereItWas(scope);
  const states = await Promise.all(
    trusted
      .filter(({ refs }) => refs.length > 0)
      .map(async ({ refs, path }) => [path, await connection.client.readMany(refs, [path])] as const),
  );
  for (const [path, found] of states) {
    for (const [key, state] of found) {
      const value = state?.properties[path];
      if (GOOD[path](value)) continue;
      // a folder that was removed hides nothing from who may see everything
      if (path === 'name' && state === undefined && (await blindSpot(connection)) === undefined) continue;
      throw unsure(scope, `${key} can't be relied on (${String(value ?? 'not there')})`);
    }
  }
  const source = sourceOf(scope);
  const running = source === undefined ? 0 : await connection.sourceTasks.lookAt(source);
  if (running > 0)
    throw new NotReady(
      'OutcomeUnknown',
      `its virtual machine isn't seen while ${running} unknown clone tasks run`,
      later,
    );
  requireInventory(scope); // a login may have come in between
}

function unsure({ clone, uid, namespace, draft, runtime }: CloneScope, why: string): NotReady {
  const text = `its virtual machine isn't seen, and ${why}: nothing is concluded`;
  if (clone.metadata.deletionTimestamp !== undefined)
    draft.set(
      'DeletionBlocked',
      true,
      'NotConnected',
      `${text}; where that is gone for good, and the machine with it: kubectl annotate lclone -n ${namespace} ${clone.metadata.name} ${ANNOTATIONS.release}=${uid}`,
    );
  return new NotReady('Disconnected', text, { requeueAfterMs: runtime.config['conflict-retry'] });
}

type Path = 'runtime.connectionState' | 'summary.accessible' | 'name';

/** What each property says of an object that can be relied on. */
const GOOD: Readonly<Record<Path, (value: unknown) => boolean>> = {
  'runtime.connectionState': (value) => value === 'connected',
  'summary.accessible': (value) => value === true,
  name: (value) => value !== undefined,
};

interface Trusted {
  readonly refs: readonly MoRef[];
  readonly path: Path;
}

/** What has to be in order for "not seen" to mean something: its host, or each that it may have been on; datastore, folder. */
async function whereItWas(scope: CloneScope): Promise<Trusted[]> {
  const { connection } = requireConnection(scope);
  const vm = scope.clone.status?.vm ?? scope.clone.status?.operation;
  const datastore = refOf('Datastore', vm?.datastore);
  const host = refOf('HostSystem', vm?.host) ?? (await hostOfMaking(scope));
  const pool = refOf('ResourcePool', vm?.resourcePool);
  // chosen by another life of this process, never recorded, and no event tells of it: any that could be chosen
  const hosts =
    host === undefined && pool !== undefined && datastore !== undefined
      ? hostsInReach(await connection.tree(), connection.hosts, pool, datastore).map(({ ref }) => ref)
      : compact(host);
  return [
    { refs: hosts, path: 'runtime.connectionState' },
    { refs: compact(datastore), path: 'summary.accessible' },
    { refs: compact(refOf('Folder', vm?.folder)), path: 'name' },
  ];
}

/** Of one that was never recorded: by the event history, also where that host isn't in the inventory any more. */
async function hostOfMaking(scope: CloneScope): Promise<MoRef | undefined> {
  const { clone, memory, uid } = scope;
  const known = memory.madeOn ?? requireConnection(scope).connection.grantedHosts.get(uid);
  const intent = clone.status?.vm === undefined ? clone.status?.operation : undefined;
  if (known !== undefined || intent?.type !== 'Clone') return known;
  await wasMade(scope, intent);
  return memory.madeOn;
}

function refOf(type: string, value: string | undefined): MoRef | undefined {
  return value === undefined ? undefined : { type, value };
}

function compact(ref: MoRef | undefined): MoRef[] {
  return ref === undefined ? [] : [ref];
}

function lost(scope: CloneScope, name: string): NotReady {
  const { draft, runtime, clone, group, uid } = scope;
  // what is to go anyway may be gone by our own call whose answer was never seen
  const wanted = clone.metadata.deletionTimestamp !== undefined && clone.spec.deletionPolicy !== 'Retain';
  const text = wanted
    ? `virtual machine "${name}" is gone`
    : `virtual machine "${name}" was destroyed or unregistered by someone else`;
  if (!wanted && !draft.isTrue('Lost'))
    runtime.events.event(clone, { type: 'Warning', reason: 'Lost', action: 'Observe', note: text });
  const since = countedFrom(runtime);
  if (Date.parse(draft.find('Lost')?.lastTransitionTime ?? '') > since) draft.drop('Lost'); // a clock was ahead: counted anew
  draft.set('Lost', true, 'VirtualMachineGone', text, toRfc3339(since));
  draft.set('PoweredOn', false, 'NotCloned', 'its virtual machine is gone');
  draft.set('GuestReady', false, 'NotCloned', 'its virtual machine is gone');
  delete draft.status.powerState;
  const next =
    group === uid
      ? 'nothing makes another: delete this object'
      : `its set makes another after ${runtime.config['lost-after'] / 1000} s`;
  return new NotReady('Lost', `${text}; ${next}`, {
    requeueAfterMs: runtime.config['resync-interval'],
  });
}
