// Simulated time that a test drives: it stands still while the operator works and goes on when it waits. So a busy machine
// changes how long a story takes and not what happens in it: what starts together ends together, and calls can be counted.
import { waitUntil } from '../../src/testbed/wait-until.ts';
import type { SimulatorAdmin } from './simulator-admin.ts';

export interface DriveOptions {
  /** Simulated seconds of one step. */
  readonly stepSeconds?: number;
  /** Real time without a call after which the operator is taken to be waiting, milliseconds. */
  readonly quietMs?: number;
  readonly timeoutMs?: number;
}

/** Lets simulated time go on, step by step, until `done`; each step waits until the vCenter isn't called any more. */
export async function driveUntil(
  vcenter: SimulatorAdmin,
  done: () => Promise<boolean>,
  { stepSeconds = 1, quietMs = 500, timeoutMs = 150_000 }: DriveOptions = {},
): Promise<void> {
  let calls = -1;
  let since = performance.now();
  await waitUntil(
    'a story in driven time',
    async () => {
      if (await done()) return true;
      const now = await vcenter.totalCalls();
      if (now !== calls) {
        calls = now;
        since = performance.now();
      } else if (performance.now() - since >= quietMs) {
        await vcenter.clock({ advanceSeconds: stepSeconds });
        since = performance.now();
      }
      return false;
    },
    { timeoutMs, intervalMs: 50, retryErrors: false },
  );
}
