// Globs over inventory paths, for access rules: `*` stands for any characters but `/`, `**` for any characters, `*` alone
// for every path. Matched by stepping through all positions at once, so no pattern is slow: patterns come from people.

/** True when the whole of `path` fits `pattern`. Case counts, as it does in a rule that denies by default. */
export function matchesGlob(pattern: string, path: string): boolean {
  if (pattern === '*') return true;
  const tokens = pattern.match(/\*\*|[^]/gu) ?? [];
  const chars = [...path];
  let positions = new Set([0]);
  for (const token of tokens) {
    positions =
      token === '*' || token === '**' ? spread(positions, chars, token === '**') : step(positions, chars, token);
    if (positions.size === 0) return false;
  }
  return positions.has(chars.length);
}

/** Positions after one literal character. */
function step(from: ReadonlySet<number>, chars: readonly string[], token: string): Set<number> {
  const next = new Set<number>();
  for (const position of from) if (chars[position] === token) next.add(position + 1);
  return next;
}

/** Positions after any number of characters, `/` among them only when `slashes`. */
function spread(from: ReadonlySet<number>, chars: readonly string[], slashes: boolean): Set<number> {
  const next = new Set(from);
  for (const position of from) {
    for (const [offset, char] of chars.slice(position).entries()) {
      const end = position + offset + 1;
      // from a position that is there already it's spread already, or about to be
      if ((char === '/' && !slashes) || next.has(end)) break;
      next.add(end);
    }
  }
  return next;
}
