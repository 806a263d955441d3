// Nothing is deleted because a clock said so unless two clocks say it: ours and the API server's.

const MOST_SKEW_MS = 60_000;

/** True when our wall clock is within 60 s of the API server's (epoch ms); undefined: it hasn't answered yet. */
export function clockAgrees(serverNow: number | undefined, now: number): boolean {
  return serverNow !== undefined && Math.abs(serverNow - now) <= MOST_SKEW_MS;
}
