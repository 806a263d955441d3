// References between our objects, resolved from the cache. What isn't there is said with the names that are.
import type { VCenter } from '../../api/types.generated.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { NotReady } from './not-ready.ts';
import type { Runtime } from './runtime.ts';

/** The VCenter and its open connection. Throws NotReady. */
export function resolveVCenter(runtime: Runtime, name: string): { vCenter: VCenter; connection: VCenterConnection } {
  const vCenter = runtime.stores.vCenters.get({ namespace: '', name });
  if (vCenter === undefined) {
    const there = runtime.stores.vCenters.list().map((other) => other.metadata.name);
    throw new NotReady('VCenterNotFound', `VCenter "${name}" doesn't exist; there ${listNames(there)}`);
  }
  const connection = runtime.connections.get(name);
  if (connection === undefined || connection.uid !== vCenter.metadata.uid) {
    throw new NotReady('VCenterNotReady', `VCenter "${name}" isn't connected: ${readyMessage(vCenter)}`);
  }
  return { vCenter, connection };
}

function readyMessage(vCenter: VCenter): string {
  return (
    vCenter.status?.conditions?.find((condition) => condition.type === 'Ready')?.message ?? 'it was not looked at yet'
  );
}

/** `are a, b and 3 more` with at most five names. */
export function listNames(names: readonly string[]): string {
  if (names.length === 0) return 'are none';
  const shown = names.toSorted().slice(0, 5);
  const more = names.length - shown.length;
  return `${names.length === 1 ? 'is' : 'are'} ${shown.map((name) => `"${name}"`).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
