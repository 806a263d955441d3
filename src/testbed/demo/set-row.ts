// What a line of the table says: pure, from the operator's progress. A clone that has no object yet counts as queued, so
// that a row's counts add up to what is wanted.
import type { CloneCounts, SetProgress } from './operator-progress.ts';
import type { Savings } from './savings.ts';
import { savingsOf } from './savings.ts';

export interface SetRow {
  name: string;
  want: number;
  queued: number;
  cloning: number;
  booting: number;
  customizing: number;
  ready: number;
  failed: number;
  storage?: Savings | undefined;
  elapsedMs: number;
  waitingFor: string;
}

/** The namespace that isn't worth saying. */
const OWN_NAMESPACE = 'lab';

/** All wanted clones are ready and no others are left. */
export function isSettled({ wanted, states }: SetProgress): boolean {
  return states.Ready === wanted && Object.values(states).reduce((sum, count) => sum + count, 0) === wanted;
}

/** The row of a set. */
export function rowOf(set: SetProgress, elapsedMs: number): SetRow {
  const { namespace, name, wanted, states, storage } = set;
  return {
    name: namespace === OWN_NAMESPACE ? name : `${namespace}/${name}`,
    want: wanted,
    queued: states.Queued + missing(set),
    cloning: states.Cloning,
    booting: states.Booting,
    customizing: states.Customizing,
    ready: states.Ready,
    failed: states.Failed,
    storage: storage === undefined ? undefined : savingsOf(storage),
    elapsedMs,
    waitingFor: waitingFor(set),
  };
}

/** The row below the others. `storage`: of the bases, which a sum of the sets' own clones would miss. */
export function totalRow(
  rows: readonly SetRow[],
  { storage, elapsedMs, waitingFor: said = '' }: Pick<SetRow, 'storage' | 'elapsedMs'> & { waitingFor?: string },
): SetRow {
  const sum = (count: (row: SetRow) => number): number => rows.reduce((total, row) => total + count(row), 0);
  return {
    name: 'total',
    want: sum((row) => row.want),
    queued: sum((row) => row.queued),
    cloning: sum((row) => row.cloning),
    booting: sum((row) => row.booting),
    customizing: sum((row) => row.customizing),
    ready: sum((row) => row.ready),
    failed: sum((row) => row.failed),
    storage,
    elapsedMs,
    waitingFor: said,
  };
}

function missing({ wanted, states }: SetProgress): number {
  const staying = Object.values(states).reduce((sum, count) => sum + count, 0) - states.Deleting;
  return Math.max(0, wanted - staying);
}

/** What has no column of its own is said here, unless the operator waits for something. */
function waitingFor({ waitingFor: said, states }: SetProgress): string {
  if (said !== '') return said;
  return [describe(states, 'NotReady', 'not ready any more'), describe(states, 'Deleting', 'being deleted')]
    .filter((text) => text !== '')
    .join(', ');
}

function describe(states: CloneCounts, state: keyof CloneCounts, text: string): string {
  return states[state] === 0 ? '' : `${states[state]} ${text}`;
}
