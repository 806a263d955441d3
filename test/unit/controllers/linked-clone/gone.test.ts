// When a VM that isn't found counts as gone: its host, or each that it may have been on, has to be there to say so.
import { describe, expect, it } from '@jest/globals';
import type { LinkedCloneStatus } from '../../../../src/api/types.generated.ts';
import { gone } from '../../../../src/controllers/linked-clone/gone.ts';
import { deletedClone, onStage, source } from '../support/deleting-clone.ts';
import { REFS, tree } from '../support/inventory.ts';

const INTENT = {
  type: 'Clone',
  startedAt: '2026-01-01T00:00:00Z',
  attempt: 1,
  sourceVm: 'vm-1',
  datastore: REFS.ds1.value,
  resourcePool: REFS.labPool.value,
  folder: REFS.labs.value,
} as const;

const CONNECTED = { 'runtime.connectionState': 'connected' };
const AWAY = { 'runtime.connectionState': 'notResponding' };
const FINE = {
  'vm-1': source(),
  [REFS.ds1.value]: { 'summary.accessible': true },
  [REFS.labs.value]: { name: 'Labs' },
};

/** Hosts one and two see the datastore of the intent, host three doesn't. */
async function outcome(vms: Record<string, Record<string, unknown>>, status: LinkedCloneStatus): Promise<string> {
  const { vm: _, ...rest } = deletedClone().status ?? {};
  const clone = { ...deletedClone(), status: { ...rest, ...status } };
  const { scope, connection } = onStage({ vms: { ...FINE, ...vms }, clone });
  connection.tree = async () => tree();
  for (const [host, datastore] of [
    [REFS.host1, REFS.ds1],
    [REFS.host2, REFS.ds1],
    [REFS.host3, REFS.ds2],
  ] as const)
    connection.hosts.set(`HostSystem:${host.value}`, {
      ref: host,
      name: host.value,
      connected: true,
      inMaintenance: false,
      inStandby: false,
      datastores: [datastore],
    });
  return gone(scope, 'web-01').then(
    ({ reason }) => reason,
    (error: unknown) => `${(error as { reason: string }).reason}: ${(error as Error).message}`,
  );
}

describe('a VM of which only the intent is known', () => {
  it('is lost when every host that it may have been on is there', async () => {
    const hosts = { [REFS.host1.value]: CONNECTED, [REFS.host2.value]: CONNECTED, [REFS.host3.value]: AWAY };
    expect(await outcome(hosts, { operation: INTENT })).toBe('Lost');
  });

  it.each([REFS.host1, REFS.host2])('is not while %j is away', async (away) => {
    const hosts = { [REFS.host1.value]: CONNECTED, [REFS.host2.value]: CONNECTED, [away.value]: AWAY };
    expect(await outcome(hosts, { operation: INTENT })).toMatch(
      new RegExp(`^Disconnected: .*HostSystem:${away.value}.*notResponding`),
    );
  });

  it('may have been on any host that sees its datastore, where its pool is gone', async () => {
    const intent = { ...INTENT, resourcePool: 'resgroup-77' };
    const hosts = { [REFS.host1.value]: CONNECTED, [REFS.host2.value]: CONNECTED, [REFS.host3.value]: AWAY };
    expect(await outcome(hosts, { operation: intent })).toBe('Lost');
    expect(await outcome({ ...hosts, [REFS.host2.value]: AWAY }, { operation: intent })).toContain('Disconnected');
  });

  it('needs its own host alone, where that was asked for', async () => {
    const hosts = { [REFS.host1.value]: CONNECTED, [REFS.host2.value]: AWAY };
    expect(await outcome(hosts, { operation: { ...INTENT, host: REFS.host1.value } })).toBe('Lost');
    expect(await outcome(hosts, { operation: { ...INTENT, host: REFS.host2.value } })).toContain('Disconnected');
  });
});

describe('a VM that is recorded', () => {
  const VM = { moRef: 'vm-10', instanceUuid: 'uid-web-1', host: REFS.host1.value, datastore: REFS.ds1.value };

  it.each([
    ['its host', { [REFS.host1.value]: AWAY }],
    ['its datastore', { [REFS.host1.value]: CONNECTED, [REFS.ds1.value]: { 'summary.accessible': false } }],
  ])('is not lost while %s is away', async (_, vms) => {
    expect(await outcome(vms, { vm: VM })).toContain('Disconnected');
  });

  it('is lost when both are there, whatever other hosts do', async () => {
    expect(await outcome({ [REFS.host1.value]: CONNECTED, [REFS.host2.value]: AWAY }, { vm: VM })).toBe('Lost');
  });
});

