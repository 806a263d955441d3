// How a machine loses its LinkedClone without the operator seeing a deletion, as when a database is lost; and machines that
// somebody made by hand.
import type { Lab } from '../../../support/lab.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import type { SecondClient } from '../../../support/second-client.ts';
import { vm } from '../../../support/second-client.ts';
import { applyClone, cloneReady, mustVmOf } from './story.ts';

export const MARKER = 'linkedclone.dev/owner';

export interface Orphaned {
  readonly uid: string;
  readonly ref: MoRef;
}

/** Makes a clone and takes its object away while no operator runs. */
export async function orphaned(lab: Lab, name: string): Promise<Orphaned> {
  await applyClone(lab, name, 'base');
  const { metadata } = await cloneReady(lab, name);
  const ref = vm((await mustVmOf(lab, metadata.uid)).moRef);
  await lab.stopOperator();
  await lab.api.patch('linkedclones', name, { metadata: { finalizers: [] } });
  await lab.api.delete('linkedclones', name);
  await lab.gone('linkedclones', name);
  await lab.startOperator();
  return { uid: metadata.uid, ref };
}

export interface HandMade {
  readonly ref: MoRef;
  readonly instanceUuid: string;
}

/** A clone of `source` that somebody else makes: linked, or a full copy. */
export async function makeByHand(
  other: SecondClient,
  name: string,
  { source = 'DC0/vm/Templates/Tmpl', folder = 'DC0/vm/Labs', linked = true } = {},
): Promise<HandMade> {
  const parent = await other.at(source);
  const snapshot = (await other.property(parent, 'snapshot')) as { currentSnapshot: MoRef };
  const location = linked ? { diskMoveType: 'createNewChildDiskBacking' } : {};
  const ref = await other.run(parent, 'CloneVM_Task', {
    folder: await other.at(folder),
    name,
    spec: {
      location,
      powerOn: false,
      template: false,
      ...(linked ? { snapshot: snapshot.currentSnapshot } : {}),
    },
  });
  if (ref === undefined) throw new Error(`${name} was not made`);
  return { ref, instanceUuid: String(await other.property(ref, 'config.instanceUuid')) };
}

/** Writes a marker onto a machine, as a copy or another cluster's operator would. */
export async function markByHand(
  other: SecondClient,
  { ref, instanceUuid }: HandMade,
  marker: Readonly<Record<string, unknown>>,
): Promise<void> {
  const value = JSON.stringify({ instanceUuid, ...marker });
  await other.run(ref, 'ReconfigVM_Task', { spec: { extraConfig: [{ $type: 'OptionValue', key: MARKER, value }] } });
}
