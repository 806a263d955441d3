// A process that couldn't renew its Lease within the deadline ends by design. Whether it couldn't is told from outside: by what
// the plan did to it, to the API server or to the Lease, by how long renewals were under way or refused, and by how long the
// machine didn't let it run. Without such a reason a lost Lease is the operator's own mistake.
import type { Span } from './stalls.ts';

/** Of the renew deadline: a process that was held up for less had time for several renewals, which it tries each half second. */
const ENOUGH = 0.5;
const LOST = /leadership lost/;
/** A log that tells of another time than this before the end is of another clock. */
const LOGGED_MS = 60_000;

export interface Hindrances {
  /** What went wrong by plan: stopped, cut off. */
  readonly planned: readonly Span[];
  /** Renewals that were under way or refused. */
  readonly renewals: readonly Span[];
  /** Our own event loop came late. */
  readonly late: readonly Span[];
  /** Milliseconds that the process waited for a processor in that time. */
  readonly waited: (time: Span) => number;
}

/** How a Lease was lost. */
export interface LostLease {
  readonly renewDeadlineMs: number;
  /** For so much of the deadline something kept the process from renewing. */
  readonly hinderedMs: number;
  /** It could not have renewed: what was measured, in words. */
  readonly excuse?: string;
}

/** Milliseconds of that time that any of the spans covers. */
export function covered(spans: readonly Span[], { from, to }: Span): number {
  let [sum, end] = [0, from];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const until = Math.min(span.to, to);
    sum += Math.max(0, until - Math.max(span.from, end));
    end = Math.max(end, until);
  }
  return sum;
}

/** By its log; `endedAt` where that says nothing that can be. */
function lostAt(log: string, endedAt: number): number {
  const line = log.split('\n').findLast((one) => LOST.test(one)) ?? '';
  const logged = Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? '');
  return logged <= endedAt && logged > endedAt - LOGGED_MS ? logged : endedAt;
}

/** Undefined: its end has nothing to do with the Lease. `log`: the last lines of it. */
export function lostLeaseOf(
  { code, log, endedAt }: { readonly code: number | null; readonly log: string; readonly endedAt: number },
  renewDeadlineMs: number,
  { planned, renewals, late, waited }: Hindrances,
): LostLease | undefined {
  if (code !== 1 || !LOST.test(log)) return undefined;
  const to = lostAt(log, endedAt);
  const time = { from: to - renewDeadlineMs, to };
  const parts = {
    'by plan': covered(planned, time),
    'renewals under way or refused': covered(renewals, time),
    'our own event loop late': covered(late, time),
    'waiting for a processor': Math.round(waited(time)),
  };
  const hinderedMs = Math.min(
    renewDeadlineMs,
    covered([...planned, ...renewals, ...late], time) + parts['waiting for a processor'],
  );
  if (hinderedMs < renewDeadlineMs * ENOUGH) return { renewDeadlineMs, hinderedMs };
  const said = Object.entries(parts).filter(([, ms]) => ms > 0);
  return { renewDeadlineMs, hinderedMs, excuse: said.map(([what, ms]) => `${what} ${ms} ms`).join(', ') };
}
