// What a change hits, as the simulator's own inventory has it at the moment when the call arrives: references alone can
// mean another machine later.
import type { World } from '../../../src/simulator/core/world.ts';
import { describeInventory } from '../../../src/simulator/inventory/describe.ts';
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import { OPERATOR_ACCOUNTS } from './lab-inventory.ts';
import type { SoapCall } from './vcenter-proxy.ts';

export interface Witnessed {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly method: string;
  readonly target: string;
  readonly name: string | undefined;
  readonly instanceUuid: string | undefined;
  /** Files in the chain of each disk. */
  readonly chains: readonly number[];
}

export function witness(world: World, { method, target }: SoapCall): Witnessed {
  const found = describeInventory(world).vms.find((one) => one.moRef === target);
  return {
    ...{ at: Date.now(), method, target, name: found?.name, instanceUuid: found?.instanceUuid },
    chains: found?.disks.map((disk) => disk.chain.length) ?? [],
  };
}

/**
 * Epoch milliseconds at which a call of the ledger arrived: simulated time isn't the API server's. Where calls that had no
 * effect make it unclear which one it was, the last.
 */
export function passedAt(
  evidence: { readonly ledger: readonly LedgerEntry[]; readonly witnessed: readonly Witnessed[] },
  entry: LedgerEntry,
): number {
  const same = ({ method, target }: { method: string; target: string }): boolean =>
    method === entry.method && target === entry.target;
  const recorded = evidence.ledger.filter(
    (one) => one.phase === 'call' && OPERATOR_ACCOUNTS.includes(one.user) && same(one),
  );
  const arrived = evidence.witnessed.filter(same);
  const nth = recorded.length === arrived.length ? recorded.indexOf(entry) : arrived.length - 1;
  return arrived[nth]?.at ?? Number.POSITIVE_INFINITY;
}
