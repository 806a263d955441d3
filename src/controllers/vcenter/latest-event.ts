// The latest event of a vCenter: its key only ever rises, unless an older inventory came back.
import { refuseMissing } from '../../vsphere/client.ts';
import type { VSphereClient } from '../../vsphere/client.ts';
import type { LatestEvent } from './rewind.ts';

/** Reads `EventManager.latestEvent`; undefined where there is none yet. Rejects where it may not be read: no answer. */
export async function latestEventOf(client: VSphereClient): Promise<LatestEvent | undefined> {
  const manager = client.content.eventManager;
  if (manager === undefined) return undefined;
  const state = await client.read(manager, ['latestEvent']);
  refuseMissing(state);
  const event = state.properties['latestEvent'] as { key?: number; createdTime?: string } | undefined;
  return event?.key === undefined || event.createdTime === undefined
    ? undefined
    : { key: event.key, createdTime: event.createdTime };
}
