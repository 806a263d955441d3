// Simulated time that a test drives: it stands still while the operator works and goes on when it waits. So a busy machine
// changes how long a story takes and not what happens in it: what starts together ends together, and calls can be counted.
// Whether it waits is what the operator says itself, again and again: a pause of any process only makes it later.
import { waitUntil } from '../../src/testbed/wait-until.ts';
import type { Lab } from './lab.ts';

export interface DriveOptions {
  /** Simulated seconds of one step. */
  readonly stepSeconds?: number;
  /** Guards against hanging only. */
  readonly timeoutMs?: number;
}

/** Milliseconds between two looks: twelve of them are longer than what the operator waits for to put changes together. */
const LOOK_MS = 50;
/** Looks in a row, each answered by operator, vCenter and API server, between which nothing happened. */
const SAME_LOOKS = 12;

/** Of all series whose line begins so. */
function total(metrics: string, series: string): number {
  const lines = metrics.matchAll(new RegExp(`^${series}.* (\\S+)$`, 'gm'));
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}

/** What it has done so far; undefined while it has something to do. */
async function workDone(lab: Lab): Promise<string | undefined> {
  const metrics = await (await fetch(`${lab.operator?.metricsUrl ?? ''}/metrics`)).text();
  const begun = total(metrics, 'workqueue_queue_duration_seconds_count');
  const ended = total(metrics, 'workqueue_work_duration_seconds_count');
  if (begun !== ended || total(metrics, 'workqueue_depth') > 0) return undefined;
  const requests = total(metrics, 'linkedclone_kube_requests_total\\{(?!.*leases)');
  return JSON.stringify([begun, total(metrics, 'workqueue_adds_total'), requests, await lab.vcenter.totalCalls()]);
}

/** Lets simulated time go on, step by step, until `done`, which asks the API server; each step waits until the operator waits. */
export async function driveUntil(
  lab: Lab,
  done: () => Promise<boolean>,
  { stepSeconds = 1, timeoutMs = 600_000 }: DriveOptions = {},
): Promise<void> {
  let last: string | undefined;
  let same = 0;
  await waitUntil(
    'a story in driven time',
    async () => {
      if (await done()) return true;
      const now = await workDone(lab);
      same = now !== undefined && now === last ? same + 1 : 0;
      last = now;
      if (same < SAME_LOOKS) return false;
      await lab.vcenter.clock({ advanceSeconds: stepSeconds });
      same = 0;
      return false;
    },
    { timeoutMs, intervalMs: LOOK_MS, retryErrors: false },
  );
}
