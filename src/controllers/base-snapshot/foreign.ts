// Virtual machines of others that stand on a snapshot: any VM but the source whose disk chain, now or in one of its
// snapshots, contains a file of it. Where something can't be read the answer is "unknown", never "none".
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { surveyDisks } from './disk-survey.ts';
import { devicesOf, disksOf } from './disks.ts';

export interface ForeignChildren {
  readonly names: readonly string[];
  /** Why it can't be told; undefined: `names` is the whole truth. */
  readonly unknown?: string;
}

/** Looks at every VM of the vCenter, live, along with others who ask now: only done before a base goes. */
export async function foreignChildren(
  connection: VCenterConnection,
  source: MoRef,
  snapshot: MoRef,
  signal?: AbortSignal,
): Promise<ForeignChildren> {
  const base = await connection.client.read(snapshot, ['config.hardware.device'], signal);
  const files = disksOf(devicesOf(base)).flatMap((disk) => disk.backing?.fileName ?? []);
  if (files.length === 0) return { names: [], unknown: 'the files of the snapshot could not be read' };
  const machines = await surveyDisks(connection);
  if (typeof machines === 'string') return unknown(machines);
  const others = machines.filter(({ ref }) => moRefKey(ref) !== moRefKey(source));
  const hidden = others.find((machine) => machine.hidden !== undefined)?.hidden;
  if (hidden !== undefined) return unknown(`the disks of ${hidden} can't be read`);
  const standing = others.filter((machine) => files.some((file) => machine.files.has(file)));
  return { names: standing.map(({ title }) => title) };
}

function unknown(why: string): ForeignChildren {
  return { names: [], unknown: `whether other VMs stand on this snapshot can't be told: ${why}` };
}
