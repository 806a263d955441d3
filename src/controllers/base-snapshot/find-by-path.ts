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

const MOST_PLACES = 5;

/** Throws NotReady SourceNotFound or SourceAmbiguous, with what is there instead. */
export async function findByPath(
  connection: VCenterConnection,
  inventoryPath: string,
  datacenter: string | undefined,
): Promise<MoRef> {
  const tree = await connection.tree();
  const path = tree.absolute(inventoryPath, 'vm', datacenter);
  if (path === undefined)
    throw new NotReady('SourceNotFound', tree.noDatacenter(inventoryPath, datacenter), { condition: 'SnapshotFound' });
  const ref = await connection.client.findByInventoryPath(path.slice(1));
  if (ref?.type === 'VirtualMachine') return ref;
  const start = inventoryPath.includes('/') ? undefined : tree.datacenter(datacenter);
  const named =
    start === undefined ? [] : await machinesNamed(connection, start, path.slice(path.lastIndexOf('/') + 1));
  const [only, other] = named;
  if (other !== undefined)
    throw new NotReady(
      'SourceAmbiguous',
      `${named.length} VMs of ${start?.path} have the name "${inventoryPath}": ${await placesOf(connection, named)}; write the whole path of the one that is meant`,
      { condition: 'SnapshotFound' },
    );
  if (only !== undefined) return only.ref;
  const nowhere = start === undefined ? '' : `, nor one of that name in any folder of ${start.path}`;
  throw new NotReady('SourceNotFound', `there is no VM at ${path}${nowhere}; ${await neighbours(connection, path)}`, {
    condition: 'SnapshotFound',
  });
}

interface Named {
  readonly ref: MoRef;
  readonly parent: MoRef | undefined;
}

/** `escaped`: the name as vCenter keeps it. What can't be read might have that name, so it is refused. */
async function machinesNamed({ client }: VCenterConnection, datacenter: TreeNode, escaped: string): Promise<Named[]> {
  const states = await client.readTree(datacenter.ref, { VirtualMachine: [] });
  const there = states.filter((state) => state.ref.type === 'VirtualMachine' && !hasVanished(state));
  there.forEach(refuseMissing);
  return there
    .filter(({ properties }) => unescapeName(String(properties['name'])) === unescapeName(escaped))
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