describe('a VM whose folder was removed, with it or without', () => {
  const { [REFS.labs.value]: _, ...withoutFolder } = FINE;
  const recorded = { moRef: 'vm-10', instanceUuid: 'uid-web-1', host: REFS.host1.value, folder: REFS.labs.value };
  const staged = (fields: Record<string, Record<string, unknown>> = {}) =>
    onStage({
      vms: { ...withoutFolder, [REFS.host1.value]: CONNECTED, ...fields },
      clone: deletedClone({}, { vm: { ...recorded, datastore: REFS.ds1.value } }),
    });

  it('is lost: the folder hides nothing from an account that may see everything', async () => {
    expect((await gone(staged().scope, 'web-01')).reason).toBe('Lost');
  });

  it('is not for one that may not, and its deletion says what holds it and the way out', async () => {
    const { scope, connection } = staged();
    connection.client.heldPrivileges = async () => new Map();
    await expect(gone(scope, 'web-01')).rejects.toMatchObject({ reason: 'Disconnected' });
    const blocked = scope.draft.find('DeletionBlocked');
    expect([blocked?.reason, blocked?.message]).toEqual([
      'NotConnected',
      expect.stringContaining('kubectl annotate lclone -n lab web-1 linkedclone.dev/release=uid-web-1'),
    ]);
  });

  it('is not while its host was removed, too: that one may be added again', async () => {
    const { scope } = staged({ [REFS.host1.value]: {} });
    await expect(gone(scope, 'web-01')).rejects.toMatchObject({ reason: 'Disconnected' });
  });
});

describe('a clone whose base object is gone', () => {
  it('is not lost while unknown tasks run on the machine that it was made of', async () => {
    const madeOf = {
      moRef: 'vm-1',
      instanceUuid: 'vm-uuid',
      name: 'win',
      snapshot: { moRef: 'snapshot-1', id: 1, createTime: '2026-01-01T00:00:00Z' },
    };
    const clone = deletedClone({}, { source: madeOf });
    const { scope, connection } = onStage({ vms: FINE, clone, base: null });
    const looked: string[] = [];
    connection.sourceTasks.lookAt = async ({ value }) => looked.push(value);
    await expect(gone(scope, 'web-01')).rejects.toMatchObject({
      reason: 'OutcomeUnknown',
      message: expect.stringContaining('1 unknown clone tasks run'),
    });
    expect(looked).toEqual(['vm-1']);
  });
});

describe('what is said of a lost VM', () => {
  async function said(deleted: boolean, inSet: boolean, deletionPolicy?: 'Retain') {
    const going = deletedClone(deletionPolicy && { deletionPolicy });
    const { deletionTimestamp: _, ...metadata } = going.metadata;
    const { scope } = onStage({ vms: FINE, clone: deleted ? going : { ...going, metadata } });
    const notes: string[] = [];
    Object.assign(scope, { group: inSet ? 'uid-web' : scope.uid });
    scope.runtime.events.event = (_object, { note }) => void notes.push(note);
    const { message } = await gone(scope, 'web-01');
    return { message, notes };
  }

  it('promises another one to a set alone', async () => {
    expect((await said(false, true)).message).toMatch(/by someone else; its set makes another after/);
    expect((await said(false, false)).message).toMatch(/by someone else; nothing makes another: delete this object$/);
  });

  it('blames nobody, and has no event, where it was to go: our own call may have done it', async () => {
    expect((await said(false, true)).notes).toHaveLength(1);
    const { message, notes } = await said(true, true);
    expect([message.includes('someone else'), notes]).toEqual([false, []]);
    expect((await said(true, true, 'Retain')).notes).toEqual([expect.stringContaining('someone else')]);
  });
});

describe('since when a VM is lost, which its set counts from', () => {
  const OWN = '2026-01-01T00:00:00Z';

  it.each([
    ["this machine's, which was behind", '2026-01-01T06:00:00Z', '2026-01-01T06:00:00Z'],
    ["the API server's, which was behind", '2025-12-31T18:00:00Z', OWN],
  ])('is not earlier than it was by the right clock, whichever is corrected: %s', async (_, now, since) => {
    const { scope } = onStage({ vms: FINE, now });
    await gone(scope, 'web-01');
    expect(scope.draft.find('Lost')?.lastTransitionTime).toBe(since);
  });

  it('is now where the clock that said so was ahead', async () => {
    const ahead = onStage({ vms: FINE, now: '2027-01-01T00:00:00Z' }).scope;
    await gone(ahead, 'web-01');
    const { conditions } = ahead.draft.status;
    const { scope } = onStage({ vms: FINE, clone: deletedClone({}, conditions && { conditions }) });
    await gone(scope, 'web-01');
    expect(scope.draft.find('Lost')?.lastTransitionTime).toBe(OWN);
  });
});
