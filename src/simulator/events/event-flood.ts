// A flood of events, as a storage array with a problem or a broken alarm makes one.
import type { SimObject } from '../core/sim-object.ts';
import type { EventLog } from './event-log.ts';

const TYPE_ID = 'esx.problem.scsi.device.io.latency.high';

/** Posts so many events about `about` at once. */
export function floodEvents(events: EventLog, about: SimObject, count: number): void {
  for (let n = 1; n <= count; n++) {
    events.post({
      type: 'EventEx',
      entity: about,
      user: '',
      message: `Device performance has deteriorated: I/O latency increased (${n} of ${count}).`,
      fields: { eventTypeId: TYPE_ID, severity: 'warning', objectId: about.value, objectType: about.type },
    });
  }
}
