// What a change hits, as the simulator's own inventory has it at the moment when the call arrives: references alone can
// mean another machine later.
import type { World } from '../../../src/simulator/core/world.ts';
import { describeInventory } from '../../../src/simulator/inventory/describe.ts';
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
