// What is known of orphans from scan to scan, pure: since when each is seen, in how many scans in a row, and which five are
// named. Only those that are named in the stored status are ever deleted, so a restart forgets nothing that counts.
import type { VCenterStatusOrphansSamples } from '../../../api/types.generated.ts';
import { oneLine } from '../../../vsphere/fault-message.ts';
import type { MoRef } from '../../../vsphere/mo-ref.ts';
import type { Marker } from '../marker.ts';

/** An orphan as it goes into the status. */
export type Orphan = VCenterStatusOrphansSamples;

/** One that a scan found. */
export interface FoundOrphan {
  readonly ref: MoRef;
  readonly name: string;
  readonly marker: Marker;
  readonly why: Orphan['why'];
}

/** Scans in a row that must have found an orphan before it may be deleted. */
export const ENOUGH_SCANS = 2;
/** How many are named, and so how many go between two scans at most. */
const MOST_SAMPLES = 5;

/** All that this scan found, those seen longest first. One that an earlier scan missed begins anew. */
export function nextOrphans(known: readonly Orphan[], found: readonly FoundOrphan[], now: string): Orphan[] {
  const before = new Map(known.map((orphan) => [keyOf(orphan), orphan]));
  const orphans = found.map(({ ref, name, marker, why }): Orphan => {
    const orphan = {
      name: oneLine(name),
      moRef: ref.value,
      instanceUuid: marker.instanceUuid,
      linkedClone: `${marker.namespace}/${marker.name}`,
      uid: marker.uid,
      why,
    };
    const earlier = before.get(keyOf(orphan));
    return earlier === undefined
      ? { ...orphan, firstSeenAt: now, scans: 1 }
      : {
          ...orphan,
          firstSeenAt: earliest(earlier.firstSeenAt, now),
          scans: Math.min(ENOUGH_SCANS, earlier.scans + 1),
        };
  });
  return orphans.toSorted(
    (a, b) =>
      Date.parse(a.firstSeenAt) - Date.parse(b.firstSeenAt) ||
      new Intl.Collator('en', { numeric: true }).compare(a.linkedClone, b.linkedClone) ||
      (a.moRef < b.moRef ? -1 : 1),
  );
}

/** A clock that was ahead has been corrected: no orphan waits for the time that it had. */
function earliest(one: string, other: string): string {
  return Date.parse(one) <= Date.parse(other) ? one : other;
}

/** Those that the status names. */
export function samplesOf(orphans: readonly Orphan[]): readonly Orphan[] {
  return orphans.slice(0, MOST_SAMPLES);
}

/** Found by enough scans, and `graceMs` over since the first of them. */
export function isDue({ scans, firstSeenAt }: Orphan, graceMs: number, nowMs: number): boolean {
  return scans >= ENOUGH_SCANS && nowMs - Date.parse(firstSeenAt) >= graceMs;
}

/** The same virtual machine for the same LinkedClone. */
export function keyOf({ moRef, instanceUuid, uid }: Pick<Orphan, 'moRef' | 'instanceUuid' | 'uid'>): string {
  return `${moRef}/${instanceUuid}/${uid}`;
}
