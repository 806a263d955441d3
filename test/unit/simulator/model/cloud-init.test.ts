// cloud-init in a guest: what it reads from extraConfig, in which encodings, and what it publishes.
import { describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { Vcenter } from './harness.ts';
import type { Args } from './harness.ts';
import { INSTANT, linkedClone } from './inventories.ts';

const METADATA = `
instance-id: clone-1
local-hostname: web-1
network:
  version: 2
  ethernets:
    nics:
      match: { name: "e*" }
      addresses: [192.0.2.17/24]
`;

async function booted(options: Readonly<Record<string, string>>): Promise<{ vc: Vcenter; clone: MoRef }> {
  const vc = new Vcenter(INSTANT);
  const parent = vc.named('VirtualMachine', 'parent');
  const clone = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { spec: { config: config(options) } }));
  await vc.must(clone, 'PowerOnVM_Task');
  return { vc, clone };
}

function config(options: Readonly<Record<string, string>>): Args {
  return { extraConfig: Object.entries(options).map(([key, value]) => ({ key: `guestinfo.${key}`, value })) };
}

function option(vc: Vcenter, vm: MoRef, key: string): unknown {
  const options = vc.get(vm, 'config.extraConfig') as readonly { key: string; value: unknown }[];
  return options.find((candidate) => candidate.key === key)?.value;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const gzip = (text: string): string => gzipSync(text).toString('base64');

describe('cloud-init', () => {
  it.each([
    ['as it is', { metadata: METADATA }],
    ['in base64', { metadata: base64(METADATA), 'metadata.encoding': 'base64' }],
    ['compressed', { metadata: gzip(METADATA), 'metadata.encoding': 'gzip+base64' }],
    ['compressed, said in short', { metadata: gzip(METADATA), 'metadata.encoding': 'gz+b64' }],
  ])('reads metadata %s', async (_how, options: Readonly<Record<string, string>>) => {
    const { vc, clone } = await booted(options);
    expect(vc.get(clone, 'guest')).toMatchObject({
      hostName: 'web-1',
      ipAddress: '192.0.2.17',
      net: [{ ipConfig: { ipAddress: [{ ipAddress: '192.0.2.17', prefixLength: 24 }] } }],
    });
    expect(option(vc, clone, 'guestinfo.local-ipv4')).toBe('192.0.2.17');
    expect(option(vc, clone, 'guestinfo.local-hostname')).toBe('web-1');
  });

  it('reads a network configuration that is encoded within', async () => {
    const network = base64('network: { version: 2, ethernets: { a: { addresses: [192.0.2.9/28] } } }');
    const metadata = JSON.stringify({ 'instance-id': 'i', network, 'network.encoding': 'base64' });
    const { vc, clone } = await booted({ metadata });
    expect(vc.get(clone, 'guest')).toMatchObject({ hostName: 'parent', ipAddress: '192.0.2.9' });
  });

  it('takes the address of the card that a MAC address names', async () => {
    const { vc, clone } = await booted({});
    await vc.must(clone, 'PowerOffVM_Task');
    const card = { $type: 'VirtualE1000', key: -1, backing: { deviceName: 'net-1' } };
    await vc.must(clone, 'ReconfigVM_Task', { spec: { deviceChange: [{ operation: 'add', device: card }] } });
    const macs = vc.vm(clone).macAddresses;
    const interfaces = macs.map((mac, index) => ({
      match: { macaddress: mac.toUpperCase() },
      addresses: [`192.0.2.${index + 1}/24`],
    }));
    const metadata = JSON.stringify({ network: { version: 2, ethernets: { b: interfaces[1], a: interfaces[0] } } });
    await vc.must(clone, 'ReconfigVM_Task', { spec: config({ metadata }) });
    await vc.must(clone, 'PowerOnVM_Task');
    expect((vc.get(clone, 'guest.net') as { ipAddress: string[] }[]).map((nic) => nic.ipAddress)).toEqual([
      ['192.0.2.1'],
      ['192.0.2.2'],
    ]);
  });

  it('sets an instance up once, and again under another id', async () => {
    const { vc, clone } = await booted({ metadata: METADATA });
    const again = async (metadata: string): Promise<unknown> => {
      await vc.must(clone, 'PowerOffVM_Task');
      await vc.must(clone, 'ReconfigVM_Task', { spec: config({ metadata }) });
      await vc.must(clone, 'PowerOnVM_Task');
      return vc.get(clone, 'guest.hostName');
    };
    expect(await again(METADATA.replace('web-1', 'web-2'))).toBe('web-1');
    expect(await again(METADATA.replace('web-1', 'web-2').replace('clone-1', 'clone-2'))).toBe('web-2');
  });

  it('takes the name of the user data when the metadata has none', async () => {
    const { vc, clone } = await booted({
      metadata: 'instance-id: i',
      userdata: '#cloud-config\nhostname: from-user\n',
    });
    expect(vc.get(clone, 'guest.hostName')).toBe('from-user');
    expect(option(vc, clone, 'guestinfo.local-ipv4')).toBe('10.0.0.10');
  });

  it.each([
    ['an unknown encoding', { metadata: METADATA, 'metadata.encoding': 'rot13' }],
    ['data that is not compressed', { metadata: base64(METADATA), 'metadata.encoding': 'gzip+base64' }],
    ['broken YAML', { metadata: 'a: [' }],
    ['too many aliases', { metadata: `a: &a [x]\nb: &b [${'*a,'.repeat(200)}]\nc: [${'*b,'.repeat(200)}]` }],
    ['a list', { metadata: '[1]' }],
    ['nothing', {}],
  ])('boots as if nothing were given with %s', async (_what, options: Readonly<Record<string, string>>) => {
    const { vc, clone } = await booted(options);
    expect(vc.get(clone, 'guest')).toMatchObject({ hostName: 'parent', ipAddress: '10.0.0.10' });
    expect(option(vc, clone, 'guestinfo.local-hostname')).not.toBe('web-1');
  });
});
