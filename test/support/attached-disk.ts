// Disks that somebody attaches to machines, and takes off again.
import type { SecondClient } from './second-client.ts';
import { vm } from './second-client.ts';

interface Device {
  readonly $type: string;
  readonly controllerKey?: number;
  readonly backing?: { readonly fileName?: string };
}

async function disksOf(other: SecondClient, machine: string): Promise<readonly Device[]> {
  const devices = (await other.property(vm(machine), 'config.hardware.device')) as readonly Device[];
  return devices.filter((device) => device.$type === 'VirtualDisk');
}

async function change(other: SecondClient, machine: string, operation: string, device: unknown): Promise<void> {
  const deviceChange = [{ $type: 'VirtualDeviceConfigSpec', operation, device }];
  await other.run(vm(machine), 'ReconfigVM_Task', { spec: { deviceChange } });
}

/** A disk by its file, beside those that are there. */
export async function attachDisk(other: SecondClient, machine: string, fileName: string | undefined): Promise<void> {
  const controllerKey = (await disksOf(other, machine))[0]?.controllerKey;
  const backing = { $type: 'VirtualDiskFlatVer2BackingInfo', fileName, diskMode: 'persistent' };
  await change(other, machine, 'add', {
    ...{ $type: 'VirtualDisk', key: -1, controllerKey, unitNumber: 5, capacityInKB: 0, backing },
  });
}

/** The file stays. */
export async function detachDisk(other: SecondClient, machine: string, fileName: string | undefined): Promise<void> {
  const device = (await disksOf(other, machine)).find(({ backing }) => backing?.fileName === fileName);
  await change(other, machine, 'remove', device);
}
