// HostNetworkInfo: the standard switches of a host with their port groups, its cards, and the VMkernel card that it is managed
// by. Every network that a host has is a port group of it.
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { HostSettings, PortGroupSettings, SwitchSettings } from './host-settings.ts';
import { refsAt } from './links.ts';

const MANAGEMENT = 'Management Network';
const NICS = ['vmnic0', 'vmnic1'];

const POLICY = Object.freeze({
  security: { allowPromiscuous: false, macChanges: false, forgedTransmits: false },
  nicTeaming: {
    policy: 'loadbalance_srcid',
    reversePolicy: true,
    notifySwitches: true,
    rollingOrder: false,
    nicOrder: { activeNic: ['vmnic0'], standbyNic: [] },
  },
  offloadPolicy: { csumOffload: true, tcpSegmentation: true, zeroCopyXmit: true },
  shapingPolicy: { enabled: false },
});

/** The port groups of a host: its networks, by what is set of them. */
export function portGroupsOf(
  registry: Registry,
  host: SimObject,
  settings: HostSettings,
): readonly PortGroupSettings[] {
  const names = refsAt(host, 'network').map((ref) => String(registry.must(ref).get('name')));
  const first = settings.switches[0]?.name ?? '';
  return names.map(
    (name) => settings.portGroups.find((group) => group.name === name) ?? { name, vlanId: 0, vswitchName: first },
  );
}

export function networkInfo(registry: Registry, host: SimObject, settings: HostSettings): Record<string, unknown> {
  const first = settings.switches[0]?.name ?? '';
  const management = { name: MANAGEMENT, vlanId: 0, vswitchName: first };
  const groups = [...portGroupsOf(registry, host, settings), ...(first === '' ? [] : [management])];
  return {
    vswitch: settings.switches.map((each) => virtualSwitch(each, groups)),
    portgroup: groups.map((group) => ({
      key: portGroupKey(group.name),
      port: group === management ? [{ key: 'vmk0', mac: [macOf(host, 0x60)], type: 'host' }] : [],
      vswitch: switchKey(group.vswitchName),
      computedPolicy: POLICY,
      spec: { ...group, policy: {} },
    })),
    pnic: NICS.map((device, index) => ({
      key: nicKey(device),
      device,
      pci: `0000:0${index + 1}:00.0`,
      driver: 'simulated',
      linkSpeed: { speedMb: 10_000, duplex: true },
      spec: { ip: { dhcp: false } },
      wakeOnLanSupported: false,
      mac: macOf(host, index),
    })),
    vnic: first === '' ? [] : [managementNic(host)],
    dnsConfig: { dhcp: false, hostName: String(host.get('name')), domainName: '', address: [], searchDomain: [] },
    ipRouteConfig: {},
    ipV6Enabled: false,
  };
}

/** HostVirtualNicManagerInfo: one card for everything. */
export function nicManagerInfo(host: SimObject): Record<string, unknown> {
  const nic = managementNic(host);
  return {
    netConfig: ['management', 'vmotion'].map((nicType) => ({
      nicType,
      multiSelectAllowed: true,
      candidateVnic: [nic],
      selectedVnic: [`${nicType}.${nic.key}`],
    })),
  };
}

function managementNic(host: SimObject): { readonly key: string } & Readonly<Record<string, unknown>> {
  const number = numberOf(host);
  const ip = {
    dhcp: false,
    ipAddress: `10.255.${Math.floor(number / 250) % 250}.${(number % 250) + 1}`,
    subnetMask: '255.255.0.0',
  };
  return {
    device: 'vmk0',
    key: 'key-vim.host.VirtualNic-vmk0',
    portgroup: MANAGEMENT,
    spec: { ip, mac: macOf(host, 0x60), portgroup: MANAGEMENT, mtu: 1500, netStackInstanceKey: 'defaultTcpipStack' },
  };
}

function virtualSwitch(settings: SwitchSettings, groups: readonly PortGroupSettings[]): Record<string, unknown> {
  const { name, numPorts, mtu, nics } = settings;
  const bridge = { $type: 'HostVirtualSwitchBondBridge', nicDevice: nics };
  return {
    name,
    key: switchKey(name),
    numPorts,
    numPortsAvailable: numPorts,
    mtu,
    portgroup: groups.filter((group) => group.vswitchName === name).map((group) => portGroupKey(group.name)),
    pnic: nics.map(nicKey),
    spec: { numPorts, mtu, policy: POLICY, ...(nics.length === 0 ? {} : { bridge }) },
  };
}

function switchKey(name: string): string {
  return `key-vim.host.VirtualSwitch-${name}`;
}

function portGroupKey(name: string): string {
  return `key-vim.host.PortGroup-${name}`;
}

function nicKey(device: string): string {
  return `key-vim.host.PhysicalNic-${device}`;
}

/** Of a card of the host itself; those of machines begin with 00:50:56:8 to b. */
function macOf(host: SimObject, card: number): string {
  const hex = [card, ...[16, 8, 0].map((shift) => (numberOf(host) >> shift) & 0xff)].map((byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  return `02:50:${hex.join(':')}`;
}

function numberOf(host: SimObject): number {
  return Number(host.value.slice(host.value.lastIndexOf('-') + 1));
}
