// What this vCenter has nothing of is refused as a vCenter would, or answered with nothing; what is another API isn't there.
import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, useGovcLab } from './support/govc-lab.ts';

const lab = useGovcLab();
const CREDENTIALS = 'Failed to authenticate with the guest operating system using the supplied credentials.';

describe('govc guest.*', () => {
  it(
    'is refused for a machine that is off, for Tools that do not run, and for credentials',
    async () => {
      const { govc } = lab;
      await lab.clone('inside');
      const login = ['-vm', 'inside', '-l', 'root:secret'];
      expect(await govc.refused('guest.ps', ...login)).toContain('powered off');
      await govc.ok('vm.power', '-on', 'inside');
      for (const command of [
        ['guest.ps', ...login],
        ['guest.start', ...login, '/bin/true'],
        ['guest.run', ...login, 'uptime'],
        ['guest.ls', ...login, '/tmp'],
        ['guest.mkdir', ...login, '/tmp/a'],
        ['guest.getenv', ...login],
        ['guest.upload', ...login, new URL('lab.yaml', import.meta.url).pathname, '/tmp/lab.yaml'],
        ['guest.download', ...login, '/etc/hosts', '-'],
      ])
        expect([command[0], await govc.refused(...command)]).toEqual([
          command[0],
          expect.stringContaining(CREDENTIALS),
        ]);
    },
    PATIENCE_MS,
  );
});

describe('govc license.*, alarms, extension.* and metric.*', () => {
  it(
    'runs in evaluation mode, and takes no other licence',
    async () => {
      const { govc } = lab;
      expect(await govc.ok('license.ls')).toMatch(/^00000-00000-00000-00000-00000 +eval/m);
      expect(await govc.ok('license.assigned.ls')).toMatch(/ esx-1 +00000-00000-00000-00000-00000/);
      await govc.ok('license.decode', 'AAAAA-BBBBB-CCCCC-DDDDD-EEEEE');
      expect(await govc.lines('license.ls')).toHaveLength(2);
      expect(await govc.refused('license.remove', 'AAAAA-BBBBB-CCCCC-DDDDD-EEEEE')).toContain('licenseKey');
      expect(await govc.lines('alarms')).toHaveLength(1);
      expect(await govc.lines('alarm.info')).toEqual([]);
      expect(await govc.refused('extension.info', 'com.example')).toContain('extension com.example not found');
    },
    PATIENCE_MS,
  );

  it(
    'measures what the model knows: space, time',
    async () => {
      const { govc } = lab;
      await lab.clone('measured');
      const path = '/DC0/vm/Labs/measured';
      expect(await govc.lines('metric.ls', path)).toEqual(
        expect.arrayContaining(['cpu.usage.average', 'disk.unshared.latest']),
      );
      await govc.ok('object.reload', path);
      const sampled = await govc.lines(
        'metric.sample',
        path,
        'disk.used.latest',
        'disk.unshared.latest',
        'cpu.usage.average',
      );
      const value = (name: string): number =>
        Number(
          sampled
            .find((line) => line.includes(name))
            ?.trim()
            .split(/\s+/)[3],
        );
      const { unsharedBytes } = lab.vm('measured');
      expect(value('disk.unshared.latest')).toBe(Math.floor(unsharedBytes / 1024));
      expect(value('disk.used.latest')).toBeGreaterThan(4 * 1024 ** 2);
      expect(await govc.ok('metric.interval.info')).toMatch(/Name: +Past day/);
    },
    PATIENCE_MS,
  );
});

describe('govc on other APIs than vim25', () => {
  it.each([
    [['tags.ls'], '/rest/com/vmware/cis/session: 404 Not Found'],
    [['library.ls'], '/rest/com/vmware/cis/session: 404 Not Found'],
    [['storage.policy.ls'], '"/pbm": 404 Not Found'],
    [['sso.user.ls'], '"/sso-adminserver/sdk": 404 Not Found'],
    [['session.login', '-issue'], '"/sts/STSService": 404 Not Found'],
    [
      ['datastore.download', 'base/base.vmx', '-'],
      '/folder/base/base.vmx?dcPath=%2FDC0&dsName=shared-1): 404 Not Found',
    ],
  ])('%p is not found', async (command, answer) => {
    expect(await lab.govc.refused(...command)).toContain(answer);
  });
});
