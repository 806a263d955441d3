// What the event history proves about a clone, and how it's asked: by vCenter's own clock, all pages, once for many.
import { describe, expect, it } from '@jest/globals';
import { CloneHistory } from '../../../../src/controllers/vcenter/clone-history.ts';
import type { CloneQuestion } from '../../../../src/controllers/vcenter/clone-history.ts';
import type { VSphereClient } from '../../../../src/vsphere/client.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ref } from '../support/vm.ts';

interface Filter {
  readonly time: { readonly beginTime: string; readonly endTime?: string };
  readonly maxCount: number;
}

type Event = Record<string, unknown> & { readonly key: number; readonly createdTime: string };

const HOUR_MS = 3_600_000;

/** A vCenter whose clock is ahead by `aheadMs`; it answers with the latest `maxCount` events as a real one does. */
function historyOf(events: readonly Event[], aheadMs = 0) {
  const clock = new FakeClock();
  const filters: Filter[] = [];
  const client = {
    content: { eventManager: ref('EventManager', 'EventManager') },
    invoke: async (_: unknown, method: string, args: { filter: Filter }) => {
      if (method === 'CurrentTime') return new Date(clock.now() + aheadMs).toISOString();
      filters.push(args.filter);
      const { beginTime, endTime = '9' } = args.filter.time;
      return events
        .filter(({ createdTime }) => createdTime >= beginTime && createdTime <= endTime)
        .slice(-args.filter.maxCount);
    },
  };
  // what waits for company isn't kept waiting here
  const promptly = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    schedule: (_: number, callback: () => void) => {
      queueMicrotask(callback);
      return { cancel: () => undefined };
    },
  };
  return { history: new CloneHistory(client as unknown as VSphereClient, promptly, 0), filters, now: clock.now() };
}

function at(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function begun(key: number, epochMs: number, folder = 'group-v2', destName = 'web-01'): Event {
  const destFolder = { name: 'Labs', folder: ref(folder, 'Folder') };
  const vm = { name: 'win', vm: ref('vm-1') };
  return { $type: 'VmBeingClonedEvent', key, chainId: key, createdTime: at(epochMs), vm, destName, destFolder };
}

function cloned(key: number, epochMs: number, fields: Record<string, unknown> = {}): Event {
  return {
    $type: 'VmClonedEvent',
    key,
    chainId: key - 1,
    createdTime: at(epochMs),
    vm: { name: 'web-01', vm: ref('vm-10') },
    sourceVm: { name: 'win', vm: ref('vm-1') },
    ...fields,
  };
}

function onHost(value: string) {
  return { name: value, host: ref(value, 'HostSystem') };
}

function question(since: number, fields: Partial<CloneQuestion> = {}): CloneQuestion {
  return { source: 'vm-1', folder: 'group-v2', vmName: 'web-01', since, ...fields };
}

describe('the event history', () => {
  const now = new FakeClock().now();
  const since = now - 60_000;

  it.each<[string, boolean, readonly Event[], Partial<CloneQuestion>]>([
    ['a clone of that name and source that ended', true, [begun(1, since + 1), cloned(2, since + 2)], {}],
    ['one whose beginning is not told', true, [cloned(2, since + 2)], {}],
    [
      'one from a template',
      true,
      [cloned(2, since + 2, { sourceVm: undefined, srcTemplate: { name: 'win', vm: ref('vm-1') } })],
      {},
    ],
    [
      'a name that vCenter writes escaped',
      true,
      [cloned(2, since + 2, { vm: { name: 'a%2fb', vm: ref('vm-10') } })],
      { vmName: 'a/b' },
    ],
    ['one that only began', false, [begun(1, since + 1)], {}],
    ['one of another source', false, [cloned(2, since + 2)], { source: 'vm-2' }],
    ['one of another name', false, [cloned(2, since + 2)], { vmName: 'web-02' }],
    ['one in another folder', false, [begun(1, since + 1, 'group-v9'), cloned(2, since + 2)], {}],
    ['an earlier one', false, [cloned(2, since - 10_000)], {}],
    ['nothing', false, [], {}],
  ])('with %s: %s', async (_, expected, events, fields) => {
    expect((await historyOf(events).history.ended(question(since, fields))) !== undefined).toBe(expected);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, unknown]>([
    [
      'the event of its making',
      { destHost: onHost('host-1') },
      { host: onHost('host-2') },
      ref('host-2', 'HostSystem'),
    ],
    ['that of its beginning', { destHost: onHost('host-1') }, {}, ref('host-1', 'HostSystem')],
    ['neither', {}, {}, undefined],
  ])('tells the host by %s', async (_, start, end, host) => {
    const events = [{ ...begun(1, since + 1), ...start }, cloned(2, since + 2, end)];
    expect(await historyOf(events).history.ended(question(since))).toEqual({ host });
  });

  it.each([-HOUR_MS, HOUR_MS])('is asked by the clock of vCenter, %i ms from ours', async (aheadMs) => {
    const after = historyOf([cloned(2, since + 1000 + aheadMs)], aheadMs);
    expect(await after.history.ended(question(since))).toBeDefined();
    const before = historyOf([cloned(2, since - 10_000 + aheadMs)], aheadMs);
    expect(await before.history.ended(question(since))).toBeUndefined();
  });

  it('is read to its beginning, in as many pages as it has', async () => {
    const others = Array.from({ length: 2500 }, (_, i) =>
      cloned(10 + i, since + 1000 + i, { vm: { name: `other-${i}`, vm: ref(`vm-${100 + i}`) } }),
    );
    const { history, filters } = historyOf([cloned(2, since + 2), ...others]);
    expect(await history.ended(question(since))).toBeDefined();
    expect(filters).toHaveLength(3);
  });

  it('that cannot be read to its beginning is no answer', async () => {
    const sameTime = Array.from({ length: 1001 }, (_, i) =>
      cloned(10 + i, since + 1000, { vm: { name: `other-${i}`, vm: ref(`vm-${100 + i}`) } }),
    );
    await expect(historyOf(sameTime).history.ended(question(since))).rejects.toThrow("doesn't tell its events");
  });

  it('is read once for all who ask at the same time, from the earliest on', async () => {
    const { history, filters } = historyOf([cloned(2, since + 2)]);
    const answers = await Promise.all([
      history.ended(question(now)),
      history.ended(question(since)),
      history.ended(question(now, { vmName: 'web-02' })),
    ]);
    expect(answers.slice(1).map((made) => made !== undefined)).toEqual([true, false]);
    expect(filters).toHaveLength(1);
  });
});
