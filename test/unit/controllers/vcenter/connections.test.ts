// Who has a session is known at every moment, so that the end of the process leaves none behind.
import { describe, expect, it } from '@jest/globals';
import { Connections } from '../../../../src/controllers/vcenter/connections.ts';
import type { VCenterConnection } from '../../../../src/controllers/vcenter/connection.ts';
import { SlotPools } from '../../../../src/controllers/vcenter/slot-pools.ts';
import { ref } from '../support/vm.ts';
import { settle } from '../../../support/fake-clock.ts';

/** A connection whose start ends when the test says so, or when it's closed. */
function connection(name: string, instanceUuid = 'vc-uuid') {
  const start = Promise.withResolvers<void>();
  start.promise.catch(() => undefined); // one that was never started
  const told = { closed: 0 };
  const fake = {
    name,
    instanceUuid,
    slots: new SlotPools(),
    client: { updates: { failure: undefined } },
    holds: { claim: { giveUp: async () => undefined } },
    start: () => start.promise,
    close: async () => {
      told.closed += 1;
      start.reject(new Error('closed'));
    },
  };
  return { one: fake as unknown as VCenterConnection, start, told };
}

describe('Connections', () => {
  it('keeps what was started, and closes it at the end', async () => {
    const connections = new Connections();
    const { one, start, told } = connection('vc');
    const opened = connections.open(one);
    expect(connections.get('vc')).toBeUndefined();
    start.resolve();
    expect(await opened).toBe(true);
    expect(connections.get('vc')).toBe(one);
    await connections.closeAll();
    expect([connections.get('vc'), told.closed]).toEqual([undefined, 1]);
  });

  it('closes one that could not be started, and says why it could not', async () => {
    const connections = new Connections();
    const { one, start, told } = connection('vc');
    const opened = connections.open(one);
    start.reject(new Error('no inventory'));
    await expect(opened).rejects.toThrow('no inventory');
    expect([connections.get('vc'), told.closed]).toEqual([undefined, 1]);
  });

  it('closes one that is still being started at the end', async () => {
    const connections = new Connections();
    const { one, told } = connection('vc');
    const opened = connections.open(one);
    await settle();
    await connections.closeAll();
    expect(await opened).toBe(false);
    expect([connections.get('vc'), told.closed]).toEqual([undefined, 1]);
  });

  it('closes one that was logged in only after the end', async () => {
    const connections = new Connections();
    await connections.closeAll();
    const { one, told } = connection('vc');
    expect(await connections.open(one)).toBe(false);
    expect([connections.get('vc'), told.closed]).toEqual([undefined, 1]);
  });

  /** Opens one and asks for a snapshot's, or a clone's, slot on a source that all share. */
  async function openOne(connections: Connections, name: string, instanceUuid: string) {
    const { one, start } = connection(name, instanceUuid);
    start.resolve();
    await connections.open(one);
    const granted: string[] = [];
    const clone = (id: string): boolean =>
      one.slots.requestClone({
        ...{ id, group: 'set', source: ref('vm-1'), sourceHost: () => undefined, groupLimit: () => 1 },
        chooseHost: () => ref('host-1', 'HostSystem'),
        granted: () => granted.push(id),
      });
    return {
      one,
      clone,
      granted,
      snapshot: (id: string) => one.slots.requestSnapshot(id, ref('vm-1'), () => undefined),
    };
  }

  it('locks the source of a snapshot for all VCenters of one vCenter, until the one that holds it has logged out', async () => {
    const connections = new Connections();
    const first = await openOne(connections, 'first', 'vc-uuid');
    const second = await openOne(connections, 'second', 'vc-uuid');
    const elsewhere = await openOne(connections, 'elsewhere', 'another-uuid'); // the same reference is another machine there
    expect(first.snapshot('base')).toBe(true);
    expect([second.clone('clone'), elsewhere.clone('clone')]).toEqual([false, true]);
    await connections.close('first');
    expect(second.granted).toEqual(['clone']);
    const again = await openOne(connections, 'first', 'vc-uuid');
    expect(again.snapshot('base')).toBe(false); // a clone of it is made through the other one
    second.one.slots.release('clone', 'clone');
    expect(again.one.slots.snapshot.holds('base')).toBe(true);
  });

  it('remembers the claims that were written into a vCenter also when its connection is closed', async () => {
    const connections = new Connections();
    await openOne(connections, 'first', 'vc-uuid');
    connections.sentClaims('vc-uuid').sends('mine', 10);
    await connections.close('first');
    await openOne(connections, 'first', 'vc-uuid');
    expect(connections.sentClaims('vc-uuid').cameInTime('mine', 5)).toBe(true);
    expect(connections.sentClaims('another-uuid').cameInTime('mine', 5)).toBe(false);
  });
});
