// Foreign children of a snapshot, and of a clone's disks: who they are where everything can be seen, "unknown" where a
// folder, a VM or a property can't. "None" is only said when that is proven.
import { describe, expect, it } from '@jest/globals';
import type { ForeignChildren } from '../../../../src/controllers/base-snapshot/foreign.ts';
import { foreignChildren } from '../../../../src/controllers/base-snapshot/foreign.ts';
import { findAllHolders } from '../../../../src/controllers/linked-clone/chain-holders.ts';
import type { VCenterConnection } from '../../../../src/controllers/vcenter/connection.ts';
import type { ObjectState } from '../../../../src/vsphere/client.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { moRefKey } from '../../../../src/vsphere/mo-ref.ts';
import { REFS, ROOT, tree } from '../support/inventory.ts';
import { chain, disk, ref } from '../support/vm.ts';

const SOURCE = ref('vm-1');
const SNAPSHOT = ref('snapshot-1', 'VirtualMachineSnapshot');
const BASE = '[ds] win/win.vmdk';
const noPermission = new VSphereError({
  method: 'HasPrivilegeOnEntities',
  object: ref('am', 'AuthorizationManager'),
  fault: 'NoPermission',
  detail: { object: REFS.labs, privilegeId: 'System.Read' },
});

interface Stage {
  readonly vms?: readonly ObjectState[];
  /** References of folders that the session may not read. */
  readonly denied?: readonly MoRef[];
  /** What the question for privileges fails with. */
  readonly fails?: Error;
  /** The answer leaves these out. */
  readonly leftOut?: readonly MoRef[];
}

function vm(name: string, file: string): ObjectState {
  return {
    ref: ref(name),
    properties: { name, 'config.hardware.device': [disk(2000, chain(`[ds] ${name}`, file))] },
    missing: {},
  };
}

function connect({ vms = [], denied = [], fails, leftOut = [] }: Stage): {
  connection: VCenterConnection;
  asked: MoRef[];
} {
  const asked: MoRef[] = [];
  const has = (list: readonly MoRef[], one: MoRef): boolean => list.some((each) => moRefKey(each) === moRefKey(one));
  const client = {
    content: { rootFolder: ROOT },
    read: async () => ({
      ref: SNAPSHOT,
      properties: { 'config.hardware.device': [disk(2000, chain(BASE))] },
      missing: {},
    }),
    readTree: async () => [vm('vm-1', BASE), ...vms],
    readMany: async () => new Map(),
    heldPrivileges: async (entities: readonly MoRef[], ids: readonly string[]) => {
      asked.push(...entities);
      if (fails !== undefined) throw fails;
      return new Map(
        entities
          .filter((each) => !has(leftOut, each))
          .map((each) => [moRefKey(each), new Set(has(denied, each) ? ids.slice(0, 1) : ids)]),
      );
    },
  };
  const connection = { client, tree: async () => tree(), signal: undefined } as unknown as VCenterConnection;
  return { connection, asked };
}

const holdersOf = async (stage: Stage): Promise<ForeignChildren> => {
  const { held, ...said } = await findAllHolders(
    connect(stage).connection,
    SOURCE,
    new Set([BASE, '[ds] unused.vmdk']),
  );
  expect([...held]).toEqual(said.names.length > 0 ? [BASE] : []);
  return said;
};
const childrenOf = (stage: Stage): ReturnType<typeof foreignChildren> =>
  foreignChildren(connect(stage).connection, SOURCE, SNAPSHOT);

