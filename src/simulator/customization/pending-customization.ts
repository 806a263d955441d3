// A customization that waits for the next power-on, boiled down to what it does to the guest.
import type { FixedAddress } from '../guest/guest-network.ts';

export interface PendingCustomization {
  readonly hostName: string;
  /** In the order of the network cards; undefined: DHCP. */
  readonly fixedAddresses: readonly (FixedAddress | undefined)[];
  /** How it will fail; undefined: it will succeed. */
  readonly failure: CustomizationFailure | undefined;
}

/** What can go wrong in the guest: each has an event of its own. */
export const FAILURE_KINDS = ['unknown', 'sysprep', 'network', 'linuxIdentity'] as const;

export interface CustomizationFailure {
  readonly reason: string;
  readonly kind: (typeof FAILURE_KINDS)[number];
}

/** What `guest.customizationInfo.customizationStatus` can be. */
export type CustomizationStatus =
  | 'TOOLSDEPLOYPKG_IDLE'
  | 'TOOLSDEPLOYPKG_PENDING'
  | 'TOOLSDEPLOYPKG_RUNNING'
  | 'TOOLSDEPLOYPKG_SUCCEEDED'
  | 'TOOLSDEPLOYPKG_FAILED';
