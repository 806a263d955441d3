// govc asks what happened: tasks and events, properties once and while they change, and what lies on the datastores.
import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, useGovcLab } from './support/govc-lab.ts';

const lab = useGovcLab();

describe('govc tasks and events', () => {
  it(
    'shows who did what to which machine, and how it ended',
    async () => {
      const { govc } = lab;
      await lab.clone('watched');
      await govc.ok('vm.power', '-on', 'watched');
      await govc.refused('vm.power', '-on', 'watched');
      const listed = await govc.lines('tasks', '-n', '50');
      const powerOns = listed.filter((line) => /^PowerOnVM +watched +administrator@vsphere\.local/.test(line));
      expect(powerOns.map((line) => /success|error/.exec(line)?.[0])).toEqual(['success', 'error']);
      expect(listed.find((line) => line.startsWith('CloneVM'))).toMatch(/^CloneVM +base .* success/);
      const events = await govc.ok('events', '-n', '20', '/DC0/vm/Labs/watched');
      expect(events).toMatch(/base cloned to watched on esx-[12]/);
      expect(events).toMatch(/watched on esx-[12] is powered on/);
      const powered = await govc.lines('events', '-type', 'VmPoweredOnEvent', '/DC0/vm/Labs/watched');
      expect(powered).toHaveLength(1);
      expect(await govc.refused('task.cancel', 'task-999999')).toContain('has already been deleted');
    },
    PATIENCE_MS,
  );
});

describe('govc collect', () => {
  it(
    'reads properties once',
    async () => {
      const base = '/DC0/vm/Templates/base';
      const [change] = await lab.govc.json<unknown[]>('collect', base, 'config.hardware.numCPU');
      expect(change).toEqual({ name: 'config.hardware.numCPU', op: 'assign', val: 1 });
      expect(await lab.govc.lines('collect', '-s', '-type', 'm', '/', 'name')).toEqual(
        expect.arrayContaining(['base', 'gold']),
      );
      expect(await lab.govc.ok('collect', '-', 'content')).toMatch(/content\.rootFolder .*Folder:group-d1/);
      expect(await lab.govc.refused('collect', base, 'no.such.property')).toContain(
        'The property "no.such.property" does not exist',
      );
    },
    PATIENCE_MS,
  );

  it(
    'waits until a property has the value it was asked for',
    async () => {
      await lab.clone('slow');
      const path = '/DC0/vm/Labs/slow';
      let ended = false;
      const waiting = lab.govc
        .ok('collect', '-s', path, '-runtime.powerState', 'poweredOn')
        .finally(() => (ended = true));
      await lab.govc.ok('vm.change', '-vm', 'slow', '-annotation', 'not what is waited for');
      expect(ended).toBe(false);
      await lab.govc.ok('vm.power', '-on', 'slow');
      await waiting;
    },
    PATIENCE_MS,
  );

  it(
    'prints changes as they come',
    async () => {
      await lab.clone('renamed-1');
      const { moRef } = lab.vm('renamed-1');
      const updates = lab.govc.lines('collect', '-s', '-n', '2', `VirtualMachine:${moRef}`, 'name');
      const said = { all: false };
      const done = updates.finally(() => (said.all = true));
      for (let attempt = 2; !said.all && attempt < 40; attempt++) {
        await lab.govc.ok('object.rename', `VirtualMachine:${moRef}`, `renamed-${attempt}`);
      }
      const lines = await done;
      expect(lines).toHaveLength(3);
      for (const line of lines) expect(line).toMatch(/^renamed-\d+$/);
    },
    PATIENCE_MS,
  );
});

describe('govc datastore.*', () => {
  it('shows space as it is', async () => {
    const gigabytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GB`;
    for (const { name, capacityBytes, freeBytes } of lab.truth.datastores) {
      const info = await lab.govc.ok('datastore.info', name);
      expect(info).toContain(`Capacity:  ${gigabytes(capacityBytes)}`);
      expect(info).toContain(`Free:      ${gigabytes(freeBytes)}`);
    }
  });

  it(
    'lists exactly the files that are there',
    async () => {
      await lab.clone('filed');
      type Listing = { folderPath: string; file: { path: string; fileSize: number }[] }[];
      const listings = await lab.govc.json<Listing>('datastore.ls', '-l', 'filed');
      const listed = listings.flatMap(({ folderPath, file }) =>
        file.map((f) => `${folderPath}${f.path} ${f.fileSize}`),
      );
      const files = lab.truth.datastores.flatMap((datastore) => datastore.files);
      const mine = files.filter(({ file }) => file.startsWith('[shared-1] filed/'));
      expect(listed.toSorted()).toEqual(mine.map(({ file, bytes }) => `${file} ${bytes}`).toSorted());
      expect(await lab.govc.lines('datastore.ls')).toEqual(expect.arrayContaining(['base', 'gold', 'filed']));
      expect(await lab.govc.lines('datastore.ls', 'filed/*.vmdk')).toEqual(['filed.vmdk']);
      // What isn't a folder is a pattern for govc, which it looks for in `[shared-1] .`.
      expect(await lab.govc.lines('datastore.ls', 'gol*')).toEqual(['gold']);
      expect(await lab.govc.refused('datastore.ls', 'none')).toMatch(/file .*none was not found/);
    },
    PATIENCE_MS,
  );
});
