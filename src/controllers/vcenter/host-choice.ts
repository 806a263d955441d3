// Which host runs a new clone: connected, of the pool's cluster, not in maintenance, sees the datastore, and with the
// fewest operations in flight. vCenter would pick a random one and queue behind its limits.
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
  readonly datastores: readonly MoRef[];
}

export function hostState(ref: MoRef, properties: Readonly<Record<string, unknown>>): HostState {
  return {
    ref,
    name: String(properties['name'] ?? ref.value),
    connected: properties['runtime.connectionState'] === 'connected',
    inMaintenance: properties['runtime.inMaintenanceMode'] === true,
    datastores: (properties['datastore'] as readonly MoRef[] | undefined) ?? [],
  };
}

/** Hosts that may run a clone in `pool` on `datastore`, with the reason why there is none. */
export function candidateHosts(
  tree: InventoryTree,
  hosts: ReadonlyMap<string, HostState>,
  pool: MoRef,
  datastore: MoRef,
): { hosts: HostState[]; reason: string } {
  const compute = tree.computeResourceOf(pool);
  if (compute === undefined) return { hosts: [], reason: `resource pool ${pool.value} belongs to no cluster` };
  const all = tree.hostsOf(compute.ref).flatMap((node) => hosts.get(moRefKey(node.ref)) ?? []);
  const up = all.filter((host) => host.connected && !host.inMaintenance);
  const seeing = up.filter((host) => host.datastores.some((seen) => seen.value === datastore.value));
  const name = tree.get(datastore)?.name ?? datastore.value;
  const reason =
    up.length === 0
      ? `no host of ${compute.path} is connected and out of maintenance mode (${all.map((host) => host.name).join(', ')})`
      : `no connected host of ${compute.path} sees datastore "${name}"`;
  return { hosts: seeing, reason };
}

/** The least loaded host; ties go to the first by name so that a choice can be explained. */
export function leastLoaded(hosts: readonly HostState[], load: (host: HostState) => number): HostState | undefined {
  return hosts.toSorted((a, b) => load(a) - load(b) || (a.name < b.name ? -1 : 1))[0];
}
