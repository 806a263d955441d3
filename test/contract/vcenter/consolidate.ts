// Consolidation: merging what no snapshot and no clone needs any more.
import { expect } from '@jest/globals';
import { api, guide, types } from './support/sources.ts';
import { deviates, diskRoom } from './support/expectation.ts';
import { chain, family, machine, snapshot } from './support/machines.ts';
import { el } from './support/wire.ts';

export const consolidateRoom = diskRoom(
  'consolidation',
  deviates(
    'ConsolidateVMDisks succeeds where nothing is to do',
    'MethodNotFound',
    types('VirtualMachine.ConsolidateVMDisks_Task'),
    async (target) => {
      const vm = await machine(target);
      await target.done('ConsolidateVMDisks_Task', vm);
      expect(await chain(target, vm)).toHaveLength(1);
    },
  ),
  deviates(
    'ConsolidateVMDisks merges once the clone is gone',
    'MethodNotFound',
    guide('Linked Virtual Machines: disk consolidation'),
    async (target) => {
      const { child, parent, snapshot: from } = await family(target);
      await target.done('RemoveSnapshot_Task', from, el('removeChildren', false));
      await target.done('Destroy_Task', child);
      await target.done('ConsolidateVMDisks_Task', parent);
      expect(await chain(target, parent)).toHaveLength(1);
      expect(await target.text(parent, 'runtime.consolidationNeeded')).toBe('false');
    },
  ),
  deviates(
    'without consolidation a removed snapshot’s delta stays',
    'there are no deltas',
    api('RemoveSnapshot_Task.consolidate: defaults to true'),
    async (target) => {
      const vm = await machine(target);
      const made = await snapshot(target, vm);
      await target.done('RemoveSnapshot_Task', made, el('removeChildren', false) + el('consolidate', false));
      expect(await chain(target, vm)).toHaveLength(2);
      expect(await target.text(vm, 'runtime.consolidationNeeded')).toBe('true');
    },
  ),
);
