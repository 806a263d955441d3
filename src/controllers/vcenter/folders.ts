// Folders for clones: those that an access rule allows are made when they're missing, below the first part that exists.
// Several clones want the same one at once, and another operator may be faster: DuplicateName is a success.
import { NotReady } from '../shared/not-ready.ts';
import type { Guard } from '../shared/guard.ts';
import { listNames } from '../shared/references.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { VCenterConnection } from './connection.ts';

const making = new WeakMap<VCenterConnection, Map<string, Promise<MoRef>>>();

/** The folder at an absolute path; made, with what is missing above it, when it isn't there. */
export async function ensureFolder(connection: VCenterConnection, guard: Guard, path: string): Promise<MoRef> {
  const known = (await connection.tree()).byPath(path);
  if (known?.ref.type === 'Folder') return known.ref;
  const inFlight = making.get(connection) ?? new Map<string, Promise<MoRef>>();
  making.set(connection, inFlight);
  let folder = inFlight.get(path);
  if (folder === undefined) {
    folder = make(connection, guard, path).finally(() => inFlight.delete(path));
    inFlight.set(path, folder);
  }
  return folder;
}

async function make(connection: VCenterConnection, guard: Guard, path: string): Promise<MoRef> {
  const tree = await connection.tree(true);
  const found = tree.byPath(path);
  if (found?.ref.type === 'Folder') return found.ref;
  const slash = path.lastIndexOf('/');
  const above = path.slice(0, slash);
  // `/DC0/vm` is the datacenter's own folder: nothing can be made above it
  if (above.split('/').length < 3) {
    throw new NotReady(
      'PlacementNotFound',
      `there is no folder ${path}; there ${listNames(
        tree
          .ofType('Folder')
          .map((node) => node.path)
          .filter((other) => other.split('/')[2] === 'vm'),
      )}`,
    );
  }
  const parent = await make(connection, guard, above);
  guard.mayChange();
  const name = path.slice(slash + 1);
  try {
    const folder = await connection.client.createFolder(parent, name);
    connection.forgetTree();
    return folder;
  } catch (error) {
    if (error instanceof VSphereError && error.fault === 'InvalidName')
      throw new NotReady(
        'PlacementNotFound',
        `there is no folder ${path}, and vCenter doesn't take the name "${name}"`,
        {
          cause: error,
        },
      );
    if (!(error instanceof VSphereError) || error.fault !== 'DuplicateName') throw error;
    connection.forgetTree();
    const existing = (await connection.tree(true)).byPath(path);
    if (existing?.ref.type === 'Folder') return existing.ref;
    throw error;
  }
}
