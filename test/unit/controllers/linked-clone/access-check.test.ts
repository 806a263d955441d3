// Access is asked again before anything is done: for all that is recorded, against rules as they are now, and with an
// inventory that is read again for what it doesn't have. What can't be asked about is refused.
import { describe, expect, it } from '@jest/globals';
import type { VCenterAccessRule } from '../../../../src/api/types.generated.ts';
import { checkIntentAccess, checkStandingAccess } from '../../../../src/controllers/linked-clone/access-check.ts';
import { applyNotes } from '../../../../src/controllers/linked-clone/notes.ts';
import { resolvePlacement } from '../../../../src/controllers/linked-clone/placement.ts';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { newMemory } from '../../../../src/controllers/linked-clone/scope.ts';
import { Admissions } from '../../../../src/controllers/vcenter/admissions.ts';
import { VCenterHolds } from '../../../../src/controllers/vcenter/holds.ts';
import { Operations } from '../../../../src/controllers/vcenter/operations.ts';
import type { ObjectState } from '../../../../src/vsphere/client.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { REFS, state, tree } from '../support/inventory.ts';
import { CREATED, baseSnapshot, linkedClone, pinned, vCenter } from '../support/objects.ts';
import { disk, ref, vmView } from '../support/vm.ts';

const RULE: VCenterAccessRule = {
  namespaces: { names: ['lab'] },
  parents: ['*'],
  folders: ['/DC0/vm/Labs%2fEast'],
  resourcePools: ['/DC0/host/C0/Resources/Labs'],
  datastores: ['/DC0/datastore/ds-1'],
};
const PLACE = { folder: REFS.labs.value, resourcePool: REFS.labPool.value, datastore: REFS.ds1.value };
const INTENT = { ...PLACE, type: 'Clone', attempt: 1, startedAt: CREATED } as const;
const NEW_STORE = ref('datastore-9', 'Datastore');

/** `later`: what only an inventory that is read again has. */
function rig(
  options: {
    rule?: Partial<VCenterAccessRule>;
    vm?: Record<string, string>;
    later?: ObjectState[];
    /** Where the machine is. */
    pool?: MoRef;
  } = {},
) {
  const calls: string[] = [];
  const events: string[] = [];
  const clone = linkedClone({
    name: 'web-1',
    spec: { notes: 'new notes' },
    status: { vm: { moRef: 'vm-10', instanceUuid: 'uid-web-1', ...PLACE, ...options.vm } },
  });
  let known = tree();
  const connection = {
    tree: async (fresh = false) => {
      if (fresh) known = tree(options.later);
      return known;
    },
    poolOf: async () => REFS.labPool,
    admissions: new Admissions(),
    operations: new Operations(() => undefined),
    holds: new VCenterHolds(vCenter()),
    client: {
      readSoon: async () => ({
        properties: { 'config.annotation': 'old notes', ...(options.pool && { resourcePool: options.pool }) },
      }),
      reconfigure: async (_: unknown, change: unknown) => void calls.push(`reconfigure ${JSON.stringify(change)}`),
    },
    track: () => undefined,
  };
  const runtime = {
    config: { 'retry-max': 60_000 },
    stores: { namespaces: { get: () => undefined }, clones: { byIndex: () => [] } },
    guard: { mayChange: () => undefined },
    events: { event: (_: unknown, text: { note: string }) => events.push(text.note) },
  };
  const scope = {
    runtime,
    clone,
    draft: { status: { ...clone.status } },
    uid: clone.metadata.uid,
    namespace: 'lab',
    memory: newMemory(),
    base: baseSnapshot({ status: { ...pinned(), source: { ...pinned().source, path: '/DC0/vm/Parents/win' } } }),
    vCenter: vCenter({ spec: { datacenter: 'DC0', access: [{ ...RULE, ...options.rule }] } }),
    connection,
  } as unknown as CloneScope;
  return { scope, calls, events };
}

const PARTS: [string, Partial<VCenterAccessRule>, string][] = [
  ['the namespace', { namespaces: { names: ['somebody'] } }, 'no rule in spec.access is for namespace "lab"'],
  ['the parent', { parents: [] }, 'parent "/DC0/vm/Parents/win"'],
  ['the folder', { folders: [] }, 'folder "/DC0/vm/Labs%2fEast"'],
  ['the resource pool', { resourcePools: [] }, 'resource pool "/DC0/host/C0/Resources/Labs"'],
  ['the datastore', { datastores: [] }, 'datastore "/DC0/datastore/ds-1"'],
];

