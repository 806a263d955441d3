// Nothing is deleted because a clock said so unless two clocks say it: ours and the API server's. They are compared when it
// would be deleted, and one that was behind may be right by then: since when something has been so is taken from the later one.

export const MOST_SKEW_MS = 60_000;

/** True when our wall clock is within 60 s of the API server's (epoch ms); undefined: it hasn't answered yet. */
export function clockAgrees(serverNow: number | undefined, now: number): boolean {
  return serverNow !== undefined && Math.abs(serverNow - now) <= MOST_SKEW_MS;
}

/** From when on to count what ends in a deletion: by the later clock, so that correcting the other one makes no wait shorter. */
export function countedFrom({ rest, clock }: Clocks): number {
  return Math.max(rest.serverNow() ?? 0, clock.now());
}

interface Clocks {
  readonly rest: { serverNow(): number | undefined };
  readonly clock: { now(): number };
}
