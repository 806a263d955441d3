// Records what the operator writes: every object of the four kinds whose verdict could differ from those recorded before.
import type { Context } from './context.ts';

export interface Recorded {
  kind: string;
  metadata: { name: string; generation?: number; deletionTimestamp?: string; ownerReferences?: { kind: string }[] };
  spec: { paused?: boolean };
  status?: {
    observedGeneration?: number;
    conditions?: { type: string; status: string; reason: string; message: string }[];
  };
}

export interface Recorder {
  statuses(): readonly Recorded[];
  stop(): Promise<void>;
}

const KINDS = ['vcenters', 'basesnapshots', 'linkedclonesets', 'linkedclones'];
const GROUP = '/apis/linkedclone.dev/v1alpha1';
const LOOK_EVERY_MS = 250;

/** Looks until it is stopped. */
export function record({ controlPlane, signal, until }: Pick<Context, 'controlPlane' | 'signal' | 'until'>): Recorder {
  const found = new Map<string, Recorded>();
  let stopped = false;
  const look = async (): Promise<boolean> => {
    for (const kind of KINDS) {
      const { status, text } = await controlPlane.api.request('GET', `${GROUP}/${kind}`);
      if (status !== 200) continue; // the CRDs aren't there yet
      const { items } = JSON.parse(text) as { items: Recorded[] };
      for (const item of items) found.set(shape(item), item);
    }
    return stopped;
  };
  const looking = until('the end of the recording', look, { timeoutMs: 3_600_000, intervalMs: LOOK_EVERY_MS }).catch(
    (error: unknown) => {
      if (!signal.aborted) throw error;
    },
  );
  return {
    statuses: () => [...found.values()],
    async stop() {
      stopped = true;
      await looking;
    },
  };
}

/** What a verdict can depend on: the conditions with their reasons, what the operator has seen, pause and deletion. */
function shape({ kind, metadata, spec, status }: Recorded): string {
  const conditions = (status?.conditions ?? []).map((one) => `${one.type}=${one.status} ${one.reason}`);
  const seen = status?.observedGeneration === metadata.generation;
  return JSON.stringify([kind, conditions.toSorted(), seen, spec.paused, metadata.deletionTimestamp !== undefined]);
}
