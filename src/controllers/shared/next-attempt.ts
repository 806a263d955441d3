// When an attempt is due that was put off in status, so that a restart doesn't start from zero. The time is by the clock of
// the machine that stored it: a time further away than any pause lasts is of a clock that was wrong, or of one that is set back
// since, and nobody waits for it.

/** Milliseconds until `at` (RFC 3339; undefined: nothing was put off); 0: it's due. `longestMs`: the longest pause there is. */
export function dueInMs(at: string | undefined, now: number, longestMs: number): number {
  const leftMs = at === undefined ? 0 : Date.parse(at) - now;
  return leftMs > 0 && leftMs <= longestMs ? leftMs : 0;
}
