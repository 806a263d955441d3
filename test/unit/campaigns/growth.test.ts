// What a soak says of a process that runs for hours: a line through noisy samples, and whether a count grows.
import { describe, expect, it } from '@jest/globals';
import { growthOf, judgedOf, slopeOf } from '../../campaigns/soak/growth.ts';
import type { Sample } from '../../campaigns/soak/growth.ts';
import { inspectorUrl } from '../../campaigns/soak/inspected-process.ts';

/** Two hours, a sample every ten seconds. */
function samples(value: (hours: number, i: number) => number): Sample[] {
  return Array.from({ length: 720 }, (_, i) => ({ hours: i / 360, value: value(i / 360, i) }));
}

describe('the slope', () => {
  it('is that of the line, with an interval that grows with the noise', () => {
    const line = samples((hours) => 50 + 10 * hours);
    expect(slopeOf(line).perHour).toBeCloseTo(10);
    expect(slopeOf(line).atLeast).toBeCloseTo(10);
    expect(slopeOf(line).atMost).toBeCloseTo(10);
    const noisy = slopeOf(samples((_, i) => 50 + (i % 2) * 4));
    expect(noisy.atLeast).toBeLessThan(0);
    expect(noisy.atMost).toBeGreaterThan(0);
    expect(noisy.atMost).toBeLessThan(1);
  });
});

describe('a count', () => {
  const noise = (i: number): number => [0, 7, 2, 9, 4][i % 5] ?? 0;

  it.each<[string, (hours: number, i: number) => number]>([
    ['goes up and down', (_, i) => 20 + noise(i)],
    ['is one more from the middle on', (hours) => (hours < 1 ? 10 : 11)],
    ['gets smaller', (hours, i) => 60 - 10 * hours + noise(i)],
  ])('is flat when it %s', (_, value) => {
    expect(growthOf(samples(value))).toBeUndefined();
  });

  it('grows when something is left behind every ten minutes, whatever goes up and down beside it', () => {
    expect(growthOf(samples((hours, i) => 20 + noise(i) + Math.floor(6 * hours)))).toBeCloseTo(12, 0);
  });
});

describe('the address of the inspector', () => {
  it('is in what the process wrote', () => {
    expect(inspectorUrl('{"level":30}\nDebugger listening on ws://127.0.0.1:4321/ab-cd\nFor help')).toBe(
      'ws://127.0.0.1:4321/ab-cd',
    );
    expect(inspectorUrl('{"level":30}')).toBeUndefined();
  });
});

describe('samples of several processes', () => {
  const of = (pid: number, from: number, to: number): { at: number; pid: number }[] =>
    Array.from({ length: to - from }, (_, i) => ({ at: (from + i) * 60_000, pid }));
  const WARM = 40 * 60_000;

  it('are judged by those of the last one, once it is warm', () => {
    const judged = judgedOf([...of(1, 0, 20), ...of(2, 20, 120)], WARM);
    expect([judged?.[0], judged?.length]).toEqual([{ at: 60 * 60_000, pid: 2 }, 60]);
    expect(judgedOf(of(1, 0, 120), WARM)?.length).toBe(80);
  });

  it('say nothing where that is too new', () => {
    expect(judgedOf([...of(1, 0, 60), ...of(2, 60, 120)], WARM)).toBeUndefined();
    expect(judgedOf([], WARM)).toBeUndefined();
  });
});
