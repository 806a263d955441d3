// ResourceConfigSpec of a pool: what is given over what was there.
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import { invalidArgument } from '../vm/vm-call.ts';
import type { Model } from './model-state.ts';

interface Allocation {
  readonly reservation?: number;
  readonly expandableReservation?: boolean;
  readonly limit?: number;
  readonly shares?: { readonly shares: number; readonly level: string };
}

export interface PoolSpec {
  readonly changeVersion?: string;
  readonly cpuAllocation: Allocation;
  readonly memoryAllocation: Allocation;
}

/** Shares of a pool by level, of CPU and of memory. */
const SHARES: Readonly<Record<string, readonly [cpu: number, memory: number]>> = {
  low: [2000, 81_920],
  normal: [4000, 163_840],
  high: [8000, 327_680],
};

/** Throws InvalidArgument; `name` is the parameter's. */
export function demandPoolSpec(spec: PoolSpec, name: string): void {
  for (const field of ['cpuAllocation', 'memoryAllocation'] as const) {
    const { reservation, limit } = spec[field];
    if (reservation !== undefined && reservation < 0) throw invalidArgument(`${name}.${field}.reservation`);
    if (limit !== undefined && limit < -1) throw invalidArgument(`${name}.${field}.limit`);
    if (reservation !== undefined && limit !== undefined && limit !== -1 && limit < reservation)
      throw invalidArgument(`${name}.${field}.limit`);
  }
}

/** The property `config`. Throws ConcurrentAccess for a version that isn't the current one. */
export function poolConfig(model: Model, pool: SimObject, spec: PoolSpec): Record<string, unknown> {
  const before = pool.get('config') as PoolSpec;
  const { changeVersion } = spec;
  if (changeVersion !== undefined && changeVersion !== '' && changeVersion !== before.changeVersion)
    throw new VimFault('ConcurrentAccess', {}, 'The object was modified by another user or operation.');
  return {
    entity: pool.ref,
    changeVersion: String(Number(before.changeVersion ?? 0) + 1),
    lastModified: new Date(model.world.clock.now()).toISOString(),
    cpuAllocation: merged(before.cpuAllocation, spec.cpuAllocation, 0),
    memoryAllocation: merged(before.memoryAllocation, spec.memoryAllocation, 1),
  };
}

function merged(before: Allocation, given: Allocation, resource: 0 | 1): Allocation {
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const shares = given.shares ?? before.shares;
  const fixed = shares === undefined ? undefined : SHARES[shares.level]?.[resource];
  return {
    ...before,
    ...defined,
    ...(shares === undefined ? {} : { shares: { level: shares.level, shares: fixed ?? shares.shares } }),
  };
}
