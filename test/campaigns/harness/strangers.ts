// Machines that are somebody else's for a while, or for good, although the operator made them: another identity was written
// into them, and the operator has had the time to hear of it. From then on it may change nothing of them.
import type { Stage } from './stage.ts';

export interface Stranger {
  readonly moRef: string;
  /** Epoch milliseconds: from here on the operator knows. */
  readonly from: number;
  /** It has its identity, and no mark: it may be looked after, and may not be destroyed. */
  readonly unmarked: boolean;
  /** When it became ours again; infinite where it never did. */
  to: number;
}

const known = new WeakMap<Stage, Stranger[]>();

/** The operator has heard by now that the machine isn't its own. Call what is given once it is again. */
export function estrange(stage: Stage, moRef: string, { unmarked = false } = {}): () => void {
  const stranger: Stranger = { moRef, unmarked, from: Date.now(), to: Number.POSITIVE_INFINITY };
  known.set(stage, [...strangersOf(stage), stranger]);
  return () => {
    stranger.to = Date.now();
  };
}

export function strangersOf(stage: Stage): readonly Stranger[] {
  return known.get(stage) ?? [];
}
