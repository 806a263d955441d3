// What operations cost and give back on a datastore.
import { expect } from '@jest/globals';
import { api, guide } from './support/sources.ts';
import { deviates, diskRoom, vcenterOnly } from './support/expectation.ts';
import { chain, family, freeSpace, layout, linked, machine, reconfigure, snapshot, usage } from './support/machines.ts';
import type { Target } from './support/target.ts';
import { el, ref } from './support/wire.ts';

const GB = 1024 ** 3;
const USAGE = api('VirtualMachineUsageOnDatastore: committed, uncommitted, unshared');
const FREE = api('DatastoreSummary.freeSpace: available space of this datastore, in bytes');
const PROVISIONED = 'free space falls by what is provisioned, and machines show the size of tiny files';
const THIN = api('VirtualDiskFlatVer2BackingInfo.thinProvisioned: space is allocated as it is written');

/** A new disk for ReconfigVM_Task. */
export function newDisk(kilobytes: number, thin: boolean, unit = 5, controller = '1000'): string {
  const backing = `<backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName></fileName><diskMode>persistent</diskMode>${el('thinProvisioned', thin)}</backing>`;
  return `<deviceChange><operation>add</operation><fileOperation>create</fileOperation><device xsi:type="VirtualDisk"><key>-1</key>${backing}${el('controllerKey', controller)}${el('unitNumber', unit)}${el('capacityInKB', kilobytes)}</device></deviceChange>`;
}

async function cost(target: Target, action: () => Promise<unknown>): Promise<number> {
  const before = await freeSpace(target);
  await action();
  return before - (await freeSpace(target));
}

export const freeSpaceRoom = diskRoom(
  'free space',
  deviates('a full clone costs what its source has allocated', PROVISIONED, FREE, async (target) => {
    const bytes = await cost(target, () => machine(target));
    expect([bytes > 3 * GB, bytes < 3.1 * GB]).toEqual([true, true]);
  }),
  deviates('a linked clone costs next to nothing', PROVISIONED, FREE, async (target) => {
    const parent = await machine(target);
    const from = await snapshot(target, parent);
    const bytes = await cost(target, () => linked(target, parent, from));
    expect([bytes > 0, bytes < GB / 100]).toEqual([true, true]);
  }),
  deviates('a snapshot costs next to nothing', 'it makes no delta', FREE, async (target) => {
    const vm = await machine(target);
    const bytes = await cost(target, () => snapshot(target, vm));
    expect([bytes > 0, bytes < GB / 100]).toEqual([true, true]);
  }),
  deviates('what a clone took comes back with its end', PROVISIONED, FREE, async (target) => {
    let bytes = 0;
    const all = await cost(target, async () => {
      const vm = await machine(target);
      bytes = (await usage(target, vm)).unshared;
      expect(await cost(target, () => target.done('Destroy_Task', vm))).toBe(-bytes);
    });
    expect([all, bytes > 3 * GB]).toEqual([0, true]);
  }),
  deviates('destroying frees what is unshared and no more', PROVISIONED, USAGE, async (target) => {
    const { child } = await family(target);
    const { unshared } = await usage(target, child);
    expect(await cost(target, () => target.done('Destroy_Task', child))).toBe(-unshared);
  }),
  deviates('destroying a parent under a child frees only its own', PROVISIONED, USAGE, async (target) => {
    const { parent } = await family(target);
    const { unshared } = await usage(target, parent);
    expect(await cost(target, () => target.done('Destroy_Task', parent))).toBe(-unshared);
  }),
  deviates(
    'RefreshDatastore doesn’t change what is free',
    'it resets freeSpace to the capacity',
    FREE,
    async (target) => {
      const datastore = await target.path('/DC0/datastore/LocalDS_0');
      await machine(target);
      expect(await cost(target, () => target.must('RefreshDatastore', datastore))).toBe(0);
    },
  ),
  deviates(
    'a running machine has a swap file of its memory’s size',
    'it has none',
    guide('Virtual machine files: .vswp'),
    async (target) => {
      const vm = await machine(target);
      await target.done('PowerOnVM_Task', vm);
      const swap = (await layout(target, vm)).all('file').find((file) => file.at('type') === 'swap');
      expect(swap?.number('size')).toBe(Number(await target.text(vm, 'config.hardware.memoryMB')) * 1024 ** 2);
    },
  ),
  deviates('the swap file goes at power-off', 'it has none', guide('Virtual machine files: .vswp'), async (target) => {
    const vm = await machine(target);
    await target.done('PowerOnVM_Task', vm);
    const types = async () => (await layout(target, vm)).all('file').map((file) => file.at('type'));
    expect(await types()).toContain('swap');
    await target.done('PowerOffVM_Task', vm);
    expect(await types()).not.toContain('swap');
  }),
  vcenterOnly('a new thin disk takes next to nothing', THIN, async (target) => {
    const vm = await machine(target);
    const bytes = await cost(target, () => reconfigure(target, vm, newDisk(8 * 1024 ** 2, true)));
    expect(bytes).toBeLessThan(GB / 100);
  }),
  vcenterOnly('a new thick disk takes its capacity', THIN, async (target) => {
    const vm = await machine(target);
    const bytes = await cost(target, () => reconfigure(target, vm, newDisk(2 * 1024 ** 2, false)));
    expect(Math.abs(bytes - 2 * GB)).toBeLessThan(GB / 100);
  }),
  vcenterOnly(
    'what doesn’t fit is NoDiskSpace',
    api('NoDiskSpace: insufficient space on the datastore'),
    async (target) => {
      const tiny = await target.path('/DC0/datastore/Tiny');
      const before = await target.text(tiny, 'summary.freeSpace');
      const source = await target.path('/DC0/vm/Two Disks');
      const args =
        ref('folder', await target.path('/DC0/vm')) +
        el('name', target.name('big')) +
        el('spec', `${el('location', ref('datastore', tiny))}<template>false</template><powerOn>false</powerOn>`);
      expect(await target.fault('CloneVM_Task', source, args)).toBe('NoDiskSpace');
      expect(await target.text(tiny, 'summary.freeSpace')).toBe(before);
    },
  ),
  vcenterOnly('a guest’s first start grows its own file, not the base', THIN, async (target) => {
    const { child, parent } = await family(target);
    const before = [(await usage(target, child)).unshared, (await usage(target, parent)).unshared];
    await target.done('PowerOnVM_Task', child);
    await target.done('PowerOffVM_Task', child);
    const after = [(await usage(target, child)).unshared, (await usage(target, parent)).unshared];
    expect([(after[0] ?? 0) > (before[0] ?? 0), after[1]]).toEqual([true, before[1]]);
    expect(await chain(target, child)).toHaveLength(2);
  }),
);
