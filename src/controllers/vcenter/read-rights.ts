// Whether the whole inventory can be seen: "no other VM uses these files" is only worth something where every folder that
// could hold one may be read. A folder that may not even be seen isn't in the tree, so the root folder is asked about, too:
// a read right that is given there and propagated is what makes the tree complete.
import { VSphereError } from '../../vsphere/faults.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import type { VCenterConnection } from './connection.ts';

const READ = ['System.View', 'System.Read'] as const;
const ADVICE =
  "so there may be virtual machines that can't be seen; give the account System.View and System.Read on the root folder, propagated";

/** Why there may be VMs that aren't seen; undefined: there are none. Costs a few calls, whatever the size. */
export async function blindSpot(connection: VCenterConnection): Promise<string | undefined> {
  const root = connection.client.content.rootFolder;
  const tree = await connection.tree(true);
  const holders = [{ ref: root, path: '/' }, ...tree.ofType('Datacenter', 'Folder')];
  try {
    const held = await connection.client.heldPrivileges(
      holders.map(({ ref }) => ref),
      READ,
      connection.signal,
    );
    for (const { ref, path } of holders) {
      const lacking = READ.filter((privilege) => held.get(moRefKey(ref))?.has(privilege) !== true);
      if (lacking.length > 0) return `${lacking.join(' and ')} on ${path} (${ref.value}) isn't granted, ${ADVICE}`;
    }
    return undefined;
  } catch (error) {
    if (error instanceof VSphereError && ['permission', 'notFound', 'terminal'].includes(error.kind))
      return `${error.message}, ${ADVICE}`;
    throw error;
  }
}
