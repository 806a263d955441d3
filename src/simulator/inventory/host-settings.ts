// What is set on a host besides its connection: virtual switches, services, time, autostart. It is kept on the host; its own
// managers (`configManager`) and `config` show it.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { ownerOf } from '../core/belongs-to.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import { ESXI } from './host-hardware.ts';
import { STORAGE_DEVICES, fileSystems } from './host-storage-info.ts';
import { networkInfo, nicManagerInfo } from './host-network-info.ts';

export interface PortGroupSettings {
  readonly name: string;
  readonly vlanId: number;
  readonly vswitchName: string;
}

export interface SwitchSettings {
  readonly name: string;
  readonly numPorts: number;
  readonly mtu: number;
  readonly nics: readonly string[];
}

export interface ServiceSettings {
  readonly running: boolean;
  readonly policy: string;
}

export interface HostSettings {
  readonly switches: readonly SwitchSettings[];
  /** Of networks that came with the host nothing is set: they are on the first switch, without a VLAN. */
  readonly portGroups: readonly PortGroupSettings[];
  readonly services: Readonly<Record<string, ServiceSettings>>;
  readonly ntpServers: readonly string[];
  readonly timeZone: string;
  readonly autoStart: Readonly<Record<string, unknown>>;
}

/** A stored property of hosts that isn't in the schema, so no client sees it. */
const SETTINGS = 'settings';
const REVISION = 'revision';

const DEFAULTS: HostSettings = Object.freeze({
  switches: [{ name: 'vSwitch0', numPorts: 1536, mtu: 1500, nics: ['vmnic0', 'vmnic1'] }],
  portGroups: [],
  services: {},
  ntpServers: [],
  timeZone: 'UTC',
  autoStart: {
    defaults: { enabled: false, startDelay: 120, stopDelay: 120, waitForHeartbeat: false, stopAction: 'PowerOff' },
    powerInfo: [],
  },
});

/** The host that one of its managers belongs to. */
export function hostOfManager(manager: SimObject): SimObject {
  const host = ownerOf(manager);
  if (host === undefined) throw new Error(`${manager.value} belongs to no host`);
  return host;
}

export function settingsOf(host: SimObject): HostSettings {
  return (host.get(SETTINGS) as HostSettings | undefined) ?? DEFAULTS;
}

export function changeSettings(registry: Registry, host: SimObject, change: Partial<HostSettings>): void {
  host.set(SETTINGS, { ...settingsOf(host), ...change });
  showSettings(registry, host);
}

/** What a host's managers show has changed. */
export function showSettings(registry: Registry, host: SimObject): void {
  const managers = (host.get('configManager') ?? {}) as Readonly<Record<string, MoRef>>;
  for (const ref of Object.values(managers)) {
    const manager = registry.must(ref);
    manager.set(REVISION, Number(manager.get(REVISION) ?? 0) + 1);
  }
}

const SERVICES: readonly (readonly [key: string, label: string, running: boolean, policy: string])[] = [
  ['DCUI', 'Direct Console UI', true, 'on'],
  ['TSM', 'ESXi Shell', false, 'off'],
  ['TSM-SSH', 'SSH', false, 'off'],
  ['ntpd', 'NTP Daemon', false, 'off'],
  ['vpxa', 'VMware vCenter Agent', true, 'on'],
];

/** HostServiceInfo. */
export function serviceInfo({ services }: HostSettings): Record<string, unknown> {
  return {
    service: SERVICES.map(([key, label, running, policy]) => ({
      key,
      label,
      required: false,
      uninstallable: false,
      ruleset: [],
      ...{ running, policy },
      ...services[key],
    })),
  };
}

/** HostDateTimeInfo. */
export function dateTimeInfo({ ntpServers, timeZone }: HostSettings): Record<string, unknown> {
  return {
    timeZone: timeZoneInfo(timeZone),
    systemClockProtocol: 'ntp',
    ntpConfig: { server: ntpServers },
    enabled: ntpServers.length > 0,
  };
}

/** HostDateTimeSystemTimeZone: hosts know no other. */
export function timeZoneInfo(name: string): Record<string, unknown> {
  return { key: name, name, description: name, gmtOffset: 0 };
}

/** HostConfigInfo, as far as it is modelled. */
function hostConfig(registry: Registry, host: SimObject): Record<string, unknown> {
  const settings = settingsOf(host);
  return {
    host: host.ref,
    product: ESXI,
    hyperThread: { available: true, active: true, config: true },
    network: networkInfo(registry, host, settings),
    virtualNicManagerInfo: nicManagerInfo(host),
    storageDevice: STORAGE_DEVICES,
    fileSystemVolume: fileSystems(registry, host),
    service: serviceInfo(settings),
    dateTimeInfo: dateTimeInfo(settings),
    autoStart: settings.autoStart,
  };
}

/** `config` of every host and the properties of its managers. Once for a registry. */
export function deriveHostSettings(registry: Registry): void {
  const of = (manager: SimObject): HostSettings => settingsOf(hostOfManager(manager));
  registry.derive('HostSystem', 'config', ['network', 'datastore', 'name', SETTINGS], (host) =>
    hostConfig(registry, host),
  );
  registry.derive('HostNetworkSystem', 'networkInfo', [REVISION], (manager) =>
    networkInfo(registry, hostOfManager(manager), of(manager)),
  );
  registry.derive('HostStorageSystem', 'storageDeviceInfo', [], () => STORAGE_DEVICES);
  registry.derive('HostStorageSystem', 'fileSystemVolumeInfo', [REVISION], (manager) =>
    fileSystems(registry, hostOfManager(manager)),
  );
  registry.derive('HostVirtualNicManager', 'info', [], (manager) => nicManagerInfo(hostOfManager(manager)));
  registry.derive('HostServiceSystem', 'serviceInfo', [REVISION], (manager) => serviceInfo(of(manager)));
  registry.derive('HostDateTimeSystem', 'dateTimeInfo', [REVISION], (manager) => dateTimeInfo(of(manager)));
  registry.derive('HostAutoStartManager', 'config', [REVISION], (manager) => of(manager).autoStart);
}
