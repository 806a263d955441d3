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
  readonly nics: number;
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
  const mappings = (spec['nicSettingMap'] as readonly { readonly adapter?: Adapter }[] | undefined) ?? [];
  if (mappings.length !== target.nics) {
    const fields = { numberOfNicsInSpec: mappings.length, numberOfNicsInVM: target.nics };
    throw new VimFault(
      'NicSettingMismatch',
      fields,
      `The number of network cards in the specification (${mappings.length}) isn't that of the virtual machine (${target.nics}).`,
    );
  }
  const identity = (spec['identity'] as Data | undefined) ?? {};
  demandFamily(String(identity['$type']), target.guestId);
  const settings = spec['globalIPSettings'] as { readonly dnsSuffixList?: readonly string[] } | undefined;
  return {
    hostName: hostNameOf(identity, target.vmName),
    fixedAddresses: mappings.map((mapping) => fixedAddress(mapping.adapter)),
    failure: specs.failureOf(settings?.dnsSuffixList ?? []),
  };
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
