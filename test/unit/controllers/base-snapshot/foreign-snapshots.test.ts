// Others' machines on a snapshot: found by their disks and by those of their snapshots; what can't be read makes the answer
// unknown, never "none".
import { describe, expect, it } from '@jest/globals';
import type { Device } from '../../../../src/controllers/base-snapshot/disks.ts';
import { foreignChildren } from '../../../../src/controllers/base-snapshot/foreign.ts';
import { onStage, source } from '../support/deleting-clone.ts';
import { CREATED } from '../support/objects.ts';
import { chain, disk, ref } from '../support/vm.ts';

const SNAPSHOT = ref('snapshot-1', 'VirtualMachineSnapshot');
const BASE = { 'config.hardware.device': [disk(2000, chain('[ds] win/win.vmdk'))] };
const ON_IT = [disk(2000, chain('[ds] child/child.vmdk', '[ds] win/win.vmdk'))];
const BESIDE = [disk(2000, chain('[ds] child/child.vmdk'))];

/** A machine of somebody else with one snapshot, and that snapshot. */
function child(now: readonly Device[], then: readonly Device[]): Record<string, Record<string, unknown>> {
  const snapshot = { snapshot: ref('snapshot-9'), id: 9, name: 's', createTime: CREATED, state: '', quiesced: false };
  return {
    'vm-9': { name: 'child', 'config.hardware.device': now, snapshot: { rootSnapshotList: [snapshot] } },
    'snapshot-9': { name: 'not a machine', 'config.hardware.device': then },
  };
}

describe('foreignChildren', () => {
  const look = async (vms: Record<string, Record<string, unknown>>, hidden: Record<string, readonly string[]> = {}) => {
    const { connection } = onStage({ vms: { 'vm-1': source(), 'snapshot-1': BASE, ...vms }, hidden });
    const readTree = connection.client.readTree.bind(connection.client);
    connection.client.readTree = async (...args) =>
      (await readTree(...args)).filter(({ ref: { value } }) => value.startsWith('vm-'));
    return foreignChildren(connection, ref('vm-1'), SNAPSHOT);
  };

  it.each<[string, readonly Device[], readonly Device[], string[]]>([
    ['by its disks', ON_IT, BESIDE, ['"child" (vm-9)']],
    ['by its snapshot alone', BESIDE, ON_IT, ['"child" (vm-9)']],
    ['neither', BESIDE, BESIDE, []],
  ])('finds a machine that stands on it %s', async (_, now, then, names) => {
    expect(await look(child(now, then))).toEqual({ names });
  });

  it.each(['vm-9', 'snapshot-9'])('does not know where the disks of %s are hidden', async (value) => {
    const found = await look(child(BESIDE, ON_IT), { [value]: ['config.hardware.device'] });
    expect(found).toMatchObject({ names: [], unknown: expect.stringContaining(value) });
  });
});
