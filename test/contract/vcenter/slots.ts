// How many clones run at the same time: hosts have cost units, what doesn't fit waits as a queued task.
import { expect } from '@jest/globals';
import { api } from './support/sources.ts';
import { ownRoom, vcenterOnly } from './support/expectation.ts';
import type { Ref } from './support/element.ts';
import { startLinked } from './support/seeded.ts';
import type { Target } from './support/target.ts';

const UNITS =
  'blogs.vmware.com/performance, February 2021, “vCenter Limits for Tasks Running at the Same Time”: 16 units a host; a linked clone of an existing snapshot takes 1 on either side';
const QUEUED = 'vSphere documentation, “Limits on Simultaneous Migrations”: an operation beyond the limit is queued';
const PARENT = '/DC0/vm/DC0_C0_RP0_VM0';
const HOST = '/DC0/host/DC0_C0/DC0_C0_H0';

const states = (target: Target, tasks: readonly Ref[]): Promise<readonly (string | undefined)[]> =>
  Promise.all(tasks.map((task) => target.text(task, 'info.state')));
const count = (all: readonly (string | undefined)[], state: string): number =>
  all.filter((each) => each === state).length;

async function start(target: Target, number: number, path = PARENT, hostPath = HOST): Promise<readonly Ref[]> {
  const host = await target.path(hostPath);
  const tasks: Ref[] = [];
  for (let index = 0; index < number; index++) tasks.push(await startLinked(target, path, target.name('slot'), host));
  return tasks;
}
/** Lets everything end, for the next expectation. */
async function drain(target: Target, tasks: readonly Ref[]): Promise<void> {
  while (count(await states(target, tasks), 'success') < tasks.length)
    await target.order('/v1/clock', { advanceSeconds: 10 });
}

export const slotRoom = ownRoom(
  'clones at the same time',
  { inventory: 'slow.yaml', flags: { clock: 'manual' } },
  vcenterOnly(
    'on one host eight linked clones run, one on either side of 16 units; the others are queued',
    UNITS,
    async (target) => {
      const tasks = await start(target, 12);
      const now = await states(target, tasks);
      expect([count(now, 'running'), count(now, 'queued')]).toEqual([8, 4]);
      await drain(target, tasks);
    },
  ),
  vcenterOnly('to another host sixteen run: the source’s side is full then', UNITS, async (target) => {
    const tasks = await start(target, 18, PARENT, '/DC0/host/DC0_C0/DC0_C0_H2');
    const now = await states(target, tasks);
    expect([count(now, 'running'), count(now, 'queued')]).toEqual([16, 2]);
    await drain(target, tasks);
  }),
  vcenterOnly('other hosts aren’t held up', UNITS, async (target) => {
    const full = await start(target, 9);
    const elsewhere = await start(target, 1, '/DC0/vm/Other', '/DC0/host/DC0_C0/DC0_C0_H1');
    expect([count(await states(target, full), 'queued'), await states(target, elsewhere)]).toEqual([1, ['running']]);
    await drain(target, [...full, ...elsewhere]);
  }),
  vcenterOnly(
    'a queued task has a queueTime and no startTime',
    api('TaskInfo.queueTime, startTime: time stamp when the task started running'),
    async (target) => {
      const tasks = await start(target, 9);
      const waiting = tasks.at(-1);
      if (waiting === undefined) throw new Error('no task');
      const info = await target.value(waiting, 'info');
      expect([info?.at('state'), info?.at('queueTime') !== undefined, info?.get('startTime')]).toEqual([
        'queued',
        true,
        undefined,
      ]);
      await drain(target, tasks);
    },
  ),
  vcenterOnly('what was queued starts when there is room', QUEUED, async (target) => {
    const tasks = await start(target, 9);
    await target.order('/v1/clock', { advanceSeconds: 11 });
    const now = await states(target, tasks);
    expect([count(now, 'success'), now.at(-1)]).toEqual([8, 'running']);
    await drain(target, tasks);
  }),
  vcenterOnly(
    'a queued task can be cancelled: it never starts',
    api('Task.CancelTask: RequestCanceled is the error of a task that was cancelled'),
    async (target) => {
      const tasks = await start(target, 9);
      const waiting = tasks.at(-1);
      if (waiting === undefined) throw new Error('no task');
      await target.must('CancelTask', waiting);
      const info = await target.value(waiting, 'info');
      expect([info?.at('state'), info?.get('error', 'fault')?.xsiType]).toEqual(['error', 'RequestCanceled']);
      await drain(target, tasks.slice(0, -1));
    },
  ),
);
