// Which occurrences of an event are written, as tables over a made-up clock.
import { describe, expect, it } from '@jest/globals';
import { EventAggregator } from '../../../src/kube/event-aggregator.ts';
import type { EventSubject, EventText } from '../../../src/kube/event-aggregator.ts';

const MINUTE = 60_000;
const OPTIONS = { windowMs: 10 * MINUTE, burst: 3, refillMs: MINUTE };

function subject(name: string): EventSubject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns', uid: `uid-${name}` } };
}

const TEXT: EventText = { type: 'Normal', reason: 'Tried', action: 'Try', note: 'tried it' };

describe('EventAggregator', () => {
  it('writes one series at doubling counts', () => {
    const aggregator = new EventAggregator(OPTIONS);
    const written: number[] = [];
    for (let i = 0; i < 100; i += 1) {
      const { write } = aggregator.add(subject('a'), TEXT, i * 1_000, i * 1_000);
      if (write !== undefined) written.push(write.count);
    }
    expect(written).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });

  it.each([
    { name: 'another object', other: subject('b'), text: TEXT },
    { name: 'another reason', other: subject('a'), text: { ...TEXT, reason: 'Other' } },
    { name: 'another note', other: subject('a'), text: { ...TEXT, note: 'tried it twice' } },
    { name: 'another type', other: subject('a'), text: { ...TEXT, type: 'Warning' as const } },
  ])('begins another series for $name', ({ other, text }) => {
    const aggregator = new EventAggregator(OPTIONS);
    const first = aggregator.add(subject('a'), TEXT, 0, 0).write;
    const second = aggregator.add(other, text, 0, 0).write;
    expect(second?.count).toBe(1);
    expect(second).not.toBe(first);
  });

  it('begins a new series ten minutes after the last occurrence, not after the first', () => {
    const aggregator = new EventAggregator(OPTIONS);
    const first = aggregator.add(subject('a'), TEXT, 0, 0).write;
    expect(aggregator.add(subject('a'), TEXT, 9 * MINUTE, 0).write).toBe(first);
    expect(aggregator.add(subject('a'), TEXT, 18 * MINUTE, 0)).toEqual({});
    const again = aggregator.add(subject('a'), TEXT, 29 * MINUTE, 0).write;
    expect(again?.count).toBe(1);
    expect(first?.count).toBe(3);
  });

  it('limits different events about one object, and only that object', () => {
    const aggregator = new EventAggregator(OPTIONS);
    const add = (name: string, n: number, at: number): boolean =>
      aggregator.add(subject(name), { ...TEXT, note: `note ${n}` }, at, at).limited === true;
    expect([1, 2, 3, 4, 5].map((n) => add('a', n, 0))).toEqual([false, false, false, true, true]);
    expect(add('b', 1, 0)).toBe(false);
    expect(add('a', 6, MINUTE)).toBe(false);
    expect(add('a', 7, MINUTE)).toBe(true);
    expect(add('a', 1, MINUTE)).toBe(false);
  });

  it('gives what is left unwritten when a series is over, and then keeps nothing', () => {
    const aggregator = new EventAggregator(OPTIONS);
    for (let i = 0; i < 3; i += 1) {
      const { write } = aggregator.add(subject('a'), TEXT, 0, 0);
      if (write !== undefined) write.written = write.count;
    }
    expect(aggregator.pending().map((series) => series.count)).toEqual([3]);
    expect(aggregator.sweep(10 * MINUTE)).toEqual([]);
    expect(aggregator.sweep(10 * MINUTE + 1).map((series) => series.count)).toEqual([3]);
    expect(aggregator.size).toBe(0);
  });
});
