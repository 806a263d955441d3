// The parent that a path names. A name alone is looked for at the top of the datacenter's VM folder, and then in all of its
// folders, as govc and Terraform do: taken when exactly one machine has it, never chosen among several. Only a base that isn't
// pinned yet asks by name.
import { unescapeName } from '../../vsphere/names.ts';
import { hasVanished, refuseMissing } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { NotReady } from '../shared/not-ready.ts';
import { listNames } from '../shared/references.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import type { TreeNode } from '../vcenter/inventory-tree.ts';
import type { NameSearch } from './name-search.ts';

const MOST_PLACES = 5;

/** Throws NotReady SourceNotFound or SourceAmbiguous, with what is there instead. */
export async function findByPath(
  connection: VCenterConnection,
  inventoryPath: string,
  datacenter: string | undefined,
  search: NameSearch,
): Promise<MoRef> {
  const tree = await connection.tree();
  const path = tree.absolute(inventoryPath, 'vm', datacenter);
  if (path === undefined) throw notThere(tree.noDatacenter(inventoryPath, datacenter));
  const ref = await connection.client.findByInventoryPath(path.slice(1));
  if (ref?.type === 'VirtualMachine') return ref;
  const start = inventoryPath.includes('/') ? undefined : tree.datacenter(datacenter);
  if (start === undefined) throw notThere(`there is no VM at ${path}; ${await neighbours(connection, path)}`);
  return search.find({
    connection,
    path,
    hasName: (named) => hasName(connection, named, path),
    look: () => onlyOneNamed(connection, start, path),
  });
}

function notThere(message: string): NotReady {
  return new NotReady('SourceNotFound', message, { condition: 'SnapshotFound' });
}

function nameOf(path: string): string {
  return unescapeName(path.slice(path.lastIndexOf('/') + 1));
}

async function hasName({ client }: VCenterConnection, ref: MoRef, path: string): Promise<boolean> {
  const [state] = [...(await client.readMany([ref], ['name'])).values()];
  return state !== undefined && unescapeName(String(state.properties['name'])) === nameOf(path);
}

async function onlyOneNamed(connection: VCenterConnection, datacenter: TreeNode, path: string): Promise<MoRef> {
  const named = await machinesNamed(connection, datacenter, nameOf(path));
  const [only, other] = named;
  if (other !== undefined)
    throw new NotReady(
      'SourceAmbiguous',
      `${named.length} VMs of ${datacenter.path} have the name "${nameOf(path)}": ${await placesOf(connection, named)}; write the whole path of the one that is meant`,
      { condition: 'SnapshotFound' },
    );
  if (only !== undefined) return only.ref;
  throw notThere(
    `there is no VM at ${path}, nor one of that name in any folder of ${datacenter.path}; ${await neighbours(connection, path)}`,
  );
}

interface Named {
  readonly ref: MoRef;
  readonly parent: MoRef | undefined;
}

/** What can't be read might have that name, so it is refused. */
async function machinesNamed({ client }: VCenterConnection, datacenter: TreeNode, name: string): Promise<Named[]> {
  const states = await client.readTree(datacenter.ref, { VirtualMachine: [] });
  const there = states.filter((state) => state.ref.type === 'VirtualMachine' && !hasVanished(state));
  there.forEach(refuseMissing);
  return there
    .filter(({ properties }) => unescapeName(String(properties['name'])) === name)
    .map(({ ref, properties }) => ({ ref, parent: properties['parent'] as MoRef | undefined }));
}

/** `/DC0/vm/Templates (vm-12)`, at most five. */
async function placesOf(connection: VCenterConnection, named: readonly Named[]): Promise<string> {
  const tree = await connection.tree(true);
  const places = named.slice(0, MOST_PLACES).map(({ ref, parent }) => {
    const folder = parent === undefined ? undefined : tree.get(parent);
    return `${ref.value} in ${folder?.path ?? 'a vApp'}`;
  });
  return places.join(', ') + (named.length > MOST_PLACES ? ', …' : '');
}

/** What is where the VM should be, for the message. */
async function neighbours(connection: VCenterConnection, path: string): Promise<string> {
  const tree = await connection.tree(true);
  const folderPath = path.slice(0, path.lastIndexOf('/'));
  const folder = tree.byPath(folderPath);
  if (folder === undefined)
    return `nor a folder ${folderPath}: there ${listNames(
      tree
        .ofType('Folder')
        .filter((node) => node.path.includes('/vm'))
        .map((node) => node.path),
    )}`;
  const children = await connection.client.read(folder.ref, ['childEntity']);
  const vms = ((children.properties['childEntity'] as readonly MoRef[] | undefined) ?? [])
    .filter((child) => child.type === 'VirtualMachine')
    .slice(0, 50);
  const states = await connection.client.readMany(vms, ['name']);
  const names = [...states.values()].flatMap((state) =>
    state === undefined ? [] : unescapeName(String(state.properties['name'])),
  );
  return `in ${folderPath} there ${listNames(names)}`;
}
