// A vCenter that restarts, and one that is restored from a backup.
import { expect } from '@jest/globals';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { api, guide } from './support/sources.ts';
import { ownRoom, vcenterOnly } from './support/expectation.ts';
import { cloneArgs, filesIn, linked, machine, snapshot } from './support/machines.ts';
import type { Ref } from './support/element.ts';
import { POWERED_OFF, Target } from './support/target.ts';
import { Watch, filterOf } from './support/watching.ts';
import { el, ref } from './support/wire.ts';

const SESSIONS = guide('Sessions: a session lives in the server’s memory; a client logs in again after a restart');
const TASKS = api('Task: task objects belong to the running server; TaskManager’s history is kept in the database');
const BACKUP =
  'vCenter Server Installation and Setup, “File-Based Backup and Restore of vCenter Server”: the database returns to the backup, hosts and datastores are as they are';

/** Logs in again after a restart. */
const again = (target: Target): Promise<Target> =>
  waitUntil('the vCenter to answer', () => Target.open(target.account), {
    timeoutMs: 60_000,
    intervalMs: 20,
    retryErrors: true,
  });
const newestEvent = async (target: Target): Promise<number> =>
  Number(await target.text(target.manager('eventManager'), 'latestEvent.key'));

async function restored(target: Target, between: () => Promise<void>): Promise<Target> {
  const name = target.name('backup');
  await target.order('/v1/checkpoints', { name });
  await between();
  await target.order('/v1/restore', { checkpoint: name });
  return again(target);
}

