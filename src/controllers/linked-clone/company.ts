// Reads of single machines wait for each other. While clones of the vCenter still wait for their slots nobody waits for one of
// those that are made already, so its reads can wait a little longer: clones come in twos and threes.
import type { CloneScope } from './scope.ts';
import { requireConnection } from './scope.ts';

/** Milliseconds that a read waits for those of other clones: `--batch-window`, or `windows` of them while more clones come. */
export function companyMs(scope: CloneScope, windows: number): number {
  const { connection } = requireConnection(scope);
  return scope.runtime.config['batch-window'] * (connection.slots.clone.waiting > 0 ? windows : 1);
}