describe.each([
  ['foreignChildren', childrenOf],
  ['findAllHolders', holdersOf],
])('%s', (_, look) => {
  it('names the VMs on the files, where everything can be seen', async () => {
    expect(await look({ vms: [vm('vm-7', BASE), vm('vm-8', '[ds] other.vmdk')] })).toEqual({
      names: ['"vm-7" (vm-7)'],
    });
    expect(await look({})).toEqual({ names: [] });
  });

  it.each<[string, MoRef, string]>([
    ['the root folder', ROOT, 'System.Read on / (group-d1)'],
    ['a datacenter', REFS.datacenter, 'System.Read on /DC0 (datacenter-1)'],
    ['a folder', REFS.labs, 'System.Read on /DC0/vm/Labs%2fEast (group-v2)'],
  ])('is unknown where %s may not be read, and names it', async (__, denied, expected) => {
    const { names, unknown } = await look({ denied: [denied] });
    expect(names).toEqual([]);
    expect(unknown).toContain(expected);
    expect(unknown).toContain('System.View and System.Read on the root folder, propagated');
  });

  it('is unknown where the question is refused, or the answer leaves a folder out', async () => {
    expect((await look({ fails: noPermission })).unknown).toContain('System.Read on Folder:group-v2');
    expect((await look({ leftOut: [REFS.vmFolder] })).unknown).toContain('System.View and System.Read on /DC0/vm');
  });

  it('fails when vCenter does not answer: that is no answer', async () => {
    const away = new VSphereError({ method: 'HasPrivilegeOnEntities', fault: 'Timeout' });
    await expect(look({ fails: away })).rejects.toBe(away);
  });

  it('is unknown where vCenter tells no configuration of a VM, which is no refusal, and names it', async () => {
    const untold = { ...vm('vm-7', BASE), properties: { name: 'vm-7' } };
    expect(await look({ vms: [untold] })).toMatchObject({
      names: [],
      unknown: expect.stringContaining('"vm-7" (vm-7)'),
    });
  });

  it('leaves out a VM that vanished while it was read', async () => {
    const gone = new VSphereError({ fault: 'ManagedObjectNotFound', method: 'reading name', object: ref('vm-9') });
    const vanished = { ref: ref('vm-9'), properties: {}, missing: { name: gone } };
    expect(await look({ vms: [vanished, vm('vm-7', BASE)] })).toEqual({ names: ['"vm-7" (vm-7)'] });
  });

  it('is unknown where a property of a VM is not given', async () => {
    const hidden = { ...vm('vm-7', BASE), missing: { 'config.hardware.device': noPermission } };
    expect((await look({ vms: [hidden] })).unknown).toContain('vm-7');
  });
});

it('bases that ask at the same time share one look, those that ask during it the next, and each has its own answer', async () => {
  const { connection } = connect({ vms: [vm('vm-7', BASE), vm('vm-8', '[ds] other.vmdk')] });
  const { client } = connection;
  const [read, readTree] = [client.read.bind(client), client.readTree.bind(client)];
  let looks = 0;
  const other = ref('snapshot-2', 'VirtualMachineSnapshot');
  const during: Promise<unknown>[] = [];
  client.read = async (snapshot, ...rest) => {
    const state = await read(snapshot, ...rest);
    const devices = [disk(2000, chain('[ds] other.vmdk'))];
    return snapshot === other ? { ...state, properties: { 'config.hardware.device': devices } } : state;
  };
  client.readTree = async (...args) => {
    looks += 1;
    if (looks === 1)
      for (let i = 0; i < 3; i += 1) during.push(foreignChildren(connection, SOURCE, i === 0 ? other : SNAPSHOT));
    return readTree(...args);
  };
  const together = Array.from({ length: 5 }, () => foreignChildren(connection, SOURCE, SNAPSHOT));
  const onBase = { names: ['"vm-7" (vm-7)'] };
  expect(await Promise.all(together)).toEqual([onBase, onBase, onBase, onBase, onBase]);
  expect(await Promise.all(during)).toEqual([{ names: ['"vm-8" (vm-8)'] }, onBase, onBase]);
  expect(looks).toBe(2);
});

it('the root folder, every datacenter and every folder are asked about', async () => {
  const { connection, asked } = connect({});
  await foreignChildren(connection, SOURCE, SNAPSHOT);
  expect(asked.map(({ value }) => value).toSorted()).toEqual(
    [ROOT, REFS.datacenter, REFS.vmFolder, REFS.labs, REFS.hostFolder, REFS.datastoreFolder]
      .map(({ value }) => value)
      .toSorted(),
  );
});
