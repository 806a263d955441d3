// The tail of a process' output: order, bound, and bounded lines.
import { describe, expect, it } from '@jest/globals';
import { createLineTail } from '../../../src/testbed/process/line-tail.ts';

describe('line tail', () => {
  it('keeps the last lines in order, whether or not the ring is full', () => {
    const tail = createLineTail(3);
    expect(tail.lines()).toEqual([]);
    for (const line of ['a', 'b']) tail.push(line);
    expect(tail.lines()).toEqual(['a', 'b']);
    for (const line of ['c', 'd', 'e']) tail.push(line);
    expect(tail.lines()).toEqual(['c', 'd', 'e']);
    for (const line of ['f', 'g', 'h', 'i']) tail.push(line);
    expect(tail.lines()).toEqual(['g', 'h', 'i']);
  });

  it('cuts a line that has no end', () => {
    const tail = createLineTail(1);
    tail.push('x'.repeat(1_000_000));
    expect(tail.lines()[0]?.length).toBe(4096);
  });
});
