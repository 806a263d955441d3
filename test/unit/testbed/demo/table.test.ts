// The table's rows and figures: what each column says, how wide it is, and how sizes, percentages and times are written.
import { describe, expect, it } from '@jest/globals';
import { formatGb, formatGbShort, formatPercent } from '../../../../src/testbed/demo/figures.ts';
import type { SetProgress } from '../../../../src/testbed/demo/operator-progress.ts';
import { totalSavings } from '../../../../src/testbed/demo/savings.ts';
import { isSettled, rowOf, totalRow } from '../../../../src/testbed/demo/set-row.ts';
import { contentOf, layOut } from '../../../../src/testbed/demo/table.ts';
import { GB, progressOf, storageOf } from './support/lab.ts';

const WIDE = 300;

function lines(sets: readonly SetProgress[], elapsedMs = 10_000): string[] {
  const rows = sets.map((set) => rowOf(set, elapsedMs));
  const total = totalRow(rows, { storage: totalSavings(sets.map((set) => set.storage)), elapsedMs });
  const { header, rows: rowLines, total: totalLine } = layOut({ rows, total });
  return [header, ...rowLines, totalLine];
}

describe('figures', () => {
  it('are GB of 2^30 bytes with one decimal', () => {
    expect(formatGb(25 * 11 * GB)).toBe('275.0 GB');
    expect(formatGb(Math.round(25 * 3.34 * GB))).toBe('83.5 GB');
    expect(formatGb(0)).toBe('0.0 GB');
    expect(formatGbShort(675 * GB)).toBe('675 GB');
    expect(formatGbShort(Math.ceil(238.75 * GB))).toBe('238.8 GB');
    expect(formatGbShort(10 * GB)).toBe('10 GB');
  });

  it('are percentages with one decimal', () => {
    expect(formatPercent(97.1)).toBe('97.1 %');
    expect(formatPercent(100)).toBe('100.0 %');
  });
});

describe('the table', () => {
  const capture = progressOf('capture', {
    states: { Queued: 4, Cloning: 7, Booting: 7, Ready: 7 },
    storage: storageOf({ full: 275, thin: 83.5, linked: 3.25 }),
    waitingFor: 'clone slots of vc (20)',
  });

  it('has exactly the columns that people were promised', () => {
    const [header = ''] = lines([capture]);
    expect(header.split(/\s+/)).toEqual(
      'SET WANT QUEUED CLONING BOOTING CUSTOMIZING READY FAILED FULL THIN LINKED SAVED ELAPSED WAITING FOR'.split(' '),
    );
  });

  it('shows a set and the total with their figures below the headings', () => {
    const [header = '', row = '', total = ''] = lines([capture]);
    expect(row.replaceAll(/\s+/g, ' ')).toBe(
      'capture 25 4 7 7 0 7 0 275.0 GB 83.5 GB 3.3 GB 98.8 % 0:10 clone slots of vc (20)',
    );
    expect(total.replaceAll(/\s+/g, ' ')).toBe('total 25 4 7 7 0 7 0 275.0 GB 83.5 GB 3.3 GB 98.8 % 0:10');
    for (const [title, text] of [
      ['CLONING', '7'],
      ['CUSTOMIZING', '0'],
      ['FULL', '275.0 GB'],
      ['SAVED', '98.8 %'],
      ['ELAPSED', '0:10'],
    ] as const) {
      const end = header.indexOf(title) + title.length;
      expect(row.slice(0, end).endsWith(text)).toBe(true);
    }
    expect(row.indexOf('clone slots')).toBe(header.indexOf('WAITING FOR'));
  });

  it('grows with long names and keeps all lines in step', () => {
    const [header = '', first = '', second = ''] = lines([
      capture,
      progressOf('a-set-with-quite-a-long-name', { namespace: 'elsewhere', states: { Ready: 25 } }),
    ]);
    expect(second.startsWith('elsewhere/a-set-with-quite-a-long-name ')).toBe(true);
    const column = header.indexOf('READY');
    expect(first.slice(column, column + 5)).toBe('    7');
    expect(second.slice(column, column + 5)).toBe('   25');
  });

  it('shows a dash where the operator has no figures yet, and no spaces at the ends of lines', () => {
    const [, row = ''] = lines([progressOf('capture', {})]);
    expect(row.replaceAll(/\s+/g, ' ')).toBe('capture 25 25 0 0 0 0 0 – – – – 0:10');
    expect(row).toBe(row.trimEnd());
  });

  it('keeps what is waited for on one line', () => {
    const [, row = ''] = lines([progressOf('capture', { waitingFor: 'a message\nof two  lines' })]);
    expect(row.endsWith(' a message of two lines')).toBe(true);
    expect(row.length).toBeLessThan(WIDE);
  });

  it('writes times as m:ss', () => {
    expect(lines([capture], 65_400)[1]).toContain(' 1:05 ');
    expect(lines([capture], 59_999)[1]).toContain(' 0:59 ');
  });

  it('tells rows apart by what they say, not by their time', () => {
    expect(contentOf(rowOf(capture, 1000))).toBe(contentOf(rowOf(capture, 9000)));
    const further = progressOf('capture', { ...capture, states: { ...capture.states, Ready: 8 } });
    expect(contentOf(rowOf(further, 1000))).not.toBe(contentOf(rowOf(capture, 1000)));
  });
});

