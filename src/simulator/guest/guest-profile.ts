// What is installed in a guest and how it behaves. A clone has its source's guest: the same name until something renames it,
// the same habits.
import type { FixedAddress } from './guest-network.ts';

export interface GuestBehaviour {
  /** Bytes that it writes in an hour, on average; 0: none. */
  readonly writesPerHour: number;
  /** A guest that ignores them does nothing when Tools ask it to shut down or to reboot. */
  readonly shutdown: 'obeyed' | 'ignored';
  /** False: its network cards never get an address. */
  readonly ip: boolean;
}

/** Quiet, obedient, on the network. */
export const ORDINARY_GUEST: GuestBehaviour = Object.freeze({ writesPerHour: 0, shutdown: 'obeyed', ip: true });

/** The guest waits for an answer about bytes that didn't fit onto a datastore. */
export interface Stall {
  readonly questionId: string;
  readonly bytes: number;
}

export interface GuestProfile {
  /** False: no VMware Tools. */
  readonly tools: boolean;
  readonly behaviour: GuestBehaviour;
  /** The name that the guest gave itself. */
  hostName: string;
  /** What a customization set, in the order of the network cards; undefined: DHCP. */
  fixedAddresses: readonly (FixedAddress | undefined)[];
  /** The instance-id that cloud-init has set up; undefined: none yet. */
  instanceId: string | undefined;
  /** Counts power cycles: what was scheduled for an earlier one is void. */
  generation: number;
  stalled: Stall | undefined;
}

/** What lies on the guest's disks, and so goes back with them. */
export type GuestSetup = Readonly<Pick<GuestProfile, 'hostName' | 'fixedAddresses' | 'instanceId'>>;

export function setupOf({ hostName, fixedAddresses, instanceId }: GuestProfile): GuestSetup {
  return { hostName, fixedAddresses, instanceId };
}

/** A guest of that name that has never been started. */
export function newGuest(hostName: string, tools = true, behaviour: GuestBehaviour = ORDINARY_GUEST): GuestProfile {
  return { tools, behaviour, hostName, fixedAddresses: [], instanceId: undefined, generation: 0, stalled: undefined };
}

/** The guest of a clone, as it was set up when the state was taken that is cloned. Its cards are new: they ask DHCP. */
export function clonedGuest(source: GuestProfile, setup: GuestSetup): GuestProfile {
  return { ...newGuest(setup.hostName, source.tools, source.behaviour), instanceId: setup.instanceId };
}
