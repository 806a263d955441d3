// Where the table appears: one block that is rewritten in place on a terminal, lines for what changed elsewhere.
import { describe, expect, it } from '@jest/globals';
import type { ScreenStream } from '../../../../src/testbed/demo/screen.ts';
import { createScreen } from '../../../../src/testbed/demo/screen.ts';
import { rowOf, totalRow } from '../../../../src/testbed/demo/set-row.ts';
import type { Table } from '../../../../src/testbed/demo/table.ts';
import { progressOf } from './support/lab.ts';
import type { Given } from './support/lab.ts';

const ESCAPE = '\u001b';

function recorder(window: { columns: number; rows: number } | undefined): ScreenStream & { take(): string } {
  let written = '';
  return {
    ...(window === undefined ? {} : { isTTY: true, ...window }),
    write: (text) => (written += text),
    take() {
      const taken = written;
      written = '';
      return taken;
    },
  };
}

function table(sets: Readonly<Record<string, Given>>, elapsedMs = 0): Table {
  const rows = Object.entries(sets).map(([name, given]) => rowOf(progressOf(name, given), elapsedMs));
  return { rows, total: totalRow(rows, { storage: undefined, elapsedMs }) };
}

describe('the table on a terminal', () => {
  it('is rewritten in place', () => {
    const stream = recorder({ columns: 200, rows: 40 });
    const screen = createScreen(stream);
    screen.show(table({ a: {}, b: {} }));
    const first = stream.take();
    expect(first.split('\n')).toHaveLength(5);
    expect(first).not.toContain(ESCAPE);
    screen.show(table({ a: {}, b: {}, c: {} }, 1000));
    const second = stream.take();
    expect(second.startsWith(`${ESCAPE}[4F${ESCAPE}[J`)).toBe(true);
    expect(second.split('\n')).toHaveLength(6);
    screen.show(table({}));
    expect(stream.take().startsWith(`${ESCAPE}[5F${ESCAPE}[J`)).toBe(true);
  });

  it('makes room for text, goes on below it, and stays where it was settled', () => {
    const stream = recorder({ columns: 200, rows: 40 });
    const screen = createScreen(stream);
    screen.show(table({ a: {} }));
    stream.take();
    screen.print('news\n');
    expect(stream.take()).toBe(`${ESCAPE}[3F${ESCAPE}[Jnews\n`);
    screen.show(table({ a: {} }));
    expect(stream.take()).not.toContain(ESCAPE);
    screen.settle();
    screen.print('done\n');
    expect(stream.take()).toBe('done\n');
  });

  it('counts the rows that a narrow window wraps lines into, and cuts off what is waited for', () => {
    const stream = recorder({ columns: 80, rows: 40 });
    const screen = createScreen(stream);
    screen.show(table({ a: { waitingFor: 'x'.repeat(500) } }));
    const lines = stream.take().split('\n').slice(0, -1);
    expect(lines).toHaveLength(3);
    const rows = lines.reduce((sum, line) => sum + Math.ceil(line.length / 80), 0);
    expect(rows).toBe(6);
    screen.show(table({}));
    expect(stream.take().startsWith(`${ESCAPE}[6F`)).toBe(true);
  });

  it('leaves sets out that would make it higher than the window', () => {
    const stream = recorder({ columns: 200, rows: 6 });
    const screen = createScreen(stream);
    screen.show(table(Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, {}]))));
    const lines = stream.take().trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['SET', 'a', 'b', 'c', 'total']);
  });
});

describe('the table elsewhere', () => {
  it('is a line for each row in which something changed', () => {
    const stream = recorder(undefined);
    const screen = createScreen(stream);
    screen.show(table({ a: {}, b: {} }));
    expect(names(stream.take())).toEqual(['SET', 'a', 'b', 'total']);
    screen.show(table({ a: {}, b: {} }, 5000));
    expect(stream.take()).toBe('');
    screen.show(table({ a: {}, b: { states: { Ready: 1 } } }, 6000));
    expect(names(stream.take())).toEqual(['b', 'total']);
    screen.settle();
    expect(names(stream.take())).toEqual(['SET', 'a', 'b', 'total']);
    screen.print('text\n');
    expect(stream.take()).toBe('text\n');
  });

  it('is nothing when nothing was shown', () => {
    const stream = recorder(undefined);
    createScreen(stream).settle();
    expect(stream.take()).toBe('');
  });
});

function names(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
}
