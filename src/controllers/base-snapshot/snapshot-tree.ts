// Snapshots of a VM as a list with paths, and which one a BaseSnapshot means. Names aren't unique in vSphere, so a name
// that fits twice is refused, never guessed. Pure.
import type { BaseSnapshotSnapshotExisting } from '../../api/types.generated.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';

export interface SnapshotNode {
  readonly ref: MoRef;
  readonly id: number;
  readonly name: string;
  readonly description: string;
  /** RFC 3339. */
  readonly createTime: string;
  /** `poweredOff`, … at the time of the snapshot. */
  readonly state: string;
  readonly quiesced: boolean;
  /** Names from the root, joined by `/`. */
  readonly path: string;
  /** 1 for a root snapshot. */
  readonly depth: number;
}

interface TreeEntry {
  snapshot: MoRef;
  id: number;
  name: string;
  description?: string;
  createTime: string;
  state: string;
  quiesced: boolean;
  childSnapshotList?: readonly TreeEntry[];
}

/** A VM's `snapshot` property (VirtualMachineSnapshotInfo), unset where it has none. */
export interface SnapshotInfo {
  readonly currentSnapshot?: MoRef;
  readonly rootSnapshotList?: readonly TreeEntry[];
}

/** Each right before those that stand on it. */
export function flattenSnapshots(info: SnapshotInfo | undefined): SnapshotNode[] {
  const nodes: SnapshotNode[] = [];
  const walk = (entries: readonly TreeEntry[] | undefined, prefix: string, depth: number): void => {
    for (const entry of entries ?? []) {
      const path = `${prefix}${entry.name}`;
      nodes.push({
        ref: entry.snapshot,
        id: entry.id,
        name: entry.name,
        description: entry.description ?? '',
        createTime: entry.createTime,
        state: entry.state,
        quiesced: entry.quiesced,
        path,
        depth,
      });
      walk(entry.childSnapshotList, `${path}/`, depth + 1);
    }
  };
  walk(info?.rootSnapshotList, '', 1);
  return nodes;
}

/** All that were taken after that one and stand on it. Paths don't tell: siblings may have one name. */
export function snapshotsBelow(info: SnapshotInfo | undefined, { ref }: Pick<SnapshotNode, 'ref'>): SnapshotNode[] {
  const nodes = flattenSnapshots(info);
  const at = nodes.findIndex((node) => node.ref.value === ref.value);
  if (at === -1) return [];
  const after = nodes.slice(at + 1);
  const end = after.findIndex(({ depth }) => depth <= (nodes[at]?.depth ?? 0));
  return end === -1 ? after : after.slice(0, end);
}

export type SnapshotChoice =
  { readonly found: SnapshotNode } | { readonly missing: string } | { readonly ambiguous: readonly SnapshotNode[] };

/** The snapshot that `existing` names; none named: the current one. */
export function chooseSnapshot(
  info: SnapshotInfo | undefined,
  existing: BaseSnapshotSnapshotExisting | undefined,
): SnapshotChoice {
  const nodes = flattenSnapshots(info);
  const { wanted, what } = wantedOf(info, existing);
  const hits = nodes.filter(wanted);
  if (hits.length > 1) return { ambiguous: hits };
  const [found] = hits;
  return found === undefined ? { missing: what } : { found };
}

function wantedOf(
  info: SnapshotInfo | undefined,
  existing: BaseSnapshotSnapshotExisting | undefined,
): { wanted: (node: SnapshotNode) => boolean; what: string } {
  if (existing?.moRef !== undefined)
    return { wanted: (node) => node.ref.value === existing.moRef, what: `snapshot ${existing.moRef}` };
  if (existing?.path !== undefined) {
    const path = existing.path.replace(/^\/+/, '');
    return { wanted: (node) => node.path === path, what: `snapshot with path "${path}"` };
  }
  if (existing?.name !== undefined)
    return { wanted: (node) => node.name === existing.name, what: `snapshot "${existing.name}"` };
  return { wanted: (node) => node.ref.value === info?.currentSnapshot?.value, what: 'a current snapshot' };
}

/** The pinned snapshot: by reference, or after a re-registration by id and time; never by name. */
export function findPinned(
  info: SnapshotInfo | undefined,
  pin: { readonly moRef: string; readonly id: number; readonly createTime: string },
): SnapshotNode | undefined {
  const nodes = flattenSnapshots(info);
  const same = (node: SnapshotNode): boolean =>
    node.id === pin.id &&
    Math.floor(Date.parse(node.createTime) / 1000) === Math.floor(Date.parse(pin.createTime) / 1000);
  return nodes.find((node) => node.ref.value === pin.moRef && same(node)) ?? nodes.find(same);
}
