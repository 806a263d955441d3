// Lays the live table out: one header, one line a set, a total. Columns have a least width, so that lines which are
// printed at different times stand below each other, and grow with what is in them.
import { formatElapsed } from '../progress/elapsed.ts';
import { formatGb, formatPercent } from './figures.ts';
import type { SetRow } from './set-row.ts';

export interface Table {
  rows: readonly SetRow[];
  total: SetRow;
}

export interface TableLines {
  header: string;
  rows: readonly string[];
  total: string;
}

interface Column {
  title: string;
  width: number;
  align: 'left' | 'right';
  text: (row: SetRow) => string;
}

const UNKNOWN = '–';
const GAP = ' ';

const COLUMNS: readonly Column[] = [
  { title: 'SET', width: 12, align: 'left', text: (row) => row.name },
  count('WANT', (row) => row.want),
  count('QUEUED', (row) => row.queued),
  count('CLONING', (row) => row.cloning),
  count('BOOTING', (row) => row.booting),
  count('CUSTOMIZING', (row) => row.customizing),
  count('READY', (row) => row.ready),
  count('FAILED', (row) => row.failed),
  right('FULL', 9, ({ storage }) => (storage === undefined ? UNKNOWN : formatGb(storage.fullBytes))),
  right('THIN', 9, ({ storage }) => (storage === undefined ? UNKNOWN : formatGb(storage.thinBytes))),
  right('LINKED', 8, ({ storage }) => (storage === undefined ? UNKNOWN : formatGb(storage.linkedBytes))),
  right('SAVED', 7, ({ storage }) => (storage === undefined ? UNKNOWN : formatPercent(storage.savedPercent))),
  right('ELAPSED', 7, (row) => formatElapsed(row.elapsedMs)),
  { title: 'WAITING FOR', width: 0, align: 'left', text: (row) => row.waitingFor.replaceAll(/\s+/g, ' ') },
];

/** The table as lines, without spaces at their ends. */
export function layOut({ rows, total }: Table): TableLines {
  const all = [...rows, total];
  const widths = COLUMNS.map(({ title, width, text }) =>
    Math.max(width, title.length, ...all.map((row) => text(row).length)),
  );
  const line = (cell: (column: Column) => string): string =>
    COLUMNS.map((column, i) => pad(cell(column), widths[i] ?? 0, column.align))
      .join(GAP)
      .trimEnd();
  const rowLine = (row: SetRow): string => line((column) => column.text(row));
  return { header: line((column) => column.title), rows: rows.map(rowLine), total: rowLine(total) };
}

/** Equal for two rows that say the same, their time aside. */
export function contentOf(row: SetRow): string {
  return JSON.stringify(COLUMNS.filter(({ title }) => title !== 'ELAPSED').map(({ text }) => text(row)));
}

function right(title: string, width: number, text: (row: SetRow) => string): Column {
  return { title, width, align: 'right', text };
}

function count(title: string, of: (row: SetRow) => number): Column {
  return right(title, 0, (row) => String(of(row)));
}

function pad(text: string, width: number, align: Column['align']): string {
  return align === 'left' ? text.padEnd(width) : text.padStart(width);
}
