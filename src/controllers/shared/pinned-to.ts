// Clones are found by the name of their VCenter object, which may stand for another vCenter by now: it was released, and made
// again under its name. References of the one mean nothing, or another object, in the other.
import type { LinkedClone } from '../../api/types.generated.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import type { Runtime } from './runtime.ts';
import { INDEX } from './runtime.ts';

/** A connection, as far as it says whose it is. */
export interface Place {
  /** Of the VCenter object. */
  readonly name: string;
  /** Of the vCenter that answered. */
  readonly instanceUuid: string;
}

/** Whether that pin leads to this VCenter, and to the vCenter behind it. */
export function isPinnedTo(pin: Place | undefined, { name, instanceUuid }: Place): boolean {
  return pin !== undefined && pin.name === name && pin.instanceUuid === instanceUuid;
}

/** The clones that are pinned to the VCenter and to the vCenter behind it. */
export function clonesPinnedTo({ stores }: Pick<Runtime, 'stores'>, place: Place): LinkedClone[] {
  return stores.clones.byIndex(INDEX.vCenter, place.name).filter(({ status }) => isPinnedTo(status?.vCenter, place));
}

/** The connection to the vCenter that the pin is of; none while it's not connected, or another vCenter answers under that name. */
export function connectionOf(
  { connections }: Pick<Runtime, 'connections'>,
  pin: Place | undefined,
): VCenterConnection | undefined {
  const connection = connections.get(pin?.name ?? '');
  return connection !== undefined && isPinnedTo(pin, connection) ? connection : undefined;
}
