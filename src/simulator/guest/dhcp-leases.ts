// DHCP of the simulated networks: one address for each MAC address, kept as long as the network card exists.
import { formatIpv4, subnetSize } from '../inventory/ipv4.ts';
import type { SeedSubnet } from '../inventory/seed.ts';

/** The first addresses of a subnet are for routers and servers. */
const FIRST_GUEST = 10;

interface Pool {
  readonly subnet: SeedSubnet;
  readonly taken: Set<number>;
  next: number;
}

export interface Lease {
  readonly address: string;
  readonly prefixLength: number;
}

export interface SavedLeases {
  readonly pools: ReadonlyMap<string, Pool>;
  readonly leases: ReadonlyMap<string, { readonly pool: Pool; readonly index: number }>;
}

export class DhcpLeases {
  readonly #pools = new Map<string, Pool>();
  readonly #leases = new Map<string, { readonly pool: Pool; readonly index: number }>();

  save(): SavedLeases {
    return { pools: this.#pools, leases: this.#leases };
  }

  load({ pools, leases }: SavedLeases): void {
    for (const [network, pool] of pools) this.#pools.set(network, pool);
    for (const [mac, lease] of leases) this.#leases.set(mac, lease);
  }

  /** `network` is the MoRef value of a Network. */
  serve(network: string, subnet: SeedSubnet): void {
    this.#pools.set(network, { subnet, taken: new Set(), next: FIRST_GUEST });
  }

  /** The card's address; undefined where nobody serves the network or all addresses are taken. */
  lease(network: string, mac: string): Lease | undefined {
    const pool = this.#pools.get(network);
    if (pool === undefined) return undefined;
    const held = this.#leases.get(mac);
    if (held !== undefined && held.pool === pool) return leaseOf(pool, held.index);
    this.release(mac);
    const index = freeIndex(pool);
    if (index === undefined) return undefined;
    pool.taken.add(index);
    this.#leases.set(mac, { pool, index });
    return leaseOf(pool, index);
  }

  release(mac: string): void {
    const held = this.#leases.get(mac);
    if (held === undefined) return;
    held.pool.taken.delete(held.index);
    this.#leases.delete(mac);
  }
}

function freeIndex(pool: Pool): number | undefined {
  // The last address is the broadcast.
  const end = subnetSize(pool.subnet.prefixLength) - 1;
  for (let tried = FIRST_GUEST; tried < end; tried++) {
    const index = pool.next;
    pool.next = index + 1 < end ? index + 1 : FIRST_GUEST;
    if (!pool.taken.has(index)) return index;
  }
  return undefined;
}

function leaseOf(pool: Pool, index: number): Lease {
  return { address: formatIpv4(pool.subnet.base + index), prefixLength: pool.subnet.prefixLength };
}
