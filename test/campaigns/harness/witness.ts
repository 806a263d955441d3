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
  /** Folders in which the files lie that it writes to. */
  readonly homes: readonly string[];
  /** What it carried as a mark of ours. */
  readonly marker: unknown;
}

export function witness(world: World, { method, target }: SoapCall): Witnessed {
  const found = describeInventory(world).vms.find((one) => one.moRef === target);
  return {
    ...{ at: Date.now(), method, target, name: found?.name, instanceUuid: found?.instanceUuid },
    chains: found?.disks.map((disk) => disk.chain.length) ?? [],
    homes: [...new Set(found?.disks.map((disk) => homeOf(disk.chain[0]?.file ?? '')))],
    marker: found?.marker ?? undefined,
  };
}

function homeOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/') + 1);
}

interface Seen {
  readonly ledger: readonly LedgerEntry[];
  readonly witnessed: readonly Witnessed[];
}

/**
 * What a call of the ledger hit. Where calls that had no effect make it unclear which one it was, the last; undefined where
 * none was seen.
 */
export function witnessOf({ ledger, witnessed }: Seen, entry: LedgerEntry): Witnessed | undefined {
  const same = ({ method, target }: { method: string; target: string }): boolean =>
    method === entry.method && target === entry.target;
  const recorded = ledger.filter((one) => one.phase === 'call' && OPERATOR_ACCOUNTS.includes(one.user) && same(one));
  const arrived = witnessed.filter(same);
  return arrived[recorded.length === arrived.length ? recorded.indexOf(entry) : arrived.length - 1];
}

/** Epoch milliseconds at which a call of the ledger arrived: simulated time isn't the API server's. */
export function passedAt(evidence: Seen, entry: LedgerEntry): number {
  return witnessOf(evidence, entry)?.at ?? Number.POSITIVE_INFINITY;
}
