// The part of the operator's /progress that the table shows, read over HTTP as any program would.
import type { StorageSavings } from '../../api/types.generated.ts';
import { exchange } from '../http-exchange.ts';

/** Clones of a set by what they are at. */
export interface CloneCounts {
  Queued: number;
  Cloning: number;
  Booting: number;
  Customizing: number;
  Ready: number;
  NotReady: number;
  Failed: number;
  Deleting: number;
}

export interface SetProgress {
  namespace: string;
  name: string;
  wanted: number;
  states: CloneCounts;
  /** Of the set's status; absent before the operator knows the base's disks. */
  storage?: StorageSavings;
  /** Empty when nothing is waited for. */
  waitingFor: string;
}

const TIMEOUT_MS = 2000;

/** All sets, sorted by namespace and name; rejects when the operator doesn't answer within two seconds. */
export async function readOperatorProgress(metricsUrl: string, signal: AbortSignal): Promise<SetProgress[]> {
  const { status, text } = await exchange(`${metricsUrl}/progress`, { timeoutMs: TIMEOUT_MS, signal });
  if (status !== 200) throw new Error(`the operator answered ${status} to /progress`);
  const { sets } = JSON.parse(text) as { sets: SetProgress[] };
  return sets.toSorted((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
}

/** Whether the operator's caches are filled; rejects when it doesn't answer. */
export async function isOperatorReady(metricsUrl: string, signal: AbortSignal): Promise<boolean> {
  return (await exchange(`${metricsUrl}/readyz`, { timeoutMs: TIMEOUT_MS, signal })).status === 200;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
