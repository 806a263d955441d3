// A source whose files and snapshots are more than can be read is inspected without them: they are for figures alone. One that
// isn't there is said with what is.
import { describe, expect, it } from '@jest/globals';
import type { BaseSnapshot } from '../../../../src/api/types.generated.ts';
import { inspectSource } from '../../../../src/controllers/base-snapshot/inspection.ts';
import { NameSearch } from '../../../../src/controllers/base-snapshot/name-search.ts';
import type { VCenterConnection } from '../../../../src/controllers/vcenter/connection.ts';
import { EXCESS, VSphereError } from '../../../../src/vsphere/faults.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { moRefKey } from '../../../../src/vsphere/mo-ref.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MARKER, source } from '../support/deleting-clone.ts';
import { REFS, tree } from '../support/inventory.ts';
import { baseSnapshot, pinned } from '../support/objects.ts';
import { ref } from '../support/vm.ts';

/** A vCenter whose answer about the source is too much, or broken, when it has files in it. */
function connect(detail: Record<string, unknown> | undefined): { connection: VCenterConnection; asked: string[] } {
  const asked: string[] = [];
  const client = {
    read: async (one: MoRef, paths: readonly string[]) => {
      asked.push(paths.some((path) => path.startsWith('layoutEx')) ? 'with files' : 'without');
      if (paths.includes('layoutEx.file') && detail !== undefined)
        throw new VSphereError({ fault: 'BadReply', method: 'RetrievePropertiesEx', detail });
      const file = { 'layoutEx.file': [{ key: 1, name: 'a', type: 'diskExtent', size: 5 }], 'layoutEx.snapshot': [] };
      return { ref: one, properties: { ...source(), ...file }, missing: {} };
    },
  };
  return { connection: { client, tree: async () => tree() } as unknown as VCenterConnection, asked };
}

const BASE = baseSnapshot({ status: pinned() });

describe('inspectSource', () => {
  it('reads the files along with the rest', async () => {
    const { connection, asked } = connect(undefined);
    const found = await inspectSource(connection, BASE, undefined, new NameSearch({}, new FakeClock()));
    expect(found).toMatchObject({
      ref: ref('vm-1'),
      layoutTooLong: false,
      layout: { file: [{ size: 5 }], snapshot: [] },
    });
    expect(asked).toEqual(['without', 'with files']); // the first is the look at the pin
  });

  it('does without them where they are too many, and says so', async () => {
    const { connection, asked } = connect(EXCESS);
    const found = await inspectSource(connection, BASE, undefined, new NameSearch({}, new FakeClock()));
    expect(found).toMatchObject({ ref: ref('vm-1'), layoutTooLong: true, name: 'win' });
    expect(asked).toEqual(['without', 'with files', 'without']);
  });

  it('takes no unset configuration for a machine without disks and snapshots', async () => {
    const { connection } = connect(undefined);
    const answer = { ref: ref('vm-1'), properties: { name: 'win' }, missing: {} };
    Object.assign(connection.client, { read: async () => answer, readMany: async () => new Map([['', answer]]) });
    const search = new NameSearch({}, new FakeClock());
    for (const base of [BASE, baseSnapshot({ spec: { source: { vm: { moRef: 'vm-1' } } } })])
      await expect(inspectSource(connection, base, undefined, search)).rejects.toMatchObject({
        reason: 'SourceInaccessible',
        message: expect.stringContaining('"win" (vm-1)'),
      });
  });

  it('fails on any other reply that is no good', async () => {
    const { connection } = connect({});
    await expect(inspectSource(connection, BASE, undefined, new NameSearch({}, new FakeClock()))).rejects.toMatchObject(
      {
        fault: 'BadReply',
      },
    );
  });
});

describe('a parent that is not there', () => {
  const LABS = '/DC0/vm/Labs%2fEast';
  const MISSING = [
    ['reference', { moRef: 'vm-9' }, `"${LABS}/old%2fone (vm-11)", "${LABS}/win (vm-10)"`],
    ['instanceUuid', { instanceUuid: 'uuid-9' }, `"${LABS}/old%2fone (uuid-11)", "${LABS}/win (uuid-10)"`],
  ] as const;

  /** A folder with so many machines, the first of which is a clone of ours; what is read of them at all. */
  function withMachines(count: number) {
    const all = Array.from({ length: count }, (_, i) => ref(`vm-${i + 9}`));
    const reads: string[] = [];
    const stateOf = ({ value }: MoRef) => {
      if (value === REFS.labs.value) return { properties: { childEntity: all } };
      const id = value.slice('vm-'.length);
      return { properties: { name: id === '11' ? 'old%2fone' : 'win', 'config.instanceUuid': `uuid-${id}` } };
    };
    const client = {
      findAllByUuid: async () => [],
      readMany: async (refs: readonly MoRef[], paths: readonly string[]) => {
        reads.push(`${refs.length} ${paths.join()}`);
        const there = refs.filter((one) => one.value !== 'vm-9');
        return new Map(there.map((one) => [moRefKey(one), { ref: one, missing: {}, ...stateOf(one) }]));
      },
    };
    const inventory = { get: ({ value }: MoRef) => (value === 'vm-9' ? { marker: MARKER } : undefined) };
    const connection = { client, inventory, tree: async () => tree() } as unknown as VCenterConnection;
    const said = (vm: BaseSnapshot['spec']['source']['vm']) =>
      inspectSource(
        connection,
        baseSnapshot({ spec: { source: { vm } } }),
        undefined,
        new NameSearch({}, new FakeClock()),
      ).catch((error: Error) => error.message);
    return { client, said, reads };
  }

  it.each(MISSING)('by its %s: what is there is listed, as it could be named', async (noun, vm, there) => {
    expect(await withMachines(3).said(vm)).toBe(
      `there is no VM with the ${noun} ${Object.values(vm)[0]}; in /DC0 there are ${there}`,
    );
    expect(await withMachines(0).said(vm)).toMatch(/; in \/DC0 there are none$/);
  });

  it.each(MISSING)('by its %s: a few of many are read', async (_noun, vm, _there) => {
    const { said, reads } = withMachines(1001);
    expect(await said(vm)).toMatch(/, and more$/);
    expect(reads.slice(-2)).toEqual(['2 childEntity', '20 name,config.instanceUuid']);
  });

  it.each(MISSING)('by its %s: machines whose names are hidden are not said to be none', async (noun, vm, _there) => {
    const { client, said } = withMachines(3);
    const readMany = client.readMany.bind(client);
    client.readMany = async (refs, paths) => (paths.includes('name') ? new Map() : readMany(refs, paths));
    expect(await said(vm)).toBe(`there is no VM with the ${noun} ${Object.values(vm)[0]}`);
  });

  it.each(MISSING)('by its %s: that is said, too, where nothing can be listed', async (noun, vm, _there) => {
    const { client, said } = withMachines(3);
    const readMany = client.readMany.bind(client);
    client.readMany = async (refs, paths) => {
      if (paths.includes('childEntity'))
        throw new VSphereError({ fault: 'BadReply', method: 'RetrievePropertiesEx', detail: EXCESS });
      return readMany(refs, paths);
    };
    expect(await said(vm)).toBe(`there is no VM with the ${noun} ${Object.values(vm)[0]}`);
  });
});
