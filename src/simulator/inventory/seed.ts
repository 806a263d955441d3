// What an inventory file says, with every default decided. `deploy/simulator/inventory.yaml` explains each field.
// Bytes are bytes, durations are simulated milliseconds, names are as written.
import type { GuestBehaviour } from '../guest/guest-profile.ts';
import type { CustomizationFailure } from '../customization/pending-customization.ts';
import type { RdmMode } from '../disks/backing.ts';

export interface Seed {
  readonly datacenter: string;
  readonly users: readonly SeedUser[];
  readonly groups: readonly SeedGroup[];
  readonly roles: readonly SeedRole[];
  readonly permissions: readonly SeedPermission[];
  readonly clusters: readonly SeedCluster[];
  readonly datastores: readonly SeedDatastore[];
  readonly networks: readonly SeedNetwork[];
  /** Paths below the datacenter's VM folder, such as `Labs/Capture`. */
  readonly folders: readonly string[];
  readonly vms: readonly SeedVm[];
  readonly customizationSpecs: readonly SeedCustomizationSpec[];
  readonly customFields: readonly string[];
  readonly timing: SeedTiming;
  readonly limits: SeedLimits;
  /** How often layoutEx and storage are brought up to date by themselves. */
  readonly storageRefreshMs: number;
  readonly generate: SeedGenerate | undefined;
}

export interface SeedUser {
  readonly name: string;
  readonly password: string;
  /** Name of the role on the root folder, propagated; undefined: none. */
  readonly role: string | undefined;
}

export interface SeedGroup {
  readonly name: string;
  /** Names of users or other groups. */
  readonly members: readonly string[];
}

export interface SeedPermission {
  /** Inventory path, such as `/DC0/vm/Labs`; `/` is the root folder. */
  readonly entity: string;
  readonly principal: string;
  readonly isGroup: boolean;
  /** Name of a role. */
  readonly role: string;
  readonly propagate: boolean;
  /** Where it stands in the file. */
  readonly line: number;
  readonly field: string;
}

export interface SeedRole {
  readonly name: string;
  /** Privilege ids. */
  readonly privileges: readonly string[];
}

export interface SeedCluster {
  readonly name: string;
  readonly hosts: readonly SeedHost[];
  /** Resource pools below the cluster's root pool. */
  readonly pools: readonly string[];
}

export interface SeedHost {
  readonly name: string;
  readonly state: 'connected' | 'disconnected' | 'maintenance';
  readonly memoryBytes: number;
  readonly cpuCores: number;
}

export interface SeedDatastore {
  readonly name: string;
  readonly capacityBytes: number;
  /** Names of the hosts that see it. */
  readonly hosts: readonly string[];
}

export interface SeedNetwork {
  readonly name: string;
  /** Where guests get their addresses; without one they get none. */
  readonly dhcp: SeedSubnet | undefined;
}

export interface SeedSubnet {
  /** First address of the subnet as a number. */
  readonly base: number;
  readonly prefixLength: number;
}

export type SeedPower = 'on' | 'off';

export interface SeedVm {
  readonly name: string;
  readonly folder: string;
  readonly cluster: string;
  readonly host: string;
  /** undefined: the cluster's root pool. */
  readonly pool: string | undefined;
  readonly datastore: string;
  readonly networks: readonly string[];
  readonly template: boolean;
  readonly power: SeedPower;
  readonly guestId: string;
  readonly guestFullName: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly annotation: string;
  readonly extraConfig: Readonly<Record<string, string>>;
  readonly disks: readonly SeedDisk[];
  readonly snapshots: readonly SeedSnapshot[];
  /** What a clone of this VM writes when it is powered on for the first time. */
  readonly firstBootBytes: number;
  /** False: a guest without VMware Tools. */
  readonly tools: boolean;
  readonly behaviour: GuestBehaviour;
  readonly busSharing: 'noSharing' | 'virtualSharing' | 'physicalSharing';
  readonly vtpm: boolean;
  readonly encrypted: boolean;
}

export interface SeedDisk {
  readonly capacityBytes: number;
  readonly usedBytes: number;
  readonly thin: boolean;
  readonly mode: string;
  readonly rdm: RdmMode | undefined;
}

export interface SeedSnapshot {
  readonly name: string;
  readonly description: string;
  readonly children: readonly SeedSnapshot[];
  /** What was written to each disk after the snapshot below this one and before it. */
  readonly writtenBytes: number;
}

export interface SeedCustomizationSpec {
  readonly name: string;
  readonly description: string;
  readonly os: 'Windows' | 'Linux';
  readonly hostName: SeedHostName;
  /** Network cards that it has settings for: DHCP for each. */
  readonly nics: number;
  /** How customization with it fails; undefined: it succeeds. */
  readonly failure: CustomizationFailure | undefined;
}

export type SeedHostName = { readonly kind: 'vmName' } | { readonly kind: 'fixed' | 'prefix'; readonly text: string };

/** What takes time, in the inventory file's words. */
export const TIMED = [
  'linkedClone',
  'powerOn',
  'powerOff',
  'reset',
  'suspend',
  'shutdownGuest',
  'customization',
  'tools',
  'ip',
  'destroy',
  'createSnapshot',
  'removeSnapshot',
  'revertSnapshot',
  'consolidate',
  'reconfigure',
  'relocate',
  'promote',
  'other',
] as const;
export type Timed = (typeof TIMED)[number];

export interface SeedTiming {
  readonly durationsMs: Readonly<Record<Timed, number>>;
  /** What a full clone, a storage vMotion or a promotion copies in a second, on top of its fixed time. */
  readonly copyBytesPerSecond: number;
  /** 0: every duration is exactly as given. Else the sigma of a lognormal distribution with that median. */
  readonly sigma: number;
}

export interface SeedLimits {
  /** Cost units that a host has for provisioning. */
  readonly unitsPerHost: number;
  /** Cost units that a datastore has for VMs that move while they run. */
  readonly unitsPerDatastore: number;
  /** Tasks of the whole vCenter that run at the same time. */
  readonly tasks: number;
  /** Sessions at the same time; undefined: vCenter's default. */
  readonly sessions: number | undefined;
}

/** What is generated at most: a few times the VMs and hosts that one vCenter may have. */
export const MOST_VMS = 200_000;
export const MOST_HOSTS = 10_000;

export interface SeedGenerate {
  readonly vms: number;
  readonly hosts: number;
}