describe('access to what a clone uses', () => {
  it('is there as long as a rule allows all of it', async () => {
    const { scope } = rig();
    await expect(checkStandingAccess(scope)).resolves.toBeUndefined();
    await expect(checkIntentAccess(scope, INTENT)).resolves.toBeUndefined();
  });

  it('is asked for what was recorded a moment ago and is not stored yet', async () => {
    const { scope } = rig();
    Object.assign(scope.clone, { status: {} });
    await expect(checkStandingAccess(scope)).resolves.toBeUndefined();
  });

  it.each(PARTS)('is gone with the rule for %s', async (_, rule, text) => {
    const refused = { reason: 'AccessDenied', message: expect.stringContaining(text) };
    await expect(checkStandingAccess(rig({ rule }).scope)).rejects.toMatchObject(refused);
    await expect(checkIntentAccess(rig({ rule }).scope, INTENT)).rejects.toMatchObject(refused);
  });

  it('is asked with an inventory that has what was added later', async () => {
    const later = [state(NEW_STORE, 'ds-9', REFS.datastoreFolder)];
    const vm = { datastore: NEW_STORE.value };
    await expect(checkStandingAccess(rig({ vm, later }).scope)).rejects.toMatchObject({
      reason: 'AccessDenied',
      message: expect.stringContaining('datastore "/DC0/datastore/ds-9"'),
    });
    await expect(
      checkStandingAccess(rig({ vm, later, rule: { datastores: ['ds-9'] } }).scope),
    ).resolves.toBeUndefined();
  });

  it('is refused for what the inventory does not show, whatever the rules', async () => {
    const { scope } = rig({ vm: { datastore: NEW_STORE.value }, rule: { datastores: ['*'] } });
    await expect(checkStandingAccess(scope)).rejects.toMatchObject({
      reason: 'PlacementNotFound',
      message: expect.stringContaining('datastore datastore-9'),
    });
  });
});

describe('access to a machine that was moved to another pool', () => {
  const GONE = { resourcePool: 'resgroup-gone' };

  it.each<[string, Record<string, string>, Partial<VCenterAccessRule>]>([
    ['as the one it was made in is gone', GONE, {}],
    ['that is allowed, where the old one no longer is', { resourcePool: REFS.rootPool.value }, {}],
  ])('%s is asked for where it is', async (_, vm, rule) => {
    const { scope } = rig({ vm, rule, pool: REFS.labPool });
    await expect(checkStandingAccess(scope)).resolves.toBeUndefined();
    expect(scope.draft.status.vm?.resourcePool).toBe(REFS.labPool.value);
  });

  it('is refused where that one is not allowed', async () => {
    const refused = { reason: 'AccessDenied', message: expect.stringContaining('resource pool') };
    const { scope } = rig({ vm: GONE, rule: { resourcePools: [] }, pool: REFS.labPool });
    await expect(checkStandingAccess(scope)).rejects.toMatchObject(refused);
  });

  it('is refused where vCenter does not tell which', async () => {
    await expect(checkStandingAccess(rig({ vm: GONE }).scope)).rejects.toMatchObject({ reason: 'PlacementNotFound' });
  });
});

describe('a placement on a datastore that is newer than the inventory', () => {
  const devices = [disk(2000, { fileName: '[ds-9] win/win.vmdk', datastore: NEW_STORE })];

  it('is checked against the rules', async () => {
    const later = [state(NEW_STORE, 'ds-9', REFS.datastoreFolder)];
    await expect(resolvePlacement(rig({ later }).scope, devices)).rejects.toMatchObject({
      reason: 'AccessDenied',
      message: expect.stringContaining('datastore "/DC0/datastore/ds-9"'),
    });
  });

  it('is refused as long as it is not seen', async () => {
    await expect(resolvePlacement(rig().scope, devices)).rejects.toMatchObject({ reason: 'PlacementNotFound' });
  });

  it('has the datastores of parents of the disks, too', async () => {
    const chained = { fileName: '[ds-1] a.vmdk', datastore: REFS.ds1, parent: { datastore: REFS.ds2 } };
    const placement = await resolvePlacement(rig({ rule: { folders: ['Labs%2fEast'] } }).scope, [disk(2000, chained)]);
    expect(placement.baseDatastores).toEqual([REFS.ds1, REFS.ds2]);
  });
});

describe('a folder that is to be made for a clone', () => {
  const devices = [disk(2000, { fileName: '[ds-1] win/win.vmdk', datastore: REFS.ds1 })];

  it('is not asked for while another holds the claim, and the clone says so', async () => {
    const { scope, calls } = rig({ rule: { folders: ['Labs%2fEast/new'] } });
    const made = async (): Promise<void> => void calls.push('createFolder');
    Object.assign(scope.connection ?? {}, { client: { createFolder: made } });
    Object.defineProperty(scope.connection?.holds, 'claimed', { value: 'another cluster has the vCenter' });
    await expect(resolvePlacement(scope, devices)).rejects.toMatchObject({ reason: 'VCenterClaimed' });
    expect(calls).toEqual([]);
  });

  it('that is there is enough', async () => {
    const { scope } = rig({ rule: { folders: ['Labs%2fEast'] } });
    Object.defineProperty(scope.connection?.holds, 'claimed', { value: 'another cluster has the vCenter' });
    await expect(resolvePlacement(scope, devices)).resolves.toMatchObject({ folder: REFS.labs });
  });
});

describe('changed notes', () => {
  it('are written while access lasts', async () => {
    const { scope, calls } = rig();
    expect(await applyNotes(scope, vmView())).toBeUndefined();
    expect(calls).toEqual(['reconfigure {"annotation":"new notes"}']);
  });

  it.each(PARTS)('change nothing once the rule for %s is withdrawn, and are tried again', async (_, rule, text) => {
    const { scope, calls, events } = rig({ rule });
    expect(await applyNotes(scope, vmView())).toBeGreaterThan(0);
    expect(calls).toEqual([]);
    expect(events).toEqual([expect.stringContaining(text)]);
  });
});
