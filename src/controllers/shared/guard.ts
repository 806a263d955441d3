// The last question before vCenter is changed: are we still the leader? Leader election isn't fencing, so the Lease's age
// is checked by the monotonic clock before every change, and before what can't be undone its holder is read live.
import type { LeaderElector } from '../../kube/leader-election.ts';

export interface Guard {
  /** Before any call that changes vCenter. Throws when the Lease is older than its renew deadline. */
  mayChange(): void;
  /** Before the claim on a vCenter is given up: also in the moment between the loss of the Lease and its end. */
  mayGiveUp(): void;
  /** Before CreateSnapshot, Destroy, Revert and RemoveSnapshot: the holder as the API server says now. */
  mayDestroy(): Promise<void>;
}

export class NotLeaderError extends Error {
  override readonly name = 'NotLeaderError';
}

/** The guard of a process that takes part in leader election. */
export function leaseGuard(elector: LeaderElector, identity: string): Guard {
  return {
    mayChange: () => elector.assertLeading(),
    mayGiveUp() {
      if (!elector.isAlone()) elector.assertLeading();
    },
    async mayDestroy() {
      elector.assertLeading();
      const holder = await elector.readHolder();
      if (holder !== identity) throw new NotLeaderError(`the Lease is held by "${holder}", not by this process`);
      elector.assertLeading();
    },
  };
}

/** The guard of a process that was told to run without leader election. */
export const noGuard: Guard = {
  mayChange: () => undefined,
  mayGiveUp: () => undefined,
  mayDestroy: () => Promise.resolve(),
};
