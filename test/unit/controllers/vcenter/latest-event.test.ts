// The latest event that isn't told is not the absence of events: that would look like a vCenter restored from a backup.
import { describe, expect, it } from '@jest/globals';
import { latestEventOf } from '../../../../src/controllers/vcenter/latest-event.ts';
import type { ObjectState, VSphereClient } from '../../../../src/vsphere/client.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import { ref } from '../support/vm.ts';

const MANAGER = ref('EventManager', 'EventManager');

function clientThatTells(state: Partial<ObjectState>): VSphereClient {
  const read = async () => ({ ref: MANAGER, properties: {}, missing: {}, ...state });
  return { content: { eventManager: MANAGER }, read } as unknown as VSphereClient;
}

describe('latestEventOf', () => {
  it('tells its key and time', async () => {
    const event = { key: 7, createdTime: '2026-01-01T00:00:00Z' };
    const properties = { latestEvent: { ...event, fullFormattedMessage: 'made' } };
    expect(await latestEventOf(clientThatTells({ properties }))).toEqual(event);
  });

  it('is undefined where there is none yet', async () => {
    expect(await latestEventOf(clientThatTells({}))).toBeUndefined();
  });

  it('rejects where it may not be read', async () => {
    const refused = new VSphereError({ fault: 'NoPermission', method: 'reading latestEvent', object: MANAGER });
    await expect(latestEventOf(clientThatTells({ missing: { latestEvent: refused } }))).rejects.toBe(refused);
  });
});
