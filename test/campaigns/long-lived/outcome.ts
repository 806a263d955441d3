// How the operator answered an object, in its own conditions: it's as wanted, or it's refused with a reason of the table.
import type { Condition } from '../../../src/api/types.generated.ts';
import type { Kind } from '../../../src/api/reasons.ts';
import { findReason } from '../../../src/api/reasons.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Lab } from '../../support/lab.ts';
import { conditionOf } from '../../support/lab.ts';

export interface Outcome {
  readonly ready: boolean;
  /** '' as long as nothing was said. */
  readonly reason: string;
  readonly message: string;
  /** False: the time was over before the operator had come to an end. */
  readonly settled: boolean;
}

interface Told {
  readonly kind: Kind;
  readonly metadata: { readonly generation: number };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/** Still tried, but nothing will come of it until somebody changes something. */
const WAITING_FOR_SOMEBODY = new Set([
  ...['BaseSnapshotNotReady', 'CloneFailed', 'NoSuitableHost', 'NoDiskSpace', 'InsufficientResources', 'PowerFailed'],
  ...[
    'HardwareFailed',
    'Paused',
    'SnapshotFailed',
    'LoginDelayed',
    'Unreachable',
    'DeletionBlocked',
    'ConflictingObject',
  ],
]);

export function outcomeOf(object: Told | undefined): Outcome {
  const ready = conditionOf(object, 'Ready');
  const { generation = 0 } = object?.metadata ?? {};
  const { reason = '', message = '' } = ready ?? {};
  const seen = object?.status?.observedGeneration === generation && ready !== undefined;
  if (!seen || object === undefined) return { ready: false, reason, message, settled: false };
  if (ready.status === 'True') return { ready: true, reason, message, settled: true };
  const progress = findReason(object.kind, 'Ready', reason)?.progress;
  const settled = progress === 'Stalled' || progress === 'grace' || WAITING_FOR_SOMEBODY.has(reason);
  return { ready: false, reason, message, settled };
}

/** What is said about an object once the operator has come to an end with it. */
export async function settledOutcome(
  lab: Lab,
  plural: string,
  name: string,
  namespace: string,
  timeoutMs = 120_000,
): Promise<Outcome> {
  let outcome = outcomeOf(undefined);
  try {
    await waitUntil(
      `an answer about ${plural}/${name}`,
      async () => {
        outcome = outcomeOf(await lab.api.get<Told>(plural, name, namespace));
        return outcome.settled;
      },
      { timeoutMs, intervalMs: 100 },
    );
  } catch {
    // the outcome says that it isn't settled
  }
  return outcome;
}
