// govc asks for hosts and clusters, and takes a host out of service.
import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, useGovcLab } from './support/govc-lab.ts';

const lab = useGovcLab();

describe('govc host.* and cluster.*', () => {
  it('describes a host and what the cluster has', async () => {
    const info = await lab.govc.ok('host.info', 'esx-1');
    expect(info).toMatch(/Path: +\/DC0\/host\/Lab\/esx-1\n/);
    expect(info).toMatch(/Memory: +262144MB\n/);
    expect(info).toMatch(/State: +connected/);
    const usage = await lab.govc.ok('cluster.usage', 'Lab');
    expect(usage).toMatch(/Memory capacity: +512\.0GB/);
    expect(usage).toMatch(/Storage capacity: +600\.0GB/);
  });

  it(
    'takes a host into maintenance mode and out of it, disconnects and reconnects it',
    async () => {
      const { govc } = lab;
      const mode = (): Promise<string[]> =>
        govc.lines('collect', '-s', '/DC0/host/Lab/esx-2', 'runtime.inMaintenanceMode');
      const state = (): Promise<string[]> =>
        govc.lines('collect', '-s', '/DC0/host/Lab/esx-2', 'runtime.connectionState');
      await govc.ok('host.maintenance.enter', 'esx-2');
      expect(await mode()).toEqual(['true']);
      await govc.ok('host.maintenance.exit', 'esx-2');
      expect(await mode()).toEqual(['false']);
      await govc.ok('host.disconnect', 'esx-2');
      expect(await state()).toEqual(['disconnected']);
      await govc.ok('host.reconnect', 'esx-2');
      expect(await state()).toEqual(['connected']);
    },
    PATIENCE_MS,
  );
});

describe('govc pool.info', () => {
  it('describes pools', async () => {
    const info = await lab.govc.ok('pool.info', 'Classes');
    expect(info).toMatch(/Path: +\/DC0\/host\/Lab\/Resources\/Classes\n/);
    expect(info).toMatch(/CPU Shares: +normal\n +CPU Reservation: +0MHz \(expandable=true\)\n +CPU Limit: +-1MHz/);
  });
});
