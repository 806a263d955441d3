// A source whose files and snapshots are more than can be read is inspected without them: they are for figures alone.
import { describe, expect, it } from '@jest/globals';
import { inspectSource } from '../../../../src/controllers/base-snapshot/inspection.ts';
import { NameSearch } from '../../../../src/controllers/base-snapshot/name-search.ts';
import type { VCenterConnection } from '../../../../src/controllers/vcenter/connection.ts';
import { EXCESS, VSphereError } from '../../../../src/vsphere/faults.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { source } from '../support/deleting-clone.ts';
import { tree } from '../support/inventory.ts';
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