export const restartRoom = ownRoom(
  'restarts and restores',
  { inventory: 'inventory.yaml' },
  vcenterOnly('after a restart a session is NotAuthenticated', SESSIONS, async (target) => {
    const wire = await target.stranger(true);
    await target.order('/v1/restart', {});
    const after = await again(target);
    try {
      const reply = await wire.call('FindByInventoryPath', target.manager('searchIndex'), el('inventoryPath', '/DC0'));
      expect(reply.fault).toBe('NotAuthenticated');
    } finally {
      await after.close();
    }
  }),
  vcenterOnly(
    'machines keep their references, uuids and snapshots',
    api('ManagedObjectReference: unique and unchanging for the life of the object in a vCenter'),
    async (target) => {
      const vm = await machine(target);
      const taken = await snapshot(target, vm);
      const uuid = await target.text(vm, 'config.instanceUuid');
      await target.order('/v1/restart', {});
      const after = await again(target);
      try {
        expect([await after.text(vm, 'config.instanceUuid'), await after.text(vm, 'snapshot.currentSnapshot')]).toEqual(
          [uuid, taken.value],
        );
      } finally {
        await after.close();
      }
    },
  ),
  vcenterOnly('a task’s object is gone, its history isn’t', TASKS, async (target) => {
    const vm = await machine(target);
    const task = (await target.one('Rename_Task', vm, el('newName', target.name('renamed')))).ref;
    await target.ended(task);
    await target.order('/v1/restart', {});
    const after = await again(target);
    try {
      const spec = `<specSet><propSet><type>Task</type><pathSet>info</pathSet></propSet><objectSet>${ref('obj', task)}</objectSet></specSet><options/>`;
      expect(await after.fault('RetrievePropertiesEx', after.collector, spec)).toBe('ManagedObjectNotFound');
      const filter = el('filter', el('entity', ref('entity', vm) + el('recursion', 'self')));
      const collector = (await after.one('CreateCollectorForTasks', after.manager('taskManager'), filter)).ref;
      const { values } = await after.must('ReadNextTasks', collector, el('maxCount', 100));
      expect(values.map((each) => each.at('descriptionId'))).toContain('ManagedEntity.rename');
    } finally {
      await after.close();
    }
  }),
  vcenterOnly('collectors and filters of before are gone', SESSIONS, async (target) => {
    const vm = await machine(target);
    const watch = await Watch.open(target, filterOf(vm, ['name']));
    await watch.next();
    await target.order('/v1/restart', {});
    const after = await again(target);
    try {
      const args = el('version', watch.version) + el('options', el('maxWaitSeconds', 0));
      expect(await after.fault('WaitForUpdatesEx', watch.collector, args)).toBe('ManagedObjectNotFound');
    } finally {
      await after.close();
    }
  }),
  vcenterOnly(
    'event keys go on where they were',
    api('Event.key: the event ID, rising in the order of the events'),
    async (target) => {
      const before = await newestEvent(target);
      await target.order('/v1/restart', {});
      const after = await again(target);
      try {
        expect(await newestEvent(after)).toBeGreaterThan(before);
      } finally {
        await after.close();
      }
    },
  ),
  vcenterOnly('a restore forgets machines made since, and leaves their files', BACKUP, async (target) => {
    const made: { vm?: Ref; name: string } = { name: target.name('since') };
    const after = await restored(target, async () => {
      made.vm = await machine(target, { name: made.name });
    });
    try {
      const args = el('inventoryPath', `/DC0/vm/${made.name}`);
      expect((await after.must('FindByInventoryPath', after.manager('searchIndex'), args)).values).toEqual([]);
      expect(await filesIn(after, made.name)).toContain(`${made.name}.vmx`);
    } finally {
      await after.close();
    }
  }),
  vcenterOnly('what a restore forgot can be registered again, and its linked disks with it', BACKUP, async (target) => {
    const parent = await machine(target);
    const from = await snapshot(target, parent);
    const name = target.name('child');
    const after = await restored(target, async () => {
      await linked(target, parent, from, { name });
    });
    try {
      const pool = await after.value(await after.path(POWERED_OFF), 'resourcePool');
      const args = el('path', `[LocalDS_0] ${name}/${name}.vmx`) + el('asTemplate', false) + ref('pool', pool?.ref);
      const back = await after.made('RegisterVM_Task', await after.path('/DC0/vm'), args);
      const devices = (await after.value(back, 'config.hardware.device'))?.children ?? [];
      const disk = devices.find((device) => device.xsiType === 'VirtualDisk');
      expect(disk?.get('backing', 'parent')).toBeDefined();
    } finally {
      await after.close();
    }
  }),
  vcenterOnly('a machine destroyed since the backup is orphaned', BACKUP, async (target) => {
    const vm = await machine(target);
    const after = await restored(target, async () => {
      await target.done('Destroy_Task', vm);
    });
    try {
      expect(await after.text(vm, 'runtime.connectionState')).toBe('orphaned');
      expect(await after.fault('PowerOnVM_Task', vm)).toBe('InvalidState');
      expect(await after.fault('UnregisterVM', vm)).toBeUndefined();
    } finally {
      await after.close();
    }
  }),
  vcenterOnly('event keys go back to those of the backup', BACKUP, async (target) => {
    const keys: number[] = [];
    const after = await restored(target, async () => {
      for (let count = 0; count < 20; count++) await machine(target);
      keys.push(await newestEvent(target));
    });
    try {
      expect(await newestEvent(after)).toBeLessThan(keys[0] ?? 0);
    } finally {
      await after.close();
    }
  }),
  vcenterOnly('references that were handed out since may be handed out again', BACKUP, async (target) => {
    const since: Ref[] = [];
    const after = await restored(target, async () => {
      for (let count = 0; count < 3; count++) since.push(await machine(target));
    });
    try {
      const source = await after.path(POWERED_OFF);
      const now: string[] = [];
      for (let count = 0; count < 3; count++)
        now.push(
          (await after.made('CloneVM_Task', source, await cloneArgs(after, { name: after.name('anew') }))).value,
        );
      expect(since.some((vm) => now.includes(vm.value))).toBe(true);
    } finally {
      await after.close();
    }
  }),
);
