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

  it('takes the rest of a burst for as late as its first', async () => {
    await ran('CloneVM_Task', 5_000);
    start('a');
    await clock.advance(40);
    start('b');
    await clock.advance(5_200);
    expect(forecast.gatherMs(100)).toBe(60);
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

describe('restMs', () => {
  it('is all of the time where nothing is known', () => {
    start('a');
    expect(forecast.restMs(500)).toBe(500);
  });

  it('lasts until a quarter of those are due that somebody waits for, and three quarters of others', async () => {
    for (const [method, urgency, rest] of [
      ['CloneVM_Task', URGENCY.slot, 150],
      ['Destroy_Task', URGENCY.late, 350],
    ] as const) {
      await ran(method, 1_000);
      for (const key of ['a', 'b', 'c', 'd']) {
        start(key, method, urgency);
        await clock.advance(100);
      }
      await clock.advance(450);
      expect(forecast.restMs(500)).toBe(rest);
      for (const key of ['a', 'b', 'c', 'd']) forecast.ended(key);
    }
  });

  it('is a twentieth of what is due already', async () => {
    await ran('CloneVM_Task', 1_000);
    start('a');
    await clock.advance(1_000);
    expect(forecast.restMs(500)).toBe(50);
  });
});

describe('mayHaveEnded', () => {
  it('is false only while it is known that the task runs on', async () => {
    start('a');
    expect(forecast.mayHaveEnded('a')).toBe(true);
    expect(forecast.mayHaveEnded('never seen')).toBe(true);
    forecast.ended('a');
    await ran('CloneVM_Task', 5_000);
    start('b');
    await clock.advance(4_900);
    expect(forecast.mayHaveEnded('b')).toBe(false);
    await clock.advance(80);
    expect(forecast.mayHaveEnded('b')).toBe(true);
    await clock.advance(60_000);
    expect(forecast.mayHaveEnded('b')).toBe(true);
  });
});
