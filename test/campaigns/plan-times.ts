// How long plans took, beside what they may take: half of the ordinary ones eight seconds, each of those with a namespace that
// goes, many clones, or several operators thirty. Figures for whoever reads a report, and no rule: a machine may be busy.
import type { PlanResult } from './campaign.ts';

export interface PlanTimes {
  readonly plans: number;
  readonly medianSeconds: number;
  readonly longestSeconds: number;
  readonly boundSeconds: number;
  /** Which of the two figures it bounds. */
  readonly boundIsOf: 'medianSeconds' | 'longestSeconds';
}

export interface TimesOfPlans {
  readonly ordinary?: PlanTimes;
  readonly slow?: PlanTimes;
}

const BOUNDS = {
  ordinary: { boundSeconds: 8, boundIsOf: 'medianSeconds' },
  slow: { boundSeconds: 30, boundIsOf: 'longestSeconds' },
} as const;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function timesOfKind(results: readonly PlanResult[], kind: 'ordinary' | 'slow'): TimesOfPlans {
  const seconds = results.flatMap((one) => (one.slow === (kind === 'slow') ? one.seconds : []));
  if (seconds.length === 0) return {};
  const [medianSeconds, longestSeconds] = [median(seconds), Math.max(...seconds)].map((one) => Number(one.toFixed(1)));
  return { [kind]: { plans: seconds.length, medianSeconds, longestSeconds, ...BOUNDS[kind] } };
}

/** Of those whose time has a bound. */
export function timesOf(results: readonly PlanResult[]): TimesOfPlans {
  return { ...timesOfKind(results, 'ordinary'), ...timesOfKind(results, 'slow') };
}

/** One line for each kind that there is. */
export function describeTimes(times: TimesOfPlans): readonly string[] {
  return (['ordinary', 'slow'] as const).flatMap((kind) => {
    const found = times[kind];
    if (found === undefined) return [];
    const { plans, medianSeconds, longestSeconds, boundSeconds, boundIsOf } = found;
    const bound = ` (bound: ${boundSeconds} s)`;
    const [ofMedian, ofLongest] = boundIsOf === 'medianSeconds' ? [bound, ''] : ['', bound];
    return `${plans} ${kind} plans: median ${medianSeconds} s${ofMedian}, longest ${longestSeconds} s${ofLongest}`;
  });
}
