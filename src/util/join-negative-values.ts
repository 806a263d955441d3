// A negative number behind a flag is a bad value, not another flag: joined to its flag by `=`, it gets the sentence about
// that value instead of the argument parser's about ambiguity.

/** `['--speed', '-1']` becomes `['--speed=-1']`; all else stays as it is. */
export function joinNegativeValues(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const last = joined.at(-1);
    if (/^-\d/.test(arg) && last !== undefined && /^--[^=]+$/.test(last)) joined[joined.length - 1] = `${last}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}
