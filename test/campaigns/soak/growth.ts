// Whether something that is sampled for a long time grows: a straight line through the samples, and how sure its slope is.

/** `hours`: since the first sample. */
export interface Sample {
  readonly hours: number;
  readonly value: number;
}

/** Of a straight line by least squares, an hour; the bounds of its 95 % interval. Student's t for many samples is near 2. */
export interface Slope {
  readonly perHour: number;
  readonly atLeast: number;
  readonly atMost: number;
}

export function slopeOf(samples: readonly Sample[]): Slope {
  const n = samples.length;
  const mean = (pick: (sample: Sample) => number): number => samples.reduce((sum, sample) => sum + pick(sample), 0) / n;
  const [x, y] = [mean(({ hours }) => hours), mean(({ value }) => value)];
  const sxx = samples.reduce((sum, { hours }) => sum + (hours - x) ** 2, 0);
  const sxy = samples.reduce((sum, { hours, value }) => sum + (hours - x) * (value - y), 0);
  const perHour = sxy / sxx;
  const rest = samples.reduce((sum, { hours, value }) => sum + (value - y - perHour * (hours - x)) ** 2, 0);
  const error = Math.sqrt(rest / Math.max(1, n - 2) / sxx);
  return { perHour, atLeast: perHour - 2 * error, atMost: perHour + 2 * error };
}

interface OfProcess {
  readonly at: number;
  readonly pid: number;
}

/**
 * Those that growth is judged by: of the process that ran last, from when it had run for `warmUpMs`, until which code is still
 * being compiled and caches fill. Undefined where they are not half of what is left of the run after that.
 */
export function judgedOf<T extends OfProcess>(samples: readonly T[], warmUpMs: number): readonly T[] | undefined {
  const last = samples.at(-1);
  const first = samples[0];
  if (last === undefined || first === undefined) return undefined;
  const own = samples.filter(({ pid }) => pid === last.pid);
  const from = (own[0]?.at ?? 0) + warmUpMs;
  const judged = own.filter(({ at }) => at >= from);
  const left = samples.filter(({ at }) => at >= first.at + warmUpMs);
  return judged.length * 2 >= left.length && judged.length > 2 ? judged : undefined;
}

/** A count that goes up and down by itself is flat unless it has surely grown, and by more than this since the first sample. */
const LEAST_GROWTH = 3;
const LEAST_SHARE = 0.1;

/** By how much a count grew from its first sample to its last; undefined: it's flat. */
export function growthOf(samples: readonly Sample[]): number | undefined {
  const { perHour, atLeast } = slopeOf(samples);
  const grew = perHour * (samples.at(-1)?.hours ?? 0);
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / samples.length;
  return atLeast > 0 && grew > Math.max(LEAST_GROWTH, mean * LEAST_SHARE) ? grew : undefined;
}
