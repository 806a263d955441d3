// A vCenter restored from a backup keeps its uuid but forgets the VMs made since; what looks like "gone" may be on the
// datastore. Its event keys went backwards, too: the key and time of the latest event are kept in VCenter status, and
// when they fall behind, cloning, destroying and snapshot removal are held until somebody says it's fine. Pure.
import type { VCenterHold, VCenterStatusEventHighWaterMark } from '../../api/types.generated.ts';

export interface LatestEvent {
  readonly key: number;
  /** RFC 3339. */
  readonly createdTime: string;
}

/** Clocks are set back by a little now and then; events of a later key that are older by more than this come from a backup. */
const CLOCK_SLACK_MS = 60_000;

/** True when the latest event is older than one that was seen before, by its key or by its time. */
export function wentBackwards(
  mark: VCenterStatusEventHighWaterMark | undefined,
  latest: LatestEvent | undefined,
): boolean {
  if (mark === undefined) return false;
  if (latest === undefined || latest.key < mark.key) return true;
  // the mark's time was stored in whole seconds
  const laterMs = Math.floor(Date.parse(latest.createdTime) / 1000) * 1000 - Date.parse(mark.createdTime);
  return latest.key === mark.key ? laterMs !== 0 : laterMs < -CLOCK_SLACK_MS;
}

/** The id that the annotation must repeat: it names this rewind and no later one. */
export function rewindId(mark: VCenterStatusEventHighWaterMark, latest: LatestEvent | undefined): string {
  return `${mark.key}-${latest?.key ?? 0}`;
}

/** The holds after looking at the latest event; `accepted` is the value of the annotation. */
export function nextHolds(
  holds: readonly VCenterHold[],
  mark: VCenterStatusEventHighWaterMark | undefined,
  latest: LatestEvent | undefined,
  accepted: string | undefined,
  now: string,
): readonly VCenterHold[] {
  const others = holds.filter((hold) => hold.type !== 'InventoryRewound');
  const held = holds.find((hold) => hold.type === 'InventoryRewound');
  if (held !== undefined) return held.id === accepted ? others : holds;
  if (mark === undefined || !wentBackwards(mark, latest)) return holds;
  const id = rewindId(mark, latest);
  return id === accepted ? others : [...others, { type: 'InventoryRewound', id, since: now }];
}
