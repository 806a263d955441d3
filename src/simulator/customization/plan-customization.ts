// A CustomizationSpec, checked against the VM that it is for: what vCenter refuses before anything is done, and what the
// guest will be called.
import { VimFault } from '../core/vim-fault.ts';
import type { FixedAddress } from '../guest/guest-network.ts';
import { guestFamily } from '../guest/guest-info.ts';
import { parseIpv4 } from '../inventory/ipv4.ts';
import type { CustomizationSpecs } from './customization-specs.ts';
import type { PendingCustomization } from './pending-customization.ts';

export interface CustomizationTarget {
  readonly vmName: string;
  readonly guestId: string;
  /** MAC addresses of its network cards, in their order. */
  readonly macs: readonly string[];
}

/** CustomizationAdapterMapping. */
interface Mapping {
  readonly macAddress?: string;
  readonly adapter?: Adapter;
}

interface Adapter {
  readonly ip?: { readonly $type?: string; readonly ipAddress?: string };
  readonly subnetMask?: string;
}

type Data = Readonly<Record<string, unknown>>;

/** Throws NicSettingMismatch, UncustomizableGuest or CustomizationFault. */
export function planCustomization(
  specs: CustomizationSpecs,
  spec: Data,
  target: CustomizationTarget,
): PendingCustomization {
  const mappings = (spec['nicSettingMap'] as readonly Mapping[] | undefined) ?? [];
  const adapters = adaptersOf(mappings, target.macs);
  if (adapters === undefined) {
    const fields = { numberOfNicsInSpec: mappings.length, numberOfNicsInVM: target.macs.length };
    throw new VimFault(
      'NicSettingMismatch',
      fields,
      `The number of network cards in the specification (${mappings.length}) isn't that of the virtual machine (${target.macs.length}), or they don't match.`,
    );
  }
  const identity = (spec['identity'] as Data | undefined) ?? {};
  demandFamily(String(identity['$type']), target.guestId);
  const settings = spec['globalIPSettings'] as { readonly dnsSuffixList?: readonly string[] } | undefined;
  return {
    hostName: hostNameOf(identity, target.vmName),
    fixedAddresses: adapters.map(fixedAddress),
    failure: specs.failureOf(settings?.dnsSuffixList ?? []),
  };
}

/**
 * The settings of each card: by MAC address where a mapping names one, else the next in the list. Undefined when there are
 * too few or too many, or an address is no card's.
 */
function adaptersOf(
  mappings: readonly Mapping[],
  macs: readonly string[],
): readonly (Adapter | undefined)[] | undefined {
  const byMac = new Map<string, Mapping>();
  for (const mapping of mappings)
    if (mapping.macAddress !== undefined && mapping.macAddress !== '')
      byMac.set(mapping.macAddress.toLowerCase(), mapping);
  const inOrder = mappings.filter((mapping) => mapping.macAddress === undefined || mapping.macAddress === '');
  const cards = macs.map((mac) => mac.toLowerCase());
  if (mappings.length !== cards.length || byMac.size + inOrder.length !== cards.length) return undefined;
  if ([...byMac.keys()].some((mac) => !cards.includes(mac))) return undefined;
  return cards.map((mac) => (byMac.get(mac) ?? inOrder.shift())?.adapter);
}

/** Linux settings for a Windows guest and the other way round. */
function demandFamily(identity: string, guestId: string): void {
  const family = guestFamily(guestId);
  const wrong = identity.startsWith('CustomizationSysprep') ? family === 'linuxGuest' : family === 'windowsGuest';
  if (!wrong || identity === 'CustomizationIdentitySettings') return;
  throw new VimFault(
    'UncustomizableGuest',
    { uncustomizableGuestOS: guestId },
    `Customization of the guest operating system '${guestId}' is not supported with this specification.`,
  );
}

function hostNameOf(identity: Data, vmName: string): string {
  const userData = identity['userData'] as Data | undefined;
  const generator = (identity['hostName'] ?? userData?.['computerName']) as Data | undefined;
  switch (generator?.['$type']) {
    case 'CustomizationFixedName':
      return String(generator['name']);
    case 'CustomizationPrefixName':
      return `${String(generator['base'])}${/\d+$/.exec(vmName)?.[0] ?? ''}`;
    default:
      return metadataHostName(identity) ?? vmName;
  }
}

/** The host name in cloud-init metadata. */
function metadataHostName(identity: Data): string | undefined {
  const match = /^\s*"?local-hostname"?\s*:\s*"?([^"\s,}]+)/m.exec(String(identity['metadata'] ?? ''));
  return match?.[1];
}

function fixedAddress(adapter: Adapter | undefined): FixedAddress | undefined {
  if (adapter?.ip?.$type !== 'CustomizationFixedIp' || adapter.ip.ipAddress === undefined) return undefined;
  return { address: adapter.ip.ipAddress, prefixLength: prefixOf(adapter.subnetMask ?? '') };
}

/** `255.255.0.0` → 16. */
function prefixOf(mask: string): number {
  const bits = (parseIpv4(mask) ?? 0).toString(2);
  return bits.length === 32 ? bits.replace(/0+$/, '').length : 24;
}
