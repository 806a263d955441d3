// Which calls go into the ledger, and what of their arguments.
import { isMoRef } from '../../vsphere/mo-ref.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { LedgerArgs } from '../core/ledger.ts';

/** Managed types whose methods change nothing but the caller's own session. */
const SESSION_ONLY = new Set([
  'ServiceInstance',
  'SessionManager',
  'PropertyCollector',
  'PropertyFilter',
  'ViewManager',
  'ContainerView',
  'ListView',
  'InventoryView',
  'SearchIndex',
  'EventHistoryCollector',
  'TaskHistoryCollector',
  'HostDatastoreBrowser',
  'EnvironmentBrowser',
  'VirtualMachineProvisioningChecker',
]);
const READS =
  /^(?:Query|Retrieve|Find|Read|Has|Fetch|Get|Does|Check|CreateCollectorFor|Refresh|Reload$|CustomizationSpecItemToXml$|XmlTo)/;
const LONGEST_TEXT = 1024;
const OWNER_KEY = 'linkedclone.dev/owner';

/** True for a method that changes the inventory, a task or a setting. */
export function isMutation(type: string, method: string): boolean {
  return !SESSION_ONLY.has(type) && !READS.test(method);
}

/** What the ledger keeps of a call's arguments. */
export function ledgerArgs(self: MoRef, args: Readonly<Record<string, unknown>>): LedgerArgs {
  const spec = recordOf(args['spec']);
  const config = recordOf(args['config'] ?? spec['config'] ?? spec);
  const location = recordOf(spec['location'] ?? spec);
  const found: Record<keyof LedgerArgs, string | boolean | undefined> = {
    name: textOf(args['name']) ?? textOf(args['newName']) ?? textOf(config['name']),
    folder: referenceOf(location['folder']) ?? referenceOf(args['folder']),
    snapshot: self.type === 'VirtualMachineSnapshot' ? self.value : referenceOf(spec['snapshot']),
    instanceUuid: textOf(config['instanceUuid']),
    marker: markerOf(config['extraConfig']),
    diskMoveType: textOf(location['diskMoveType']),
    description: textOf(args['description']),
    removeChildren: typeof args['removeChildren'] === 'boolean' ? args['removeChildren'] : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** What is longer no vCenter takes as a name, and a ledger that kept it would grow with what anybody sends. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : undefined;
}

function referenceOf(value: unknown): string | undefined {
  return isMoRef(value) ? value.value : undefined;
}

function markerOf(extraConfig: unknown): string | undefined {
  if (!Array.isArray(extraConfig)) return undefined;
  return textOf(extraConfig.map(recordOf).find((option) => option['key'] === OWNER_KEY)?.['value']);
}
