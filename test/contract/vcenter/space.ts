// What machines take: committed, uncommitted, unshared, layoutEx and the datastore's free space all follow from the files.
import { expect } from '@jest/globals';
import { api } from './support/sources.ts';
import { common, deviates, diskRoom } from './support/expectation.ts';
import { disk, family, layout, linked, machine, usage } from './support/machines.ts';
import { el } from './support/wire.ts';

const GB = 1024 ** 3;
const USAGE = api('VirtualMachineUsageOnDatastore: committed, uncommitted, unshared');
const PROVISIONED = 'free space falls by what is provisioned, and machines show the size of tiny files';

/** A new disk for ReconfigVM_Task. */
export function newDisk(kilobytes: number, thin: boolean, unit = 5, controller = '1000'): string {
  const backing = `<backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName></fileName><diskMode>persistent</diskMode>${el('thinProvisioned', thin)}</backing>`;
  return `<deviceChange><operation>add</operation><fileOperation>create</fileOperation><device xsi:type="VirtualDisk"><key>-1</key>${backing}${el('controllerKey', controller)}${el('unitNumber', unit)}${el('capacityInKB', kilobytes)}</device></deviceChange>`;
}

export const spaceRoom = diskRoom(
  'disk space figures',
  ...['committed', 'uncommitted', 'unshared'].map((field) =>
    common(`storage.perDatastoreUsage has ${field}`, async (target) => {
      const vm = await target.path('/DC0/vm/DC0_C0_RP0_VM1');
      const [first] = (await target.value(vm, 'storage.perDatastoreUsage'))?.children ?? [];
      expect(first?.number(field)).toBeGreaterThanOrEqual(0);
      expect(first?.get('datastore')?.refType).toBe('Datastore');
    }),
  ),
  ...['committed', 'unshared'].map((field) =>
    common(`summary.storage.${field} is the sum over datastores`, async (target) => {
      const vm = await machine(target);
      await target.must('RefreshStorageInfo', vm);
      const all = (await target.value(vm, 'storage.perDatastoreUsage'))?.children ?? [];
      const sum = all.reduce((total, each) => total + each.number(field), 0);
      expect(Number(await target.text(vm, `summary.storage.${field}`))).toBe(sum);
    }),
  ),
  deviates(
    'summary.storage.uncommitted is the sum over datastores',
    'the sum leaves out what files take, the summary does not',
    USAGE,
    async (target) => {
      const vm = await machine(target);
      const { uncommitted } = await usage(target, vm);
      expect(Number(await target.text(vm, 'summary.storage.uncommitted'))).toBe(uncommitted);
    },
  ),
  common('figures carry the time they are from', async (target) => {
    const vm = await target.path('/DC0/vm/DC0_C0_RP0_VM1');
    expect(await target.text(vm, 'storage.timestamp')).toMatch(/^\d{4}-/);
    expect(await target.text(vm, 'layoutEx.timestamp')).toMatch(/^\d{4}-/);
  }),
  common('layoutEx names every file with its size and kind', async (target) => {
    const files = (await layout(target, await machine(target))).all('file');
    expect(files.length).toBeGreaterThan(1);
    for (const file of files)
      expect([file.at('name'), file.at('type')].every((text) => /\S/.test(text ?? ''))).toBe(true);
  }),
  ...['config', 'diskDescriptor', 'diskExtent'].map((type) =>
    common(`layoutEx has a file of type ${type}`, async (target) => {
      const files = (await layout(target, await machine(target))).all('file');
      expect(files.map((file) => file.at('type'))).toContain(type);
    }),
  ),
  common('layoutEx.disk names the key of each disk', async (target) => {
    const vm = await machine(target);
    expect((await layout(target, vm)).get('disk')?.at('key')).toBe((await disk(target, vm)).at('key'));
  }),
  common('layoutEx keys of a chain are those of its files', async (target) => {
    const shown = await layout(target, await machine(target));
    const keys = shown.all('file').map((file) => file.at('key'));
    const used =
      shown
        .get('disk')
        ?.all('chain')
        .flatMap((unit) => unit.all('fileKey')) ?? [];
    expect(used.length).toBeGreaterThan(0);
    for (const key of used) expect(keys).toContain(key.text);
  }),
  common('a flat disk’s chain has one unit', async (target) => {
    expect((await layout(target, await machine(target))).get('disk')?.all('chain')).toHaveLength(1);
  }),
  deviates('committed is the sum of the files in layoutEx', PROVISIONED, USAGE, async (target) => {
    const vm = await machine(target);
    const sum = (await layout(target, vm)).all('file').reduce((total, file) => total + file.number('size'), 0);
    expect((await usage(target, vm)).committed).toBe(sum);
    expect(sum).toBeGreaterThan(3 * GB);
  }),
  deviates('unshared is the sum of the files’ unique sizes', PROVISIONED, USAGE, async (target) => {
    const { child } = await family(target);
    const sum = (await layout(target, child)).all('file').reduce((total, file) => total + file.number('uniqueSize'), 0);
    expect((await usage(target, child)).unshared).toBe(sum);
    expect(sum).toBeLessThan((await usage(target, child)).committed);
  }),
  deviates('all that a lone machine takes is unshared', PROVISIONED, USAGE, async (target) => {
    const { committed, unshared } = await usage(target, await machine(target));
    expect(unshared).toBe(committed);
  }),
  deviates('a linked clone shares nearly everything', PROVISIONED, USAGE, async (target) => {
    const { committed, unshared } = await usage(target, (await family(target)).child);
    expect([committed > 3 * GB, unshared < GB / 100]).toEqual([true, true]);
  }),
  deviates('a parent’s base is shared while it has a child', PROVISIONED, USAGE, async (target) => {
    const { parent } = await family(target);
    const { committed, unshared } = await usage(target, parent);
    expect(committed - unshared).toBeGreaterThan(3 * GB - 1024 ** 2);
  }),
  deviates('a parent’s base is its own again when the last child is gone', PROVISIONED, USAGE, async (target) => {
    const { parent, child } = await family(target);
    const shared = (await usage(target, parent)).unshared;
    await target.done('Destroy_Task', child);
    const { committed, unshared } = await usage(target, parent);
    expect([unshared === committed, shared < committed]).toEqual([true, true]);
  }),
  deviates('a second child shares with the first', PROVISIONED, USAGE, async (target) => {
    const { parent, child, snapshot: from } = await family(target);
    const before = (await usage(target, child)).unshared;
    await linked(target, parent, from);
    expect((await usage(target, child)).unshared).toBe(before);
    expect([before < GB / 100, (await usage(target, child)).committed > 3 * GB]).toEqual([true, true]);
  }),
  deviates('uncommitted is what a thin disk may still take', PROVISIONED, USAGE, async (target) => {
    const { uncommitted } = await usage(target, await machine(target));
    expect(Math.abs(uncommitted - 7 * GB)).toBeLessThan(1024 ** 2);
  }),
  deviates('a child may grow to its whole capacity', PROVISIONED, USAGE, async (target) => {
    const { committed, uncommitted } = await usage(target, (await family(target)).child);
    expect(uncommitted).toBeGreaterThan(9 * GB);
    expect(committed).toBeGreaterThan(3 * GB);
  }),
);
