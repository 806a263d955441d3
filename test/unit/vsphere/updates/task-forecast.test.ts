// When tasks will probably end, and how long nobody needs to ask.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { URGENCY } from '../../../../src/vsphere/task-urgency.ts';
import { TaskForecast } from '../../../../src/vsphere/updates/task-forecast.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

let clock: FakeClock;
let forecast: TaskForecast;

beforeEach(() => {
  clock = new FakeClock();
  forecast = new TaskForecast(clock);
});

/** A task from its start to its end, both seen at once. */
async function ran(method: string, ms: number): Promise<void> {
  forecast.started('past', method, URGENCY.soon);
  await clock.advance(ms);
  forecast.ended('past');
  forecast.settle(clock.monotonic());
}

function start(key: string, method = 'CloneVM_Task', urgency: number = URGENCY.slot): void {
  forecast.started(key, method, urgency);
}

describe('usualMs', () => {
  it('is unknown before one of the method has ended', async () => {
    await ran('PowerOnVM_Task', 3_000);
    expect(forecast.usualMs('CloneVM_Task')).toBeUndefined();
  });

  it('is the lower quartile of the last twelve batches', async () => {
    for (const ms of [9_000, 9_000, 9_000, 9_000, 500, 1_000, 1_100, 1_200, 1_300, 1_400, 1_500, 1_600, 4_000, 5_000])
      await ran('CloneVM_Task', ms);
    expect(forecast.usualMs('CloneVM_Task')).toBe(1_100);
  });

  it('counts a batch once, by the one that was started first and when the first end was seen', async () => {
    start('a');
    await clock.advance(100);
    start('b');
    await clock.advance(900);
    const seenAt = clock.monotonic();
    await clock.advance(200);
    forecast.ended('b');
    forecast.ended('a');
    forecast.settle(seenAt);
    expect(forecast.usualMs('CloneVM_Task')).toBe(1_000);
  });

  it('only falls by ends that were found when they were looked for, to what the last that was started took', async () => {
    await ran('CloneVM_Task', 1_000);
    for (const [waitMs, expected] of [
      [1_300, 1_000],
      [920, 900],
    ] as const) {
      start('a');
      await clock.advance(200);
      start('b');
      await clock.advance(waitMs);
      forecast.ended('b');
      forecast.ended('a');
      forecast.settle(undefined);
      expect(forecast.usualMs('CloneVM_Task')).toBe(expected);
    }
  });
});

describe('gatherMs', () => {
  it('is all of the time where nothing is known of a task', async () => {
    start('a');
    expect(forecast.gatherMs(100)).toBe(100);
  });

  it('lasts until the last that is due by then, and a little', async () => {
    await ran('CloneVM_Task', 5_000);
    start('a');
    await clock.advance(40);
    start('b');
    await clock.advance(500);
    start('later');
    await clock.advance(4_460);
    expect(forecast.gatherMs(100)).toBe(60);
  });

  it('is nothing where none is due', async () => {
    await ran('CloneVM_Task', 5_000);
    start('a');
    await clock.advance(1_000);
    expect(forecast.gatherMs(100)).toBe(0);
  });

  it('is a twentieth of a short task that somebody waits for, and all where nobody does', async () => {
    await ran('CloneVM_Task', 1_000);
    start('a');
    await clock.advance(90);
    start('b');
    await clock.advance(910);
    expect(forecast.gatherMs(100)).toBe(50);
    forecast.ended('a');
    forecast.ended('b');
    await ran('Destroy_Task', 1_000);
    start('c', 'Destroy_Task', URGENCY.late);
    await clock.advance(250);
    start('d', 'Destroy_Task', URGENCY.late);
    await clock.advance(750);
    expect(forecast.gatherMs(500)).toBe(270);
  });

  it('is all of the time where one is long overdue', async () => {
    await ran('CloneVM_Task', 5_000);
    start('stuck');
    await clock.advance(10_000);
    start('a');
    expect(forecast.gatherMs(100)).toBe(100);
  });

  it('goes by the most urgent that run', async () => {
    await ran('CloneVM_Task', 5_000);
    start('a');
    start('b', 'PowerOnVM_Task', URGENCY.soon);
    await clock.advance(1_000);
    expect(forecast.gatherMs(100)).toBe(0);
    forecast.ended('a');
    expect(forecast.gatherMs(100)).toBe(100);
  });
});

