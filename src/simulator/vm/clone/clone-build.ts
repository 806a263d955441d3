// The files and the configuration of a clone, before it is in the inventory. `build` makes everything or nothing;
// `discard` takes it back.
import { filesInfo, mergeExtraConfig } from '../config-info.ts';
import type { OptionValue } from '../config-info.ts';
import { configChanges } from '../config-spec.ts';
import { deviceList, isNetworkCard } from '../devices.ts';
import type { Device } from '../devices.ts';
import { editDevices } from '../edit-devices.ts';
import type { DeviceChange } from '../device-draft.ts';
import { busSharingOf, otherDevices } from '../other-devices.ts';
import { newChangeVersion } from '../touch-config.ts';
import { VmHome } from '../vm-home.ts';
import type { Vm, VmDisk } from '../vm.ts';
import type { PendingCustomization } from '../../customization/pending-customization.ts';
import { planCustomization } from '../../customization/plan-customization.ts';
import { copyChildMost, copyFlat } from '../../disks/copy.ts';
import type { DiskFile } from '../../disks/disk-file.ts';
import { unplugged } from '../../guest/card-links.ts';
import { releaseAddresses } from '../../guest/guest-network.ts';
import type { Model } from '../../inventory/model-state.ts';
import type { CloneArguments } from './clone-arguments.ts';
import type { DiskPlan } from './disk-plan.ts';

export interface CloneParts {
  readonly home: VmHome;
  readonly disks: readonly VmDisk[];
  readonly others: readonly Device[];
  /** Without uuids and names, which are decided when the clone enters the inventory. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly customization: PendingCustomization | undefined;
}

/** Throws NoDiskSpace, InvalidDeviceSpec, a CustomizationFault …, leaving nothing behind. */
export function buildClone(model: Model, source: Vm, args: CloneArguments): CloneParts {
  const home = VmHome.create(args.volume, args.name);
  const held: VmDisk[] = [];
  try {
    for (const plan of args.disks) held.push(copyDisk(model, home, plan));
    const parts = configure(model, source, args, home, [...held]);
    for (const disk of parts.disks) if (!held.includes(disk)) model.disks.hold(disk.file);
    return parts;
  } catch (error) {
    for (const disk of held) drop(model, disk.file);
    home.remove();
    throw error;
  }
}

/** Takes back what `buildClone` made. */
export function discardClone(model: Model, parts: CloneParts): void {
  for (const disk of parts.disks) drop(model, disk.file);
  parts.home.remove();
  releaseAddresses(model, parts.others.filter(isNetworkCard));
}

function drop(model: Model, file: DiskFile): void {
  model.disks.release(file);
  model.disks.deleteUnused(file);
}

function copyDisk(model: Model, home: VmHome, plan: DiskPlan): VmDisk {
  const target = { volume: plan.volume, nextPath: () => home.freeDiskPath(plan.volume) };
  const file = make();
  model.disks.hold(file);
  // A full copy of a LUN is an ordinary disk.
  return { ...plan.source, rdm: plan.method === 'full' ? undefined : plan.source.rdm, file };

  function make(): DiskFile {
    if (plan.method === 'full') return copyFlat(model.disks, plan.source.file, target);
    if (plan.method === 'childMost') return copyChildMost(model.disks, plan.source.file, target);
    return model.disks.createChild({ volume: plan.volume, path: target.nextPath(), parent: plan.source.file });
  }
}

function configure(model: Model, source: Vm, args: CloneArguments, home: VmHome, disks: readonly VmDisk[]): CloneParts {
  const base = (args.snapshot?.object ?? source.object).get('config') as Readonly<Record<string, unknown>>;
  const spec = args.spec.config ?? {};
  const inherited = otherDevices(base).map((device) => withNewAddress(model, device));
  const changes = [
    ...(args.spec.location.deviceChange ?? []),
    ...((spec['deviceChange'] as readonly unknown[] | undefined) ?? []),
  ] as readonly DeviceChange[];
  const edit = editDevices(
    model,
    { home, disks, others: inherited, hasScsi: busSharingOf(base) !== undefined, hasSnapshots: false },
    changes,
  );
  try {
    for (const { disk, capacityBytes, index } of edit.grown) model.disks.expand(disk.file, capacityBytes, index);
    const customization = customizationOf(
      model,
      args,
      String(spec['guestId'] ?? base['guestId']),
      edit.others.filter(isNetworkCard).map((card) => String(card['macAddress'])),
    );
    for (const { disk } of edit.dropped) if (disks.includes(disk)) drop(model, disk.file);
    const others = edit.others.map(unplugged);
    return {
      home,
      disks: edit.disks,
      others,
      config: configOf(model, args, base, home, edit.disks, others),
      customization,
    };
  } catch (error) {
    for (const file of edit.created) model.disks.deleteUnused(file);
    throw error;
  }
}

function customizationOf(
  model: Model,
  args: CloneArguments,
  guestId: string,
  macs: readonly string[],
): PendingCustomization | undefined {
  if (args.spec.customization === undefined || args.spec.template) return undefined;
  return planCustomization(model.specs, args.spec.customization, { vmName: args.name, guestId, macs });
}

function withNewAddress(model: Model, device: Device): Device {
  return isNetworkCard(device) ? { ...device, addressType: 'assigned', macAddress: model.identities.mac() } : device;
}

function configOf(
  model: Model,
  args: CloneArguments,
  base: Readonly<Record<string, unknown>>,
  home: VmHome,
  disks: readonly VmDisk[],
  others: readonly Device[],
): Record<string, unknown> {
  const now = new Date(model.world.clock.now()).toISOString();
  const hardware = base['hardware'] as Record<string, unknown>;
  const changes = Object.entries(configChanges(base, args.spec.config ?? {}));
  const forHardware = changes
    .filter(([path]) => path.startsWith('hardware.'))
    .map(([path, value]) => [path.slice('hardware.'.length), value]);
  const forConfig = changes.filter(([path]) => !path.startsWith('hardware.'));
  const config: Record<string, unknown> = { ...base, ...Object.fromEntries(forConfig) };
  return {
    ...config,
    extraConfig: mergeExtraConfig((config['extraConfig'] as readonly OptionValue[] | undefined) ?? [], [
      { key: 'nvram', value: `${home.stem}.nvram` },
    ]),
    template: args.spec.template,
    files: filesInfo({ vmxPath: home.vmxPath, folderPath: home.folderPath }),
    createDate: now,
    modified: now,
    changeVersion: newChangeVersion(model),
    datastoreUrl: [model.volumes.urlOf(home.volume)],
    hardware: {
      ...hardware,
      ...Object.fromEntries(forHardware),
      device: deviceList({ disks, others, busSharing: busSharingOf(base) }),
    },
  };
}
