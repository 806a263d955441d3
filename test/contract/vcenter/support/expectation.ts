// What is expected of a vCenter on the wire, and of which of the two simulators.
import type { Target } from './target.ts';

export interface Expectation {
  readonly id: string;
  /**
   * common: both must pass. vcsim-deviation: ours must pass and vcsim must not (a deviation that vanishes is news).
   * vcenter-only: never sent to vcsim.
   */
  readonly tag: 'common' | 'vcsim-deviation' | 'vcenter-only';
  /** Where the fact is from. */
  readonly source?: string;
  /** What vcsim does instead. */
  readonly reason?: string;
  /** Throws when it isn't so. */
  run(target: Target): Promise<void>;
}

export interface Room {
  readonly name: string;
  /** True: counts as one about disk chains and space. */
  readonly disks: boolean;
  readonly expectations: readonly Expectation[];
}

type Run = Expectation['run'];

export function common(id: string, run: Run): Expectation {
  return { id, tag: 'common', run };
}

/** `reason`: what vcsim does instead; `source`: who says that a vCenter does it. */
export function deviates(id: string, reason: string, source: string, run: Run): Expectation {
  return { id, tag: 'vcsim-deviation', reason, source, run };
}

export function vcenterOnly(id: string, source: string, run: Run): Expectation {
  return { id, tag: 'vcenter-only', source, run };
}

export function room(name: string, ...expectations: readonly Expectation[]): Room {
  return { name, disks: false, expectations };
}

/** A room about disk chains and space. */
export function diskRoom(name: string, ...expectations: readonly Expectation[]): Room {
  return { name, disks: true, expectations };
}
