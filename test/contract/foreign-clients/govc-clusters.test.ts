// govc moves hosts between clusters, and keeps rules, groups and exceptions of a cluster.
import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, useGovcLab } from './support/govc-lab.ts';

const lab = useGovcLab();

describe('govc cluster.mv', () => {
  it(
    'moves a host in maintenance mode with its machines, and back',
    async () => {
      const { govc } = lab;
      await lab.clone('settler');
      await govc.ok('vm.migrate', '-host', 'esx-2', 'settler');
      await govc.ok('cluster.create', 'Annex');
      expect(await govc.refused('cluster.mv', '-cluster', 'Annex', 'esx-2')).toContain('not in maintenance mode');
      await govc.ok('host.maintenance.enter', 'esx-2');
      const { moRef } = lab.vm('settler');
      await govc.ok('cluster.mv', '-cluster', 'Annex', 'esx-2');
      expect(await govc.lines('find', '/', '-type', 'h')).toEqual(['/DC0/host/Lab/esx-1', '/DC0/host/Annex/esx-2']);
      const [pool] = await govc.lines('find', '-i', '/DC0/host/Annex', '-type', 'p');
      expect(lab.vm('settler')).toMatchObject({ moRef, host: 'esx-2' });
      expect(`ResourcePool:${lab.vm('settler').resourcePool}`).toBe(pool);
      expect(await govc.ok('cluster.usage', 'Annex')).toMatch(/Memory capacity: +256\.0GB/);
      await govc.ok('cluster.mv', '-cluster', 'Lab', 'esx-2');
      await govc.ok('host.maintenance.exit', 'esx-2');
      await govc.ok('vm.power', '-on', 'settler');
      await govc.ok('object.destroy', '/DC0/host/Annex');
      expect(await govc.ok('cluster.usage', 'Lab')).toMatch(/Memory capacity: +512\.0GB/);
    },
    PATIENCE_MS,
  );

  it(
    'takes a standalone host in, whose own compute resource goes',
    async () => {
      const { govc } = lab;
      const add = ['host.add', '-hostname', 'esx-8', '-username', 'root', '-password', 'x'];
      const thumbprint = /thumbprint=(\S+)/.exec(await govc.refused(...add))?.[1] ?? '';
      await govc.ok(...add, '-thumbprint', thumbprint);
      await govc.ok('cluster.mv', '-cluster', 'Lab', 'esx-8');
      expect(await govc.lines('find', '/DC0/host', '-type', 'r')).toEqual(['/DC0/host/Lab']);
      expect(await govc.lines('find', '/DC0/host/Lab', '-type', 'h')).toContain('/DC0/host/Lab/esx-8');
    },
    PATIENCE_MS,
  );
});

describe('govc cluster.rule.*, cluster.group.* and cluster.override.*', () => {
  it(
    'makes, changes and removes rules, each name once',
    async () => {
      const { govc } = lab;
      await lab.clone('left');
      await lab.clone('right');
      const rule = ['-cluster', 'Lab', '-name', 'apart'];
      await govc.ok('cluster.rule.create', ...rule, '-enable', '-anti-affinity', 'left', 'right');
      expect(await govc.refused('cluster.rule.create', ...rule, '-affinity', 'left', 'right')).toContain(
        "'apart' already exists",
      );
      expect(await govc.ok('cluster.rule.info', ...rule)).toMatch(
        /Type: ClusterAntiAffinityRuleSpec\n +VM: left\n +VM: right/,
      );
      await govc.ok('cluster.rule.change', ...rule, '-enable=false');
      expect(await govc.lines('cluster.rule.ls', '-cluster', 'Lab')).toEqual(['apart']);
      await govc.ok('cluster.rule.remove', ...rule);
      expect(await govc.lines('cluster.rule.ls', '-cluster', 'Lab')).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'keeps groups, and forgets machines that are destroyed',
    async () => {
      const { govc } = lab;
      await lab.clone('stays');
      await lab.clone('goes');
      const group = ['-cluster', 'Lab', '-name', 'class'];
      await govc.ok('cluster.group.create', ...group, '-vm', 'stays', 'goes');
      expect(await govc.refused('cluster.group.create', ...group, '-vm', 'stays')).toContain('already exists');
      await govc.ok('cluster.override.change', '-cluster', 'Lab', '-vm', 'goes', '-drs-mode', 'manual', '-drs-enabled');
      const overrides = (): Promise<string> => govc.ok('cluster.override.info', '-cluster', 'Lab');
      expect(await overrides()).toMatch(/Name: +goes\n +DRS Automation Level: +Manual/i);
      expect((await govc.lines('cluster.group.ls', ...group)).toSorted()).toEqual(['goes', 'stays']);
      await govc.ok('vm.destroy', 'goes');
      expect(await govc.lines('cluster.group.ls', ...group)).toEqual(['stays']);
      expect(await overrides()).toBe('');
      await govc.ok('cluster.group.remove', ...group);
      expect(await govc.lines('cluster.group.ls', '-cluster', 'Lab')).toEqual([]);
    },
    PATIENCE_MS,
  );
});
