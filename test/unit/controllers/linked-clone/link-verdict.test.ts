// Before a VM is called a full copy, and removed for it, or detached: the snapshot and the VM are read anew, and what vCenter doesn't
// tell is no evidence.
import { describe, expect, it } from '@jest/globals';
import { recheckLink } from '../../../../src/controllers/linked-clone/observe.ts';
import { verifyPhase } from '../../../../src/controllers/linked-clone/verify.ts';
import type { ObjectState } from '../../../../src/vsphere/client.ts';
import { CREATED, condition } from '../support/objects.ts';
import { UID, VM, deletedClone, onStage, victim } from '../support/deleting-clone.ts';
import { chain, disk, ref, vmView } from '../support/vm.ts';

type Devices = readonly ReturnType<typeof disk>[] | undefined;

const OLD = [disk(2000, chain('[ds-1] win/win.vmdk'))];
const NEW = [disk(2000, chain('[ds-2] win/win.vmdk'))];
const LINKED = [disk(2000, chain('[ds-2] web-01/web-01.vmdk', '[ds-2] win/win.vmdk'))];
const FULL = [disk(2000, chain('[ds-2] web-01/web-01.vmdk'))];

/** What is said of a VM whose disks are answered in turn, on a snapshot whose disks are answered in turn. */
async function verdict(vmReads: Devices[], snapshotReads: Devices[]) {
  const operation = { type: 'Clone', snapshot: 'snapshot-1', startedAt: CREATED, attempt: 1 } as const;
  const clone = deletedClone({}, { operation });
  delete (clone.status as { vm?: unknown }).vm;
  const { scope, connection, calls } = onStage({ vms: {}, clone });
  Object.assign(scope.memory, { result: VM, resultOfTask: true, called: true });
  const next = (reads: Devices[]): Devices => (reads.length > 1 ? reads.shift() : reads[0]);
  const state = (objectRef: typeof VM, properties: Record<string, unknown>): ObjectState => ({
    ref: objectRef,
    properties,
    missing: {},
  });
  Object.assign(connection.client, {
    readSoon: async () => state(VM, victim({ 'config.hardware.device': next(vmReads) })),
    read: async () =>
      state(ref('snapshot-1', 'VirtualMachineSnapshot'), { 'config.hardware.device': next(snapshotReads) }),
  });
  if (snapshotReads.length > 1) await connection.snapshotDisks(ref('snapshot-1', 'VirtualMachineSnapshot'));
  const error: unknown = await verifyPhase(scope).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const reason = (error as { reason?: string } | undefined)?.reason ?? (error as Error | undefined)?.name ?? 'verified';
  return { said: [reason, scope.draft.find('Linked')?.reason, scope.draft.status.vm?.instanceUuid], calls };
}

describe('verifyPhase', () => {
  it('records a VM that leads to the files that the snapshot has now', async () => {
    expect(await verdict([LINKED], [NEW])).toEqual({ said: ['verified', 'DeltaDisks', UID], calls: [] });
    // known from before the source was moved
    expect(await verdict([LINKED], [OLD, NEW])).toEqual({ said: ['verified', 'DeltaDisks', UID], calls: [] });
  });

  it('calls a VM a full copy that leads nowhere, read twice', async () => {
    expect(await verdict([FULL], [NEW])).toEqual({ said: ['NotLinked', 'FullCopy', undefined], calls: [] });
    expect((await verdict([FULL, LINKED], [NEW])).said).toEqual(['verified', 'DeltaDisks', UID]);
  });

  it('says nothing while the disks of either are not told', async () => {
    expect((await verdict([undefined], [NEW])).said).toEqual(['OutcomeUnknown', undefined, undefined]);
    expect((await verdict([FULL, undefined], [NEW])).said).toEqual(['OutcomeUnknown', undefined, undefined]);
    expect((await verdict([FULL], [undefined])).said).toEqual(['UnreadableDisks', undefined, undefined]);
  });
});

describe('recheckLink', () => {
  /** Reasons of Linked, and where its files are said to be, after a look at a clone whose configuration changed. */
  async function recheck(devices: Devices, snapshotReads: Devices[]): Promise<unknown[]> {
    const clone = deletedClone({}, { conditions: [condition('Linked', 'True', 'DeltaDisks')] });
    const { scope, connection, events } = onStage({
      vms: { 'vm-10': victim({ 'config.hardware.device': devices }) },
      clone,
    });
    const snapshot = ref('snapshot-1', 'VirtualMachineSnapshot');
    const next = (): Devices => (snapshotReads.length > 1 ? snapshotReads.shift() : snapshotReads[0]);
    Object.assign(connection.client, {
      read: async () => ({ ref: snapshot, properties: { 'config.hardware.device': next() }, missing: {} }),
    });
    await connection.snapshotDisks(snapshot);
    await recheckLink(scope, vmView({ ref: VM, changeVersion: '2' }));
    return [scope.draft.find('Linked')?.reason, events, scope.lookedAt?.version];
  }

  it('finds the base under its new name when their datastore was renamed', async () => {
    expect(await recheck(LINKED, [OLD, NEW])).toEqual(['DeltaDisks', [], '2']);
  });

  it('calls detached what leads nowhere by answers of now', async () => {
    expect(await recheck(FULL, [OLD, NEW])).toEqual(['Detached', ['Detached web-1'], '2']);
  });

  it('says nothing while the base does not tell its disks', async () => {
    expect(await recheck(LINKED, [OLD, undefined])).toEqual(['DeltaDisks', [], undefined]);
  });

  it('follows the files to another datastore', async () => {
    const moved = {
      ...chain('[ds-2] web-01_1/web-01.vmdk', '[ds-2] win/win.vmdk'),
      datastore: ref('ds-2', 'Datastore'),
    };
    const place = {
      'config.files.vmPathName': '[ds-2] web-01_1/web-01.vmx',
      'config.hardware.device': [disk(2000, moved)],
    };
    const vm = {
      moRef: 'vm-10',
      instanceUuid: UID,
      name: 'web-01',
      datastore: 'ds-1',
      vmPathName: '[ds-1] web-01/web-01.vmx',
    };
    const { scope } = onStage({ vms: { 'vm-10': victim(place) }, clone: deletedClone({}, { vm }), base: null });
    await recheckLink(scope, vmView({ ref: VM, changeVersion: '2' }));
    expect(scope.draft.status.vm).toEqual({ ...vm, datastore: 'ds-2', vmPathName: '[ds-2] web-01_1/web-01.vmx' });
  });
});
