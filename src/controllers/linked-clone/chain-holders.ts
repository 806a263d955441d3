// Which registered VMs use given files in their disks' chains. Reads all VMs of the vCenter, so it's for the rare cases in
// which nothing cheaper can tell.
import { hasVanished } from '../../vsphere/client.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import { chainOf, devicesOf, disksOf } from '../base-snapshot/disks.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { blindSpot } from '../vcenter/read-rights.ts';
import { parseMarker } from '../vcenter/marker.ts';
import { MARKER_PATH, titleOf } from '../vcenter/vm-view.ts';

export interface Holders {
  readonly names: readonly string[];
  /** Those of the files that they use. */
  readonly held: ReadonlySet<string>;
  /** Why it can't be told; undefined: `names` are all. */
  readonly unknown?: string;
}

/** VMs other than `except` whose disks' chains contain one of `files`. */
export async function findAllHolders(
  connection: VCenterConnection,
  except: MoRef,
  files: ReadonlySet<string>,
): Promise<Holders> {
  const blind = await blindSpot(connection);
  if (blind !== undefined)
    return { names: [], held: new Set(), unknown: `whether other VMs use them can't be told: ${blind}` };
  return findHolders(connection, except, files, () => true);
}

/**
 * The same without what this cluster made: its clones may all be on their way out at once, so none of them keeps a file
 * for another. A VM that merely carries a copy of our marker isn't counted either: holding is the safer error.
 */
export async function findForeignHolders(
  connection: VCenterConnection,
  except: MoRef,
  files: ReadonlySet<string>,
  clusterId: string,
): Promise<Holders> {
  return findHolders(
    connection,
    except,
    files,
    ({ properties }) => parseMarker(properties[MARKER_PATH])?.cluster !== clusterId,
  );
}

async function findHolders(
  connection: VCenterConnection,
  except: MoRef,
  files: ReadonlySet<string>,
  counts: (state: ObjectState) => boolean,
): Promise<Holders> {
  const states = await connection.client.readTree(connection.client.content.rootFolder, {
    VirtualMachine: ['name', 'config.hardware.device', MARKER_PATH],
  });
  const names: string[] = [];
  const held = new Set<string>();
  for (const state of states) {
    if (state.ref.type !== 'VirtualMachine' || moRefKey(state.ref) === moRefKey(except)) continue;
    if (hasVanished(state)) continue;
    const devices = devicesOf(state);
    if (Object.keys(state.missing).length > 0 || devices === undefined)
      return {
        names: [],
        held: new Set(),
        unknown: `the disks of ${titleOf(state)} can't be read, so whether it uses them can't be told`,
      };
    if (!counts(state)) continue;
    const used = disksOf(devices)
      .flatMap((disk) => chainOf(disk.backing).flatMap(({ fileName }) => fileName ?? []))
      .filter((file) => files.has(file));
    if (used.length > 0) names.push(titleOf(state));
    for (const file of used) held.add(file);
  }
  return { names, held };
}
