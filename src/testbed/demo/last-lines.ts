// Logs that people see are the end of logs.

const LINES = 20;

/** The last lines of `text`, twenty by default, each behind two spaces. */
export function lastLines(text: string, count = LINES): string {
  return text
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map((line) => `  ${line}`)
    .join('\n');
}
