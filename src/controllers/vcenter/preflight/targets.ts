// Which objects the account must hold what on: from the access rules, the bases' parents, and the places that clones are in.
// Pure. A path in a rule is an object of its own; of a pattern one match that suffices is enough, because nobody says that
// all of them are used.
import { absoluteInventoryPath } from '../../../api/inventory-path.ts';
import type { InventoryBranch } from '../../../api/inventory-path.ts';
import { matchesGlob } from '../../../api/path-glob.ts';
import type { VCenterAccessRule } from '../../../api/types.generated.ts';
import type { MoRef } from '../../../vsphere/mo-ref.ts';
import type { InventoryTree, TreeNode } from '../inventory-tree.ts';
import type { Feature, Place } from './privilege-table.ts';
import { WITHHELD, wantedOn } from './privilege-table.ts';

/** Matches of one pattern that are asked about. */
const MOST_MATCHES = 50;

export interface Entity {
  readonly ref: MoRef;
  readonly path: string;
}

export interface Target {
  readonly place: Place;
  /** Several: one that holds all of `wanted` is enough. */
  readonly entities: readonly Entity[];
  readonly wanted: readonly string[];
  /** What is reported where it's held. */
  readonly withheld: readonly string[];
}

/** The source VM of a base. */
export interface Parent extends Entity {
  readonly features: ReadonlySet<Feature>;
}

export interface PreflightInput {
  readonly root: MoRef;
  readonly tree: InventoryTree;
  readonly datacenter: string | undefined;
  readonly access: readonly VCenterAccessRule[];
  readonly parents: readonly Parent[];
  /** Folders, pools and datastores of clones that exist. */
  readonly used: readonly MoRef[];
  readonly features: ReadonlySet<Feature>;
}

const PLACES: Readonly<Record<string, Place>> = { Folder: 'folder', ResourcePool: 'pool', Datastore: 'datastore' };

export function targetsOf(input: PreflightInput): readonly Target[] {
  const { root, tree, access, parents, used, features } = input;
  return [
    target('root', [{ ref: root, path: '/' }], features),
    ...access.flatMap((rule) => [
      ...(rule.folders ?? []).flatMap((written) => folderTargets(input, written)),
      ...(rule.resourcePools ?? []).flatMap((written) => matches(input, 'pool', written)),
      ...(rule.datastores ?? []).flatMap((written) => matches(input, 'datastore', written)),
      ...(rule.parents ?? []).flatMap((written) => parentFolders(input, written)),
    ]),
    ...used.flatMap((ref) => {
      const node = tree.get(ref);
      const place = PLACES[ref.type];
      return node === undefined || place === undefined ? [] : [target(place, [node], features)];
    }),
    ...parents.map((parent) => {
      const own = target('parent', [parent], new Set([...features, ...parent.features]));
      return { ...own, withheld: own.withheld.filter((id) => !own.wanted.includes(id)) };
    }),
  ];
}

/** Folder.Create is for the folder that another is made in: `makeFolders` is never on for all of them. */
function target(place: Place, entities: readonly Entity[], features: ReadonlySet<Feature>): Target {
  return { place, entities, wanted: wantedOn(place, features), withheld: WITHHELD[place] };
}

function folderTargets(input: PreflightInput, written: string): readonly Target[] {
  const { features } = input;
  const pattern = absolute(input, written, 'vm');
  if (pattern === undefined) return [];
  const making = new Set<Feature>([...features, 'makeFolders']);
  if (!isPattern(pattern)) {
    return nearest(input.tree, pattern).map((folder) =>
      target('folder', [folder], folder.path === pattern ? features : making),
    );
  }
  const above = startsOf(input, pattern);
  const anyOf = [...new Set([...above, ...matching(input.tree, 'Folder', pattern.replaceAll('{namespace}', '*'))])];
  const targets = anyOf.length === 0 ? [] : [target('folder', anyOf, features)];
  if (pattern.includes('*') || !pattern.includes('{namespace}')) return targets;
  return [...targets, ...above.map((folder) => ({ ...target('folder', [folder], making), wanted: ['Folder.Create'] }))];
}

/** Nothing is wanted on the folders of parents: a permission on the parents alone will do. */
function parentFolders(input: PreflightInput, written: string): readonly Target[] {
  const pattern = absolute(input, written, 'vm');
  if (pattern === undefined || !isPattern(pattern)) return [];
  return startsOf(input, pattern).map((folder) => ({
    place: 'parent',
    entities: [folder],
    wanted: [],
    withheld: WITHHELD.parent.filter((id) => !id.startsWith('VirtualMachine.State.')),
  }));
}

function matches(input: PreflightInput, place: 'pool' | 'datastore', written: string): readonly Target[] {
  const [type, branch] = place === 'pool' ? (['ResourcePool', 'host'] as const) : (['Datastore', 'datastore'] as const);
  const pattern = absolute(input, written, branch);
  const found = pattern === undefined ? [] : matching(input.tree, type, pattern);
  return found.length === 0 ? [] : [target(place, found, input.features)];
}

function absolute({ tree, datacenter }: PreflightInput, written: string, branch: InventoryBranch): string | undefined {
  return written === '*' ? '*' : absoluteInventoryPath(written, branch, tree.datacenter(datacenter)?.path);
}

function isPattern(path: string): boolean {
  return path.includes('*') || path.includes('{namespace}');
}

function matching(tree: InventoryTree, type: string, pattern: string): readonly TreeNode[] {
  const inVmBranch = (node: TreeNode): boolean => type !== 'Folder' || isVmFolder(tree, node);
  return tree
    .ofType(type)
    .filter((node) => inVmBranch(node) && matchesGlob(pattern, node.path))
    .toSorted((a, b) => a.path.length - b.path.length || (a.path < b.path ? -1 : 1))
    .slice(0, MOST_MATCHES);
}

/** Below, or itself, the folder `vm` of a datacenter. */
function isVmFolder(tree: InventoryTree, node: TreeNode): boolean {
  return vmFolders(tree).some(({ path }) => node.path === path || node.path.startsWith(`${path}/`));
}

function vmFolders(tree: InventoryTree): readonly TreeNode[] {
  return tree.ofType('Datacenter').flatMap(({ ref }) => tree.children(ref).filter(({ name }) => name === 'vm'));
}

/** The folder that a pattern starts from: the last one before its first part that isn't fixed. */
function startsOf({ tree }: PreflightInput, pattern: string): readonly TreeNode[] {
  if (pattern === '*') return vmFolders(tree);
  const parts = pattern.split('/');
  return nearest(tree, parts.slice(0, parts.findIndex(isPattern)).join('/'));
}

/** The folder at the path, or the nearest above it; none where that is above the datacenter's own. */
function nearest(tree: InventoryTree, path: string): readonly TreeNode[] {
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const node = tree.byPath(at);
    if (node?.ref.type === 'Folder') return isVmFolder(tree, node) ? [node] : [];
  }
  return [];
}
