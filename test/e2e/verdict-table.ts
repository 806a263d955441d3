// What Argo CD and kstatus make of what the operator writes: the table of docs/argocd.md. The first row that fits counts.
import type { Recorded } from './recorder.ts';

export interface Verdict {
  kstatus: 'Current' | 'Failed' | 'InProgress' | 'Terminating';
  argocd: 'Degraded' | 'Healthy' | 'Progressing' | 'Suspended';
}

interface Row {
  /** As the page says it. */
  written: string;
  fits: (one: Recorded) => boolean;
  argocd: Verdict['argocd'];
  /** Absent: as the condition Ready says. */
  kstatus?: Verdict['kstatus'];
}

export const ROWS: readonly Row[] = [
  {
    // Argo CD answers for it itself, before any script
    written: 'The object is being deleted',
    fits: ({ metadata }) => metadata.deletionTimestamp !== undefined,
    argocd: 'Progressing',
    kstatus: 'Terminating',
  },
  {
    written: "It hasn't seen this generation yet",
    fits: ({ metadata, status }) => status?.observedGeneration !== metadata.generation,
    argocd: 'Progressing',
    kstatus: 'InProgress',
  },
  {
    written: '`Stalled`: a person must act; the message says what',
    fits: (one) => is(one, 'Stalled'),
    argocd: 'Degraded',
    kstatus: 'Failed',
  },
  {
    written: 'VCenter: `DeletionsPaused` or `InventoryRewound`',
    fits: (one) => is(one, 'DeletionsPaused') || is(one, 'InventoryRewound'),
    argocd: 'Degraded',
  },
  {
    written: '`spec.paused` with nothing to do',
    fits: (one) => one.spec.paused === true && !works(one),
    argocd: 'Suspended',
    kstatus: 'Current',
  },
  {
    written: '`spec.paused` with work to do',
    fits: ({ spec }) => spec.paused === true,
    argocd: 'Suspended',
    kstatus: 'InProgress',
  },
  {
    written: '`Reconciling`, or `Ready` is not True: also a retry',
    fits: works,
    argocd: 'Progressing',
    kstatus: 'InProgress',
  },
  { written: '`Ready`', fits: () => true, argocd: 'Healthy', kstatus: 'Current' },
];

export function expected(one: Recorded): Verdict {
  const { argocd, kstatus } = rowOf(one);
  return { argocd, kstatus: kstatus ?? (works(one) ? 'InProgress' : 'Current') };
}

/** What the operator wrote, in the page's words. */
export function described(one: Recorded): string {
  return rowOf(one).written;
}

function rowOf(one: Recorded): Row {
  const row = ROWS.find(({ fits }) => fits(one));
  if (row === undefined) throw new Error('the last row fits everything');
  return row;
}

function works(one: Recorded): boolean {
  return is(one, 'Reconciling') || !is(one, 'Ready');
}

function is({ status }: Recorded, type: string): boolean {
  return status?.conditions?.some((each) => each.type === type && each.status === 'True') === true;
}