describe('rest', () => {
  it('is all of the time where nothing is known', () => {
    start('a');
    expect(forecast.rest(500)).toEqual({ ms: 500, due: false });
  });

  it('is all of the time where none is due before that', async () => {
    await ran('CloneVM_Task', 1_000);
    start('a');
    expect(forecast.rest(500)).toEqual({ ms: 500, due: false });
  });

  it('lasts until the first is due that somebody waits for, and those that are due soon after', async () => {
    await ran('CloneVM_Task', 1_000);
    for (const _ of [1, 2, 3, 4]) {
      start(`${_}`);
      await clock.advance(40);
    }
    await clock.advance(640);
    expect(forecast.rest(500)).toEqual({ ms: 260, due: true });
  });

  it('lasts until three quarters are due that nobody waits for', async () => {
    await ran('Destroy_Task', 1_000);
    for (const key of ['a', 'b', 'c', 'd']) {
      start(key, 'Destroy_Task', URGENCY.late);
      await clock.advance(150);
    }
    await clock.advance(250);
    expect(forecast.rest(500)).toEqual({ ms: 470, due: true });
    expect(forecast.rest(200)).toEqual({ ms: 200, due: false });
    expect(forecast.rest(200, 500)).toEqual({ ms: 470, due: true });
  });

  it('takes those along that end soon after', async () => {
    await ran('Destroy_Task', 1_000);
    for (const key of ['a', 'b', 'c', 'd']) {
      start(key, 'Destroy_Task', URGENCY.late);
      await clock.advance(90);
    }
    expect(forecast.rest(2_000)).toEqual({ ms: 930, due: true });
  });

  it('believes the longer of what was seen where nobody waits, and the shorter where somebody does', async () => {
    for (const [method, urgency, usualMs] of [
      ['Destroy_Task', URGENCY.late, 1_040],
      ['CloneVM_Task', URGENCY.slot, 1_010],
    ] as const) {
      for (const ms of [1_000, 1_010, 1_030, 1_040, 1_050]) {
        start(`${method} ${ms}`, method, urgency);
        await clock.advance(ms);
        forecast.ended(`${method} ${ms}`);
        forecast.settle(clock.monotonic());
      }
      expect(forecast.usualMs(method)).toBe(usualMs);
    }
  });

  it('keeps an eighth of what such tasks take between two ends, or a quarter of a second', async () => {
    for (const [usualMs, leastMs] of [
      [1_000, 125],
      [5_000, 250],
    ] as const) {
      start('a');
      await clock.advance(10);
      start('b');
      await clock.advance(usualMs - 10);
      forecast.ended('a');
      forecast.settle(clock.monotonic());
      await clock.advance(10);
      expect(forecast.rest(500)).toEqual({ ms: leastMs - 10, due: true });
      forecast.ended('b');
      forecast.settle(clock.monotonic());
      forecast = new TaskForecast(clock);
    }
  });
});

describe('due and undue', () => {
  it('are the tasks that have probably ended, and those of which it is known that they run on', async () => {
    start('unknown');
    expect([...forecast.due, ...forecast.undue]).toEqual([]);
    forecast.ended('unknown');
    await ran('CloneVM_Task', 5_000);
    start('a');
    await clock.advance(4_900);
    expect([[...forecast.due], [...forecast.undue]]).toEqual([[], ['a']]);
    start('b');
    await clock.advance(80);
    expect([[...forecast.due], [...forecast.undue]]).toEqual([['a'], ['b']]);
    await clock.advance(60_000);
    expect([...forecast.due, ...forecast.undue]).toEqual([]);
  });

  it('a task that was begun late is not due because one before it is late', async () => {
    await ran('CloneVM_Task', 5_000);
    start('a');
    await clock.advance(200);
    start('b');
    await clock.advance(5_000);
    expect([...forecast.due]).toEqual(['a', 'b']);
  });

  it('only the most urgent are due', async () => {
    await ran('CloneVM_Task', 5_000);
    await ran('PowerOnVM_Task', 1_000);
    start('a');
    start('b', 'PowerOnVM_Task', URGENCY.soon);
    await clock.advance(1_000);
    expect([...forecast.due]).toEqual([]);
    expect([...forecast.undue]).toEqual(['a']);
    forecast.ended('a');
    expect([...forecast.due]).toEqual(['b']);
  });
});
