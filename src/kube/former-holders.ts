// Who held a Lease before its holder: the last few, in an annotation of it, so that whoever takes it knows more than its
// predecessor, which may have come to nothing, and knows one that has given it back.
import { holderOf } from './lease.ts';
import type { Lease } from './lease.ts';

/** A holder of the Lease before us, as its record stood when it ended. */
export interface FormerHolder {
  readonly identity: string;
  /** Its last renewal by its own clock, RFC 3339. */
  readonly renewTime: string;
  /** That was a few lengths of the Lease ago at most: no cluster was restored from a backup meanwhile. */
  readonly isRecent: boolean;
}

const ANNOTATION = 'linkedclone.dev/former-holders';
const MOST = 4;
/** Lengths of the Lease in which a process that ended is replaced by another one, which waits for one of them. */
const RECENT_LEASES = 4;

/** The Lease as its holder leaves it: it's one of the former ones, the first. */
export function withoutHolder(lease: Lease): Lease {
  const identity = holderOf(lease);
  if (identity === '') return lease;
  const others = recorded(lease).filter((other) => other.identity !== identity);
  const former = [{ identity, renewTime: lease.spec?.renewTime ?? '' }, ...others].slice(0, MOST);
  const { metadata } = lease;
  const annotations = { ...metadata.annotations, [ANNOTATION]: JSON.stringify(former) };
  return { ...lease, metadata: { ...metadata, annotations } };
}

/** The latest first; `nowMs`: the time now, epoch milliseconds. */
export function formerHolders(lease: Lease, nowMs: number, leaseDurationMs: number): readonly FormerHolder[] {
  return recorded(lease).map((former) => ({
    ...former,
    isRecent: nowMs - Date.parse(former.renewTime) <= RECENT_LEASES * leaseDurationMs,
  }));
}

/** None where the annotation isn't one of ours. */
function recorded({ metadata }: Lease): readonly Omit<FormerHolder, 'isRecent'>[] {
  let value: unknown;
  try {
    value = JSON.parse(metadata.annotations?.[ANNOTATION] ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(value)) return [];
  return value.slice(0, MOST).flatMap((one: unknown) => {
    const { identity, renewTime } = (one ?? {}) as Readonly<Record<string, unknown>>;
    return typeof identity === 'string' && typeof renewTime === 'string' ? [{ identity, renewTime }] : [];
  });
}
