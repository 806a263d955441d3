// The datastore browser: files are there, by name, and what is asked about them is told.
import { expect } from '@jest/globals';
import { api, types } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import { ALL_FILES, chain, disk, family, filesIn, machine, snapshot, usage } from './support/machines.ts';
import type { Target } from './support/target.ts';
import { el } from './support/wire.ts';

const SPEC = api('HostDatastoreBrowserSearchSpec: query, details, matchPattern, searchCaseInsensitive');

async function search(target: Target, path: string, spec = ALL_FILES, method = 'SearchDatastore_Task') {
  const browser = (await target.value(await target.path('/DC0/datastore/LocalDS_0'), 'browser'))?.ref;
  if (browser === undefined) throw new Error('no browser');
  return { args: el('datastorePath', path) + spec, browser, method };
}
async function found(target: Target, path: string, spec = ALL_FILES, method?: string) {
  const { browser, args, method: called } = await search(target, path, spec, method);
  return target.done(called, browser, args);
}
async function home(target: Target): Promise<string> {
  const name = target.name('home');
  await machine(target, { name });
  return name;
}
const DETAILS =
  '<details><fileType>true</fileType><fileSize>true</fileSize><modification>true</modification><fileOwner>false</fileOwner></details>';

export const browserRoom = room(
  'datastore browser',
  common('a machine’s folder holds its configuration and disk', async (target) => {
    const name = await home(target);
    const files = await filesIn(target, name);
    expect(files).toContain(`${name}.vmx`);
    expect(files.some((file) => file.endsWith('.vmdk'))).toBe(true);
  }),
  common('the result names the folder', async (target) => {
    const name = await home(target);
    expect((await found(target, `[LocalDS_0] ${name}`))?.at('folderPath')).toMatch(
      new RegExp(`^\\[LocalDS_0\\] ${name}/?$`),
    );
  }),
  common('the result names the datastore', async (target) => {
    const result = await found(target, `[LocalDS_0] ${await home(target)}`);
    expect(result?.at('datastore')).toBe((await target.path('/DC0/datastore/LocalDS_0')).value);
  }),
  common('a pattern chooses files', async (target) => {
    const name = await home(target);
    const result = await found(target, `[LocalDS_0] ${name}`, el('searchSpec', el('matchPattern', '*.vmx')));
    expect(result?.all('file').map((file) => file.at('path'))).toEqual([`${name}.vmx`]);
  }),
  deviates(
    'sizes and times are told on request',
    'no size is told',
    api('FileQueryFlags.fileSize: whether or not the size of the file is returned'),
    async (target) => {
      const name = await home(target);
      const result = await found(
        target,
        `[LocalDS_0] ${name}`,
        el('searchSpec', DETAILS + el('matchPattern', '*.vmx')),
      );
      expect(result?.get('file')?.number('fileSize')).toBeGreaterThan(0);
      expect(result?.at('file', 'modification')).toMatch(/^\d{4}-/);
    },
  ),
  common('a folder that isn’t there is FileNotFound', async (target) => {
    const { browser, args } = await search(target, '[LocalDS_0] nowhere');
    expect(await target.fault('SearchDatastore_Task', browser, args)).toBe('FileNotFound');
  }),
  common('a path without a datastore is InvalidDatastorePath', async (target) => {
    const { browser, args } = await search(target, 'nowhere');
    expect(await target.fault('SearchDatastore_Task', browser, args)).toMatch(/^InvalidDatastore(Path)?$/);
  }),
  common('the root holds the folders of machines', async (target) => {
    const name = await home(target);
    const result = await found(target, '[LocalDS_0]');
    expect(result?.all('file').map((file) => file.at('path'))).toContain(name);
  }),
  common('a search of sub-folders answers for each', async (target) => {
    const name = await home(target);
    const results = await found(target, '[LocalDS_0]', ALL_FILES, 'SearchDatastoreSubFolders_Task');
    const paths = results?.children.map((each) => each.at('folderPath') ?? '') ?? [];
    expect(paths.some((path) => path.includes(name))).toBe(true);
  }),
  common('the files of a destroyed machine are gone', async (target) => {
    const name = target.name('gone');
    const vm = await machine(target, { name });
    await target.done('Destroy_Task', vm);
    const { browser, args } = await search(target, `[LocalDS_0] ${name}`);
    expect(await target.fault('SearchDatastore_Task', browser, args)).toBe('FileNotFound');
  }),
  common('the files of an unregistered machine stay', async (target) => {
    const name = target.name('kept');
    await target.must('UnregisterVM', await machine(target, { name }));
    expect(await filesIn(target, name)).toContain(`${name}.vmx`);
  }),
  deviates(
    'a linked clone’s folder holds its delta, not the base',
    'a linked clone is a full copy',
    api(
      'VirtualMachineRelocateDiskMoveOptions.createNewChildDiskBacking: a new child disk backing on the destination datastore',
    ),
    async (target) => {
      const { child } = await family(target);
      const name = (await target.text(child, 'name')) ?? '';
      const result = await found(
        target,
        `[LocalDS_0] ${name}`,
        el('searchSpec', DETAILS + el('matchPattern', '*.vmdk')),
      );
      const bytes = result?.all('file').reduce((sum, file) => sum + file.number('fileSize'), 0) ?? 0;
      expect(bytes).toBeLessThan(1024 ** 2);
      expect(bytes).toBeLessThan((await usage(target, child)).committed);
      expect(await chain(target, child)).toHaveLength(2);
    },
  ),
  deviates(
    'every file of a chain is there',
    'snapshots make no files',
    api('VirtualDiskFlatVer2BackingInfo.parent: the parent of this virtual disk file, if this is a delta disk backing'),
    async (target) => {
      const name = target.name('chain');
      const vm = await machine(target, { name });
      await snapshot(target, vm, 'one');
      await snapshot(target, vm, 'two');
      const files = await filesIn(target, name);
      const wanted = (await chain(target, vm)).map((path) => path.slice(path.lastIndexOf('/') + 1));
      expect(wanted).toHaveLength(3);
      for (const file of wanted) expect(files).toContain(file);
    },
  ),
  vcenterOnly(
    'without a search specification every file is told',
    types('HostDatastoreBrowser.SearchDatastore_Task: searchSpec is optional'),
    async (target) => {
      const name = await home(target);
      expect((await found(target, `[LocalDS_0] ${name}`, ''))?.all('file').map((file) => file.at('path'))).toContain(
        `${name}.vmx`,
      );
    },
  ),
  vcenterOnly('a query for disks tells capacity and thinness', SPEC, async (target) => {
    const name = target.name('query');
    const vm = await machine(target, { name });
    const query =
      '<query xsi:type="VmDiskFileQuery"><details><diskType>true</diskType><capacityKb>true</capacityKb><hardwareVersion>false</hardwareVersion><thin>true</thin></details></query>';
    const result = await found(target, `[LocalDS_0] ${name}`, el('searchSpec', query));
    const file = result?.get('file');
    expect([file?.xsiType, file?.at('capacityKb'), file?.at('thin')]).toEqual([
      'VmDiskFileInfo',
      (await disk(target, vm)).at('capacityInKB'),
      'true',
    ]);
  }),
);
