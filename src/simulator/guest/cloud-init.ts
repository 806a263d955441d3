// cloud-init with the VMware data source: it reads `guestinfo.metadata` and `guestinfo.userdata` at boot, sets up an instance
// that it hasn't seen, and publishes the address that the guest got. Source: cloud-init's documentation of DataSourceVMware.
// What it can't read it ignores, as the real one does: the guest boots as if nothing had been given.
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { extraConfigValue, mergeExtraConfig } from '../vm/config-info.ts';
import type { OptionValue } from '../vm/config-info.ts';
import type { Vm } from '../vm/vm.ts';
import { cardsOf } from './guest-network.ts';
import type { FixedAddress } from './guest-network.ts';

type Data = Readonly<Record<string, unknown>>;

/** Most that a compressed value may hold, in bytes. */
const MOST = 1024 ** 2;
/** What cloud-init calls an instance without an id. */
const NO_ID = 'iid-vmware';

/** Sets up host name and addresses, once for an instance-id. */
export function runCloudInit(vm: Vm): void {
  const metadata = readDocument(vm, 'metadata');
  if (metadata === undefined) return;
  const instanceId = String(metadata['instance-id'] ?? NO_ID);
  if (instanceId === vm.guest.instanceId) return;
  vm.guest.instanceId = instanceId;
  const hostName = metadata['local-hostname'] ?? readDocument(vm, 'userdata')?.['hostname'];
  if (typeof hostName === 'string' && hostName !== '') vm.guest.hostName = hostName;
  const network = networkOf(metadata);
  if (network !== undefined) vm.guest.fixedAddresses = addressesOf(vm, network);
}

/** `guestinfo.local-ipv4` and its kin, for a guest that cloud-init set up. */
export function publishLocalAddress(vm: Vm): void {
  const address = vm.object.get('guest.ipAddress');
  if (vm.guest.instanceId === undefined || typeof address !== 'string') return;
  const before = optionsOf(vm);
  const known = extraConfigValue(before, 'guestinfo.local-ipv4');
  if (known === address && extraConfigValue(before, 'guestinfo.local-hostname') === vm.guest.hostName) return;
  const published = [
    { key: 'guestinfo.local-hostname', value: vm.guest.hostName },
    { key: 'guestinfo.local-ipv4', value: address },
  ];
  vm.object.set('config.extraConfig', mergeExtraConfig(before, published));
}

function optionsOf(vm: Vm): readonly OptionValue[] {
  return (vm.object.get('config.extraConfig') as readonly OptionValue[] | undefined) ?? [];
}

/** `guestinfo.<name>` as a mapping; undefined when it isn't there or isn't one. */
function readDocument(vm: Vm, name: string): Data | undefined {
  const options = optionsOf(vm);
  const text = extraConfigValue(options, `guestinfo.${name}`);
  if (text === undefined) return undefined;
  return mappingOf(decoded(text, extraConfigValue(options, `guestinfo.${name}.encoding`)));
}

/** The network configuration is part of the metadata, as it is or encoded. */
function networkOf(metadata: Data): Data | undefined {
  const { network } = metadata;
  const encoding = metadata['network.encoding'];
  const config =
    typeof network === 'string'
      ? mappingOf(decoded(network, typeof encoding === 'string' ? encoding : undefined))
      : asMapping(network);
  return asMapping(config?.['network']) ?? config;
}

/** Fixed addresses of a netplan v2 configuration, in the order of the VM's cards: by MAC address, else one after the other. */
function addressesOf(vm: Vm, network: Data): readonly (FixedAddress | undefined)[] {
  const interfaces = Object.values(asMapping(network['ethernets']) ?? {}).map((entry) => asMapping(entry) ?? {});
  const byMac = new Map(interfaces.map((entry) => [macOf(entry), entry]));
  const others = interfaces.filter((entry) => macOf(entry) === undefined);
  return cardsOf(vm).map((card) => {
    const entry = byMac.get(String(card['macAddress']).toLowerCase()) ?? others.shift();
    return entry === undefined ? undefined : firstAddress(entry);
  });
}

function macOf(entry: Data): string | undefined {
  const mac = asMapping(entry['match'])?.['macaddress'];
  return typeof mac === 'string' ? mac.toLowerCase() : undefined;
}

/** The first IPv4 address, `10.0.0.5/24`. */
function firstAddress(entry: Data): FixedAddress | undefined {
  const addresses: readonly unknown[] = Array.isArray(entry['addresses']) ? entry['addresses'] : [];
  for (const address of addresses) {
    const match = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(String(address));
    if (match !== null) return { address: match[1] as string, prefixLength: Number(match[2]) };
  }
  return undefined;
}

/** The text behind an encoding; undefined for one that can't be read. */
function decoded(text: string, encoding: string | undefined): string | undefined {
  switch (encoding ?? '') {
    case '':
      return text;
    case 'base64':
    case 'b64':
      return Buffer.from(text, 'base64').toString();
    case 'gzip+base64':
    case 'gz+b64':
      return unzipped(Buffer.from(text, 'base64'));
    default:
      return undefined;
  }
}

function unzipped(data: Buffer): string | undefined {
  try {
    return gunzipSync(data, { maxOutputLength: MOST }).toString();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** YAML, of which JSON is a part. */
function mappingOf(text: string | undefined): Data | undefined {
  if (text === undefined) return undefined;
  try {
    return asMapping(parse(text));
  } catch (error) {
    if (error instanceof Error && ['YAMLParseError', 'ReferenceError'].includes(error.name)) return undefined;
    throw error;
  }
}

function asMapping(value: unknown): Data | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Data) : undefined;
}
