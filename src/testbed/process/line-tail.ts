// The last lines of what a process wrote, kept in memory, so that an error can say what the process said.
// Bounded in lines and in the length of a line: a chatty child can't make its parent grow.

const LONGEST_LINE = 4096;

export interface LineTail {
  push(line: string): void;
  /** The lines that are kept, oldest first. */
  lines(): readonly string[];
}

/** A ring of the last `capacity` lines. */
export function createLineTail(capacity: number): LineTail {
  const ring: string[] = [];
  let next = 0;
  return {
    push(line) {
      ring[next] = line.slice(0, LONGEST_LINE);
      next = (next + 1) % capacity;
    },
    lines: () => (ring.length < capacity ? [...ring] : [...ring.slice(next), ...ring.slice(0, next)]),
  };
}
