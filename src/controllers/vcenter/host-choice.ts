// Which host runs a new clone: connected, of the pool's cluster, not in maintenance or standby, sees the datastores, and with
// the fewest operations in flight. vCenter would pick a random one and queue behind its limits. A placement that no host, or
// not every host that DRS may choose, can serve is refused in words.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import type { InventoryTree } from './inventory-tree.ts';

/**
 * Cost units a host has; a linked clone of an existing snapshot takes one on the source and one on the destination host
 * ("vCenter Limits for Tasks Running at the Same Time", VMware performance blog, 2021-02).
 */
export const HOST_COST_UNITS = 16;

export interface HostState {
  readonly ref: MoRef;
  readonly name: string;
  readonly connected: boolean;
  readonly inMaintenance: boolean;
  /** In, entering or leaving it: it stays connected, and takes no machine ("Using Standby Mode", vSphere Web Services SDK). */
  readonly inStandby: boolean;
  readonly datastores: readonly MoRef[];
}

export function hostState(ref: MoRef, properties: Readonly<Record<string, unknown>>): HostState {
  return {
    ref,
    name: String(properties['name'] ?? ref.value),
    connected: properties['runtime.connectionState'] === 'connected',
    inMaintenance: properties['runtime.inMaintenanceMode'] === true,
    inStandby: (properties['runtime.standbyMode'] ?? 'none') !== 'none',
    datastores: (properties['datastore'] as readonly MoRef[] | undefined) ?? [],
  };
}

/** It can take a clone now. */
export function isUsable(host: HostState): boolean {
  return host.connected && !host.inMaintenance && !host.inStandby;
}

/** Where a clone is to go. */
export interface Destination {
  readonly pool: MoRef;
  /** Of the new files. */
  readonly datastore: MoRef;
  /** Of the files that the delta disks stand on, parents of parents included. */
  readonly baseDatastores: readonly MoRef[];
  /** The one that the spec names; undefined: the operator's choice. */
  readonly host: MoRef | undefined;
}

export interface Candidates {
  readonly hosts: readonly HostState[];
  /** Why there is none and what to do; '' where there are some. */
  readonly problem: string;
  /** The placement itself can't work; else it may as soon as a host is back. */
  readonly isInvalid: boolean;
}

/** Hosts that may run a clone at its destination, with the reason why there is none. */
export function candidateHosts(
  tree: InventoryTree,
  hosts: ReadonlyMap<string, HostState>,
  destination: Destination,
): Candidates {
  const { pool, datastore, baseDatastores } = destination;
  const compute = tree.computeResourceOf(pool);
  if (compute === undefined) return none(`resource pool ${pool.value} belongs to no cluster: choose another`);
  const storeName = (ref: MoRef): string => `"${tree.get(ref)?.name ?? ref.value}"`;
  const all = tree.hostsOf(compute.ref).flatMap((node) => hosts.get(moRefKey(node.ref)) ?? []);
  const named = destination.host === undefined ? undefined : all.find((host) => isSame(host.ref, destination.host));
  if (destination.host !== undefined && named === undefined) {
    const name = tree.get(destination.host)?.name ?? destination.host.value;
    return invalid(
      `host "${name}" of placement.host isn't a host of ${compute.path} (${namesOf(all)}), where the resource pool is: name one of these, or another resource pool or cluster`,
    );
  }
  if (named !== undefined && !isUsable(named))
    return none(
      `host "${named.name}" of placement.host ${whyUnusable(named)}: it's waited for; or name another host, or none`,
    );
  const up = all.filter(isUsable);
  if (up.length === 0)
    return none(`no host of ${compute.path} is connected and out of maintenance and standby mode (${namesOf(all)})`);
  if (named !== undefined && !sees(named, datastore))
    return invalid(
      `host "${named.name}" of placement.host doesn't see datastore ${storeName(datastore)}: mount it there, or name another host or datastore`,
    );
  const mayRun = up.filter((host) => sees(host, datastore));
  if (mayRun.length === 0)
    return none(
      `no connected host of ${compute.path} sees datastore ${storeName(datastore)}: mount it on one, or choose another datastore or cluster`,
    );
  for (const parent of baseDatastores) {
    const blind = mayRun.filter((host) => !sees(host, parent));
    if (blind.length > 0)
      return invalid(
        `the base is on datastore ${storeName(parent)} and the clone would be on ${storeName(datastore)}, so every host that may run it must see both, and of ${compute.path} ${namesOf(blind)} ${blind.length === 1 ? "doesn't" : "don't"} see ${storeName(parent)}: mount it there, or choose another datastore or cluster`,
      );
  }
  return { hosts: named === undefined ? mayRun : [named], problem: '', isInvalid: false };
}

function whyUnusable({ connected, inMaintenance }: HostState): string {
  if (!connected) return "isn't connected";
  return inMaintenance ? 'is in maintenance mode' : 'is in standby mode';
}

function isSame(one: MoRef, other: MoRef | undefined): boolean {
  return one.value === other?.value;
}

function sees(host: HostState, datastore: MoRef): boolean {
  return host.datastores.some((seen) => isSame(seen, datastore));
}

function none(problem: string): Candidates {
  return { hosts: [], problem, isInvalid: false };
}

function invalid(problem: string): Candidates {
  return { hosts: [], problem, isInvalid: true };
}

/** At most five names. */
function namesOf(hosts: readonly HostState[]): string {
  const names = hosts.map((host) => `"${host.name}"`);
  return names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
}

/**
 * Hosts of the pool's cluster that see the datastore, whatever state they are in: a clone that was made is on one of them.
 * Of all clusters where the pool is gone.
 */
export function hostsInReach(
  tree: InventoryTree,
  hosts: ReadonlyMap<string, HostState>,
  pool: MoRef,
  datastore: MoRef,
): HostState[] {
  const compute = tree.computeResourceOf(pool);
  const all =
    compute === undefined
      ? [...hosts.values()]
      : tree.hostsOf(compute.ref).flatMap((node) => hosts.get(moRefKey(node.ref)) ?? []);
  return all.filter((host) => host.datastores.some((seen) => seen.value === datastore.value));
}

/** Without the one on which a clone failed last, where it has a choice: what is wrong with a host may stay so. */
export function otherThan(failedOn: MoRef | undefined, hosts: readonly HostState[]): readonly HostState[] {
  const others = hosts.filter((host) => !isSame(host.ref, failedOn));
  return others.length > 0 ? others : hosts;
}

/** The least loaded host; ties go to the first by name so that a choice can be explained. */
export function leastLoaded(hosts: readonly HostState[], load: (host: HostState) => number): HostState | undefined {
  return hosts.toSorted((a, b) => load(a) - load(b) || (a.name < b.name ? -1 : 1))[0];
}
