// How long each set has been, or was, on its way to what is wanted. The first way begins with the first apply; when a
// settled set is scaled, its time begins anew.

export interface Stopwatch {
  /** Milliseconds of the way of `name`; stands still while `settled`. `now` is monotonic. */
  time(name: string, settled: boolean, now: number): number;
}

interface Way {
  startedAt: number;
  endedAt?: number | undefined;
}

/** `startedAt`: monotonic milliseconds, of the first apply. */
export function createStopwatch(startedAt: number): Stopwatch {
  const ways = new Map<string, Way>();
  return {
    time(name, settled, now) {
      const way = ways.get(name) ?? { startedAt };
      ways.set(name, way);
      if (settled) way.endedAt ??= now;
      else if (way.endedAt !== undefined) Object.assign(way, { startedAt: now, endedAt: undefined });
      return (way.endedAt ?? now) - way.startedAt;
    },
  };
}
