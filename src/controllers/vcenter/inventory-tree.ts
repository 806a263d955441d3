// The inventory without its VMs, by reference and by path: folders, datacenters, clusters, hosts, pools, datastores.
// Read whole in one go when first needed and again when something isn't found in it, so a thousand clones that name the
// same folder cost one read, and a message about a wrong name can list the names that are there.
import type { InventoryBranch } from '../../api/inventory-path.ts';
import { absoluteInventoryPath } from '../../api/inventory-path.ts';
import { HOST_PATHS } from './host-paths.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import { escapeName, unescapeName } from '../../vsphere/names.ts';

/** What is read of each managed type. */
export const TREE_PATHS: Readonly<Record<string, readonly string[]>> = {
  Folder: ['name', 'parent'],
  Datacenter: ['name', 'parent'],
  ComputeResource: ['name', 'parent', 'resourcePool'],
  ResourcePool: ['name', 'parent', 'owner'],
  HostSystem: ['parent', ...HOST_PATHS],
  Datastore: ['name', 'parent', 'summary.accessible'],
};

export interface TreeNode {
  readonly ref: MoRef;
  readonly name: string;
  readonly parent: MoRef | undefined;
  /** Absolute inventory path, `/DC0/vm/Labs`; a slash inside a name stays `%2f`, or a name could pose as a path. */
  readonly path: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export class InventoryTree {
  readonly #nodes = new Map<string, TreeNode>();
  readonly #byPath = new Map<string, TreeNode>();
  readonly #children = new Map<string, TreeNode[]>();

  constructor(root: MoRef, objects: readonly ObjectState[]) {
    const states = new Map(objects.map((state) => [moRefKey(state.ref), state]));
    const place = (key: string): TreeNode | undefined => {
      const placed = this.#nodes.get(key);
      const state = states.get(key);
      if (placed !== undefined || state === undefined) return placed;
      const parent = state.properties['parent'] as MoRef | undefined;
      const name = String(state.properties['name'] ?? '');
      const below =
        parent === undefined || moRefKey(parent) === moRefKey(root) ? '' : (place(moRefKey(parent))?.path ?? '');
      const node: TreeNode = {
        ref: state.ref,
        name: unescapeName(name),
        parent,
        path: `${below}/${escapeName(unescapeName(name))}`,
        properties: state.properties,
      };
      this.#nodes.set(key, node);
      this.#byPath.set(node.path, node);
      if (parent !== undefined)
        this.#children.set(moRefKey(parent), [...(this.#children.get(moRefKey(parent)) ?? []), node]);
      return node;
    };
    for (const key of states.keys()) if (key !== moRefKey(root)) place(key);
  }

  get(ref: MoRef): TreeNode | undefined {
    return this.#nodes.get(moRefKey(ref));
  }

  ofType(...types: readonly string[]): TreeNode[] {
    return [...this.#nodes.values()].filter((node) => types.includes(node.ref.type));
  }

  children(ref: MoRef): readonly TreeNode[] {
    return this.#children.get(moRefKey(ref)) ?? [];
  }

  /** The datacenter a relative path starts from: the named one, or the only one there is. */
  datacenter(name: string | undefined): TreeNode | undefined {
    const all = this.ofType('Datacenter');
    if (name === undefined || name === '') return all.length === 1 ? all[0] : undefined;
    const named = all.filter((node) => node.name === name); // in folders of their own two may have one name: never guessed
    return all.find((node) => node.path === name) ?? (named.length === 1 ? named[0] : undefined);
  }

  /** Absolute form of a path that people write: absolute already, or relative to `branch` of the datacenter. */
  absolute(path: string, branch: InventoryBranch, datacenter: string | undefined): string | undefined {
    return absoluteInventoryPath(path, branch, this.datacenter(datacenter)?.path);
  }

  /** Why a relative path can't be resolved: no datacenter to start from, with those that are there. */
  noDatacenter(path: string, datacenter: string | undefined): string {
    const there = this.namesOf('Datacenter')
      .map((name) => `"${name}"`)
      .join(', ');
    if (datacenter === undefined || datacenter === '')
      return `"${path}" is relative and the VCenter has no spec.datacenter; there are ${there}`;
    return `"${path}" is relative to the VCenter's spec.datacenter "${datacenter}", which doesn't exist; there are ${there}`;
  }

  byPath(path: string): TreeNode | undefined {
    return this.#byPath.get(path);
  }

  /** Names of objects of the given types, sorted, for a message about one that isn't there. */
  namesOf(...types: readonly string[]): string[] {
    return this.ofType(...types)
      .map((node) => node.path)
      .toSorted();
  }

  /** The cluster or standalone compute resource that an object belongs to. */
  computeResourceOf(ref: MoRef): TreeNode | undefined {
    for (
      let node = this.get(ref);
      node !== undefined;
      node = node.parent === undefined ? undefined : this.get(node.parent)
    ) {
      if (node.ref.type === 'ComputeResource' || node.ref.type === 'ClusterComputeResource') return node;
    }
    return undefined;
  }

  /** The hosts of a cluster or standalone compute resource. */
  hostsOf(computeResource: MoRef): readonly TreeNode[] {
    return this.children(computeResource).filter((node) => node.ref.type === 'HostSystem');
  }
}