describe('a row', () => {
  it('counts clones without an object as queued, and not those that go', () => {
    expect(rowOf(progressOf('capture', { states: { Ready: 3, Deleting: 10 } }), 0)).toMatchObject({
      want: 25,
      queued: 22,
      ready: 3,
      waitingFor: '10 being deleted',
    });
    expect(rowOf(progressOf('capture', { wanted: 3, states: { Ready: 3, Deleting: 22 } }), 0).queued).toBe(0);
  });

  it('says what has no column of its own unless the operator waits for something', () => {
    expect(rowOf(progressOf('a', { states: { NotReady: 2, Ready: 23 } }), 0).waitingFor).toBe('2 not ready any more');
    expect(rowOf(progressOf('a', { states: { NotReady: 2 }, waitingFor: 'the base' }), 0).waitingFor).toBe('the base');
  });

  it('is settled when what is wanted is ready and nothing else is left', () => {
    expect(isSettled(progressOf('a', { states: { Ready: 25 } }))).toBe(true);
    expect(isSettled(progressOf('a', { states: { Ready: 24, Booting: 1 } }))).toBe(false);
    expect(isSettled(progressOf('a', { states: { Ready: 25, Deleting: 1 } }))).toBe(false);
    expect(isSettled(progressOf('a', { wanted: 0, states: {} }))).toBe(true);
  });
});

describe('the space of all', () => {
  it('is the sum of the bases, with what is saved computed from the sums', () => {
    // The bases' own bytes are in their figures: 3.34 + 3.72 + 2.49 GB beside 75 times 0.13 GB.
    const bases = [
      storageOf({ full: 275, thin: 83.5, linked: 3.34 + 3.25 }),
      storageOf({ full: 200, thin: 93, linked: 3.72 + 3.25 }),
      storageOf({ full: 200, thin: 62.25, linked: 2.49 + 3.25 }),
    ];
    const total = totalSavings(bases);
    expect(total?.savedPercent).toBe(97.1);
    expect(formatGbShort(total?.fullBytes ?? 0)).toBe('675 GB');
    expect(formatGbShort(total?.thinBytes ?? 0)).toBe('238.8 GB');
    expect(formatGbShort(total?.linkedBytes ?? 0)).toBe('19.3 GB');
    expect(total?.savedBytes).toBe((total?.fullBytes ?? 0) - (total?.linkedBytes ?? 0));
  });

  it('is unknown as long as no base has figures', () => {
    expect(totalSavings([undefined, undefined])).toBeUndefined();
    expect(totalSavings([])).toBeUndefined();
  });
});
