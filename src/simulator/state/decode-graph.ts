// The other way round: nodes become objects first, and are filled then, so that they may refer to each other.
import { SimObject } from '../core/sim-object.ts';
import type { Registry } from '../core/registry.ts';
import type { Volume } from '../disks/volume.ts';
import { SnapshotTree } from '../snapshots/snapshot-tree.ts';
import type { SavedTree } from '../snapshots/snapshot-tree.ts';
import { VmHome } from '../vm/vm-home.ts';
import type { SavedHome } from '../vm/vm-home.ts';
import type { Encoded, Fields, Graph, Node } from './encode-graph.ts';

/** Volumes exist already; managed objects become objects that aren't in the registry. */
export function decodeGraph(graph: Graph, registry: Registry, volumeOf: (value: string) => Volume): unknown {
  const shells = graph.nodes.map(shellOf);
  const decode = (value: Encoded): unknown => {
    if (!Array.isArray(value)) return value;
    return value[0] === 'undefined' ? undefined : shells[Number(value[0])];
  };
  const fields = (encoded: Fields): Record<string, unknown> =>
    Object.fromEntries(Object.entries(encoded).map(([key, value]) => [key, decode(value)]));
  // Plain containers first: what classes are filled from has to be complete.
  for (const isPlain of [true, false])
    for (const [index, node] of graph.nodes.entries())
      if (isPlain === ('o' in node || 'a' in node || 'm' in node || 's' in node))
        fill(shells[index], node, decode, fields);
  return decode(graph.root);

  function shellOf(node: Node): unknown {
    if ('a' in node) return [];
    if ('m' in node) return new Map();
    if ('s' in node) return new Set();
    if ('volume' in node) return volumeOf(node.volume);
    if ('tree' in node) return new SnapshotTree();
    if ('object' in node) return new SimObject(String(node.object['type']), String(node.object['value']), {}, registry);
    if ('home' in node) {
      const { volume, folder, stem } = node.home;
      const at = graph.nodes[(volume as readonly [number])[0]] as { readonly volume: string };
      return VmHome.empty(volumeOf(at.volume), String(folder), String(stem));
    }
    return {};
  }
}

function fill(
  shell: unknown,
  node: Node,
  decode: (value: Encoded) => unknown,
  fields: (encoded: Fields) => Record<string, unknown>,
): void {
  if ('o' in node) Object.assign(shell as object, fields(node.o));
  else if ('a' in node) for (const value of node.a) (shell as unknown[]).push(decode(value));
  else if ('m' in node)
    for (const [key, value] of node.m) (shell as Map<unknown, unknown>).set(decode(key), decode(value));
  else if ('s' in node) for (const value of node.s) (shell as Set<unknown>).add(decode(value));
  else if ('tree' in node) (shell as SnapshotTree).load(fields(node.tree) as unknown as SavedTree);
  else if ('home' in node) (shell as VmHome).load(fields(node.home) as unknown as SavedHome);
  else if ('object' in node) (shell as SimObject).restore(fields(node.object)['properties'] as Record<string, unknown>);
}
