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

/** A simulator for one room alone: what its expectations do would disturb everybody else. */
export interface OwnSimulator {
  /** File in `support`. */
  readonly inventory: string;
  readonly flags?: Readonly<Record<string, string | number>>;
}

export interface Room {
  readonly name: string;
  /** True: counts as one about disk chains and space. */
  readonly disks: boolean;
  /** Of a room whose expectations are all vcenter-only. Each gets a session of its own. */
  readonly own?: OwnSimulator;
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

/** A room with a simulator of its own, for what no vcsim is asked. */
export function ownRoom(name: string, own: OwnSimulator, ...expectations: readonly Expectation[]): Room {
  return { name, disks: false, own, expectations };
}
