// The four taps of an installation: its ordinary writes to either side, and beside them those that come by time, to its Lease
// and to its claims on vCenters, which have numbers of their own so that the others keep theirs.
import type { ApiProxy } from './api-proxy.ts';
import { ORDINARY_SIDES, SIDES, faultsOn } from './plan.ts';
import type { PlannedFault, Side } from './plan.ts';
import type { VCenterProxy } from './vcenter-proxy.ts';
import type { SeenWrite, WriteTap } from './write-tap.ts';

/** What the writes after the story's beginning are called, in order. */
export type Labels = Readonly<Record<'kube' | 'vcenter', readonly string[]>>;

export class Taps {
  readonly of: Readonly<Record<Side, WriteTap>>;
  readonly #faults: readonly PlannedFault[];
  readonly #install: number;

  /** `install`: 1 for the first, 2 for a second one. */
  constructor(api: ApiProxy, vCenter: VCenterProxy, faults: readonly PlannedFault[], install: number) {
    this.of = { kube: api.writes, vcenter: vCenter.writes, lease: api.leaseWrites, claim: vCenter.claimWrites };
    this.#faults = faults;
    this.#install = install;
  }

  /** Before the operator's first start: a claim is there, and the Lease has been taken, before any story begins. */
  armFromTheStart(): void {
    this.#arm(SIDES.filter((side) => !ORDINARY_SIDES.includes(side)));
  }

  armForTheStory(): void {
    this.#arm(ORDINARY_SIDES);
  }

  #arm(sides: readonly Side[]): void {
    for (const side of sides) this.of[side].arm(faultsOn({ faults: this.#faults }, side, this.#install));
  }

  disarm(): void {
    for (const side of SIDES) this.of[side].disarm();
  }

  /** Faults whose number was reached. */
  get hits(): readonly SeenWrite[] {
    return SIDES.flatMap((side) => this.of[side].hits);
  }

  get labels(): Labels {
    const label = (side: Side): string[] => this.of[side].seen.filter(({ nth }) => nth > 0).map((one) => one.label);
    return { kube: label('kube'), vcenter: label('vcenter') };
  }
}
