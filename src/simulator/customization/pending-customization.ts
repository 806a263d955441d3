// A customization that waits for the next power-on, boiled down to what it does to the guest.
import type { FixedAddress } from '../guest/guest-network.ts';

export interface PendingCustomization {
  readonly hostName: string;
  /** In the order of the network cards; undefined: DHCP. */
  readonly fixedAddresses: readonly (FixedAddress | undefined)[];
  /** Why it will fail; undefined: it will succeed. */
  readonly failure: string | undefined;
}

/** What `guest.customizationInfo.customizationStatus` can be. */
export type CustomizationStatus =
  | 'TOOLSDEPLOYPKG_IDLE'
  | 'TOOLSDEPLOYPKG_PENDING'
  | 'TOOLSDEPLOYPKG_RUNNING'
  | 'TOOLSDEPLOYPKG_SUCCEEDED'
  | 'TOOLSDEPLOYPKG_FAILED';
