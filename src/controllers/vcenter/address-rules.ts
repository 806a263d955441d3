// Where a VCenter may point. A server on the operator's own machine or link would let whoever writes a VCenter reach what
// only the Pod can reach, with credentials; so loopback and link-local addresses are refused unless a flag allows them.
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

const refused = new BlockList();
refused.addSubnet('127.0.0.0', 8, 'ipv4');
refused.addSubnet('0.0.0.0', 8, 'ipv4');
refused.addSubnet('169.254.0.0', 16, 'ipv4');
refused.addAddress('::1', 'ipv6');
refused.addAddress('::', 'ipv6');
refused.addSubnet('fe80::', 10, 'ipv6');

/** `host`, `host:port`, `[v6]`, `[v6]:port` → host alone. */
export function hostOf(server: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(server);
  if (bracketed !== null) return bracketed[1] as string;
  return server.replace(/:\d+$/, '');
}

/** The address that makes `server` a local one, if it is; resolves names. Rejects when the name doesn't resolve. */
export async function localAddressOf(server: string): Promise<string | undefined> {
  const host = hostOf(server);
  const addresses = isIP(host) !== 0 ? [host] : (await lookup(host, { all: true })).map((entry) => entry.address);
  return addresses.find(isLocal);
}

function isLocal(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  const plain = mapped === null ? address : (mapped[1] as string);
  return refused.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}
