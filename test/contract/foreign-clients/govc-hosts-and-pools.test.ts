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

describe('govc pool.create, pool.change and pool.destroy', () => {
  it(
    'makes a pool, changes it and takes it away',
    async () => {
      const { govc } = lab;
      const path = '/DC0/host/Lab/Resources/Exams';
      await govc.ok('pool.create', '-cpu.limit', '1000', path);
      expect(await govc.ok('pool.info', path)).toMatch(/CPU Limit: +1000MHz/);
      await govc.ok('pool.change', '-mem.reservation', '100', '-name', 'Finals', path);
      expect(await govc.ok('pool.info', 'Finals')).toMatch(/Mem Reservation: +100MB/);
      expect(await govc.refused('pool.create', '/DC0/host/Lab/Resources/Finals')).toContain('already exists');
      await govc.ok('pool.destroy', '/DC0/host/Lab/Resources/Finals');
      expect(await govc.lines('find', '/', '-type', 'p', '-name', 'Finals')).toEqual([]);
    },
    PATIENCE_MS,
  );
});

describe('govc cluster.create, cluster.add and host.remove', () => {
  it(
    'makes a cluster, gives it a host and takes both away',
    async () => {
      const { govc } = lab;
      await govc.ok('cluster.create', 'Annex');
      const add = ['cluster.add', '-cluster', 'Annex', '-hostname', 'esx-9', '-username', 'root', '-password', 'x'];
      const thumbprint = /thumbprint=(\S+)/.exec(await govc.refused(...add))?.[1] ?? '';
      await govc.ok(...add, '-thumbprint', thumbprint);
      expect(await govc.lines('find', '/DC0/host/Annex', '-type', 'h')).toEqual(['/DC0/host/Annex/esx-9']);
      expect(await govc.refused('host.remove', 'esx-9')).toContain('not in maintenance mode');
      await govc.ok('host.maintenance.enter', 'esx-9');
      await govc.ok('host.remove', 'esx-9');
      await govc.ok('object.destroy', '/DC0/host/Annex');
      expect(await govc.lines('find', '/', '-type', 'c')).toEqual(['/DC0/host/Lab']);
    },
    PATIENCE_MS,
  );
});
