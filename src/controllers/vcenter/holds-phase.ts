// The VCenter's holds: looks for an inventory that went back in time, lifts what an administrator answered, and says what
// stands. The truth is in memory (holds.ts), so a status write that was put off or failed changes nothing about it; every
// status that is written has it, whichever phase ended the look, so that a restart knows it.
import type { VCenterStatusEventHighWaterMark } from '../../api/types.generated.ts';
import { ANNOTATIONS } from '../../api/identifiers.ts';
import { toRfc3339 } from '../../util/clock.ts';
import type { PhaseResult } from '../shared/phases.ts';
import type { VCenterConnection } from './connection.ts';
import { acceptedUntil, isCrdPause } from './holds.ts';
import { latestEventOf } from './latest-event.ts';
import type { VCenterScope } from './reconciler.ts';
import type { LatestEvent } from './rewind.ts';
import { nextHolds } from './rewind.ts';

/** At each login, every interval while something changes, and once soon after. */
export async function holdsPhase(scope: VCenterScope): Promise<PhaseResult> {
  const { runtime, vCenter } = scope;
  const connection = runtime.connections.get(vCenter.metadata.name);
  if (connection === undefined) return { stop: true };
  resumeDeletions(scope);
  return checkEvents(scope, connection);
}

async function checkEvents(
  { runtime, vCenter, draft, memory: { holds } }: VCenterScope,
  connection: VCenterConnection,
): Promise<PhaseResult> {
  const nextInMs = (): number | undefined =>
    connection.events.nextInMs(runtime.clock.monotonic(), connection.operations.size > 0, {
      intervalMs: runtime.config['event-check-interval'],
      quietMs: runtime.config['event-check-quiet'],
    });
  const answer = vCenter.metadata.annotations?.[ANNOTATIONS.acceptRewind];
  const standing = holds.find('InventoryRewound');
  const accepted = standing !== undefined && standing.id === answer;
  if (accepted || !connection.events.isDone || nextInMs() === 0) {
    const login = connection.client.generation;
    const changes = connection.events.changes;
    const latest = await latestEventOf(connection.client);
    holds.all = nextHolds(holds.all, holds.mark, latest, answer, draft.now);
    // a restored vCenter may have no event yet: once that is accepted, whatever comes is the measure
    if (holds.rewound === undefined) holds.mark = latest === undefined ? undefined : markOf(latest);
    // last: whoever waited for this look finds its outcome
    connection.events.checked(runtime.clock.monotonic(), changes, login);
    if (!connection.events.isDone) return { requeueAfterMs: 1 }; // a login came in between
  }
  const next = nextInMs();
  return next === undefined ? undefined : { requeueAfterMs: Math.max(1, next) };
}

function markOf({ key, createdTime }: LatestEvent): VCenterStatusEventHighWaterMark {
  return { key, createdTime: toRfc3339(Date.parse(createdTime)) };
}

/** Lifts a pause that the annotation names; what was deleted up to now is accepted with it. */
function resumeDeletions({ runtime, vCenter, context, memory: { holds } }: VCenterScope): void {
  const answer = vCenter.metadata.annotations?.[ANNOTATIONS.resumeDeletions];
  const now = runtime.rest.serverNow() ?? runtime.clock.now();
  const before = acceptedUntil(answer, now); // of an earlier life of this process, too
  if (before !== undefined) holds.deletions.accept(before);
  const hold = holds.find('DeletionsPaused');
  if (hold === undefined || hold.id !== answer) return;
  holds.deletions.accept(now);
  holds.lift('DeletionsPaused');
  context.logger.warn({ hold: hold.id }, 'deletions go on: an administrator resumed them');
}

/** Puts the holds, the mark, and until when deletions were accepted, into the status. */
export function describeHolds({ runtime, vCenter, draft, memory: { holds } }: VCenterScope): void {
  const { name } = vCenter.metadata;
  if (holds.all.length > 0 || draft.status.holds !== undefined) draft.status.holds = holds.all;
  if (holds.mark === undefined) delete draft.status.eventHighWaterMark;
  else draft.status.eventHighWaterMark = holds.mark;
  // with the end of the hold, so that a restart knows both or neither
  const { acceptedUntil: accepted } = holds.deletions;
  if (Number.isFinite(accepted)) draft.status.deletionsAcceptedUntil = toRfc3339(accepted);

  const paused = holds.find('DeletionsPaused');
  if (paused === undefined || holds.paused === undefined) draft.drop('DeletionsPaused');
  else if (isCrdPause(paused)) draft.set('DeletionsPaused', true, 'CrdTerminating', holds.paused);
  else draft.set('DeletionsPaused', true, 'TooManyDeletions', holds.paused);

  const rewound = holds.find('InventoryRewound');
  if (rewound === undefined) {
    draft.drop('InventoryRewound');
    return;
  }
  const message = `the vCenter was restored from a backup, it seems: cloning, powering, changing and destroying machines and removing snapshots are held; when that is right: kubectl annotate vcenter ${name} ${ANNOTATIONS.acceptRewind}=${rewound.id} --overwrite`;
  if (!draft.isTrue('InventoryRewound'))
    runtime.events.event(vCenter, { type: 'Warning', reason: 'InventoryRewound', action: 'Login', note: message });
  draft.set('InventoryRewound', true, 'EventsWentBack', message);
}
