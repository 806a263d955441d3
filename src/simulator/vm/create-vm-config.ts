// The configuration of a VM that is made from nothing: what the spec says over what a vCenter takes without it.
import { unplugged } from '../guest/card-links.ts';
import type { Model } from '../inventory/model-state.ts';
import { configInfo, mergeExtraConfig } from './config-info.ts';
import type { OptionValue } from './config-info.ts';
import { configChanges } from './config-spec.ts';
import type { ConfigSpec } from './config-spec.ts';
import type { DeviceEdit } from './device-draft.ts';
import { deviceList } from './devices.ts';
import { guestName } from './guest-os.ts';
import { newChangeVersion } from './touch-config.ts';
import type { VmHome } from './vm-home.ts';

export interface NewVm {
  readonly name: string;
  readonly home: VmHome;
  readonly edit: DeviceEdit;
  readonly spec: ConfigSpec;
  readonly instanceUuid: string;
}

const GUEST_ID = 'otherGuest';
const CPUS = 1;
const MEMORY_MB = 32;

/** The property `config`. */
export function newVmConfig(model: Model, vm: NewVm): Record<string, unknown> {
  const { name, home, edit, spec } = vm;
  const now = new Date(model.world.clock.now()).toISOString();
  const guestId = String(spec['guestId'] ?? GUEST_ID);
  const base = configInfo({
    name,
    uuid: String(spec['uuid'] ?? model.identities.uuid()).toLowerCase(),
    instanceUuid: vm.instanceUuid,
    template: false,
    guestId,
    guestFullName: guestName(guestId) ?? String(spec['alternateGuestName'] ?? guestId),
    annotation: '',
    vmxPath: home.vmxPath,
    folderPath: home.folderPath,
    datastore: model.volumes.urlOf(home.volume),
    cpus: Number(spec['numCPUs'] ?? CPUS),
    memoryMb: Number(spec['memoryMB'] ?? MEMORY_MB),
    devices: deviceList({ disks: edit.disks, others: edit.others.map(unplugged), busSharing: undefined }),
    extraConfig: [],
    encrypted: false,
    createDate: now,
    changeVersion: newChangeVersion(model),
  });
  const hardware = { ...(base['hardware'] as Record<string, unknown>) };
  const config: Record<string, unknown> = { ...base, hardware };
  for (const [path, value] of Object.entries(configChanges(base, spec))) {
    if (path.startsWith('hardware.')) hardware[path.slice('hardware.'.length)] = value;
    else config[path] = value;
  }
  config['extraConfig'] = mergeExtraConfig((config['extraConfig'] as readonly OptionValue[] | undefined) ?? [], [
    { key: 'nvram', value: `${home.stem}.nvram` },
  ]);
  return config;
}
