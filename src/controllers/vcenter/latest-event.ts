// The latest event of a vCenter: its key only ever rises, unless an older inventory came back.
import type { VSphereClient } from '../../vsphere/client.ts';
import type { LatestEvent } from './rewind.ts';

/** Reads `EventManager.latestEvent`; undefined where there is none yet. */
export async function latestEventOf(client: VSphereClient): Promise<LatestEvent | undefined> {
  const manager = client.content.eventManager;
  if (manager === undefined) return undefined;
  const state = await client.read(manager, ['latestEvent']);
  const event = state.properties['latestEvent'] as { key?: number; createdTime?: string } | undefined;
  return event?.key === undefined || event.createdTime === undefined
    ? undefined
    : { key: event.key, createdTime: event.createdTime };
}
