// MicroTime of Leases and Events: RFC 3339 with six digits after the second. JavaScript knows three; zeros fill the rest.

/** "2026-11-21T12:00:00.123000Z" for milliseconds since 1970. */
export function toMicroTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}
