// The disks of a source VM as of a snapshot: sizes, what they use, how long their chains are, and what makes a VM
// unfit to be cloned by delta disks. Pure; the input is what the property collector answered.
import type { ObjectState } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';

export interface DiskBacking {
  readonly $type?: string;
  readonly fileName?: string;
  readonly datastore?: MoRef;
  readonly diskMode?: string;
  readonly sharing?: string;
  readonly uuid?: string;
  readonly keyId?: unknown;
  readonly parent?: DiskBacking;
  readonly compatibilityMode?: string;
}

export interface Device {
  readonly $type?: string;
  readonly key: number;
  readonly deviceInfo?: { readonly label?: string };
  readonly backing?: DiskBacking;
  readonly capacityInBytes?: number;
  readonly capacityInKB?: number;
  readonly sharedBus?: string;
  readonly controllerKey?: number;
  readonly nativeUnmanagedLinkedClone?: boolean;
  readonly macAddress?: string;
}

export interface LayoutEx {
  readonly file?: readonly {
    readonly key: number;
    readonly name: string;
    readonly type: string;
    readonly size: number;
    readonly uniqueSize?: number;
  }[];
  readonly disk?: readonly {
    readonly key: number;
    readonly chain?: readonly { readonly fileKey?: readonly number[] }[];
  }[];
  readonly snapshot?: readonly {
    readonly key: MoRef;
    readonly disk?: readonly {
      readonly key: number;
      readonly chain?: readonly { readonly fileKey?: readonly number[] }[];
    }[];
  }[];
}

/**
 * A VM's or a snapshot's devices. Undefined isn't "none" but unknown: `config` is unset, without a fault, while its files can't
 * be reached and while it's just being created (API: VirtualMachine.config).
 */
export function devicesOf({ properties }: Pick<ObjectState, 'properties'>): readonly Device[] | undefined {
  return properties['config.hardware.device'] as readonly Device[] | undefined;
}

export function disksOf(devices: readonly Device[] | undefined): Device[] {
  return (devices ?? []).filter((device) => device.$type === 'VirtualDisk');
}

export function labelOf(device: Device): string {
  return device.deviceInfo?.label ?? `device ${device.key}`;
}

export function capacityOf(disk: Device): number {
  return disk.capacityInBytes ?? (disk.capacityInKB ?? 0) * 1024;
}

/** Backing files from the leaf to the base. */
export function chainOf(backing: DiskBacking | undefined): DiskBacking[] {
  const chain: DiskBacking[] = [];
  for (let at = backing; at !== undefined; at = at.parent) chain.push(at);
  return chain;
}

/** The datastores that the disks' files are on, those of their parents included; each once. */
export function datastoresOf(devices: readonly Device[]): MoRef[] {
  const files = disksOf(devices).flatMap((disk) => chainOf(disk.backing));
  return [...new Map(files.flatMap(({ datastore }) => (datastore ? [[datastore.value, datastore]] : []))).values()];
}

export interface Problem {
  readonly reason: string;
  readonly message: string;
}

/** Why `what` (a VM, or a snapshot of it) can't be cloned by delta disks, with what to do; empty: it can. */
export function unsuitable(devices: readonly Device[], what: string): Problem[] {
  const problems: Problem[] = [];
  const controllers = new Map(devices.map((device) => [device.key, device]));
  for (const disk of disksOf(devices)) {
    const label = labelOf(disk);
    const backing = disk.backing;
    if (backing?.diskMode?.startsWith('independent') === true) {
      problems.push({
        reason: 'IndependentDisk',
        message: `disk "${label}" of ${what} is ${backing.diskMode}: snapshots leave it out, so clones would lack it; set its mode to dependent and take a new snapshot`,
      });
    }
    if (backing?.$type?.startsWith('VirtualDiskRawDiskMapping') === true) {
      problems.push({
        reason: 'RawDeviceMapping',
        message: `disk "${label}" of ${what} is a raw device mapping: it can't be shared read-only; move its data to a virtual disk`,
      });
    }
    const bus = disk.controllerKey === undefined ? undefined : controllers.get(disk.controllerKey)?.sharedBus;
    if (
      (bus !== undefined && bus !== 'noSharing') ||
      (backing?.sharing !== undefined && backing.sharing !== 'sharingNone')
    ) {
      problems.push({
        reason: 'SharedBus',
        message: `disk "${label}" of ${what} is shared with other VMs: it can't be snapshotted; take it off the shared bus`,
      });
    }
    if (backing?.keyId !== undefined)
      problems.push({
        reason: 'Encrypted',
        message: `disk "${label}" of ${what} is encrypted: linked clones don't support that; decrypt it`,
      });
  }
  if (devices.some((device) => device.$type === 'VirtualTPM'))
    problems.push({
      reason: 'VirtualTpm',
      message: `${what} has a virtual TPM, whose secrets every clone would share; remove it`,
    });
  if (disksOf(devices).length === 0)
    problems.push({ reason: 'NoDisks', message: `${what} has no disk that a clone could stand on` });
  return problems;
}

export interface BaseDisk {
  readonly key: number;
  readonly label: string;
  readonly capacityBytes: number;
  readonly usedBytes: number;
  readonly datastore: MoRef | undefined;
  readonly chainLength: number;
}

/** The one with the longest chain; the first of several. */
export function deepestOf<T extends { readonly chainLength: number }>(disks: readonly T[]): T | undefined {
  return disks.toSorted((a, b) => b.chainLength - a.chainLength)[0];
}

/** The snapshot's disks: `devices` from the snapshot's own config, bytes from the VM's layoutEx. */
export function baseDisks(devices: readonly Device[], layout: LayoutEx | undefined, snapshot: MoRef): BaseDisk[] {
  const files = new Map((layout?.file ?? []).map((file) => [file.key, file]));
  const layouts = layout?.snapshot?.find((entry) => entry.key.value === snapshot.value)?.disk ?? [];
  return disksOf(devices).map((disk) => {
    const chain = layouts.find((entry) => entry.key === disk.key)?.chain ?? [];
    const keys = new Set(chain.flatMap((unit) => unit.fileKey ?? []));
    let usedBytes = 0;
    for (const key of keys) usedBytes += files.get(key)?.size ?? 0;
    return {
      key: disk.key,
      label: labelOf(disk),
      capacityBytes: capacityOf(disk),
      usedBytes,
      datastore: disk.backing?.datastore,
      chainLength: chainOf(disk.backing).length,
    };
  });
}
