// What is there instead of a parent that neither its reference nor its instanceUuid finds: a few machines with what the spec
// could name them by. For a message alone, so few are read, and nothing fails because they can't be.
import { VSphereError } from '../../vsphere/faults.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import { escapeName, unescapeName } from '../../vsphere/names.ts';
import { listNames } from '../shared/references.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';

const MOST_FOLDERS = 50;
const MOST_NAMED = 20;
const MOST_TOLD = 5;

/**
 * `in /DC0 there are "/DC0/vm/Templates/win (vm-12)", and more`: of the datacenter, or of all where none is meant. Clones of
 * ours are no parents; of many machines the first are named.
 */
export async function machinesThere(
  connection: VCenterConnection,
  datacenter: string | undefined,
  idOf: (machine: ObjectState) => string,
): Promise<string> {
  try {
    const tree = await connection.tree();
    const within = tree.datacenter(datacenter)?.path;
    const all = tree
      .ofType('Folder')
      .filter(({ path }) => /^\/.+\/vm(\/|$)/.test(path) && (within === undefined || path.startsWith(`${within}/`)));
    const folders = all.toSorted((a, b) => (a.path < b.path ? -1 : 1)).slice(0, MOST_FOLDERS);
    const { client, inventory } = connection;
    const children = await client.readMany(
      folders.map(({ ref }) => ref),
      ['childEntity'],
    );
    const machines = folders.flatMap(({ ref, path }) =>
      ((children.get(moRefKey(ref))?.properties['childEntity'] ?? []) as readonly MoRef[])
        .filter((child) => child.type === 'VirtualMachine' && inventory.get(child)?.marker === undefined)
        .map((child) => ({ ref: child, path })),
    );
    const named = machines.slice(0, MOST_NAMED);
    const states = await client.readMany(
      named.map(({ ref }) => ref),
      ['name', 'config.instanceUuid'],
    );
    const titles = named.flatMap(({ ref, path }) => {
      const state = states.get(moRefKey(ref));
      const name = state?.properties['name'];
      if (state === undefined || typeof name !== 'string') return [];
      return `${path}/${escapeName(unescapeName(name))} (${idOf(state)})`;
    });
    // none that could be named isn't none
    if (titles.length === 0 && (machines.length > 0 || folders.length < all.length)) return '';
    const place = within === undefined ? '' : `in ${within} `;
    // how many more there are changes by the minute: a text that follows them would be written as often
    const few = titles.toSorted().slice(0, MOST_TOLD);
    return `; ${place}there ${listNames(few)}${machines.length > few.length ? ', and more' : ''}`;
  } catch (error) {
    if (error instanceof VSphereError) return '';
    throw error;
  }
}
