// The words of the innermost error: fetch says "fetch failed" and keeps to itself what did.

export function rootCause(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}
