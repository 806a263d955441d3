// govc looks at the simulated vCenter and rearranges it: about, ls, find, tree, folders, objects, custom fields, settings.
import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, useGovcLab } from './support/govc-lab.ts';

const lab = useGovcLab();

describe('govc about', () => {
  it('names a vCenter and its certificate', async () => {
    const { about } = await lab.govc.json<{ about: Record<string, string> }>('about');
    expect(about).toMatchObject({ apiType: 'VirtualCenter', productLineId: 'vpx', apiVersion: '8.0.3.0' });
    expect(await lab.govc.ok('about')).toMatch(/^Version: +8\.0\.3$/m);
    expect(await lab.govc.ok('about', '-l')).toMatch(/^Product ID: +vpx$/m);
    expect(await lab.govc.ok('about.cert', '-thumbprint')).toContain(lab.simulator.thumbprint);
  });

  it('is refused with a wrong password and an unknown name', async () => {
    const sentence = 'ServerFaultCode: Cannot complete login due to an incorrect user name or password.';
    expect(await lab.govc.as({ password: 'wrong' }).refused('ls')).toBe(sentence);
    expect(await lab.govc.as({ username: 'nobody@vsphere.local' }).refused('ls')).toBe(sentence);
  });
});

describe('govc ls, find and tree', () => {
  it('lists the folders of the datacenter and what is in them', async () => {
    expect(await lab.govc.lines('ls')).toEqual(['/DC0/vm', '/DC0/host', '/DC0/datastore', '/DC0/network']);
    expect(await lab.govc.lines('ls', '/DC0/*')).toEqual([
      '/DC0/vm/Templates',
      '/DC0/vm/Labs',
      '/DC0/host/Lab',
      '/DC0/datastore/shared-1',
      '/DC0/datastore/shared-2',
      '/DC0/network/VM Network',
    ]);
    expect(await lab.govc.lines('ls', '-i', '/DC0/vm/Templates/base')).toEqual([
      `VirtualMachine:${lab.vm('base').moRef}`,
    ]);
  });

  it('finds by type, name and property', async () => {
    expect(await lab.govc.lines('find', '/', '-type', 'h')).toEqual(['/DC0/host/Lab/esx-1', '/DC0/host/Lab/esx-2']);
    expect(await lab.govc.lines('find', '/', '-type', 'p')).toEqual([
      '/DC0/host/Lab/Resources',
      '/DC0/host/Lab/Resources/Classes',
    ]);
    expect(await lab.govc.lines('find', '/', '-type', 'm', '-name', 'ba*')).toEqual(['/DC0/vm/Templates/base']);
    const templates = ['find', '/', '-type', 'm', '-config.template', 'true'];
    expect(await lab.govc.lines(...templates)).toEqual(['/DC0/vm/Templates/gold']);
  });

  it('draws the tree', async () => {
    const drawn = await lab.govc.ok('tree', '/');
    for (const name of ['DC0', 'shared-2', 'esx-1', 'Classes', 'VM Network', 'base', 'gold'])
      expect(drawn).toContain(name);
  });

  it('counts what is in a datacenter, templates aside', async () => {
    const info = await lab.govc.ok('datacenter.info', 'DC0');
    expect(info).toMatch(/Hosts: +2\n +Clusters: +1\n +Virtual Machines: +1\n +Networks: +1\n +Datastores: +2/);
  });
});

describe('govc folder.create and object.*', () => {
  it(
    'makes a folder, moves a clone into it, renames it and destroys both',
    async () => {
      const { govc } = lab;
      const { moRef } = await lab.clone('mover');
      await govc.ok('folder.create', '/DC0/vm/Labs/Class-A');
      expect(await govc.refused('folder.create', '/DC0/vm/Labs/Class-A')).toContain("'Class-A' already exists");
      await govc.ok('object.mv', '/DC0/vm/Labs/mover', '/DC0/vm/Labs/Class-A');
      expect(lab.vm('mover')).toMatchObject({ moRef, folder: '/DC0/vm/Labs/Class-A' });
      expect(await govc.ok('folder.info', '/DC0/vm/Labs/Class-A')).toMatch(
        /Types: +Folder,VirtualMachine,VirtualApp\n +Children: +1/,
      );
      await govc.ok('object.rename', '/DC0/vm/Labs/Class-A', 'Class-B');
      expect(await govc.lines('ls', '/DC0/vm/Labs/Class-B')).toEqual(['/DC0/vm/Labs/Class-B/mover']);
      await govc.ok('object.reload', '/DC0/vm/Labs/Class-B/mover');
      await govc.ok('object.destroy', '/DC0/vm/Labs/Class-B');
      expect(await govc.lines('find', '/DC0/vm/Labs')).toEqual(['/DC0/vm/Labs']);
      expect(lab.files().filter((file) => file.includes('mover'))).toEqual([]);
    },
    PATIENCE_MS,
  );
});

describe('govc fields.*', () => {
  it(
    'adds, sets, reads, renames and removes a custom field',
    async () => {
      const { govc } = lab;
      const base = '/DC0/vm/Templates/base';
      const key = (await govc.ok('fields.add', '-type', 'VirtualMachine', 'Owner')).trim();
      expect(await govc.ok('fields.ls')).toMatch(/\bClass\b/);
      await govc.ok('fields.set', 'Owner', 'the lab team', base);
      expect(await govc.ok('fields.info', '-n', 'Owner', base)).toMatch(
        /^\/DC0\/vm\/Templates\/base +Owner +the lab team$/m,
      );
      await govc.ok('fields.rename', 'Owner', 'Team');
      expect(await govc.lines('fields.ls', '-type', 'VirtualMachine')).toEqual([`${key}  Team  VirtualMachine`]);
      expect(await govc.refused('fields.add', 'Team')).toContain("The name 'Team' already exists.");
      await govc.ok('fields.rm', 'Team');
      expect(await govc.ok('fields.ls')).not.toContain('Team');
    },
    PATIENCE_MS,
  );
});

describe('govc option.* and session.*', () => {
  it('reads and writes settings of the vCenter', async () => {
    expect(await lab.govc.ok('option.ls', 'event.maxAge')).toMatch(/^event\.maxAge: +30$/m);
    await lab.govc.ok('option.set', 'event.maxAge', '45');
    expect(await lab.govc.ok('option.ls', 'event.maxAge')).toMatch(/^event\.maxAge: +45$/m);
    expect(await lab.govc.refused('option.ls', 'no.such.setting')).toContain("The name 'no.such.setting' is invalid.");
  });

  it('lists the sessions, its own among them, and ends another one', async () => {
    const readers = lab.govc.as({ username: 'reader@vsphere.local', password: 'readers-password' });
    const waiting = readers.run('collect', '-n', '1', '/DC0/vm/Templates/base', 'name');
    const find = async (): Promise<string | undefined> => {
      const { sessionList } = await lab.govc.json<{ sessionList: { key: string; userName: string }[] }>('session.ls');
      return sessionList.find(({ userName }) => userName === 'reader@vsphere.local')?.key;
    };
    let key = await find();
    while (key === undefined) key = await find();
    await lab.govc.ok('session.rm', key);
    expect(await find()).toBeUndefined();
    const ended = await waiting;
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('not authenticated')]);
    expect(await lab.govc.refused('session.rm', key)).toContain('session was not found');
  });
});
