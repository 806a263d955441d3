// govc manages roles and permissions, and somebody with few rights meets them.
import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, useGovcLab } from './support/govc-lab.ts';

const lab = useGovcLab();
const READER = { username: 'reader@vsphere.local', password: 'readers-password' };
const DENIED = 'ServerFaultCode: Permission to perform this operation was denied.';

describe('govc role.*', () => {
  it(
    'makes, extends, renames and removes a role',
    async () => {
      const { govc } = lab;
      const names = (await govc.lines('role.ls')).map((line) => line.split(/\s/)[0]);
      expect(names).toEqual(expect.arrayContaining(['NoAccess', 'ReadOnly', 'Admin', 'Reader']));
      await govc.ok('role.create', 'Operators', 'VirtualMachine.Interact.PowerOn');
      await govc.ok('role.update', '-a', 'Operators', 'VirtualMachine.Interact.PowerOff');
      expect(await govc.lines('role.ls', 'Operators')).toEqual(
        expect.arrayContaining(['System.Read', 'VirtualMachine.Interact.PowerOn', 'VirtualMachine.Interact.PowerOff']),
      );
      await govc.ok('role.update', '-r', 'Operators', 'VirtualMachine.Interact.PowerOff');
      expect(await govc.lines('role.ls', 'Operators')).not.toContain('VirtualMachine.Interact.PowerOff');
      await govc.ok('role.update', '-name', 'Helpers', 'Operators');
      expect(await govc.refused('role.create', 'Helpers')).toContain('already exists');
      await govc.ok('role.remove', 'Helpers');
      expect(await govc.refused('role.ls', 'Helpers')).toBe('role "Helpers" not found');
      expect(await govc.refused('role.create', 'Typo', 'No.Such.Privilege')).toContain('privIds');
      expect(await govc.refused('role.remove', 'Admin')).toContain('ServerFaultCode');
    },
    PATIENCE_MS,
  );
});

describe('govc permissions.*', () => {
  it(
    'lets somebody switch on what is in a folder, and nothing else',
    async () => {
      const { govc } = lab;
      const reader = govc.as(READER);
      await lab.clone('guarded');
      expect(await reader.lines('find', '/', '-type', 'm', '-name', 'guarded')).toEqual(['/DC0/vm/Labs/guarded']);
      expect(await reader.refused('vm.power', '-on', 'guarded')).toContain(DENIED.slice('ServerFaultCode: '.length));
      await govc.ok('role.create', 'Switcher', 'VirtualMachine.Interact.PowerOn');
      await govc.ok('permissions.set', '-principal', READER.username, '-role', 'Switcher', '/DC0/vm/Labs');
      const set = /^Switcher +\/DC0\/vm\/Labs +VSPHERE\.LOCAL\\reader +Yes$/m;
      expect(await govc.ok('permissions.ls', '/DC0/vm/Labs')).toMatch(set);
      expect(await govc.ok('permissions.ls', '-a', '/DC0/vm/Labs/guarded')).toMatch(set);
      expect(await govc.ok('role.usage', 'Switcher')).toMatch(set);
      await reader.ok('vm.power', '-on', 'guarded');
      expect(lab.vm('guarded').power).toBe('poweredOn');
      expect(await reader.refused('vm.power', '-off', 'guarded')).toContain(
        'Permission to perform this operation was denied.',
      );
      expect(await reader.refused('vm.destroy', 'guarded')).toBe(DENIED);
      expect(await govc.refused('role.remove', 'Switcher')).toContain('is used');
      await govc.ok('permissions.remove', '-principal', READER.username, '/DC0/vm/Labs');
      await govc.ok('role.remove', 'Switcher');
      expect(lab.vm('guarded').power).toBe('poweredOn');
    },
    PATIENCE_MS,
  );

  it(
    'hides what one has no access to',
    async () => {
      const { govc } = lab;
      await govc.ok('permissions.set', '-principal', READER.username, '-role', 'NoAccess', '/DC0/vm/Templates');
      const seen = await govc.as(READER).lines('find', '/DC0/vm', '-type', 'm');
      expect(seen.filter((path) => path.startsWith('/DC0/vm/Templates'))).toEqual([]);
      expect(await govc.as(READER).ok('vm.info', 'base')).toBe('');
      await govc.ok('permissions.remove', '-principal', READER.username, '/DC0/vm/Templates');
      expect(await govc.as(READER).lines('find', '/DC0/vm/Templates', '-type', 'm')).toHaveLength(2);
    },
    PATIENCE_MS,
  );

  it('does not know a principal that is not there', async () => {
    const set = ['permissions.set', '-principal', 'nobody@vsphere.local', '-role', 'Admin', '/DC0/vm'];
    expect(await lab.govc.refused(...set)).toContain("'nobody@vsphere.local' does not exist");
  });
});
